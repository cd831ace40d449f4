"""A function of one number: its values, its slopes and its corners, as numbers to draw, evaluated with 50 digits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

from sympy import Expr, Symbol

from ..index_calculus.judging.evaluator import Evaluator

#: At how many steps a function is drawn.
STEPS = 96
#: How close to a corner its sides are looked at.
NEAR = Fraction(1, 2**20)


@dataclass(frozen=True)
class Corner:
    """Where two pieces meet: the place, the value, and the slope there and on both sides; torch's is that there."""

    z: float
    value: float
    slope: float
    before: float
    after: float

    @property
    def jumps(self) -> bool:
        """Does the slope leap, or does it only bend, or the value itself leap?"""
        return abs(self.after - self.before) > 1e-3


class Sampled(ABC):
    """A function of one number z, with its slope."""

    @property
    @abstractmethod
    def letter(self) -> str:
        """What the formulas call it."""

    @property
    @abstractmethod
    def span(self) -> tuple[Fraction, Fraction]:
        """Between which numbers it is drawn."""

    @abstractmethod
    def evaluator(self, z: Fraction) -> Evaluator:
        """What evaluates the two formulas at z."""

    @property
    @abstractmethod
    def value(self) -> tuple[Expr, dict[Symbol, int]]:
        """The formula of the value, and the indices at which it is taken."""

    @property
    @abstractmethod
    def slope(self) -> tuple[Expr, dict[Symbol, int]]:
        """The same of the slope."""

    @cached_property
    def points(self) -> tuple[tuple[Fraction, float, float], ...]:
        """(z, value, slope) from left to right, where both are defined; at a corner there is a point on either side."""
        low, high = self.span
        places = {low + (high - low) * step / STEPS for step in range(STEPS + 1)}
        bends = {corner.z for corner in self.corners}
        places = {place for place in places if float(place) not in bends}
        places |= {Fraction(z) + side for z in bends for side in (-NEAR, NEAR)}
        found = ((place, self._at(place)) for place in sorted(places))
        return tuple((place, *numbers) for place, numbers in found if numbers is not None)

    @cached_property
    def corners(self) -> tuple[Corner, ...]:
        """Where an argument of max, |·|, sign or step is 0 and the slope leaps or bends, from left to right."""
        low, high = self.span
        places = [low + (high - low) * step / STEPS for step in range(STEPS + 1)]
        crossed = {self._between(a, b) for a, b in pairwise(places) if self._pieces(a) != self._pieces(b)}
        corners = (self._corner(place) for place in sorted(crossed) if low < place < high)
        return tuple(corner for corner in corners if corner is not None)

    def pieces(self) -> Iterator[list[tuple[float, float, float]]]:
        """The points, parted at the corners."""
        run: list[tuple[float, float, float]] = []
        ends = [corner.z for corner in self.corners]
        for z, value, slope in self.points:
            if ends and z > ends[0]:
                ends.pop(0)
                yield run
                run = []
            run.append((float(z), value, slope))
        yield run

    @cached_property
    def _known(self) -> dict:
        """What has been evaluated, by the place."""
        return {}

    def _at(self, z: Fraction) -> tuple[float, float] | None:
        """The value and its slope; None where one of them is not defined."""
        return self._met(z)[0]

    def _pieces(self, z: Fraction) -> dict[Expr, set[int]]:
        """Which piece of which corner the two are on."""
        return self._met(z)[1]

    def _met(self, z: Fraction) -> tuple[tuple[float, float] | None, dict[Expr, set[int]]]:
        if z not in self._known:
            evaluate = self.evaluator(z)
            try:
                numbers = float(evaluate(*self.value)), float(evaluate(*self.slope))
                self._known[z] = numbers, evaluate.taken
            except (ArithmeticError, OverflowError):
                self._known[z] = None, {}
        return self._known[z]

    def _between(self, a: Fraction, b: Fraction) -> Fraction:
        """Where the pieces change: exactly, if it is a simple fraction."""
        left = self._pieces(a)
        while b - a > NEAR / 2:
            middle = (a + b) / 2
            a, b = (middle, b) if self._pieces(middle) == left else (a, middle)
        simple = a.limit_denominator(1000)
        return simple if abs(simple - a) <= NEAR else a

    def _corner(self, z: Fraction) -> Corner | None:
        """The corner at z; None where the pieces that meet there are the same, as under a factor of 0."""
        around = [self._at(z + side * NEAR) for side in (-2, -1, 0, 1, 2)]
        if any(each is None for each in around):
            return None
        (_, far), (low, before), (value, slope), (high, after), (_, beyond) = (each for each in around if each)
        bends = abs((beyond - after) - (before - far)) / float(NEAR) > 1e-3 or abs(high - low) > 1e-3
        corner = Corner(float(z), value, slope, before, after)
        return corner if corner.jumps or bends else None
