"""How far functions of entries and of rows may be off: their own roundings, and what the error of an argument does.

An argument within ±d of x changes f(x) by at most d times the largest slope there, so each rule below holds for any d,
small or not. Where f is not defined, or not continuous, within ±d of x, the error is infinite.

- exp, log, tanh, erf, log(1 + x), powers: a library is assumed right to within 2 ulp, 4 roundings (the vectorised ones
  say 1 ulp); √ is rounded once.
- σ(x) = 1/(1 + e^−x): a function and two operations; or e^(log σ), where log σ is rounded at its size.
- softmax: P = e^(a − m)/Σ e^(a − m), with m the largest of the row, or e^(a − lse), lse = m + log Σ e^(a − m), rounded
  at its own size as on a GPU. Errors ±α of the row's entries move a_j − lse by at most Σ_k P_k (e^(α_j + α_k) − 1),
  k ≠ j, and the roundings of each e^(a_k − m) count with P_k: what adds little to the sum adds little to its error.

Low precision is computed in float32 inside, and what comes out is rounded once (`Precision.wide`); but torch's
log-softmax on a CPU stores Σ e^(a − m) and its logarithm in between.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from .precision import FUNCTION, Precision, Rounded

#: The slope of erf at 0.
STEEPEST = 2 / math.sqrt(math.pi)


def elementwise(precision: Precision, name: str, x: Tensor, a: Rounded) -> Rounded:
    """A function of entries: x are its exact arguments, and `a` says how they were computed. Raises KeyError."""
    value, change, roundings = FUNCTIONS[name](x, off(precision, x, a))
    moved = Rounded(value.abs(), change / precision.u, coarse=a.coarse)
    return precision.rounds(moved, precision.own(roundings)) if roundings else moved


def off(precision: Precision, x: Tensor, a: Rounded) -> Tensor:
    found = precision.off(a)
    return torch.zeros_like(x) if found is None else found


# By name: the value, how much ±d changes it at most, and how often it is rounded. -----------------------------------


def _exp(x: Tensor, d: Tensor) -> tuple[Tensor, Tensor, float]:
    return x.exp(), x.exp() * d.expm1(), FUNCTION


def _log(x: Tensor, d: Tensor) -> tuple[Tensor, Tensor, float]:
    return x.log(), d / (x - d).clamp_min(0), FUNCTION


def _sqrt(x: Tensor, d: Tensor) -> tuple[Tensor, Tensor, float]:
    return x.sqrt(), torch.where(d > x, torch.inf, d / (x.sqrt() + (x - d).clamp_min(0).sqrt())), 1


def _tanh(x: Tensor, d: Tensor) -> tuple[Tensor, Tensor, float]:
    return x.tanh(), d / (x.abs() - d).clamp_min(0).cosh() ** 2, FUNCTION


def _erf(x: Tensor, d: Tensor) -> tuple[Tensor, Tensor, float]:
    return x.erf(), STEEPEST * d * (-((x.abs() - d).clamp_min(0) ** 2)).exp(), FUNCTION


def _abs(x: Tensor, d: Tensor) -> tuple[Tensor, Tensor, float]:
    return x.abs(), d, 0


def _plus(x: Tensor, d: Tensor) -> tuple[Tensor, Tensor, float]:
    return x.clamp_min(0), d, 0


def _step(x: Tensor, d: Tensor) -> tuple[Tensor, Tensor, float]:
    return (x > 0).to(x), torch.where((d > 0) & (x.abs() <= d), torch.inf, 0.0), 0


FUNCTIONS: dict[str, Callable[[Tensor, Tensor], tuple[Tensor, Tensor, float]]] = {
    "exp": _exp,
    "log": _log,
    "sqrt": _sqrt,
    "tanh": _tanh,
    "erf": _erf,
    "abs": _abs,
    "relu": _plus,
    "step": _step,
}


# Sigmoid and softmax, and their logarithms --------------------------------------------------------------------------


def sigmoid(precision: Precision, x: Tensor, a: Rounded) -> Rounded:
    """σ is at most e^d times as steep within ±d as at x."""
    value, log = torch.sigmoid(x), -torch.nn.functional.logsigmoid(x)
    change = value * torch.sigmoid(-x) * off(precision, x, a).expm1()
    return _relative(precision, value, change, FUNCTION + 2, log, a.coarse)


def log_sigmoid(precision: Precision, x: Tensor, a: Rounded) -> Rounded:
    """min(x, 0) − log(1 + e^−|x|): two functions and a subtraction, all of one sign."""
    value, d = torch.nn.functional.logsigmoid(x), off(precision, x, a)
    change = torch.minimum(d, torch.sigmoid(-x) * d.expm1())
    return precision.rounds(
        Rounded(value.abs(), change / precision.u, coarse=a.coarse), precision.own(2 * FUNCTION + 1)
    )


def softmax(precision: Precision, x: Tensor, a: Rounded) -> Rounded:
    value = torch.softmax(x, 1)
    log = torch.log_softmax(x, 1).abs()
    exponent = _of_log_softmax(precision, x, a, value)
    change = torch.where(x == -torch.inf, 0.0, value * exponent.expm1())
    found = _relative(precision, value, change, 2 * FUNCTION + 3, log, a.coarse)
    # Where terms of the sum underflow it is too small by at most C·s, and it is at least 1.
    assert found.units is not None
    return Rounded(found.mass, found.error, found.units + x.shape[1] * value, found.coarse)


def log_softmax(precision: Precision, x: Tensor, a: Rounded) -> Rounded:
    value = torch.log_softmax(x, 1)
    change = _of_log_softmax(precision, x, a, value.exp())
    return precision.rounds(Rounded(value.abs(), change / precision.u, coarse=a.coarse), 1)


def log_sum_exp(precision: Precision, x: Tensor, a: Rounded) -> Rounded:
    """lse moves no more than the entry of its row that moves most; its roundings are those of log-softmax's."""
    value, own = torch.logsumexp(x, 1), _of_log_softmax(precision, x, a, torch.softmax(x, 1)).amin(1)
    change = own + off(precision, x, a).amax(1)
    moved = Rounded(value.abs(), change / precision.u, coarse=a.coarse)
    return precision.rounds(moved, precision.own(1))


