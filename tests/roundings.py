"""Evaluate printed code carelessly: every operation rounded, every sum one term at a time in a random order.

An account of rounding that shares nothing with the bounds: the numbers themselves. Torch's functions and operators take
`Careless` where they take a tensor. With `wide`, sums and functions are computed in float32 and rounded once.
"""

from __future__ import annotations

import torch
from torch import Tensor

WIDE = torch.float32


class Careless:
    """A tensor of some dtype, whose sums follow `generator`."""

    def __init__(self, value: Tensor, generator: torch.Generator, wide: bool = False):
        self.value, self.generator, self.wide = value, generator, wide

    def __getattr__(self, name: str):
        return getattr(self.value, name)

    def of(self, value: Tensor) -> Careless:
        return Careless(value, self.generator, self.wide)

    def inner(self) -> Tensor:
        return self.value.to(WIDE) if self.wide else self.value

    def chance(self) -> bool:
        return bool(torch.rand((), generator=self.generator) < 0.5)

    @property
    def T(self):
        return self.of(self.value.T)

    def added(self, terms: Tensor, dim: int, start: Tensor | None = None) -> Tensor:
        """One term after the other, in an order of its own."""
        order = torch.randperm(terms.shape[dim], generator=self.generator).tolist()
        total = start
        for place in order:
            term = terms.select(dim, place)
            total = term if total is None else total + term
        return total

    def sum(self, *dims):
        value = self.inner()
        terms = value.movedim(dims[0], 0) if dims else value.flatten()
        return self.of(self.added(terms, 0).to(self.value.dtype))

    def __getitem__(self, at):
        return self.of(self.value[at])

    def __neg__(self):
        return self.of(-self.value)

    def __add__(self, other):
        return self.of(self.value + self.like(other))

    def __sub__(self, other):
        return self.of(self.value - self.like(other))

    def __rsub__(self, other):
        return self.of(self.like(other) - self.value)

    def __mul__(self, other):
        return self.of(self.value * self.like(other))

    def __pow__(self, exponent):
        return self.of(self.value**exponent)

    def __truediv__(self, other):
        return self.of(self.value / self.like(other))

    def __gt__(self, other):
        return self.value > self.like(other)

    def __ge__(self, other):
        return self.value >= self.like(other)

    def __rtruediv__(self, other):
        return self.of(self.like(other) / self.value)

    def __matmul__(self, other):
        left, right = self.inner(), self.of(self.like(other)).inner()
        products = left[:, :, None] * right if right.dim() == 2 else left * right
        return self.of(self.added(products, 1).to(self.value.dtype))

    __radd__, __rmul__ = __add__, __mul__

    def like(self, other):
        if isinstance(other, Careless):
            return other.value
        return other if isinstance(other, Tensor) else torch.tensor(other, dtype=self.value.dtype)

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if function.__name__ in FUNCTIONS:
            return FUNCTIONS[function.__name__](*args)
        plain = [each.inner() if isinstance(each, Careless) else each for each in args]
        given = next(each for each in args if isinstance(each, Careless))
        return given.of(function(*plain, **(kwargs or {})).to(given.value.dtype))


def _log_softmax(z: Careless, dim: int = 1) -> Careless:
    value = z.inner()
    largest = value.amax(1, keepdim=True)
    total = z.added((value - largest).exp(), 1)[:, None]
    if z.chance():  # as a GPU does, or as a CPU
        return z.of((value - (largest + total.log())).to(z.value.dtype))
    return z.of(((value - largest) - total.log()).to(z.value.dtype))


def _softmax(z: Careless, dim: int = 1) -> Careless:
    if z.chance():
        log = _log_softmax(z)
        return z.of(log.inner().exp().to(z.value.dtype))
    value = z.inner()
    powers = (value - value.amax(1, keepdim=True)).exp()
    return z.of((powers / z.added(powers, 1)[:, None]).to(z.value.dtype))


def _sigmoid(z: Careless) -> Careless:
    value = z.inner()
    return z.of((1 / (1 + (-value).exp())).to(z.value.dtype))


def _logsigmoid(z: Careless) -> Careless:
    value = z.inner()
    return z.of((value.clamp_max(0) - (-value.abs()).exp().log1p()).to(z.value.dtype))


def _where(condition, value, other):
    given = value if isinstance(value, Careless) else other
    plain = [each.value if isinstance(each, Careless) else torch.as_tensor(each) for each in (value, other)]
    return given.of(torch.where(condition, *plain).to(given.value.dtype))


#: Those in which order matters or a device has a choice; all others are computed entry by entry, and rounded once.
FUNCTIONS = {
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "sigmoid": _sigmoid,
    "log_sigmoid": _logsigmoid,
    "where": _where,
    "to": lambda tensor, like: like.of(tensor.to(like.value)),
    "mul": lambda left, right: right * left,
}
