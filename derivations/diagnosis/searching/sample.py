"""A few entries of a trial: what does not explain these does not explain all of them, and is soon found out."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

from ..problem import Case
from ..trees import Program
from ..values.arrays import Arrays, ShapeError
from ..values.evaluate import Evaluator, UnknownName, Valued
from .part import Part, cut, view

#: Which rows, and which columns; none of what is no matrix or vector.
Places = tuple[tuple[int, ...], ...]
#: So many rows, and columns, are those with the largest differences, the smallest, and others in between.
LARGEST, SMALLEST, BETWEEN = 4, 2, 6
#: A program's bound may be tighter at a part than at the whole, by what underflows alone; and so much of an entry.
WIDER, ROUNDED = 2.0, 4.0
#: Without a bound of its own, what is off by more than so many times the truth's, or units of roundoff, is another.
UNLIKE, UNITS = 64.0, 64.0


class Sample:
    """Some rows by some columns of a trial: where what was given differs most from the truth, and where it does not."""

    def __init__(self, case: Case, program: Program, given: Any, evaluator: Evaluator, places: Places):
        """Of what was `given`, an array, where `program` is right: the rows and columns of these `places`."""
        self.case, self.program, self.evaluator, self.places = case, program, evaluator, places
        self.arrays = evaluator.arrays
        self.shape = self.arrays.shape(given)
        self.at = view(self.shape, places)
        self.given = cut(self.arrays, given, self.at)

    @cached_property
    def tracked(self) -> Part:
        return Part(self.evaluator, self.places)

    @cached_property
    def plain(self) -> Part:
        return Part(Evaluator(self.case.names, self.arrays), self.places)

    def may_be(self, program: Program, but: Any = None) -> bool:
        """Does a program explain these entries, but for those where `but`, which has the whole shape, is 1?"""
        if not any(self.at):
            return True  # it is the whole
        value = self._value(self.tracked, program)
        if value is None:
            return False
        if self.arrays.shape(value.value) != self.arrays.shape(self.given):
            return True  # one number
        arrays = self.arrays
        size = arrays.binary("*", arrays.unary("abs", value.value), ROUNDED * self.case.precision.unit)
        allowed = arrays.binary("+", arrays.binary("*", value.error, WIDER), size)
        near = agreeing(arrays, self.given, value.value, allowed)
        return self._all(near if but is None else arrays.binary("max", near, cut(arrays, but, self.at)))

    def resembles(self, program: Program) -> bool:
        """Is what a program comes to near what was given? Without a bound of its own, which costs more."""
        value = self._value(self.plain, program)
        if value is None:
            return False
        if self.arrays.shape(value.value) != self.arrays.shape(self.given):
            return True
        return self._all(agreeing(self.arrays, self.given, value.value, self._unlike))

    @cached_property
    def _unlike(self) -> float:
        """By how much an entry may be off that is the same but for rounding."""
        error = self.tracked.evaluate(self.program).error
        found = UNLIKE * self._largest(error) + UNITS * self.case.precision.unit * self._largest(self.given)
        return found if math.isfinite(found) else math.inf

    def factor(self, program: Program) -> tuple[float, float] | None:
        """Between which numbers a factor lies that makes a program explain these entries; None where it is none."""
        value = self._value(self.tracked, program)
        if value is None:
            return None
        if self.arrays.shape(value.value) != self.arrays.shape(self.given):
            return -math.inf, math.inf
        least, most = -math.inf, math.inf
        slack = ROUNDED * self.case.precision.unit
        flat = map(self.arrays.flat, (self.given, value.value, value.error))
        for given, about, error in zip(*flat, strict=True):
            off = WIDER * error + slack * abs(about)
            lost = slack * abs(given) + 64 * self.case.precision.tiny
            if not math.isfinite(given) or not off < abs(about):
                continue
            ends = [(given + sign * lost) / (about + other * off) for sign in (1, -1) for other in (1, -1)]
            least, most = max(least, min(ends)), min(most, max(ends))
        return (least, most) if least <= most else None

    def _value(self, part: Part, program: Program) -> Valued | None:
        """None where its shape, or that it cannot be run, tells."""
        try:
            shape = part.shape(program)
            return part.evaluate(program) if shape == self.shape or math.prod(shape) == 1 else None
        except (ShapeError, UnknownName):
            return None

    def _all(self, flags: Any) -> bool:
        return all(self.arrays.flat(flags))

    def _largest(self, a: Any) -> float:
        return max(map(abs, self.arrays.flat(a)), default=0.0)


def agreeing(arrays: Arrays, given: Any, value: Any, allowed: Any) -> Any:
    """1 where an entry is off by no more than is allowed, is the same infinity, or is no number on both sides."""
    near = arrays.binary("<=", arrays.unary("abs", arrays.binary("-", given, value)), allowed)
    same = arrays.binary("==", given, value)
    neither = arrays.binary("*", *(arrays.binary("!=", each, each) for each in (given, value)))
    return arrays.binary("max", neither, arrays.binary("max", same, near))


def within(between: tuple[float, float] | None, value: float) -> bool:
    return between is not None and between[0] <= value <= between[1]


def places(arrays: Arrays, difference: Any) -> Places:
    """Of a vector or a matrix, with entries: rows first, then the columns that tell most in these."""
    shape = arrays.shape(difference)
    if len(shape) == 1:
        return (_telling(arrays, difference),)
    rows = _telling(arrays, arrays.reduce("max", difference, 1))
    block = cut(arrays, difference, view(shape, (rows, tuple(range(shape[1])))))
    return rows, _telling(arrays, arrays.reduce("max", block, 0))


def _telling(arrays: Arrays, differences: Any) -> tuple[int, ...]:
    """Some places of a vector: where it is largest, where it is smallest, and others at equal distances."""
    flat = [each if each == each else math.inf for each in arrays.flat(differences)]
    order = sorted(range(len(flat)), key=lambda k: -flat[k])
    step = max(1, (len(flat) - 1) // (BETWEEN - 1))
    return tuple(sorted({*order[:LARGEST], *order[-SMALLEST:], *range(0, len(flat), step)}))
