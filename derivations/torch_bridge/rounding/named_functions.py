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

from . import functions
from .known import Known
from .precision import FUNCTION, Precision, Rounded

#: Of a matrix, along its rows.
ROWS = {"softmax": functions.softmax, "log_softmax": functions.log_softmax, "logsumexp": functions.log_sum_exp}
SMOOTH = {
    "sigmoid": (torch.sigmoid, functions.sigmoid),
    "log_sigmoid": (torch.nn.functional.logsigmoid, functions.log_sigmoid),
}


def power(precision: Precision, base: Known, exponent: sp.Rational) -> Known:
    """An array to a rational power; a root is not defined below 0, and infinitely steep there."""
    value = base.value.pow(float(exponent))
    if exponent.q == 1:
        off = base.off if exponent > 0 else precision.reciprocal(base.off, base.value)
        off = off if abs(exponent) == 1 else precision.power(off, abs(int(exponent)))
    elif exponent.q == 2 and abs(exponent.p) == 1:
        off = functions.elementwise(precision, "sqrt", base.value, base.off)
        off = off if exponent > 0 else precision.reciprocal(off, base.value.sqrt())
    else:
        d = functions.off(precision, base.value, base.off)
        below = (base.value - d).clamp_min(0).pow(float(exponent) - 1)
        slope = abs(float(exponent)) * torch.maximum(below, (base.value + d).pow(float(exponent) - 1))
        change = torch.where(d > 0, d * slope, 0.0)
        moved = Rounded(value.abs(), change / precision.u, coarse=base.off.coarse)
        off = precision.rounds(moved, precision.own(FUNCTION))
    return Known(base.axes, value, off)


def function(precision: Precision, name: str, arguments: Sequence[Known]) -> Known:
    """A function of entries, by its name in nodes.Function, of arrays that are lined up. Raises KeyError."""
    x = arguments[0]
    offs = [functions.off(precision, each.value, each.off) for each in arguments]
    if name in ("step", "sign"):
        sure = x.value.abs() > 2 * offs[0]
        sides = (x.value > 0).double() if name == "step" else x.value.sign()
        between, apart = (0.5, 1.0) if name == "step" else (0.0, 2.0)
        error = (~sure).double() * (apart / precision.u)
        return Known(x.axes, torch.where(sure, sides, between), Rounded(torch.where(sure, sides.abs(), 1.0), error))
    if name in ("max", "min"):
        return _extreme(precision, name, arguments, offs)
    if name in SMOOTH:
        value, rule = SMOOTH[name]
        return Known(x.axes, value(x.value), rule(precision, x.value, x.off.settled()))
    off = functions.elementwise(precision, name, x.value, x.off)
    return Known(x.axes, getattr(torch, name)(x.value), off)


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


def _extreme(precision: Precision, name: str, arguments: Sequence[Known], offs: Sequence[Tensor]) -> Known:
    """The largest, or the smallest: off by no more than those are that may be it."""
    sign = 1 if name == "max" else -1
    values = torch.stack(torch.broadcast_tensors(*[sign * each.value for each in arguments]))
    off = torch.stack(torch.broadcast_tensors(*offs))
    candidates = values + 2 * off >= (values - 2 * off).amax(0)
    value, change = sign * values.amax(0), torch.where(candidates, off, 0.0).amax(0)
    coarse = min(each.off.coarse for each in arguments)
    return Known(arguments[0].axes, value, Rounded(value.abs(), change / precision.u, coarse=coarse))
