"""What the judge evaluates at: sizes, values of the arrays, and values of the free indices."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache

from sympy import Symbol

from .evaluator import Env, Evaluator, Sizes, Values
from .expressions import Condition, free_indices
from .symbols import LABELS, size_of

#: For each number of sizes that occur, what they are. Every size is at least 2, and once larger and once smaller than
#: every other, so that neither a swapped index nor a wrong limit can hide: a sum over n up to C is right where a δ
#: picks one n ≤ N < C. Up to three are distinct; of four, one at a time is larger, since 5·4·3·2 would take too long.
CHOICES = {
    0: ((),),
    1: ((3,), (4,)),
    2: ((3, 2), (2, 3)),
    3: ((4, 3, 2), (2, 3, 4)),
    4: ((3, 2, 2, 2), (2, 3, 2, 2), (2, 2, 3, 2), (2, 2, 2, 3)),
}


def random_values(sizes: Sizes, seed: int, domain: Sequence[Condition] = (), unit: int = 1) -> Values:
    """Numbers that depend on name, indices and seed alone; for class labels see `label`.

    They are k/`unit` with integers k other than 0 from −30 to 30, unless a condition of the domain speaks of that
    entry alone, as 0 < β does: then they are fractions that satisfy it.
    """
    alone: dict[str, list[Condition]] = {}
    for condition in domain:
        if _is_about_one_entry(condition):
            alone.setdefault(condition.left.name, []).append(condition)

    @cache
    def value(name: str, at: tuple[int, ...]) -> Fraction | int:
        if name in LABELS:
            return label(name, at, sizes)
        source = random.Random(f"{seed}/{name}/{at}")
        if name not in alone:
            whole = source.choice((-1, 1)) * source.randint(1, 30)
            return whole if unit == 1 else Fraction(whole, unit)
        while True:
            drawn = Fraction(source.randint(-30, 30), source.randint(1, 30))
            if all(each.compares(drawn, Fraction(str(each.right))) for each in alone[name]):
                return drawn

    return value


def label(name: str, at: tuple[int, ...], sizes: Sizes) -> int:
    """A class label. Left to chance, no row might name the first or the last class, and all might be ignored.

    The class ignored is 2, and so is the second row's; the first row's is the last class where there are more classes
    than anything else, and the first class elsewhere; so a sum over classes with a wrong limit shows.
    """
    classes = sizes[LABELS[name]]
    row = (sum(at) - len(at)) % 4
    if name == "iota" or row == 1:
        return min(2, classes)
    most = all(classes > number for size, number in sizes.items() if size != LABELS[name])
    return classes if most == (row != 2) and classes > 2 else 1


def every(indices: Sequence[Symbol], sizes: Sizes) -> list[Env]:
    """Every way to give the indices a value."""
    ranges = [range(1, sizes[size_of(each)] + 1) for each in indices]
    return [dict(zip(indices, numbers, strict=True)) for numbers in itertools.product(*ranges)]


def spread(points: list[Env], most: int) -> list[Env]:
    """All points, or `most` of them, with many equal indices as often as with few: a δ shows where they are equal."""
    if len(points) <= most:
        return points
    strata: dict[int, list[Env]] = {}
    for at in points:
        equal = len(at) - len({(size_of(index), number) for index, number in at.items()})
        strata.setdefault(equal, []).append(at)
    chosen: list[Env] = []
    for place, stratum in enumerate(sorted(strata.values(), key=len)):
        share = (most - len(chosen)) // (len(strata) - place)
        chosen += random.Random(place).sample(stratum, min(share, len(stratum)))
    return chosen


def holds_everywhere(condition: Condition, evaluate: Evaluator) -> bool:
    """Is it so for every value of its indices? Of x > 0 only x ≠ 0 is asked, and of x ≥ 0 nothing.

    The sign of a weight decides what may be concluded, never whether two lines are equal.
    """
    if condition.relation in "≥≤" and not _is_about_one_entry(condition):
        return True
    weaker = condition if _is_about_one_entry(condition) else replace(condition, relation="≠")
    indices = sorted(free_indices(condition.left) | free_indices(condition.right), key=str)
    try:
        return all(weaker.holds(evaluate, at) for at in every(indices, evaluate.sizes))
    except ArithmeticError:
        return False


def _is_about_one_entry(condition: Condition) -> bool:
    return isinstance(condition.left, Symbol) and condition.right.is_number
