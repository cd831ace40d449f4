"""Functions of arrays with named axes: their values, and how far they may be off.

Where the argument of a step lies within its own rounding of the corner, either side may be taken, and either be right:
the value is ½, and an evaluation may be off by the whole step. So it is where the argument is the corner itself, since
there a slope is a matter of convention.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp
import torch
from torch import Tensor

from ...index_calculus.functions import Function, named
from ...index_calculus.functions import power as power_of
from . import functions
from .known import Known
from .precision import Precision, Rounded

#: Of a matrix, along its rows.
ROWS = {"softmax": functions.softmax, "log_softmax": functions.log_softmax, "logsumexp": functions.log_sum_exp}
EXTREMES = {"max": 1, "min": -1}


class Tensors:
    """Tensors as the numbers that the table of functions works on."""

    exp, expm1, log, log1p = map(staticmethod, (torch.exp, torch.expm1, torch.log, torch.log1p))
    sqrt, tanh, erf = map(staticmethod, (torch.sqrt, torch.tanh, torch.erf))

    def least(self, x: Tensor, y: Tensor | float) -> Tensor:
        return torch.minimum(*map(_double, (x, y)))

    def where(self, holds: Tensor, x: Tensor | float, y: Tensor | float) -> Tensor:
        return torch.where(holds, _double(x), _double(y))


def _double(x: Tensor | float) -> Tensor:
    return torch.as_tensor(x, dtype=torch.float64)


ON = Tensors()


def power(precision: Precision, base: Known, exponent: sp.Rational) -> Known:
    """An array to a rational power."""
    if not exponent.is_Integer:
        return _known(precision, power_of(exponent), base)
    off = base.off if exponent > 0 else precision.reciprocal(base.off, base.value)
    off = off if abs(exponent) == 1 else precision.power(off, abs(int(exponent)))
    return Known(base.axes, base.value.pow(float(exponent)), off)


def function(precision: Precision, name: str, arguments: Sequence[Known]) -> Known:
    """A function of entries, by its name, of arrays that are lined up. Raises UnknownFunction."""
    if name in EXTREMES:
        return _extreme(precision, EXTREMES[name], arguments)
    known = named(name)
    return (_jump if known.rounding.jumps else _known)(precision, known, arguments[0])


def _known(precision: Precision, function: Function, x: Known) -> Known:
    rule, value = function.rounding, function.value(ON, x.value)
    change = rule.change(ON, x.value, functions.off(precision, x.value, x.off))
    if rule.logarithm:  # or e^(log f), with the logarithm rounded at its size
        log = named(rule.logarithm).value(ON, x.value).abs()
        by_log = value * (precision.u * x.off.coarse * (1 + precision.u) * log).expm1()
        change = change + torch.where(value > 0, by_log, 0.0)
    moved = Rounded(value.abs(), change / precision.u, coarse=x.off.coarse)
    return Known(x.axes, value, precision.rounds(moved, precision.own(rule.times)) if rule.times else moved)


def _jump(precision: Precision, function: Function, x: Known) -> Known:
    """A step or a sign. Beside the corner it has no error; an argument's own float64 is as far off as it may be."""
    doubled = 2 * functions.off(precision, x.value, x.off)
    height = function.rounding.change(ON, x.value, doubled)
    value, largest = function.value(ON, x.value), float(function.most or 1)
    sides = function.value(ON, torch.tensor([-1.0, 1.0], dtype=torch.float64))
    value = torch.where(height > 0, sides.mean(), value)
    jump = torch.where(height > 0, sides[1] - sides[0], 0.0)
    return Known(x.axes, value, Rounded(torch.where(height > 0, largest, value.abs()), jump / precision.u))


def of_rows(precision: Precision, name: str, of: Known, axis: str) -> Known:
    """A function along an axis, as one of the rows of a matrix."""
    others = tuple(each for each in of.axes if each != axis)
    of = of.along((*others, axis))
    shape = of.value.shape

    def matrix(array: Tensor) -> Tensor:
        return array.expand(shape).reshape(-1, shape[-1])

    x = matrix(of.value)
    off = ROWS[name](precision, x, of.off.settled().mapped(matrix))
    value, left = getattr(torch, name)(x, 1), shape if name != "logsumexp" else shape[:-1]
    axes = (*others, axis) if name != "logsumexp" else others
    return Known(axes, value.reshape(left), off.mapped(lambda each: each.reshape(left)))


def _extreme(precision: Precision, sign: int, arguments: Sequence[Known]) -> Known:
    """The largest, or the smallest: off by no more than those are that may be it."""
    offs = [functions.off(precision, each.value, each.off) for each in arguments]
    values = torch.stack(torch.broadcast_tensors(*[sign * each.value for each in arguments]))
    off = torch.stack(torch.broadcast_tensors(*offs))
    candidates = values + 2 * off >= (values - 2 * off).amax(0)
    value, change = sign * values.amax(0), torch.where(candidates, off, 0.0).amax(0)
    coarse = min(each.off.coarse for each in arguments)
    return Known(arguments[0].axes, value, Rounded(value.abs(), change / precision.u, coarse=coarse))
