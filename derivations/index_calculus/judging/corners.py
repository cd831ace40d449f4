"""Which corners a formula has, what of them was seen where it is evaluated, and how large values are to be for that."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from sympy import Expr, Indexed, Rational

from ..expressions import Condition, names_in
from ..functions import CORNERED, pieces
from .evaluator import Evaluator

#: How many draws of each scale there are at least.
DRAWS = 4
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


class Seen:
    """Which pieces of which corners were met, in how many draws of each scale.

    A corner that is never met, as in the later steps of a recurrence, makes no difference.
    """

    def __init__(self, corners: frozenset[Expr], scales: list[Rational | None]):
        self.corners = corners
        self.draws = dict.fromkeys(scales, 0)
        self._near: dict[Expr, set[int]] = {}

    def add(self, evaluate: Evaluator, scale: Rational | None) -> None:
        """What was met while everything was evaluated; nothing, where a corner itself was."""
        if is_undecided(evaluate, self.corners):
            return
        self.draws[scale] += 1
        for corner in self.corners & evaluate.taken.keys():
            near = self._near.setdefault(corner, set())
            near |= evaluate.taken[corner] if scale is not None else set()

    def scale(self, draw: int) -> Rational | None:
        """Each scale in turn."""
        return list(self.draws)[draw % len(self.draws)]

    @property
    def _one_sided(self) -> list[Expr]:
        return [corner for corner, near in self._near.items() if len(near) < pieces(corner)]

    @property
    def enough(self) -> bool:
        return not self._one_sided and min(self.draws.values()) >= DRAWS

    def lacking(self) -> str:
        """What has not been met, as a sentence."""
        if self._one_sided:
            return f"{min(self._one_sided, key=str)} was never seen on the other side of its corner"
        return "nearly every value that was drawn lies at a corner, where a slope is a matter of convention"


def is_undecided(evaluate: Evaluator, corners: frozenset[Expr]) -> bool:
    """Was a corner itself met, so that these values tell nothing?"""
    return not evaluate.undecided.isdisjoint(corners)
