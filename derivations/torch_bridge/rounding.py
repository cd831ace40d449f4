"""Arithmetic of rounding errors: how far any evaluation of an expression may lie from its exact value.

One rounding changes a number by at most its u-th part, u = eps/2: half the gap between neighbours. An array that is
computed is known here by three numbers an entry:

- `mass`, its size if nothing cancelled: that of a sum is the sum of the terms', that of a product the factors' product;
- `error`, how far it may be off, in units of u;
- `units`, how far underflow may put it off beside that, in units of s, what a rounding may lose near 0.

Take c·(a − b). Torch may compute it so, or as c·a − c·b, or in another order; each way, every term of the expanded
expression is rounded a number of times, n say, so that it is off by at most ((1 + u)ⁿ − 1) times its size. Masses are
those sizes, added up: that is why roundings are counted at the mass, and why no factor is kept in reserve for another
order of the same operations. Nothing here is of first order only; what n roundings multiply an error by is counted too.

How many roundings there are: a sum of K terms has K − 1 additions, and in the worst order the first term is in all of
them; a product of K factors K − 1. Where a device adds in a wider format and rounds once (`Precision.wide`), a sum of K
terms counts 1 + K·(wider eps / eps). Multiplying by 0, ±1 or a power of two is exact, but may underflow.

Source: N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, 2002, chapters 2–4.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import torch
from torch import Tensor

#: Powers up to this one are products; others are a function's, right to within 2 ulp, which is 4 u.
PRODUCTS, FUNCTION = 3, 4
Bilinear = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Rounded:
    """What is known of an array that was computed. None for an error is none at all.

    `coarse` is its dtype's eps in units of the outputs' eps where that is larger. `shift` says that every entry is 0 or
    a power of two, up to its sign.
    """

    mass: Tensor
    error: Tensor | None = None
    units: Tensor | None = None
    coarse: float = 1.0
    shift: bool = False

    def mapped(self, function: Callable[[Tensor], Tensor]) -> Rounded:
        """Entries moved, repeated or picked: nothing rounds."""
        error, units = (None if each is None else function(each) for each in (self.error, self.units))
        return replace(self, mass=function(self.mass), error=error, units=units)


@dataclass(frozen=True)
class Precision:
    """What one rounding is in the outputs' dtype.

    `tiny` is s. `wide` is the eps that sums and functions are computed with before they are rounded, in units of the
    dtype's own; None where they are computed in the dtype itself.
    """

    dtype: torch.dtype
    wide: float | None = None

    @property
    def u(self) -> float:
        return torch.finfo(self.dtype).eps / 2

    @property
    def tiny(self) -> float:
        return tiny(self.dtype)

    # Roundings

    def rounds(self, a: Rounded, times: float) -> Rounded:
        """`a` after so many roundings, each at its mass."""
        if times == 0:
            return a
        grown = growth(times * a.coarse, self.u)
        error = grown * a.mass
        if a.error is not None:
            # What is rounded is itself off, and so is the float64 that the mass was computed from: twice the error.
            error = torch.add(error, a.error, alpha=1 + 2 * self.u * grown)
        units = torch.full_like(a.mass, times * (1 + self.u * grown))
        units = units if a.units is None else units + a.units * (1 + self.u * grown)
        return replace(a, error=error, units=units, shift=False)

    def stored(self, a: Rounded, value: Tensor) -> Rounded:
        """`a` after one rounding at the size of its value, whatever its mass."""
        return replace(self.rounds(replace(a, mass=value.abs()), 1), mass=a.mass)

    def inner(self, roundings: float) -> float:
        """Roundings inside of an operation, as so many of the outputs' dtype; in a wider format one more comes last."""
        return roundings if self.wide is None else roundings * self.wide

    def own(self, roundings: float) -> float:
        """Those of an operation, with the last."""
        return roundings if self.wide is None else 1 + roundings * self.wide

    # Operations

    def added(self, items: Sequence[Rounded]) -> Rounded:
        """The sum of arrays, before it is rounded."""
        return Rounded(
            reduce(torch.add, [each.mass for each in items]),
            _added(each.error for each in items),
            _added(each.units for each in items),
            min(each.coarse for each in items),
        )

    def plus(self, items: Sequence[Rounded]) -> Rounded:
        return self.rounds(self.added(items), len(items) - 1)

    def times(self, a: Rounded, b: Rounded) -> Rounded:
        """a ⊙ b."""
        product = self.product(torch.mul, a, b)
        if not (a.shift or b.shift):
            return self.rounds(product, 1)
        units = torch.ones_like(product.mass) if product.units is None else product.units + 1
        return replace(product, units=units, shift=a.shift and b.shift)

    def total(self, a: Rounded, dims: Sequence[int]) -> Rounded:
        """The sum along dimensions. Zeros and ones add up without rounding as long as integers are exact."""
        terms = math.prod(a.mass.shape[dim] for dim in dims)
        added = a.mapped(lambda each: each.sum(tuple(dims)))
        counted = terms < 2 or (a.shift and terms * self.u * a.coarse <= 1 and bool((a.mass == a.mass**2).all()))
        return replace(added if counted else self.rounds(added, self.own(terms - 1)), shift=False)

    def power(self, a: Rounded, exponent: int) -> Rounded:
        """a to a positive integer power."""
        times = exponent - 1 if exponent <= PRODUCTS else FUNCTION
        factor = exponent * self.upper(a) ** (exponent - 1)
        error, units = (None if each is None else factor * each for each in (a.error, a.units))
        return self.rounds(Rounded(a.mass**exponent, error, units, a.coarse), times)

    def reciprocal(self, a: Rounded, value: Tensor) -> Rounded:
        """1 / a, for the exact value of a. Where a is within its own error of 0, the error is infinite."""
        size = value.abs()
        factor = 1 / (size * (2 * size - self.upper(replace(a, mass=size))).clamp_min(0))
        error, units = (None if each is None else factor * each for each in (a.error, a.units))
        return self.rounds(Rounded(1 / size, error, units, a.coarse), 1)

    def upper(self, a: Rounded) -> Tensor:
        """The largest that an evaluation, or the float64 that stands for it, may be, and a little more."""
        largest = a.mass if a.error is None else a.mass + 2 * self.u * a.error
        return largest if a.units is None else largest + 2 * self.tiny * a.units

    def off(self, a: Rounded) -> Tensor | None:
        """How far `a` may be off in all."""
        if a.error is None:
            return None if a.units is None else self.tiny * a.units
        return self.u * a.error if a.units is None else self.u * a.error + self.tiny * a.units

    def product(self, product: Bilinear, a: Rounded, b: Rounded) -> Rounded:
        """A product before it is rounded: (a + α)(b + β) − a b = α (b + β) + a β, for errors α and β."""
        largest = self.upper(b)

        def errors(of_a: Tensor | None, of_b: Tensor | None) -> Tensor | None:
            left = None if of_a is None else product(of_a, largest)
            return _added((left, None if of_b is None else product(a.mass, of_b)))

        coarse = min(a.coarse, b.coarse)
        return Rounded(product(a.mass, b.mass), errors(a.error, b.error), errors(a.units, b.units), coarse)


def tiny(dtype: torch.dtype) -> float:
    """What a rounding may lose near 0: the smallest normal number, as vectorised functions may flush what is below it.

    float16 is computed in float32, and then rounded to its own subnormal numbers: by half of the smallest at most.
    """
    precision = torch.finfo(dtype)
    return precision.smallest_normal * (precision.eps / 2 if dtype == torch.float16 else 1.0)


def growth(times: float, u: float) -> float:
    """((1 + u)ⁿ − 1) / u for n = `times`: what n roundings do, in units of u."""
    exponent = times * math.log1p(u)
    return math.expm1(exponent) / u if exponent < 700 else math.inf


def _added(tensors: Iterable[Tensor | None]) -> Tensor | None:
    """What there is, added up."""
    present = [each for each in tensors if each is not None]
    return reduce(torch.add, present) if present else None
