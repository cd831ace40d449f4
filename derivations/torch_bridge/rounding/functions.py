"""How far functions of entries and of rows may be off: their own roundings, and what the error of an argument does.

What is said of a function of entries stands in the table of functions (index_calculus/functions), and is worked out
here on tensors. Where f is not defined within ±d of x, the error is infinite; where it jumps there, the jump. It is
infinite too where x is more than the dtype holds, as squares in float16 may be: some kernels compute them in float32.

- softmax: P = e^(a − m)/Σ e^(a − m), with m the largest of the row, or e^(a − lse), lse = m + log Σ e^(a − m), rounded
  at its own size as on a GPU. Errors ±α of the row's entries move a_j − lse by at most Σ_k P_k (e^(α_j + α_k) − 1),
  k ≠ j, and the roundings of each e^(a_k − m) count with P_k: what adds little to the sum adds little to its error.

Low precision is computed in float32 inside, and what comes out is rounded once (`Precision.wide`); but torch's
log-softmax on a CPU stores Σ e^(a − m) and its logarithm in between.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ...index_calculus.functions import FUNCTION, Function
from ..shapes import Column, Like, PerEntry
from .precision import Precision, Rounded


class Tensors:
    """What the table's values and rules are worked out with (`functions.Numbers`), entry by entry, in float64."""

    exp, expm1, log, log1p = map(staticmethod, (torch.exp, torch.expm1, torch.log, torch.log1p))
    sqrt, tanh, erf = map(staticmethod, (torch.sqrt, torch.tanh, torch.erf))

    @staticmethod
    def least(x: Like, y: Like | float) -> Like:
        return torch.minimum(x, y) if isinstance(y, Tensor) else x.clamp_max(y)

    @staticmethod
    def where(holds: Like, x: Like | float, y: Like | float) -> Like:
        of_x, of_y = (torch.as_tensor(each, dtype=torch.float64, device=holds.device) for each in (x, y))
        return torch.where(holds, of_x, of_y)


TENSORS = Tensors()


def elementwise(precision: Precision, function: Function, x: Like, a: Rounded, nonnegative: bool = False) -> Rounded:
    """A function of entries: x are its exact arguments, and `a` says how they were computed.

    `nonnegative`: however they are computed, they are not negative, as a sum of squares is not.
    """
    rule, value, d = function.rounding, function.value(TENSORS, x), off(precision, x, a)
    change = (rule.above if nonnegative and rule.above else rule.change)(TENSORS, x, d)
    if rule.logarithm:
        change = change + _by_log(precision, value.abs(), rule.logarithm(TENSORS, x).abs(), a.coarse)
    change = torch.where((x.abs() > torch.finfo(precision.dtype).max) & x.isfinite(), torch.inf, change)
    moved = Rounded(value.abs().clamp_min(rule.least), change / precision.u, coarse=a.coarse)
    if rule.apart or precision.wide is None:
        return replace(precision.rounds(moved, rule.times), mass=value.abs())
    inside = precision.rounds(moved, precision.inner(rule.times))
    return precision.rounds(replace(inside, mass=value.abs()), 1 if rule.times else 0)


Beyond = Callable[[Like, Like], Like]


def clipped(
    precision: Precision, value: Like, x: Like, a: Rounded, limits: Sequence[tuple[Tensor, Rounded, Beyond]]
) -> Rounded:
    """Entries x within limits, each with what it may be off and a comparison that says what lies beyond it.

    An entry that lies clearly beyond a limit is as far off as that is; one clearly within is as far off as x.
    """
    change = d = off(precision, x, a)
    for at, known, beyond in limits:
        of_limit = off(precision, x, known)
        close = (x - at).abs() <= d + of_limit
        change = torch.where(close, torch.maximum(change, of_limit), torch.where(beyond(x, at), of_limit, change))
    return Rounded(value.abs(), change / precision.u, coarse=a.coarse)


def off(precision: Precision, x: Like, a: Rounded) -> Like:
    found = precision.off(a)
    return torch.zeros_like(x) if found is None else found


# Of whole rows ------------------------------------------------------------------------------------------------------


