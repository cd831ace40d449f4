"""Dual numbers: a value with its exact derivatives along every entry of an array.

A number of level k is v + Σ_e s_e ε_e with one ε for each entry e of the array that is differentiated by, where the
product of two ε of one level is 0. The value v and the slopes s are plain numbers or numbers of lower levels: each ∂
brings a level of its own, so a second derivative is never confused with a square.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

#: A plain number (int, Fraction or mpf) or a Dual.
Number = Any
Place = tuple[int, ...]
#: What a sum starts with, and never adds.
ZERO: Number = 0


class Dual:
    """v + Σ slopes[e] ε_e, of one level."""

    __slots__ = ("level", "slopes", "value")

    def __init__(self, level: int, value: Number, slopes: Mapping[Place, Number]):
        self.level = level
        self.value = value
        self.slopes = slopes

    def _holds(self, other: Number) -> bool:
        """Is `other` a mere number at this level?"""
        return not isinstance(other, Dual) or other.level < self.level

    def __add__(self, other: Number) -> Dual:
        if self._holds(other):
            return Dual(self.level, self.value + other, self.slopes)
        if other.level > self.level:
            return Dual(other.level, other.value + self, other.slopes)
        slopes = dict(self.slopes)
        for place, slope in other.slopes.items():
            slopes[place] = slopes[place] + slope if place in slopes else slope
        return Dual(self.level, self.value + other.value, slopes)

    def __mul__(self, other: Number) -> Dual:
        if self._holds(other):
            return self.with_slope(self.value * other, other)
        if other.level > self.level:
            return other * self
        slopes = {place: slope * other.value for place, slope in self.slopes.items()}
        for place, slope in other.slopes.items():
            slope = slope * self.value
            slopes[place] = slopes[place] + slope if place in slopes else slope
        return Dual(self.level, self.value * other.value, slopes)

    __radd__ = __add__
    __rmul__ = __mul__

    def with_slope(self, value: Number, slope: Number) -> Dual:
        """f of this number, where f has the given value and derivative there."""
        return Dual(self.level, value, {place: each * slope for place, each in self.slopes.items()})


def added(numbers: Iterable[Number]) -> Number:
    """Their sum. The slopes of one level are gathered in one place, and not copied for each term."""
    total = ZERO
    duals: list[Dual] = []
    for number in numbers:
        if isinstance(number, Dual):
            duals.append(number)
        else:
            total = number if total is ZERO else number + total
    if not duals:
        return total
    level, slopes = max(each.level for each in duals), dict[Place, Number]()
    for each in duals:
        if each.level < level:
            total = each + total
            continue
        total = each.value + total
        for place, slope in each.slopes.items():
            slopes[place] = slopes[place] + slope if place in slopes else slope
    return Dual(level, total, slopes)


def plain(number: Number) -> Number:
    """The number itself, without its derivatives."""
    while isinstance(number, Dual):
        number = number.value
    return number
