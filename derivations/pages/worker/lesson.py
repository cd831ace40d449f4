"""A lesson is run, in a process that has all that lessons find, and with a temporary folder of its own."""

from __future__ import annotations

import gc
import importlib
import os
import random
import shutil
import sys
import tempfile
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

from .channel import Channel
from .shell import Shell


def prepare(imports: list[str]) -> None:
    """All that lessons find. What cannot be imported is for the lesson to say that wants it."""
    for name in imports:
        with suppress(Exception):
            importlib.import_module(name)
    warnings.formatwarning = lambda message, category, *_, **__: f"{category.__name__}: {message}\n"
    warnings.resetwarnings()
    for category in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
        warnings.simplefilter("ignore", category)
    gc.freeze()  # it stays: looking through it for garbage would copy its memory into every lesson
    gc.set_threshold(100_000, 20, 100)  # derivations make and drop so many objects: an eighth of the time went there


def run(shell: Shell, channel: Channel, steps: list[dict[str, Any]], folder: str) -> None:
    """Run a lesson in this process, as far as it goes."""
    os.environ.update(TMPDIR=folder, TEMP=folder, TMP=folder)
    tempfile.tempdir = None
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)  # input() fails at once
    os.close(nothing)
    random.seed(0)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)
    this = os.getpid()
    for step in steps:
        outcome = shell.step(step)
        if os.getpid() != this:  # the lesson has forked, and this is not the lesson
            os._exit(0)
        channel.say(outcome)
        if not outcome["done"]:
            break


def temporary_folder() -> str:
    """A lesson's own. Those are removed, too, whose process was killed before it could."""
    for path in Path(tempfile.gettempdir()).glob("gl-*-*"):
        process = path.name.split("-")[1]
        if os.name == "posix" and process.isdecimal() and not _alive(int(process)):
            shutil.rmtree(path, ignore_errors=True)
    return tempfile.mkdtemp(prefix=f"gl-{os.getpid()}-")


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True
