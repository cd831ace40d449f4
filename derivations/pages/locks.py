"""Other builds on this machine: those that run now, and those that were killed.

A lock on a file ends with the process that holds it, however that ends. So it says whether somebody builds, and which
folders in the machine's temporary folder nobody is left to remove.
"""

from __future__ import annotations

import atexit
import logging
import shutil
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

from filelock import FileLock, Timeout
from mkdocs.plugins import get_plugin_logger

log: logging.LoggerAdapter[logging.Logger] = get_plugin_logger("derivations")

BUILDING = "building.lock"
"""In a cache: locked while a build uses it."""
OWNED = ".derivations.lock"
"""In a temporary folder of ours: locked as long as the process lives that the folder belongs to."""
SECONDS_TO_LOCK = 60
"""A younger folder may belong to a process that is about to lock it."""
PREFIX = "derivations-"
NO_LOCKS = (OSError, NotImplementedError)
"""What locking raises where it cannot be had, as on some network folders or a full disk."""


def turn(cache: Path) -> FileLock:
    """A lock that is held while this process builds with `cache`: builds take turns, since they write to one site.

    Where locks cannot be had, builds are not kept from each other.
    """
    lock = _lock(cache / BUILDING)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        log.info("another build of this project is running: this one begins when that has ended")
        lock.acquire()
    except NO_LOCKS:
        pass
    return lock


@cache
def own(folder: Path) -> FileLock:
    """A lock on `folder`, in the machine's temporary folder: when this process is killed, `sweep` may remove it."""
    lock = _lock(folder / OWNED)
    with suppress(*NO_LOCKS):
        lock.acquire(timeout=0)
    return lock


@cache
def temporary_folder() -> Path:
    """A folder of this process, which goes when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    owned = own(folder)

    def end() -> None:
        owned.release()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    return folder


def sweep() -> None:
    """Remove what processes that were killed left in the machine's temporary folder."""
    temporary = Path(tempfile.gettempdir())
    for owned in temporary.glob(f"*/{OWNED}"):
        with suppress(*NO_LOCKS):
            if _is_old(owned):
                _lock(owned).acquire(timeout=0).lock.release()
                shutil.rmtree(owned.parent, ignore_errors=True)
    for folder in temporary.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if _is_old(folder):
                folder.rmdir()  # if it is empty: killed before it was locked


def _is_old(path: Path) -> bool:
    return time.time() - path.stat().st_mtime > SECONDS_TO_LOCK


def _lock(path: Path) -> FileLock:
    return FileLock(path, fallback_to_soft=False)  # the fallback would outlive a killed process
