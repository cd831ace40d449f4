"""The right gradient, with roundings that the precision it was given in does not explain."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ..mistake import Mistake
from ..problem import PRECISIONS
from .trial import Found, Trial

#: So many roundings of what is subtracted: 2z/n − 2y/n.
ROUNDED = 4.0
#: So many digits more than a precision has may come from what is done to it later; so many entries are looked at.
MORE, LOOKED_AT = 6, 1000
#: Most of what is rounded is off by less than this part of the bound, and all of it by less than that part.
TYPICAL, AT_MOST = 1 / 8, 1 / 2
#: Of fewer entries noise is often that small.
LEAST = 8
#: Larger roundings than this are those of half precision.
HALF = 2.0**-20


def of(trials: Sequence[Trial]) -> Iterator[Found]:
    """Where large numbers were subtracted, or all was computed in a lower precision; of floating-point types."""
    if not all(trial.case.precision.name in PRECISIONS for trial in trials):
        return
    cancelling = [trial.from_rounded(ROUNDED) for trial in trials]
    if _right(cancelling) and all(map(_is_typical, cancelling)):
        yield Found((Mistake.of("cancellation"),), 1.0)
        return
    names = [name for name, _ in lower(trials)]
    right = [name for name in names if any(_right(_at(trials, name, inputs)) for inputs in (0.0, 1.0))]
    if not right:
        return
    # What has no more digits than a precision was rounded to it at last: the least precise one that can be.
    for name, more in [*((name, 0) for name in reversed(names)), *((name, MORE) for name in right)]:
        unit = PRECISIONS[name].unit
        if unit < PRECISIONS[right[0]].unit:
            continue
        many = sum(trial.entries for trial in trials) >= LEAST
        typical = more and many and unit < HALF and all(_is_typical(trial) for trial in _at(trials, name, 0.0))
        if typical or all(_has_digits(trial, unit, more) for trial in trials):
            yield Found((Mistake.of("precision", dtype=name),), 1.0)
            return


def _at(trials: Sequence[Trial], name: str, inputs: float) -> list[Trial]:
    return [trial.at(PRECISIONS[name]).from_rounded(inputs) for trial in trials]


def _has_digits(trial: Trial, unit: float, more: int) -> bool:
    """Have most of the entries given few more binary digits than a number of that precision, as what was computed so?

    Other noise may be as small as its roundings.
    """
    if trial.case.precision.unit * 2.0**more >= unit:  # no number here has more
        return False
    given = [each for each in trial.arrays.flat(trial.given)[:LOOKED_AT] if each and math.isfinite(each)]
    scale = 2.0**more / unit
    return 2 * sum((math.frexp(each)[0] * scale).is_integer() for each in given) >= len(given)


def has_digits(trials: Sequence[Trial], name: str) -> bool:
    return all(_has_digits(trial, PRECISIONS[name].unit, MORE) for trial in trials)


def _is_typical(trial: Trial) -> bool:
    """Is what is off as small as rounding is, far below its bound? Other noise may be near it as well."""
    arrays, truth = trial.arrays, trial.truth
    most, all_ = (arrays.binary("<=", trial.off, arrays.binary("*", truth.error, part)) for part in (TYPICAL, AT_MOST))
    return 2 * trial.number("sum", most) >= trial.entries and trial.all_of(all_)


def lower(trials: Sequence[Trial]) -> Iterator[tuple[str, list[Trial]]]:
    """The trials as if they had been computed in each lower precision."""
    own, names = max(trial.case.precision.unit for trial in trials), {trial.case.precision.name for trial in trials}
    for name, precision in PRECISIONS.items():
        if precision.unit > own and names <= PRECISIONS.keys():
            yield name, [trial.at(precision) for trial in trials]


def _right(trials: Sequence[Trial]) -> bool:
    if not all(trial.sample.may_be(trial.problem.program) for trial in trials):
        return False
    return all(trial.is_right for trial in trials) and any(trial.is_sharp(trial.truth) for trial in trials)
