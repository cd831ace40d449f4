"""A diagnosis of what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...verdict import AGREES, DISAGREES, Verdict
from ..diagnosis import Diagnosis
from ..wording.sentences import sentence
from .shown import latex, numbers
from .trial import Found, Trial


def unexplained(verdict: Verdict, trials: Sequence[Trial]) -> Diagnosis:
    """Of what needs no explanation, or has none."""
    entries = sum(trial.entries for trial in trials)
    return Diagnosis(
        verdict,
        sentence(verdict, ()),
        numbers={} if verdict == AGREES else numbers(trials[0]),
        explained=entries if verdict == AGREES else 0,
        entries=entries,
    )


def explained(trials: Sequence[Trial], found: list[Found], tried: int | None = None) -> Diagnosis:
    """The simplest of what was found, and the others beside it; `tried`: so many pairs, where not all were."""
    if not found:
        none = unexplained(DISAGREES, trials)
        if tried is None:
            return none
        known = {**none.numbers, "pairs": str(tried)}
        return replace(none, numbers=known, sentence=sentence(DISAGREES, (), numbers=known))
    entries = sum(trial.entries for trial in trials)
    mistakes, others = found[0].mistakes, tuple(each.mistakes for each in found[1:])
    known = numbers(trials[0])
    return Diagnosis(
        DISAGREES,
        sentence(DISAGREES, mistakes, others, known),
        mistakes,
        latex(trials[0], found[0]),
        known,
        explained=entries,
        entries=entries,
        alternatives=others,
    )