def softmax(precision: Precision, x: PerEntry, a: Rounded, stored: bool = False) -> Rounded:
    """`stored`: it may be e^(a − lse) of an lse that was rounded, as where torch.logsumexp hands a gradient on."""
    value = torch.softmax(x, 1)
    log = torch.log_softmax(x, 1).abs()
    if stored:
        log = log + torch.logsumexp(x, 1, keepdim=True).abs()
    exponent = _of_log_softmax(precision, x, a, value)
    change = torch.where(x == -torch.inf, 0.0, value * exponent.expm1())
    found = _relative(precision, value, change, 2 * FUNCTION + 3, log, a.coarse)
    # Where terms of the sum underflow it is too small by at most C·s, and it is at least 1.
    assert found.units is not None
    return Rounded(found.mass, found.error, found.units + x.shape[1] * value, found.coarse)


def log_softmax(precision: Precision, x: PerEntry, a: Rounded) -> Rounded:
    value = torch.log_softmax(x, 1)
    change = _of_log_softmax(precision, x, a, value.exp())
    return precision.rounds(Rounded(value.abs(), change / precision.u, coarse=a.coarse), 1)


def log_sum_exp(precision: Precision, x: PerEntry, a: Rounded) -> Rounded:
    """lse moves no more than the entry of its row that moves most; its roundings are those of log-softmax's."""
    value, own = torch.logsumexp(x, 1), _of_log_softmax(precision, x, a, torch.softmax(x, 1)).amin(1)
    change = own + off(precision, x, a).amax(1)
    moved = Rounded(value.abs(), change / precision.u, coarse=a.coarse)
    return precision.rounds(moved, precision.own(1))


def _relative(precision: Precision, value: Like, change: Like, roundings: float, log: Like, coarse: float) -> Rounded:
    """`value` changed, and rounded as often as is said; or as e^−log, with the logarithm rounded at its size."""
    moved = Rounded(value, (change + _by_log(precision, value, log, coarse)) / precision.u, coarse=coarse)
    return precision.rounds(moved, precision.own(roundings))


def _by_log(precision: Precision, value: Like, log: Like, coarse: float) -> Like:
    """What e^log is off where its logarithm is rounded at its size."""
    by_log = value * (precision.u * coarse * (1 + precision.u) * log).expm1()
    return torch.where(value > 0, by_log, 0.0)  # log 0 is infinite


def logsumexp(precision: Precision, x: PerEntry, a: Rounded) -> Rounded:
    """lse = m + log Σ e^(a − m), a number for each row."""
    rows = _Rows(precision, x, a)
    change = rows.of_sum * rows.beyond.exp() + rows.of_log(rows.total.abs())
    if rows.d is not None:
        change = change + (torch.softmax(x, 1) * rows.d.expm1()).sum(1, keepdim=True)
    value = rows.total[:, 0]
    return precision.rounds(Rounded(value.abs(), change[:, 0] / precision.u, coarse=a.coarse), 1)


class _Rows:
    """What the sum of e^(a − m) along each row may be off, relative to itself, and its logarithm."""

    def __init__(self, precision: Precision, x: PerEntry, a: Rounded):
        self.outer = precision.u * a.coarse * (1 + 4 * precision.u)
        self.u, self.wide, self.d = precision.inner(1) * self.outer, precision.wide, precision.off(a)
        self.largest, self.total = x.amax(1, keepdim=True), torch.logsumexp(x, 1, keepdim=True)
        self.away, p = self.largest - x, torch.softmax(x, 1)
        self.beyond = torch.zeros_like(self.largest) if self.d is None else 2 * self.d.amax(1, keepdim=True)
        of_terms = self.u * (torch.where(p > 0, self.away, 0.0) + self.beyond + FUNCTION)
        self.of_sum = (p * of_terms.expm1()).sum(1, keepdim=True) + self.u * (x.shape[1] - 1)

    def of_log(self, size: Column | PerEntry) -> Column | PerEntry:
        """The logarithm's own roundings, and that of what it is added to, of such a size."""
        found = self.u * (FUNCTION * (self.total - self.largest) + size + self.beyond)
        return found if self.wide is None else found + self.outer * (1 + self.total - self.largest)  # stored


def _of_log_softmax(precision: Precision, x: PerEntry, a: Rounded, p: PerEntry) -> PerEntry:
    """How far a − lse may be off before it is rounded."""
    rows = _Rows(precision, x, a)
    of_log = rows.of_log(torch.maximum(rows.total.abs(), rows.away))
    if rows.d is None:
        return rows.of_sum + of_log
    # Where a_j is off by α and a_k by β, P_k/P_j is multiplied by e^(β − α); and each P_k by e^(2 max |α|) at most.
    own = rows.d.expm1()
    of_others = (p * own).sum(1, keepdim=True) - p * own
    return rows.of_sum * rows.beyond.exp() + of_log + (1 - p) * own + (1 + own) * of_others
