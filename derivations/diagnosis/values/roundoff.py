"""Values with what they may be off: a rule for each operation of a program.

The rules are those of `torch_bridge.bound`, which bounds certified gradients by their formulas; these bound formulas
that anybody wrote. What rounds how often is said in `roundings`, what functions do to an error in `slopes`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..problem import Precision
from .arrays import COMPARISONS, Arrays
from .entries import Entries
from .roundings import OWN, Known, Roundings, added
from .slopes import FUNCTION, LEAST, ROUNDINGS, SLOPES, Softmax, by_logarithm

#: Powers up to the first are products, those below the second may be; others are a function's.
PRODUCTS, MOST = 3, 65


class Tracked(Roundings):
    """What an evaluator asks for, with errors (see `plain.Plain`)."""

    def __init__(self, arrays: Arrays, precision: Precision, inputs: float = 0.0):
        super().__init__(arrays, precision)
        self.inputs = inputs

    # What is given, and what is moved

    def number(self, number: float) -> Known:
        """Rounded to the precision, if it is not one of its numbers."""
        value = Entries(self.arrays, self.arrays.array(number))
        if not math.isfinite(number):
            return Known(value)
        significand, _ = math.frexp(number)
        known = Known(value, shift=abs(significand) in (0, 0.5))
        return known if (significand / self.precision.unit).is_integer() else self.rounded(known, 1)

    def given(self, value: Any) -> Known:
        array = self.arrays.array(value)
        if self.arrays.shape(array) == ():
            return self.number(self.arrays.flat(array)[0])
        known = Known(Entries(self.arrays, array), given=True)
        return replace(known, error=self.inputs * self.u * known.size) if self.inputs else known

    def exact(self, value: Any) -> Known:
        return Known(Entries(self.arrays, value), shift=True)

    def named(self, a: Known) -> Known:
        return replace(a, mass=None, additions=0, open=None)

    def value(self, a: Known) -> Any:
        return a.value.of

    def moved(self, a: Known, how: Callable[[Any], Any]) -> Known:
        """Entries moved, repeated or picked: nothing rounds, and what may be lost or added stays open."""
        reach = self._spread(a.reach, a.value) if isinstance(a.reach, Entries) else None
        value, error, mass, reached = (
            None if entries is None else Entries(self.arrays, how(entries.of))
            for entries in (a.value, a.error, a.mass, reach)
        )
        assert value is not None
        rest = None if a.open is None else self.moved(a.open, how)
        moved = replace(a, value=value, error=error, mass=mass, once=None, open=rest)
        return moved if reached is None else replace(moved, reach=reached)

    def whole(self, a: Known) -> tuple[Any, Any]:
        """The value, and what an evaluation may be off: infinite where that is not known."""
        if a.error is None:
            return a.value.of, self.arrays.full(a.value.shape, 0.0)
        return a.value.of, self.arrays.where(a.error.with_("==", a.error).of, a.error.of, math.inf)

    def entries(self, a: Known) -> int:
        return a.value.count * (1 + (a.error is not None) + (a.mass is not None))

    # Operations

    def binary(self, operation: str, a: Known, b: Known) -> Known:
        value = a.value.with_(operation, b.value)
        match operation:
            case "+" | "-":
                return Known(value) if self._are_whole(a, b) else self._plus(value, a, b)
            case "*":
                return self._times(value, a, b)
            case "/":
                return self._over(value, a, b)
            case "^":
                return self._power(value, a, b)
        error = added((a.error, b.error))
        if error is None:
            return Known(value, shift=operation in COMPARISONS)
        close = abs(a.value - b.value) <= error
        if operation in COMPARISONS:  # 1 or 0, as it happens, where the two are that close
            return Known(value, close * error.with_(">", 0.0))
        return Known(value, self._of_choice(value, a, b, close))

    def _of_choice(self, value: Entries, a: Known, b: Known, close: Entries) -> Entries:
        """The larger or smaller of two is off as that one is, and where they are close by no more than one of both."""
        where, none = self.arrays.where, Entries(self.arrays, self.arrays.full((), 0.0))
        of_a, of_b = (none if each.error is None else each.error for each in (a, b))
        chosen = where(a.value.with_("==", value).of, of_a.of, of_b.of)
        return Entries(self.arrays, where(close.of, of_a.at_least(of_b).of, chosen))

    def _are_whole(self, *numbers: Known) -> bool:
        """Are these small whole numbers, as C and 1, whose sums are exact? What is compared with C − 1 must be."""
        if any(each.value.shape != () or each.error is not None for each in numbers):
            return False
        found = [self.arrays.flat(each.value.of)[0] for each in numbers]
        return all(each.is_integer() for each in found) and sum(map(abs, found)) * self.u <= 0.5

    def _plus(self, value: Entries, a: Known, b: Known) -> Known:
        a, b = (each if each.open is None else each.open for each in (a, b))
        a, b = self._beside(a, b), self._beside(b, a)
        error = added((a.error, b.error))
        error = None if error is None else self._spread(error, value)
        reach, depth = a.reached + b.reached, 1 + max(a.depth, b.depth)
        found = self.rounded(Known(value, error, a.size + b.size, reach=reach, depth=depth), 1)
        found = replace(found, additions=a.additions + b.additions + 1)
        if a.given and b.given:  # no kernel multiplies such a and b apart before it subtracts
            return replace(self.rounded(Known(value, error), 1), open=found)
        return found

    def _beside(self, a: Known, b: Known) -> Known:
        """`a`, to which the terms of b may be added one by one, where there are any."""
        if not b.additions:
            return a
        grown = self.rounded(a, self.inner(b.additions))
        assert grown.error is not None
        before = 0.0 if a.error is None else a.error.of
        error = self.arrays.where(b.upper.with_("!=", 0.0).of, grown.error.of, before)
        return replace(grown, error=Entries(self.arrays, error))

    def _times(self, value: Entries, a: Known, b: Known) -> Known:
        mass = None if a.mass is None and b.mass is None else a.size * b.size
        error = added(
            (
                None if a.error is None else a.error * b.upper,
                None if b.error is None else a.size * b.error,
            )
        )
        reach, depth = a.reached * b.reached, a.depth + b.depth + 1
        product = Known(value, error, mass, a.shift and b.shift, False, reach, depth, a.additions + b.additions)
        if a.shift or b.shift:
            return product
        once = None if mass is None else self.rounded(replace(product, mass=None), 1, reach * depth).error
        return replace(self.rounded(product, 1, reach * depth), once=once)

    def _over(self, value: Entries, a: Known, b: Known) -> Known:
        """a / b, or a times 1/b; b is not multiplied out. Where b is within its error of 0, the error is infinite."""
        size, b = abs(b.value), b if b.once is None else replace(b, error=b.once)
        gap = size if b.error is None else (size - b.error).at_least(0.0)
        mass = a.size / size
        error = added((a.error, None if b.error is None else mass * b.error))
        reach, depth = a.reached * (1.0 / gap).at_least(1.0), a.depth + b.depth + 1
        quotient = Known(value, None if error is None else error / gap, mass, False, False, reach, depth, a.additions)
        if b.shift:
            return quotient
        return self.rounded(quotient, 1 if a.shift else 2, reach * depth)

    def _power(self, value: Entries, a: Known, b: Known) -> Known:
        exponent = self.arrays.flat(b.value.of)[0] if b.value.shape == () and b.error is None else math.nan
        if exponent < 0:
            positive = replace(b, value=-b.value)
            below = self._power(a.value.with_("^", positive.value), a, positive)
            return self._over(value, self.number(1.0), below)
        if exponent == 1:
            return a
        if exponent in range(2, MOST):
            return self._repeated(value, a, int(exponent))
        return self.unary("sqrt", a) if exponent == 0.5 else self._any_power(value, a, b)

    def _repeated(self, value: Entries, a: Known, exponent: int) -> Known:
        times = exponent - 1 if exponent <= PRODUCTS else max(FUNCTION, exponent - 1)
        change = None if a.error is None else exponent * a.upper ** (exponent - 1) * a.error
        mass = None if a.mass is None else a.mass**exponent
        reach, depth = a.reached**exponent, exponent * (a.depth + 1) - 1
        return self.rounded(Known(value, change, mass, reach=reach, depth=depth), times, reach * depth)

    def _any_power(self, value: Entries, a: Known, b: Known) -> Known:
        """e^(b log a), whose exponent is off by the errors of both."""
        log, change = abs(a.size("log")), abs(b.value) * 0.0
        if a.error is not None:
            change = change + abs(b.value) * (a.error / (abs(a.value) - a.error).at_least(0.0))
        if b.error is not None:
            change = change * 2.0 + 2.0 * log * b.error
        moved = Known(value, self._spread(abs(value) * change("expm1"), value))
        return self.rounded(moved, self.own(FUNCTION), 1.0)

    def unary(self, function: str, a: Known) -> Known:
        x, value = a.value, a.value(function)
        if function == "neg":
            return replace(a, value=value)
        if function == "square":
            return self._times(value, a, a)
        change = None if a.error is None else SLOPES[function](x, a.error, value)
        times = ROUNDINGS[function]
        if function == "sigmoid":
            by_log = by_logarithm(value, abs(x("log_sigmoid")), self.u)
            change = by_log if change is None else change + by_log
        if function in LEAST:
            inside = self.rounded(Known(value, change, abs(value).at_least(LEAST[function])), self.inner(times), 1.0)
            last = 0 if self.precision.wide is None else 1
            return self.rounded(replace(inside, mass=None), last, 1.0)
        found = Known(value, change)
        return self.rounded(found, self.own(times), 1.0) if times else found

    def softmax(self, a: Known, axis: int) -> Known:
        rows = Softmax(a.value, axis)
        value = rows.value
        change = value * self._exponent(rows, a.error)("expm1")
        change = Entries(self.arrays, self.arrays.where((value.with_(">", 0.0)).of, change.of, 0.0))
        change = change + by_logarithm(value, abs(rows.log), self.u)
        # Where terms of the sum underflow it is too small by at most so many of what is lost, and it is at least 1.
        lost = 1.0 + rows.terms * value
        return self.rounded(Known(value, change), self.own(2 * FUNCTION + 3), lost)

    def log_softmax(self, a: Known, axis: int) -> Known:
        rows = Softmax(a.value, axis)
        return self.rounded(Known(rows.log, self._exponent(rows, a.error)), 1, 1.0)

    def logsumexp(self, a: Known, axis: int) -> Known:
        rows = Softmax(a.value, axis)
        change = rows.error_of_total(a.error, *self._units)
        value, change = (each.reduced("sum", rows.axis, False) for each in (rows.total, change))
        return self.rounded(Known(value, change), 1, 1.0)

    def _exponent(self, rows: Softmax, error: Entries | None) -> Entries:
        return rows.error(error, *self._units)

    @property
    def _units(self) -> tuple[float, float]:
        """What one rounding inside of a softmax changes, and one of what is stored in between."""
        return self.inner(1) * self.u, 0.0 if self.precision.wide is None else self.u

    # Sums

    def reduce(self, function: str, a: Known, axis: int | None, keep: bool) -> Known:
        value = a.value.reduced(function, axis, keep)
        if function in ("any", "all"):
            return Known(value, shift=True)
        if function in ("max", "min"):
            return Known(value, None if a.error is None else a.error.reduced("max", axis, keep), shift=a.shift)
        if function == "prod":
            terms = a.value.count if axis is None else a.value.shape[axis]
            mass, upper = (each.reduced("prod", axis, keep) for each in (a.size, a.upper))
            change = None if a.error is None else upper - mass + 2 * OWN * upper
            return self.rounded(Known(value, change, mass), max(terms - 1, 0), terms * upper.at_least(1.0))
        error = None if a.error is None else a.error.reduced(function, axis, keep)
        total = Known(value, error, a.size.reduced(function, axis, keep))
        terms = a.value.count if axis is None else a.value.shape[axis]
        inside = 1 + a.additions  # all may be added in one place, what is inside of a term too
        there = a.upper.with_("!=", 0.0).reduced("sum", axis, keep)  # what is exactly 0 does not round
        times = (inside * (there - 1.0)).at_least(0.0)
        if function == "mean":
            return self.rounded(total, self.own(times) + 2.0, 1.0)
        if terms < 2 or (a.shift and terms * self.u <= 1 and abs(a.value * a.value - a.value).largest() == 0):
            return total
        return replace(self.rounded(total, self.own(times), terms), additions=inside * terms - 1)

    def matmul(self, a: Known, b: Known) -> Known:
        value, mass, terms = a.value @ b.value, a.size @ b.size, a.value.shape[-1]
        error = added(
            (
                None if a.error is None else a.error @ b.upper,
                None if b.error is None else a.size @ b.error,
            )
        )
        # Kernels may take factors below the normal numbers as 0.
        lost = terms * (1 + a.upper.largest() + b.upper.largest())
        product = self.rounded(Known(value, error, mass, additions=max(terms - 1, 0)), self.inner(terms), lost)
        if self.precision.wide is None:
            return product
        return replace(self.rounded(replace(product, mass=None), 1, 1.0), mass=mass)

    def _spread(self, error: Entries, like: Entries) -> Entries:
        """At the full shape of an operation."""
        return error if error.shape == like.shape else error + Entries(self.arrays, self.arrays.full(like.shape, 0.0))
