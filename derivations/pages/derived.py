"""What the ledger of this build has derived, for its pages and lessons to read; it goes with the build."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from .. import handed_on


class Derived:
    """A folder in the cache, new for each build, of which its processes know by the environment."""

    def __init__(self, cache: Path) -> None:
        self.folder = cache / "derived"
        self.end()  # of a build that was killed
        with suppress(OSError):  # then each derives for itself
            self.folder.mkdir()
            os.environ[handed_on.READ] = str(self.folder.absolute())

    def end(self) -> None:
        """Forget all of it: the next build may be one of other sources."""
        if os.environ.get(handed_on.READ) == str(self.folder.absolute()):
            del os.environ[handed_on.READ]
        shutil.rmtree(self.folder, ignore_errors=True)