def _relative(
    precision: Precision, value: Tensor, change: Tensor, roundings: float, log: Tensor, coarse: float
) -> Rounded:
    """`value` changed, and rounded as often as is said; or as e^−log, with the logarithm rounded at its size."""
    by_log = value * (precision.u * coarse * (1 + precision.u) * log).expm1()
    by_log = torch.where(value > 0, by_log, 0.0)  # log 0 is infinite
    moved = Rounded(value, (change + by_log) / precision.u, coarse=coarse)
    return precision.rounds(moved, precision.own(roundings))


def _of_log_softmax(precision: Precision, x: Tensor, a: Rounded, p: Tensor) -> Tensor:
    """How far a − lse may be off before it is rounded."""
    outer = precision.u * a.coarse * (1 + 4 * precision.u)
    u = precision.inner(1) * outer
    largest, d = x.amax(1, keepdim=True), precision.off(a)
    away, total = largest - x, torch.logsumexp(x, 1, keepdim=True)
    beyond = torch.zeros_like(largest) if d is None else 2 * d.amax(1, keepdim=True)
    of_terms = u * (torch.where(p > 0, away, 0.0) + beyond + FUNCTION)
    of_sum = (p * of_terms.expm1()).sum(1, keepdim=True) + u * (x.shape[1] - 1)
    of_log = u * (FUNCTION * (total - largest) + torch.maximum(total.abs(), away) + beyond)
    if precision.wide is not None:
        of_log += outer * (1 + total - largest)  # stored
    if d is None:
        return of_sum + of_log
    # Where a_j is off by α and a_k by β, P_k/P_j is multiplied by e^(β − α); and each P_k by e^(2 max |α|) at most.
    own = d.expm1()
    of_others = (p * own).sum(1, keepdim=True) - p * own
    return of_sum * beyond.exp() + of_log + (1 - p) * own + (1 + own) * of_others
