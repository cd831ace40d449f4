"""Functions of arrays with named axes: their values, and how far they may be off.

Where the argument of a step lies within its own rounding of the corner, either side may be taken, and either be right:
the value is ½, and an evaluation may be off by the whole step. So it is where the argument is the corner itself, since
there a slope is a matter of convention.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sympy as sp
import torch
from torch import Tensor

from ...index_calculus.functions import Function, named
from ...index_calculus.functions import power as power_of
from . import functions
from .known import Known, added
from .precision import Precision, Rounded

#: Of a matrix, along its rows.
ROWS = {"softmax": functions.softmax, "log_softmax": functions.log_softmax, "logsumexp": functions.log_sum_exp}
EXTREMES = {"max": 1, "min": -1}


def power(precision: Precision, base: Known, exponent: sp.Rational) -> Known:
    """An array to a rational power."""
    if not exponent.is_Integer:
        return _known(precision, power_of(exponent), base)
    times = abs(int(exponent))
    if exponent < 0:
        off = precision.negative_power(base.off, base.value, times)
    else:
        off = base.off if times == 1 else precision.power(base.off, times)
    return Known(base.axes, base.value.pow(float(exponent)), off, open=base.open)


def function(precision: Precision, name: str, arguments: Sequence[Known]) -> Known:
    """A function of entries, by its name, of arrays that are lined up. Raises UnknownFunction."""
    if name in EXTREMES:
        return _extreme(precision, EXTREMES[name], arguments)
    known = named(name)
    return (_jump if known.rounding.jumps else _known)(precision, known, arguments[0])


def _known(precision: Precision, function: Function, x: Known) -> Known:
    off = functions.elementwise(precision, function, x.value, x.off.settled())
    return Known(x.axes, function.value(functions.TENSORS, x.value), off, open=x.open)


def _jump(precision: Precision, function: Function, x: Known) -> Known:
    """A step or a sign. Beside the corner it has no error; an argument's own float64 is as far off as it may be."""
    on, doubled = functions.TENSORS, 2 * functions.off(precision, x.value, x.off)
    is_open = function.rounding.change(on, x.value, doubled) > 0
    low, high = function.value(on, torch.tensor([-1.0, 1.0], dtype=torch.float64, device="cpu"))
    value = torch.where(is_open, (low + high) / 2, function.value(on, x.value))
    mass = torch.where(is_open, torch.maximum(low.abs(), high.abs()), value.abs())
    error = is_open.double() * ((high - low) / precision.u)
    return Known(x.axes, value, Rounded(mass, error), open=added([x.open, is_open.double()]))


def of_rows(precision: Precision, name: str, of: Known, axis: str) -> Known:
    """A function along an axis, as one of the rows of a matrix."""
    others = tuple(each for each in of.axes if each != axis)
    of = of.along((*others, axis))
    shape = of.value.shape

    def matrix(array: Tensor) -> Tensor:
        return array.expand(shape).reshape(-1, shape[-1])

    def known(array: Tensor) -> Tensor:
        """−inf, as a mask adds it, is exactly that."""
        return torch.where(x == -torch.inf, 0.0, matrix(array))

    x, off = matrix(of.value), of.off.settled()
    error, units = (None if each is None else known(each) for each in (off.error, off.units))
    off = ROWS[name](precision, x, replace(off, mass=matrix(off.mass), error=error, units=units))
    value, left = getattr(torch, name)(x, 1), shape if name != "logsumexp" else shape[:-1]
    axes = (*others, axis) if name != "logsumexp" else others
    is_open = None if of.open is None else of.open.amax(-1, keepdim=True)
    is_open = is_open if is_open is None or name != "logsumexp" else is_open[..., 0]
    return Known(axes, value.reshape(left), off.mapped(lambda each: each.reshape(left)), open=is_open)


def _extreme(precision: Precision, sign: int, arguments: Sequence[Known]) -> Known:
    """The largest, or the smallest: off by no more than those are that may be it."""
    offs = [functions.off(precision, each.value, each.off) for each in arguments]
    values = torch.stack(torch.broadcast_tensors(*[sign * each.value for each in arguments]))
    off = torch.stack(torch.broadcast_tensors(*offs))
    candidates = values + 2 * off >= (values - 2 * off).amax(0)
    value, change = sign * values.amax(0), torch.where(candidates, off, 0.0).amax(0)
    coarse, is_open = min(each.off.coarse for each in arguments), added([each.open for each in arguments])
    return Known(arguments[0].axes, value, Rounded(value.abs(), change / precision.u, coarse=coarse), open=is_open)
