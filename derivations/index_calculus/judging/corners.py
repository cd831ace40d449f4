"""Which corners a formula has, what of them was seen where it is evaluated, and how large values are to be for that.

A corner is seen on each of its sides. That is not enough where there are two: max(u, 0) and max(u + ρ, 0) are one where
u never lies between 0 and −ρ. So where one may stand in the other's place, values are drawn until it mattered which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import combinations

from sympy import Expr, Indexed, Rational

from ..expressions import Condition, free_indices, names_in
from ..functions import CORNERED, EXTREMES, pieces
from ..symbols import INDEX_LETTERS, index, size_of
from .evaluator import Env, Evaluator
from .samples import every

#: How many draws of each scale there are at least; and at most, to tell one corner from another.
DRAWS, PATIENCE = 4, 24
#: The number of an index that is only used here.
RENAMED = 1000
#: Values reach this far beyond a threshold; and, in a formula with exp, no further than to where it is moderate.
BEYOND = 2
MODERATE = 40


def corners_in(formulas: Iterable[Expr]) -> frozenset[Expr]:
    """The functions with a corner whose arguments depend on values, not on indices and sizes alone."""
    return frozenset().union(*map(_corners_of, formulas))


@lru_cache(maxsize=20_000)
def _corners_of(formula: Expr) -> frozenset[Expr]:
    return frozenset(each for each in formula.atoms(*CORNERED) if names_in(each))


def scales(corners: Iterable[Expr], domain: Iterable[Condition], exact: bool) -> list[Rational | None]:
    """How large values are drawn: whole numbers (None) where all is exact, and twice as large as each threshold.

    A threshold that is a symbol is drawn as large as all else is, or as the domain says.
    """
    compared = [*corners, *(each.right for each in domain)]
    thresholds = {Rational(1)}.union(*map(_numbers, compared))
    near = {BEYOND * each if exact else min(BEYOND * each, Rational(MODERATE)) for each in thresholds}
    return [*([None] if exact else []), *sorted(near)]


def _numbers(expr: Expr) -> set[Rational]:
    """How large the numbers in a formula are; those that are indices do not count."""
    if isinstance(expr, Rational):
        return {abs(expr)} - {Rational(0)}
    return set() if isinstance(expr, Indexed) else set().union(*map(_numbers, expr.args))


@lru_cache(maxsize=20_000)
def _turning(corners: frozenset[Expr]) -> tuple[Expr, ...]:
    """What changes its sign at each corner, each once, up to its sign, and with indices that have the same names."""
    found: dict[Expr, None] = {}
    for corner in sorted(corners, key=str):
        turning, *others = corner.args
        if isinstance(corner, EXTREMES):
            if len(others) > 1:
                continue
            turning -= others[0]
        turning = turning.xreplace({each: _alike(each, turning) for each in free_indices(turning)})
        if -turning not in found:
            found[turning] = None
    return tuple(found)


def _alike(of: Expr, within: Expr) -> Expr:
    """The name of an index by its range, and by its place among those of this range."""
    same = sorted((each for each in free_indices(within) if size_of(each) == size_of(of)), key=str)
    return index(f"{INDEX_LETTERS[size_of(of)][0]}_{RENAMED + same.index(of)}")


class Seen:
    """Which pieces of which corners were met, in how many draws of each scale.

    A corner that is never met, as in the later steps of a recurrence, makes no difference. `signs_of` is
    `signs_everywhere`, which a caller remembers: line after line is evaluated at the same values.
    """

    def __init__(
        self,
        corners: frozenset[Expr],
        scales: list[Rational | None],
        signs_of: Callable[[Expr, Evaluator], list[bool]],
    ):
        self.corners = corners
        self._signs_of = signs_of
        self.draws = dict.fromkeys(scales, 0)
        self._near: dict[Expr, set[int]] = {}
        self._turning = _turning(corners)
        #: Which signs each has had, place by place; and which two have had the same sign somewhere, or another.
        self._signs: dict[Expr, list[set[bool]]] = {}
        self._rivals = {(u, v): set[bool]() for u, v in combinations(self._turning, 2) if _are_rivals(u, v)}

    def add(self, evaluate: Evaluator, scale: Rational | None) -> None:
        """What was met while everything was evaluated; nothing, where a corner itself was."""
        if is_undecided(evaluate, self.corners):
            return
        self.draws[scale] += 1
        taken = evaluate.taken
        for corner in self.corners & taken.keys():
            near = self._near.setdefault(corner, set())
            near |= taken[corner] if scale is not None else set()
        if not self._told_apart:
            signs = {u: self._signs_of(u, evaluate) for u in self._turning}
            for u, found in signs.items():
                places = self._signs.setdefault(u, [set() for _ in found])
                for place, sign in zip(places, found, strict=True):
                    place.add(sign)
            for (u, v), same in self._rivals.items():
                same |= {one == other for one, other in zip(signs[u], signs[v], strict=True)}

    def scale(self, draw: int) -> Rational | None:
        """Each scale in turn."""
        return list(self.draws)[draw % len(self.draws)]

    @property
    def _one_sided(self) -> list[Expr]:
        return [corner for corner, near in self._near.items() if len(near) < pieces(corner)]

    @property
    def _told_apart(self) -> bool:
        """Was each on both sides at every place, and did it matter which of two it was?"""
        places = [place for places in self._signs.values() for place in places]
        return all(len(each) == 2 for each in [*places, *self._rivals.values()]) and bool(places or not self._turning)

    @property
    def enough(self) -> bool:
        return not self._one_sided and min(self.draws.values()) >= (DRAWS if self._told_apart else PATIENCE)

    def lacking(self) -> str:
        """What has not been met, as a sentence."""
        if self._one_sided:
            return f"{min(self._one_sided, key=str)} was never seen on the other side of its corner"
        return "nearly every value that was drawn lies at a corner, where a slope is a matter of convention"


def _are_rivals(u: Expr, v: Expr) -> bool:
    """Could one stand in the other's place?"""
    return free_indices(u) == free_indices(v)


def signs_everywhere(u: Expr, evaluate: Evaluator) -> list[bool]:
    """Is it above 0? Wherever its indices differ, since an entry less itself is 0; what is not defined is not."""
    indices = sorted(free_indices(u), key=str)
    places = (at for at in every(indices, evaluate.sizes) if _differ(at))
    return [_is_positive(u, evaluate, at) for at in places]


def _differ(at: Env) -> bool:
    return len({(size_of(each), number) for each, number in at.items()}) == len(at)


def _is_positive(u: Expr, evaluate: Evaluator, at: Env) -> bool:
    try:
        return bool(evaluate(u, at) > 0)
    except ArithmeticError:
        return False


def is_undecided(evaluate: Evaluator, corners: frozenset[Expr]) -> bool:
    """Was a corner itself met, so that these values tell nothing?"""
    return not evaluate.undecided.isdisjoint(corners)
