"""Everybody may read a published site, whatever the umask of who builds it: a web server is another user."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

READ, READ_AND_ENTER = 0o444, 0o555


def world_readable(site: Path) -> None:
    """Let everybody read what a build wrote. MkDocs writes no hidden entry into the folder itself, like `.git`."""
    written = [site, *(path for entry in site.glob("[!.]*") for path in (entry, *entry.rglob("*")))]
    for path in written:
        mode = path.stat().st_mode
        wanted = mode | (READ_AND_ENTER if path.is_dir() else READ)
        if mode != wanted:
            with suppress(PermissionError):  # the folder itself may be somebody else's, who let us write there
                path.chmod(wanted)
