"""Rounding: how far an array that was computed may lie from its value, whatever the order of the operations.

One rounding changes a number by at most its u-th part. An array is known here by its value, by `error`, how far an
evaluation may lie from it, and by `mass`, its size if nothing cancelled: that of a sum is the sum of the terms', that
of a product the factors' product. Torch may compute c·(a − b) so, or as c·a − c·b, or in another order; each way, every
term of the expanded expression is rounded so many times, and off by ((1 + u)ⁿ − 1) times its size at most. So roundings
are counted at the mass. What has a name is computed once: its mass is its size.

Underflow loses `tiny` at an operation, times the factors that follow in one order or another: the `reach`, what the
mass would be if every factor below 1 were 1, bounds them. `depth` counts the operations that may lose it.

Source: N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, 2002, chapters 2–4.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from typing import TypeVar

from ..problem import Precision
from .arrays import Arrays
from .entries import Entries

#: So many of all entries, or of each.
Number = TypeVar("Number", float, Entries)
#: What is computed here, in doubles, is off itself.
OWN = 2.0**-53


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of an array that was computed. `error` and `mass` have its shape.

    No error: exact. No mass: its size. `shift`: every entry is 0 or a power of two, up to its sign. `given`: nothing
    has computed it. `additions`: how often its terms are added; a term beside them may come first. `once`: what a
    product is off where it is not multiplied out. `open`: a − b of two that are given, as a part of a longer sum, whose
    terms may be added in any order.
    """

    value: Entries
    error: Entries | None = None
    mass: Entries | None = None
    shift: bool = False
    given: bool = False
    reach: Entries | float | None = None
    depth: int = 0
    additions: int = 0
    once: Entries | None = None
    open: Known | None = None

    @cached_property
    def size(self) -> Entries:
        return abs(self.value) if self.mass is None else self.mass

    @property
    def upper(self) -> Entries:
        """The largest that an evaluation may be, in size."""
        return self.size if self.error is None else self.size + self.error

    @cached_property
    def reached(self) -> Entries | float:
        """What this may multiply by what other factors have lost."""
        if self.reach is not None:
            return self.reach
        return 2.0 if self.value.shape and self.upper.largest() <= 2 else self.upper.at_least(1.0)


class Roundings:
    """How often, and by how much, what is computed in a precision is rounded."""

    def __init__(self, arrays: Arrays, precision: Precision):
        self.arrays, self.precision = arrays, precision
        self.u, self.tiny = precision.unit + OWN, precision.tiny

    def rounded(self, a: Known, times: Entries | float, lost: Entries | float = 0.0) -> Known:
        """`a` after so many roundings, each at its mass, which lose so many `tiny` beside."""
        if not isinstance(times, Entries) and not times:
            return a
        grown = (times * math.log1p(self.u))("expm1") if isinstance(times, Entries) else growth(times, self.u)
        error = grown * a.size + self.tiny * lost
        if a.error is not None:  # what is rounded is off itself, and so is the mass, which is in doubles
            error = error + (1 + 2 * grown) * a.error
        largest = self.precision.largest
        if a.size.largest() > largest / 2:  # it may be infinite
            error = Entries(self.arrays, self.arrays.where((a.size + error <= largest).of, error.of, math.inf))
        return replace(a, error=error, shift=False, given=False)

    def inner(self, roundings: Number) -> Number:
        """Roundings inside of an operation, as so many in the precision."""
        return roundings if self.precision.wide is None else roundings * self.precision.wide / self.precision.unit

    def own(self, roundings: Number) -> Number:
        """Those of an operation, with the last."""
        return roundings if self.precision.wide is None else 1 + self.inner(roundings)


def growth(times: float, u: float) -> float:
    """(1 + u)ⁿ − 1 for n = `times`: what n roundings do."""
    exponent = times * math.log1p(u)
    return math.expm1(exponent) if exponent < 700 else math.inf


def added(errors: Iterable[Entries | None]) -> Entries | None:
    """What there is, added up."""
    present = [each for each in errors if each is not None]
    return reduce(lambda a, b: a + b, present) if present else None
