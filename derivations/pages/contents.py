"""What stands in a folder, by content: where the folder is, and when its files were written, makes no difference."""

from __future__ import annotations

import hashlib
from pathlib import Path

from .cache import digest


def digest_of_folder(folder: Path, pattern: str = "*", but: str = "__pycache__") -> str:
    """The SHA-256 of all files of that name in `folder`, but for those in a folder `but` at its top.

    What Python compiled is none of it, and a folder that is not there is as good as an empty one.
    """
    found = {path.relative_to(folder): path for path in folder.rglob(pattern) if "__pycache__" not in path.parts}
    return digest(
        {
            name.as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for name, path in found.items()
            if name.parts[0] != but and path.is_file()
        }
    )
