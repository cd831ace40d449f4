"""`derivations audit`: what backward() computed in somebody's own step, node by node."""

from __future__ import annotations

import sys

from ..words import LANGUAGES, Words
from . import output
from .arguments import Given, WrongUse
from .loading import Place, Theirs


def audit(given: Given, lang: str) -> int:
    """Tell what is found; as JSON also that nothing was checked, and why."""
    as_json, place = given.get("json", False), given.get("subject")
    try:
        if place is None:
            raise WrongUse(
                "要对哪一步的账？写 `FILE.py::NAME`，NAME 是一个不带参数的函数。",
                "which step is to be audited? Give `FILE.py::NAME`, where NAME is a function without arguments.",
            )
        mine = Place(place)
        from .audit_step import audit_step  # with it comes torch

        return audit_step(mine, given, lang)
    except Theirs as wrong:
        words, code = Words(*(each.format(place) for each in (wrong.words.zh, wrong.words.en))), 1
        output.say(str(wrong))
    except WrongUse as wrong:
        words, code = wrong.words, 2
    except (ImportError, ValueError) as wrong:  # torch is not there; no node came from the module that is asked for
        words, code = Words(str(wrong), str(wrong)), 2
    if as_json:
        error = {each: words[each] for each in LANGUAGES}
        output.write_json({"checked": place, "verdict": None, "error": error}, sys.stdout)
    output.complain(words[lang], lang)
    return code
