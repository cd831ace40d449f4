"""The `derivations` command: how it begins, and every way in which it ends.

What it does is in `run`, loaded by `main`, so that Ctrl-C ends in one line even while SymPy is loaded.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

from .. import __version__, interrupts
from . import output
from .language import either, language

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code.

    That is 0; 1 on a disagreement, or where the work could not be finished; 2 on wrong use; 3 where nothing disagrees
    but something cannot be told; 130 when interrupted.
    Without arguments this is the process's own command, and an interrupt ends the process.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    lang = language(given)
    try:
        return _run(given, lang)
    except KeyboardInterrupt:
        if arguments is None:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # once is enough
        output.say(either(lang, "derivations：已中断。", "derivations: interrupted."))
        output.abandon()
        if arguments is None and sys.platform != "win32":
            # Of the signal itself: a shell's loop goes on after a command that only returns 130.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
        return INTERRUPTED


def _run(arguments: Sequence[str], lang: str) -> int:
    try:
        if "--version" in arguments:
            output.write(f"derivations {__version__}", sys.stdout)
            code = 0
        else:
            with interrupts.held():
                from .run import run
            code = run(arguments, lang)
        output.flush()
        return code
    except BrokenPipeError:  # the reader of a pipe has seen enough
        return 0
    except OSError as wrong:  # a device is full, or the system has no process to give
        reason = wrong.strerror or str(wrong)
        where = f" {wrong.filename}" if wrong.filename else ""
        zh, en = f"derivations：没能做完{where}：{reason}。", f"derivations: not finished{where}: {reason}."
        output.say(either(lang, zh, en))
        return 1
    finally:
        output.abandon()
