"""One trial, ready to be searched: what was given, what is right, and whether something else is what was given."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from ..mistake import Mistake
from ..problem import Case, Precision, Problem
from ..trees import Program, Tree
from ..values.arrays import Arrays, ShapeError
from ..values.evaluate import Evaluator, UnknownName, Valued
from .ratios import Interval
from .sample import Places, Sample, agreeing, places

#: An explanation means something where its bound is at most this part of an entry.
SHARP = 1 / 8
#: So many bits tell the shape alone, where it is another.
OTHER_SHAPE = 8.0
#: So many bounds away is far off.
FAR = 100.0


@dataclass(frozen=True)
class Found:
    """What explains the gradients given: mistakes, how unlikely they are, and "given = …" where that is short."""

    mistakes: tuple[Mistake, ...]
    cost: float
    latex: str = ""
    program: Program | None = None


class Trial:
    """One case and its evaluator. Every comparison is entry by entry, within what rounding allows there."""

    def __init__(self, problem: Problem, case: Case, arrays: Arrays, evaluator: Evaluator | None = None):
        self.problem, self.case, self.arrays = problem, case, arrays
        self.given = arrays.array(case.given)
        self.evaluator = evaluator or Evaluator(case.names, arrays, case.precision, case.inputs)

    @cached_property
    def truth(self) -> Valued:
        return self.evaluator.evaluate(self.problem.program)

    @cached_property
    def off(self) -> Any:
        """How far each entry is from the truth."""
        return self.arrays.unary("abs", self.arrays.binary("-", self.given, self.truth.value))

    @cached_property
    def places(self) -> Places:
        if len(self.shape) not in (1, 2) or not self.entries:
            return ()
        return places(self.arrays, self.off if self.shape == self.expected else self.given)

    @cached_property
    def sample(self) -> Sample:
        """A few entries, of which most programs are told apart."""
        return Sample(self.case, self.problem.program, self.given, self.evaluator, self.places)

    def at(self, precision: Precision) -> Trial:
        """The same, computed in another precision."""
        return self._with(replace(self.case, precision=precision))

    def from_rounded(self, inputs: float) -> Trial:
        """The same, where the arrays that a program is given were rounded before, by so many units of roundoff."""
        return self._with(replace(self.case, inputs=self.case.inputs + inputs))

    def _with(self, case: Case) -> Trial:
        """Of the same numbers, so that the same entries tell most."""
        other = Trial(self.problem, case, self.arrays)
        other.places = self.places
        return other

    def given_as(self, given: Any) -> Trial:
        """The same, where something else was given."""
        return Trial(self.problem, replace(self.case, given=given), self.arrays, self.evaluator)

    def with_names(self, **more: Any) -> Trial:
        """The same, with names that a changed program mentions."""
        return Trial(self.problem, replace(self.case, names={**self.case.names, **more}), self.arrays)

    def supposing(self, truth: Valued) -> Trial:
        """The same, where something else would be right."""
        other = self.given_as(self.given)
        other.truth = truth
        return other

    # What programs are

    def value(self, program: Program) -> Valued | None:
        """None for a program that cannot be run here."""
        try:
            return self.evaluator.evaluate(program)
        except (ShapeError, UnknownName):
            return None

    def of(self, tree: Tree) -> Valued | None:
        """The value of a tree of the certified program's names; None where there is no such name."""
        return self.value(Program(self.problem.program.lines, tree))

    def flat(self, tree: Tree) -> list[float] | None:
        found = self.of(tree)
        return None if found is None else self.arrays.flat(found.value)

    def sum(self, one: Valued, other: Valued) -> Valued:
        """Of two values, which rounds once more."""
        arrays, value = self.arrays, self.arrays.binary("+", one.value, other.value)
        once = arrays.binary("*", arrays.unary("abs", value), 2 * self.case.precision.unit)
        return Valued(value, arrays.binary("+", arrays.binary("+", one.error, other.error), once))

    def masked(self, value: Valued, mask: Any) -> Valued:
        """The value where the mask is 1, and 0 elsewhere."""
        return Valued(*(self.arrays.binary("*", each, mask) for each in (value.value, value.error)))

    # Is it what was given?

    def given_by(self, program: Program) -> bool:
        """Does it explain every entry? Most programs do not explain a few of them."""
        return self.sample.may_be(program) and self.fits(self.value(program))

    def agreeing(self, value: Valued) -> Any | None:
        """1 where an entry is what was given, else 0; None for another shape."""
        arrays = self.arrays
        if arrays.shape(value.value) != self.shape and not self._is_repeated(value):
            return None
        return agreeing(arrays, self.given, value.value, value.error)

    def is_sharp(self, value: Valued) -> bool:
        """Would a wrong factor have been seen at an entry? Where everything is exactly 0 as well."""
        arrays = self.arrays
        size = arrays.unary("abs", value.value)
        sharp = arrays.binary("<=", value.error, arrays.binary("*", size, SHARP))
        some = arrays.binary("*", sharp, arrays.binary(">", size, 0.0))
        if self.number("max", some) > 0:
            return True
        return self.all_of(arrays.binary("==", arrays.binary("+", size, value.error), 0.0))

    def fits(self, value: Valued | None) -> bool:
        if value is None:
            return False
        agreeing = self.agreeing(value)
        if agreeing is None or not self.all_of(agreeing):
            return False
        if not self.is_right and self._is_truth(value):
            return False  # the same with a wider bound
        return self.arrays.shape(value.value) != self.expected or self.is_sharp(value)  # another shape tells by itself

    def _is_truth(self, value: Valued) -> bool:
        arrays = self.arrays
        if arrays.shape(value.value) != self.expected:
            return False
        off = arrays.unary("abs", arrays.binary("-", value.value, self.truth.value))
        return self.all_of(arrays.binary("<=", off, self.truth.error))

    def evidence(self, value: Valued, where: Any = 1.0) -> float:
        """By how many bits it is told from the truth, by all entries `where` 1 together: one of many explains few."""
        arrays, error = self.arrays, value.error
        away, told = value.value, OTHER_SHAPE
        if arrays.shape(value.value) == self.expected:
            away, told = arrays.binary("-", value.value, self.truth.value), 0.0
            error = arrays.binary("max", error, self.truth.error)
        away = arrays.binary("*", arrays.unary("abs", away), where)
        some = arrays.binary("*", arrays.binary(">", away, error), arrays.binary(">", error, 0.0))
        known = arrays.where(some, arrays.binary("/", away, arrays.where(some, error, 1.0)), 1.0)
        exact = arrays.binary("*", arrays.binary("==", error, 0.0), arrays.binary(">", away, 0.0))
        bits = self.number("sum", arrays.unary("log", known)) / math.log(2)
        return told + bits + 50 * self.number("sum", exact)

    def _is_repeated(self, value: Valued) -> bool:
        """Was one number given in every entry, where one number is to be compared?"""
        if math.prod(self.arrays.shape(value.value)) != 1 or self.entries < 2:
            return False
        return self.number("max", self.given) == self.number("min", self.given)

    def all_of(self, flags: Any) -> bool:
        return bool(self.entries == 0 or self.number("min", flags))

    @cached_property
    def right(self) -> Any | None:
        """Where the truth is what was given."""
        return self.agreeing(self.truth)

    @cached_property
    def is_right(self) -> bool:
        return self.right is not None and self.all_of(self.right)

    @cached_property
    def wrong(self) -> int:
        """How many entries are not what they should be."""
        if self.right is None:
            return self.entries
        return self.entries - round(self.number("sum", self.right))

    def is_far_off(self) -> bool:
        """Is every entry within its bound, or far beyond it? What is just beyond may be rounding."""
        arrays = self.arrays
        near = arrays.binary("<=", self.off, arrays.binary("*", self.truth.error, FAR))
        return self.all_of(arrays.binary(">=", self.right, near))

    @property
    def is_zero(self) -> Any:
        """Where 0 was given."""
        return self.arrays.binary("==", self.given, 0.0)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.arrays.shape(self.given)

    @property
    def expected(self) -> tuple[int, ...]:
        return self.arrays.shape(self.truth.value)

    @property
    def entries(self) -> int:
        return math.prod(self.shape)

    # Ratios

    def scaled(self, value: Valued, by: float, off: float = 0.0) -> Valued:
        """Times a number, which rounds once more, and so may the number; it may be `off` besides."""
        product = self.arrays.binary("*", value.value, by)
        relative = 2 * self.case.precision.unit + abs(off / by)
        once = self.arrays.binary("*", self.arrays.unary("abs", product), relative)
        error = self.arrays.binary("+", self.arrays.binary("*", value.error, abs(by)), once)
        return Valued(product, self.arrays.binary("+", error, 4 * self.case.precision.tiny))

    def ratio(self, value: Valued) -> Interval | None:
        """r with given = r · value, by least squares, and how far rounding may move it; None where nothing tells."""
        arrays = self.arrays
        if self._is_repeated(value):
            value = Valued(
                *(arrays.binary("+", each, arrays.full(self.shape, 0.0)) for each in (value.value, value.error))
            )
        if arrays.shape(value.value) != self.shape or not self.entries:
            return None
        largest = self.number("max", arrays.unary("abs", value.value))
        if not 0 < largest < math.inf:
            return None
        unit = arrays.binary("/", value.value, largest)
        square = self.number("sum", arrays.binary("*", unit, unit))
        product = self.number("sum", arrays.binary("*", unit, self.given))
        error = self.number("sum", arrays.binary("*", arrays.unary("abs", unit), value.error))
        middle = product / square / largest
        if not (math.isfinite(middle) and middle and math.isfinite(error)):
            return None
        off = abs(middle) * (error / square / largest + 8 * self.case.precision.unit)
        return Interval(middle, off) if off < abs(middle) / 3 else None

    def number(self, function: str, a: Any) -> float:
        return float(self.arrays.flat(self.arrays.reduce(function, a, None))[0])
