"""Evaluates index expressions between bounds: what is rational stays exact, and all else lies in an interval.

How many digits of a value are sure is then known, whatever cancelled on the way, and not only how many were computed
with. Intervals are mpmath's, whose ends are rounded outwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import Any

from mpmath import MPIntervalContext, libmp
from mpmath.libmp import from_man_exp, from_rational, mpf_exp, mpf_log, round_ceiling, round_floor
from sympy import QQ, Expr, Symbol

from ..expressions import Context
from ..functions import SMOOTH
from .compiled import compiled
from .digits import DIGITS, given
from .dual import Dual, Number
from .evaluator import Evaluator, Sizes, Values
from .vendor import ends

#: The last bits of a function's value, which mpmath rounds the right way almost always, are not relied on.
UNSURE_BITS = 4


class Undecided(ArithmeticError):
    """An interval is too wide to tell: more digits may."""


class Enclosed:
    """exact + rest: a rational number and an interval.

    Kept apart, 1 + e^−1000 is more than 1 at any number of digits, and so is 1/(1 + e^−1000) less.
    """

    __slots__ = ("exact", "rest")

    def __init__(self, exact: Any, rest: Any):
        self.exact = exact
        self.rest = rest

    @property
    def interval(self) -> Any:
        return self.rest + _interval(self.rest.ctx, self.exact) if self.exact else self.rest

    def __add__(self, other: Number) -> Enclosed:
        if isinstance(other, Enclosed):
            return Enclosed(self.exact + other.exact, self.rest + other.rest)
        return NotImplemented if isinstance(other, Dual) else Enclosed(self.exact + other, self.rest)

    def __mul__(self, other: Number) -> Number:
        if isinstance(other, Dual):
            return NotImplemented
        if isinstance(other, Enclosed):
            rest = self.interval * other.rest
            if other.exact:
                rest += _times(self.rest, other.exact)
            return Enclosed(self.exact * other.exact, rest)
        return Enclosed(self.exact * other, _times(self.rest, other)) if other else 0

    __radd__ = __add__
    __rmul__ = __mul__

    def inverse(self) -> Enclosed:
        """Its reciprocal. Raises Undecided where it may be 0."""
        value = self.interval
        if self.sign() == 0:
            raise ZeroDivisionError("a division by 0")
        if not self.exact or not bool(2 * abs(self.rest) <= abs(_interval(self.rest.ctx, self.exact))):
            return Enclosed(0, 1 / value)
        # 1/(k + e) = 1/k − e/(k (k + e))
        return Enclosed(QQ(1) / self.exact, -self.rest / _times(value, self.exact))

    def sign(self) -> int:
        """Raises Undecided where it may be either."""
        value = self.interval
        if value > 0 or value < 0:
            return 1 if value > 0 else -1
        if value == 0:
            return 0
        raise Undecided("a number near 0")

    def _minus(self, other: Number) -> int:
        return 0 if self is other else (self + -1 * other).sign()

    def __lt__(self, other: Number) -> bool:
        return self._minus(other) < 0

    def __gt__(self, other: Number) -> bool:
        return self._minus(other) > 0

    def __le__(self, other: Number) -> bool:
        return self._minus(other) <= 0

    def __eq__(self, other: object) -> bool:
        return self._minus(other) == 0

    __hash__ = None  # type: ignore[assignment]


@cache
def intervals(digits: int) -> MPIntervalContext:
    """A context of our own, with so many digits."""
    context = MPIntervalContext()
    context.dps = digits
    return context


def _interval(context: MPIntervalContext, exact: Any) -> Any:
    """Around a rational number: most are floats, whose denominators are powers of 2, and need no division."""
    top, bottom, precision = int(exact.numerator), int(exact.denominator), context.prec
    if bottom & (bottom - 1):
        ends = [from_rational(top, bottom, precision, way) for way in (round_floor, round_ceiling)]
    else:
        ends = [from_man_exp(top, 1 - bottom.bit_length(), precision, way) for way in (round_floor, round_ceiling)]
    return context.make_mpf(tuple(ends))


def _times(interval: Any, exact: Any) -> Any:
    return interval if exact == 1 else interval * _interval(interval.ctx, exact)


class Enclosing(Evaluator):
    """Evaluates as Evaluator does; gives a Fraction or an Enclosed, in intervals of so many digits.

    Raises Undecided where more digits are needed, and any other ArithmeticError where an expression is not defined.
    """

    def __init__(self, sizes: Sizes, context: Context, values: Values, digits: int = DIGITS):
        super().__init__(sizes, context, values)
        self.intervals = intervals(digits)

    def __call__(self, expr: Expr, at: Mapping[Symbol, int] | None = None) -> Any:
        value = self.run(compiled(expr), self.names(at or {}))
        return value if isinstance(value, Enclosed) else Fraction(int(value.numerator), int(value.denominator))

    def power(self, x: Number, exponent: int) -> Number:
        if not isinstance(x, Enclosed) or exponent == 0:
            return super().power(x, exponent)
        factor, product = x.inverse() if exponent < 0 else x, 1
        for _ in range(abs(exponent)):
            product = factor * product
        return product

    def smooth(self, function: type, x: Number) -> Number:
        if isinstance(x, Dual):
            return super().smooth(function, x)
        known = SMOOTH[function]
        known.require(x)
        if not isinstance(x, Enclosed) and x in known.known:
            return known.known[x]
        assert known.rises, f"{known.name} is not mapped between its values at the ends"
        return self._rising(getattr(libmp, f"mpf_{known.digits}"), x)

    def _rising(self, function: Any, x: Number) -> Enclosed:
        low, high = ends(x.interval if isinstance(x, Enclosed) else _interval(self.intervals, x))
        precision = self.intervals.prec
        between = function(low, precision, round_floor), function(high, precision, round_ceiling)
        unsure = self.intervals.ldexp(self.intervals.mpf([-1, 1]), UNSURE_BITS - precision)
        return Enclosed(0, self.intervals.make_mpf(between) * (1 + unsure))

    def constant(self, name: str) -> Number:
        return Enclosed(0, +getattr(self.intervals, name))

    def root(self, x: Number, degree: int = 2) -> Number:
        if isinstance(x, Dual) or x == 0:
            return super().root(x, degree)
        if x < 0:
            raise ArithmeticError("the root of a negative number")
        log = self._rising(mpf_log, x)
        return self._rising(mpf_exp, log * QQ(1, degree))


def sure(number: Fraction | Enclosed) -> Any:
    """A Fraction as it is, else an mpf of 50 digits where all of them are sure; None where they are not."""
    if isinstance(number, Fraction):
        return number
    low, high = (given.make_mpf(end) for end in ends(number.interval))
    if low == high == 0:
        return Fraction(0)
    if not given.isfinite(high - low) or (high - low) * 10 ** (DIGITS + 2) > min(abs(low), abs(high)):
        return None
    return +low


def at_most(number: Enclosed) -> Any:
    """What its size does not exceed."""
    return max(abs(given.make_mpf(end)) for end in ends(number.interval))
