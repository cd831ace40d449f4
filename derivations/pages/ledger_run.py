"""The ledger as a file of the site: run beside the lessons, or taken from the cache when nothing has changed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError

from .. import handed_on
from ..processes import cores
from ..verdict import AGREES, CANNOT_TELL, EXIT_CODES
from .cache import Cache, digest
from .runs import log


class LedgerRun:
    """One run of `derivations ledger`, in a process of its own, so that the build goes on meanwhile."""

    def __init__(self, root: Path, cache: Cache, around: Mapping[str, str]) -> None:
        self.cache = cache
        self.key = digest(["ledger", around])
        self.value: dict[str, Any] | None = cache.get(self.key)
        self.process: subprocess.Popen[str] | None = None
        log.info("the ledger: %s", "running" if self.value is None else "from cache")
        if self.value is None:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "derivations", "ledger", "--processes", str(processes())],
                cwd=root,
                env={**os.environ, **self._leaving(), "PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8"},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                start_new_session=True,
            )

    @staticmethod
    def _leaving() -> dict[str, str]:
        """What this build reads, the ledger leaves."""
        return {handed_on.LEAVE: os.environ[handed_on.READ]} if handed_on.READ in os.environ else {}

    def manifest(self) -> dict[str, Any]:
        """The manifest, once it is there. Raises PluginError with the disagreement when there is one."""
        if self.process is not None:
            ended, self.process = self.process, None
            out, wrong = ended.communicate()
            if ended.returncode not in (EXIT_CODES[AGREES], EXIT_CODES[CANNOT_TELL]):  # its page says so
                raise PluginError(f"derivations: the ledger could not be certified\n{wrong.strip()}")
            self.value = json.loads(out)
            self.cache.put(self.key, self.value)
        assert self.value is not None
        return self.value

    def text(self) -> str:
        """The manifest as JSON, as it is published."""
        return json.dumps(self.manifest(), ensure_ascii=False) + "\n"

    def stop(self) -> None:
        """Leave no process behind, nor those that share its work."""
        if self.process is None:
            return
        if hasattr(os, "killpg"):
            os.killpg(self.process.pid, signal.SIGKILL)
        else:
            self.process.kill()
        self.process.communicate()
        self.process = None


def processes() -> int:
    """How many share the ledger. Lessons and pages have a core; two, even so, have it done before the last lessons."""
    return max(2, cores() - 1)
