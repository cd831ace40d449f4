"""`derivations check`: is somebody's own gradient right, and if not, what was done?"""

from __future__ import annotations

import sys
from typing import Any

from ..diagnosis.reading import NotUnderstood
from ..words import LANGUAGES, Words
from . import output
from .arguments import Given, WrongUse, not_an_option, on_one_line
from .loading import Place, Theirs
from .of_criteria import fields_of, options_of_criteria
from .report import Report
from .subjects import criteria, declared, flag, options_of, valued

OF_A_FUNCTION = ("returns", "arrays", "dtype", "shape", "seed", "device", "without", "only", "precision", "blocks")


def check(given: Given, lang: str) -> int:
    """Tell what is found; as JSON also that nothing was checked, and why."""
    as_json = given.get("json", False)
    try:
        return _report(given).tell(lang, as_json)
    except Theirs as wrong:
        words, code = Words(*(each.format(given["subject"]) for each in (wrong.words.zh, wrong.words.en))), 1
        output.say(str(wrong))
    except NotUnderstood as wrong:
        zh, en = ("\n".join(map(on_one_line, wrong.text(each).splitlines())) for each in LANGUAGES)
        words, code = Words(zh, en), 2
    except WrongUse as wrong:
        words, code = wrong.words, 2
    except (ValueError, ImportError) as wrong:  # options that torch does not take together; torch is not there
        words, code = Words(str(wrong), str(wrong)), 2
    if as_json:
        what = given.get("subject", given.get("formula"))
        output.write_json({"checked": what, "verdict": None, "error": {"zh": words.zh, "en": words.en}}, sys.stdout)
    output.complain(words[lang], lang)
    return code


def _report(given: Given) -> Report:
    formula, place = given.get("formula"), given.get("subject")
    if (formula is None) == (place is None):
        raise WrongUse(
            "要检验什么？写 `FILE.py::NAME`，或者 --formula，二者选一。",
            "what is to be checked? Give `FILE.py::NAME` or --formula, one of the two.",
        )
    if "criterion" not in given:
        raise WrongUse(
            f"是谁的梯度？请写 --criterion。可用：{'、'.join(criteria())}。",
            f"the gradient of what? Give --criterion. Accepted: {', '.join(criteria())}.",
        )
    return _of_formula(formula, given) if place is None else _of_function(place, given)


def _of_function(place: str, given: Given) -> Report:
    chosen = _options(given)
    mine = Place(place)
    from .check_function import check_function  # with it comes torch

    return check_function(mine, chosen, given)


def _of_formula(text: Any, given: Given) -> Report:
    from ..checking import check as checked

    for name in OF_A_FUNCTION:
        if name in given:
            raise not_an_option(flag(name), "--formula", ["--wrt", *(each.flag for each in options_of_criteria())])
    chosen = _options(given)
    kind = criteria()[given["criterion"]]
    loss = kind(**fields_of(kind, chosen))
    return Report(text, str(loss), checked(text, loss, given.get("wrt")))


def _options(given: Given) -> dict[str, Any]:
    """The criterion's options that were given. Raises WrongUse for one that it does not have."""
    kind = criteria()[given["criterion"]]
    every = [each.name for each in options_of_criteria()]
    accepted = [name for name in every if name in options_of(kind) or name in declared(kind)]
    for name in every:
        if name in given and name not in accepted:
            raise not_an_option(flag(name), given["criterion"], [*map(flag, accepted)])
    return {name: valued(kind, name, given[name]) for name in accepted if name in given}
