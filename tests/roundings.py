"""How far printed code may round, found by running it: a second account of κ, which shares nothing with the first.

Arrays carry an error beside their values, in units of eps. An operation adds the errors of what it is given, each as
large as it makes them, and one rounding at the size of its result; a sum, one rounding of each term. Zeros and ones
that labels pick are exact, and so is what only moves entries.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


class Rounded:
    """Values and their errors. Torch's functions and operators take it where they take a tensor."""

    def __init__(self, value: Tensor, error: Tensor | float = 0.0):
        self.value = torch.as_tensor(value, dtype=torch.float64)
        self.error = torch.as_tensor(error, dtype=torch.float64).expand(self.value.shape)

    def __getattr__(self, name: str):
        return getattr(self.value, name)

    @property
    def T(self):
        return Rounded(self.value.T, self.error.T)

    def sum(self, *dims):
        return Rounded(self.value.sum(*dims), (self.error + self.value.abs()).sum(*dims))

    def __getitem__(self, at):
        return Rounded(self.value[at], self.error[at])

    def __neg__(self):
        return Rounded(-self.value, self.error)

    def __add__(self, other):
        other = rounded(other)
        value = self.value + other.value
        return Rounded(value, self.error + other.error + value.abs())

    def __sub__(self, other):
        return self + -rounded(other)

    def __rsub__(self, other):
        return rounded(other) + -self

    def __mul__(self, other):
        other = rounded(other)
        value = self.value * other.value
        error = self.error * other.value.abs() + self.value.abs() * other.error
        return Rounded(value, error + value.abs())

    def __rtruediv__(self, other):
        value = other / self.value
        return Rounded(value, value.abs() * (self.error / self.value.abs() + 1))

    def __matmul__(self, other):
        other = rounded(other)
        sizes = self.value.abs() @ other.value.abs()
        errors = self.error @ other.value.abs() + self.value.abs() @ other.error
        return Rounded(self.value @ other.value, errors + sizes)

    __radd__, __rmul__ = __add__, __mul__

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return FUNCTIONS[function.__name__](*args)


def rounded(value) -> Rounded:
    return value if isinstance(value, Rounded) else Rounded(value)


def _in_the_row(z: Rounded) -> Tensor:
    """What rounds in z − log Σ e^z: log C and the largest entry, and 1 for the exponential."""
    return 1 + math.log(z.shape[1]) + (z.error + z.value.abs()).amax(1, keepdim=True)


def _softmax(z: Rounded, dim: int) -> Rounded:
    value = torch.softmax(z.value, dim)
    return Rounded(value, value * _in_the_row(z))


def _log_softmax(z: Rounded, dim: int) -> Rounded:
    value = torch.log_softmax(z.value, dim)
    return Rounded(value, 2 * _in_the_row(z) + value.abs())


def _sigmoid(z: Rounded) -> Rounded:
    value = torch.sigmoid(z.value)
    return Rounded(value, value * (1 - value) * (z.error + z.value.abs()) + 2 * value)


def _logsigmoid(z: Rounded) -> Rounded:
    value = torch.nn.functional.logsigmoid(z.value)
    return Rounded(value, z.error + value.abs())


FUNCTIONS = {
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "sigmoid": _sigmoid,
    "log_sigmoid": _logsigmoid,
    "where": lambda condition, value, other: Rounded(
        torch.where(condition, rounded(value).value, rounded(other).value),
        torch.where(condition, rounded(value).error, rounded(other).error),
    ),
    "to": lambda tensor, like: Rounded(tensor.to(like.value)),
    "mul": lambda left, right: rounded(left) * right,
}
