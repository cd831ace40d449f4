"""What was given in another shape: transposed, with its rows in one line, another array, or of no shape that fits."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

from ..mistake import Mistake
from .coefficients import of_what_was_added
from .trial import Found, Trial

Simple = Callable[[Sequence[Trial]], Iterable[Found]]


def differ(trials: Sequence[Trial]) -> bool:
    return any(trial.shape != trial.expected for trial in trials)


def turned(trials: Sequence[Trial], simple: Simple) -> Iterator[Found]:
    """The transpose of the right gradient, or of a simple mistake's."""
    if all(len(trial.shape) == 2 and trial.shape[::-1] == trial.expected for trial in trials):
        others = [trial.given_as(trial.arrays.transpose(trial.given)) for trial in trials]
        found = _beside(others, simple, Mistake.of("transposed"), 1.0)  # turned twice, it would be the right one
        yield from (each for each in found if [one.key for one in each.mistakes].count("transposed") == 1)


def of_another(trials: Sequence[Trial], simple: Simple) -> Iterator[Found]:
    """Another array, the transpose, or the right one but for its shape, where shapes differ."""
    if not differ(trials):
        return
    found = [*simple(trials), *turned(trials, lambda others: (*simple(others), *of_what_was_added(others)))]
    if not found and all(trial.entries == math.prod(trial.expected) for trial in trials):
        others = [trial.given_as(trial.arrays.reshape(trial.given, trial.expected)) for trial in trials]
        found = [*_beside(others, simple, _shape(trials), 0.5)]
    yield from found


def alone(trials: Sequence[Trial]) -> Iterator[Found]:
    """That shapes differ, where nothing else explains what was given."""
    if differ(trials):
        yield Found((_shape(trials),), 5.0)


def _shape(trials: Sequence[Trial]) -> Mistake:
    first = next(trial for trial in trials if trial.shape != trial.expected)
    return Mistake.of("shape", given=first.shape, expected=first.expected)


def _beside(trials: Sequence[Trial], simple: Simple, mistake: Mistake, cost: float) -> Iterator[Found]:
    """This mistake alone, or beside a simple one."""
    if all(trial.is_right for trial in trials):
        yield Found((mistake,), cost)
        return
    for each in simple(trials):
        yield Found((*each.mistakes, mistake), each.cost + cost)
