"""Does what a command line says, and says what is wrong with it, in one sentence."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor

from ..index_calculus.judging.judge import Disagreement
from . import output
from .arguments import WrongUse, parse
from .help import page
from .language import either
from .table import COMMON, every_command


def run(arguments: Sequence[str], lang: str) -> int:
    """Do what the arguments say; returns the exit code."""
    if {"-h", "--help"} & {*arguments}:
        output.write(help_page(arguments, lang), sys.stdout)
        return 0
    try:
        command, given = parse(arguments, every_command(), COMMON)
        return command.run(given, lang)
    except Disagreement as wrong:
        what, *where = str(wrong).splitlines()
        output.say("\n".join([output.colour(sys.stderr).bad(what), *where]))
        return 1
    except BrokenExecutor:
        output.complain(
            either(
                lang,
                "有一个分担工作的进程被外部结束（被杀，或内存不足），什么也没有写。"
                "少用几个进程，内存就用得少：--processes 1。",
                "a process that shared the work was ended from outside (killed, or out of memory), and nothing was "
                "written. Fewer processes need less memory: --processes 1.",
            ),
            lang,
        )
        return 1
    except WrongUse as wrong:
        output.complain(wrong.words[lang], lang)
    except (ValueError, ImportError) as wrong:  # options that torch does not take together; torch is not there
        output.complain(str(wrong), lang)
    return 2


def help_page(arguments: Sequence[str], lang: str, columns: int | None = None) -> str:
    """The help of the first command among the arguments; that of all commands where there is none."""
    known = every_command()
    named = next((each for each in arguments if each in known), "")
    fitting = columns or max(40, min(shutil.get_terminal_size().columns, 100))
    return page(known.get(named), known, COMMON, lang, fitting, output.colour(sys.stdout))
