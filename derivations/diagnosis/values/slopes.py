"""How far functions of entries and of rows may be off: what the error of an argument does, and how often they round.

An argument within ±d of x changes f(x) by at most d times the largest slope there: each rule holds for any d, small or
not. Where f is not defined within ±d of x the error is infinite, or nan. The rules, and what a library is trusted with,
are those of the table of functions (index_calculus/functions), which is out of reach here, since it needs SymPy: 2 ulp,
4 roundings, for exp, log, tanh, erf and powers; and for √, which torch does not round correctly on every CPU. A test
holds both tables to each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property

from .arrays import axis_of
from .entries import Entries

FUNCTION = 4
#: By function: how often it is rounded. σ(x) is 1/(1 + e^−x), and its logarithm min(x, 0) − log(1 + e^−|x|).
ROUNDINGS = {
    **dict.fromkeys(("exp", "expm1", "log", "log1p", "sqrt", "tanh", "erf"), FUNCTION),
    **{"abs": 0, "sign": 0, "sigmoid": FUNCTION + 2, "log_sigmoid": 2 * FUNCTION + 1},
}

#: The slope of erf at 0.
STEEPEST = 2 / math.sqrt(math.pi)
#: Where a kernel computes 1 − erf, it rounds that, at the size of 1.
LEAST = {"erf": 1.0}


def _above(x: Entries, d: Entries) -> Entries:
    return (x - d).at_least(0.0)


def _sqrt(x: Entries, d: Entries, value: Entries) -> Entries:
    change = d / (value + _above(x, d)("sqrt"))
    return Entries(x.arrays, x.arrays.where(d.with_(">", x).of, math.inf, change.of))


def _tanh(x: Entries, d: Entries, value: Entries) -> Entries:
    """The slope is 1/cosh², which is 4 σ(2x) σ(−2x), and the steepest nearest to 0."""
    twice = 2.0 * _above(abs(x), d)
    return 4.0 * d * twice("sigmoid") * (-twice)("sigmoid")


def _log_sigmoid(x: Entries, d: Entries, value: Entries) -> Entries:
    return d.at_most((-x)("sigmoid") * d("expm1"))


#: By function: how much ±d changes it at most, of x, d and f(x).
SLOPES: dict[str, Callable[[Entries, Entries, Entries], Entries]] = {
    "exp": lambda x, d, value: value * d("expm1"),
    "expm1": lambda x, d, value: x("exp") * d("expm1"),
    "log": lambda x, d, value: d / _above(x, d),
    "log1p": lambda x, d, value: d / _above(1.0 + x, d),
    "sqrt": _sqrt,
    "abs": lambda x, d, value: d,
    "sign": lambda x, d, value: 2.0 * (abs(x) <= d) * d.with_(">", 0.0),
    "tanh": _tanh,
    "erf": lambda x, d, value: STEEPEST * d * (-(_above(abs(x), d) ** 2.0))("exp"),
    # σ is at most e^d times as steep within ±d as at x.
    "sigmoid": lambda x, d, value: value * (-x)("sigmoid") * d("expm1"),
    "log_sigmoid": _log_sigmoid,
}


def by_logarithm(value: Entries, log: Entries, u: float) -> Entries:
    """What e^−log is off where its logarithm is rounded at its own size, as on a GPU."""
    change = value * (u * (1 + u) * log)("expm1")
    return Entries(value.arrays, value.arrays.where(value.with_(">", 0.0).of, change.of, 0.0))  # log 0 is infinite


class Softmax:
    """P = e^(a − m)/Σ e^(a − m) along an axis, with m the largest, and its logarithm. Raises ShapeError."""

    def __init__(self, x: Entries, axis: int):
        self.x, self.axis = x, axis_of(x.shape, axis)
        self.terms = x.shape[self.axis]
        self.top = x.reduced("max", axis)
        self.away = self.top - x
        powers = (-self.away)("exp")
        total = powers.reduced("sum", axis)
        self.value, self.log_total = powers / total, total("log")

    @cached_property
    def total(self) -> Entries:
        """log Σ e^a."""
        return self.top + self.log_total

    @cached_property
    def log(self) -> Entries:
        return -self.away - self.log_total

    def error(self, d: Entries | None, u: float, stored: float) -> Entries:
        """How far a − lse may be off before it is rounded, for entries that may be off by d.

        The roundings of each e^(a_k − m) count with P_k: what adds little to the sum adds little to its error. Where
        a_j is off by α and a_k by β, P_k/P_j is multiplied by e^(β − α); and each P_k by e^(2 max |α|) at most.
        `stored`: u where Σ e^(a − m) and its logarithm are rounded in between, in the precision.
        """
        p = self.value
        own_roundings = self._own_roundings(d, u, stored, abs(self.total).with_("max", self.away))
        if d is None:
            return own_roundings
        own = d("expm1")
        of_others = (p * own).reduced("sum", self.axis) - p * own
        return own_roundings + (1.0 - p) * own + (1.0 + own) * of_others

    def error_of_total(self, d: Entries | None, u: float, stored: float) -> Entries:
        """How far lse may be off before it is rounded."""
        own_roundings = self._own_roundings(d, u, stored, abs(self.total))
        return own_roundings if d is None else own_roundings + (self.value * d("expm1")).reduced("sum", self.axis)

    def _own_roundings(self, d: Entries | None, u: float, stored: float, size: Entries) -> Entries:
        """Those of the sum and of its logarithm, which is added to what has this `size`."""
        p, where = self.value, self.x.arrays.where
        u, stored = u * (1 + 4 * u), stored * (1 + 4 * stored)
        beyond = 0.0 * self.top if d is None else 2.0 * d.reduced("max", self.axis)
        counted = Entries(p.arrays, where(p.with_(">", 0.0).of, self.away.of, 0.0))
        of_terms = u * (counted + (beyond + FUNCTION))
        of_sum = (p * of_terms("expm1")).reduced("sum", self.axis) + u * (self.terms - 1)
        of_log = u * (FUNCTION * self.log_total + size + beyond) + stored * (1 + self.log_total)
        return of_sum * beyond("exp") + of_log
