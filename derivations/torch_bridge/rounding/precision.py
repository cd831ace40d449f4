"""Arithmetic of rounding errors: how far any evaluation of an expression may lie from its exact value.

One rounding changes a number by at most its u-th part, u = eps/2: half the gap between neighbours. An array that is
computed is known here by three numbers an entry:

- `mass`, its size if nothing cancelled: that of a sum is the sum of the terms', that of a product the factors' product;
- `error`, how far it may be off, in units of u;
- `units`, how far underflow may put it off beside that, in units of s, what an operation may lose near 0.

Take c·(a − b). Torch may compute it so, or as c·a − c·b, or in another order; each way, every term of the expanded
expression is rounded a number of times, n say, so that it is off by at most ((1 + u)ⁿ − 1) times its size. Masses are
those sizes, added up: that is why roundings are counted at the mass, and why no factor is kept in reserve for another
order of the same operations. Nothing here is of first order only; what n roundings multiply an error by is counted too.

How many roundings there are: a sum of K terms has K − 1 additions, and in the worst order the first term is in all of
them; a product of K factors K − 1. Where a device adds in a wider format and rounds once (`Precision.wide`), a sum of K
terms counts 1 + K·(wider eps / eps). Multiplying by 0, ±1 or a power of two is exact, but may underflow.

Underflow depends on the order too. Where z·w/S is computed as (z/S)·w, z/S may underflow, and w multiplies what is
lost. So products and written-out sums keep, beside `units`, their `reach`: what the mass would be if every factor below
1 were 1. In any order of the factors, and whether c·(a + b) is multiplied out or not, an operation loses s, times other
factors of its term, which is at most the term's reach. A term of k factors takes k − 1 products, and there are fewer
additions than terms. So all together lose at most s·reach·`depth`, where depth is the most products that a term takes,
and one more for a sum. Functions, matrix products and sums along a dimension stay where they stand in the formula: what
was lost before one of them is `settled`, and what follows multiplies it, no more.

Source: N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, 2002, chapters 2–4.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import torch
from torch import Tensor

from ...index_calculus.functions import FUNCTION, PRODUCTS
from ..shapes import Like, OneNumber

Bilinear = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Rounded:
    """What is known of an array that was computed. None for an error is none at all.

    `coarse` is its dtype's eps in units of the outputs' eps where that is larger. `shift` says that every entry is 0 or
    a power of two, up to its sign. `reach` and `depth` are of products whose order is open; `units` are without them.
    """

    mass: Like
    error: Like | None = None
    units: Like | None = None
    coarse: float = 1.0
    shift: bool = False
    reach: Like | None = None
    depth: int = 0

    def mapped(self, function: Callable[[Tensor], Tensor]) -> Rounded:
        """Entries moved, repeated or picked: nothing rounds."""
        rest = (None if each is None else function(each) for each in (self.error, self.units, self.reach))
        error, units, reach = rest
        return replace(self, mass=function(self.mass), error=error, units=units, reach=reach)

    def settled(self) -> Rounded:
        """As one array, whose factors are moved no more: `units` has everything."""
        if self.reach is None:
            return self
        return replace(self, units=_added((self.units, self.depth * self.reach)), reach=None, depth=0)


@dataclass(frozen=True)
class Precision:
    """What one rounding is in the outputs' dtype.

    `tiny` is s. `wide` is the eps that sums and functions are computed with before they are rounded, in units of the
    dtype's own; None where they are computed in the dtype itself. `before` says how often what is given may be rounded
    before anything is computed of it.
    """

    dtype: torch.dtype
    wide: float | None = None
    before: int = 0

    @property
    def u(self) -> float:
        return torch.finfo(self.dtype).eps / 2

    @property
    def tiny(self) -> float:
        return tiny(self.dtype)

    # Roundings

    def rounds(self, a: Rounded, times: float, underflows: float | None = None) -> Rounded:
        """`a` after so many roundings, each at its mass; as many underflow if nothing else is said."""
        if times == 0:
            return a
        grown = growth(times * a.coarse, self.u)
        error = grown * a.mass
        if a.error is not None:
            # What is rounded is itself off, and so is the float64 that the mass was computed from: twice the error.
            error = torch.add(error, a.error, alpha=1 + 2 * self.u * grown)
        own = times if underflows is None else underflows
        units = None if own == 0 else torch.full_like(a.mass, own * (1 + self.u * grown))
        before, reach = (None if each is None else each * (1 + self.u * grown) for each in (a.units, a.reach))
        return replace(a, error=error, units=_added((before, units)), shift=False, reach=reach)

    def number(self, number: OneNumber) -> Rounded:
        """A number of Python's in the dtype: rounded once, if it is none of the dtype's."""
        size = Rounded(number.abs(), shift=bool(number.frexp().mantissa.abs() == 0.5))
        return size if number.to(self.dtype).double() == number and not self.before else self.rounds(size, 1)

    def stored(self, a: Rounded, value: Like) -> Rounded:
        """`a` after one rounding at the size of its value, whatever its mass."""
        return replace(self.rounds(replace(a, mass=value.abs()), 1), mass=a.mass)

    def inner(self, roundings: float) -> float:
        """Roundings inside of an operation, as so many of the outputs' dtype; in a wider format one more comes last."""
        return roundings if self.wide is None else roundings * self.wide

    def own(self, roundings: float) -> float:
        """Those of an operation, with the last."""
        return roundings if self.wide is None else 1 + roundings * self.wide

    def lost(self, operations: float) -> float:
        """What so many products and additions inside of an operation lose where each may be taken as 0, in units of s.

        A kernel that adds bfloat16 in float32 may take each product and each partial sum below float32's normal numbers
        as 0, which are bfloat16's; beside what float16 loses that is nothing.
        """
        return operations if self.wide is None else operations * tiny(torch.float32) / self.tiny

    def summed(self, a: Rounded, terms: int) -> Rounded:
        """`a`, a sum of so many terms, after its additions in any order."""
        if terms < 2:
            return a
        last = 0 if self.wide is None else 1
        return self.rounds(a, self.own(terms - 1), last + self.lost(terms - 1))

    def accumulated(self, a: Rounded, terms: int) -> Rounded:
        """`a`, a sum of so many products, after all of these and their additions, but for a last rounding."""
        return self.rounds(a, self.inner(terms), self.lost(terms))

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
        reach, depth = reduce(torch.add, map(self.reach, items)), 1 + max(each.depth for each in items)
        return self.rounds(replace(self.added(items), reach=reach, depth=depth), len(items) - 1, 0)

    def times(self, a: Rounded, b: Rounded) -> Rounded:
        """a ⊙ b."""
        reach, depth = self.reach(a) * self.reach(b), a.depth + b.depth + 1
        product = replace(self.product(torch.mul, a, b), reach=reach, depth=depth)
        exact = a.shift or b.shift
        return replace(product, shift=a.shift and b.shift) if exact else self.rounds(product, 1, 0)

    def total(self, a: Rounded, dims: Sequence[int]) -> Rounded:
        """The sum along dimensions, where terms that are exactly 0 do not count: of an entry that has most.

        Zeros and ones add up without rounding as long as integers are exact.
        """
        there = (self.upper(a) != 0).sum(tuple(dims))
        terms = int(there.amax()) if there.numel() else 0
        added = a.settled().mapped(lambda each: each.sum(tuple(dims)))
        counted = a.shift and terms * self.u * a.coarse <= 1 and bool((a.mass == a.mass**2).all())
        return replace(added if counted else self.summed(added, terms), shift=False)

    def power(self, a: Rounded, exponent: int) -> Rounded:
        """a to a positive integer power."""
        times = exponent - 1 if exponent <= PRODUCTS else FUNCTION
        factor = exponent * self.upper(a) ** (exponent - 1)
        error, units = (None if each is None else factor * each for each in (a.error, a.units))
        reach, depth = self.reach(a) ** exponent, exponent * (a.depth + 1) - 1
        return self.rounds(Rounded(a.mass**exponent, error, units, a.coarse, reach=reach, depth=depth), times, 0)

    def reciprocal(self, a: Rounded, value: Like) -> Rounded:
        """1 / a, for the exact value of a. Where a is within its own error of 0, the error is infinite."""
        a, size = a.settled(), value.abs()
        if a.shift and a.error is None and bool((size > 0).all()):
            return replace(a, mass=1 / size)
        own = 2 if self.dtype == torch.float64 else 1  # there the size is as far off itself
        off = self.off(a)
        factor = 1 / (size * (size if off is None else (size - own * off).clamp_min(0)))
        error, units = (None if each is None else factor * each for each in (a.error, a.units))
        return self.rounds(Rounded(1 / size, error, units, a.coarse), 1)

    def negative_power(self, a: Rounded, value: Like, exponent: int) -> Rounded:
        """a to the power of minus a positive integer, in either order: a power of 1/a, or 1 over one, which underflows.

        For the exact value of a.
        """
        first = self.reciprocal(a, value)
        if exponent == 1:
            return first
        last = self.reciprocal(self.power(a, exponent), value**exponent)
        return larger(each.settled() for each in (self.power(first, exponent), last))

    def upper(self, a: Rounded) -> Like:
        """The largest that an evaluation, or the float64 that stands for it, may be, and a little more."""
        a = a.settled()
        largest = a.mass if a.error is None else a.mass + 2 * self.u * a.error
        return largest if a.units is None else largest + 2 * self.tiny * a.units

    def off(self, a: Rounded) -> Like | None:
        """How far `a` may be off in all."""
        a = a.settled()
        if a.error is None:
            return None if a.units is None else self.tiny * a.units
        return self.u * a.error if a.units is None else self.u * a.error + self.tiny * a.units

    def reach(self, a: Rounded) -> Like:
        """What `a` may multiply by what other factors have lost, or a part of its factors."""
        return self.upper(a).clamp_min(1) if a.reach is None else a.reach

    def contracted(self, a: Rounded, b: Rounded) -> Rounded:
        """A B before it is rounded."""
        return self.product(torch.matmul, self.read(a), self.read(b))

    def read(self, a: Rounded) -> Rounded:
        """`a` as a matrix product sees it: CPUs take bfloat16 below the normal numbers as 0 there."""
        a = a.settled()
        if self.dtype != torch.bfloat16:
            return a
        largest = self.upper(a)
        flushed = ((2 * a.mass - largest < self.tiny) & (largest > 0)).to(a.mass)
        return replace(a, units=_added((a.units, flushed)))

    def product(self, product: Bilinear, a: Rounded, b: Rounded) -> Rounded:
        """A product before it is rounded: (a + α)(b + β) − a b = α (b + β) + a β, for errors α and β."""
        largest, mass = self.upper(b), product(a.mass, b.mass)

        def errors(of_a: Tensor | None, of_b: Tensor | None) -> Tensor | None:
            left = None if of_a is None else product(of_a, largest)
            off = _added((left, None if of_b is None else product(a.mass, of_b)))
            if off is None or math.isfinite(off.sum().item()):
                return off
            return torch.where(off.isnan() & mass.isfinite(), torch.inf, off)  # 0 times what may be infinite

        coarse = min(a.coarse, b.coarse)
        return Rounded(mass, errors(a.error, b.error), errors(a.units, b.units), coarse)


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


def larger(found: Iterable[Rounded]) -> Rounded:
    """The larger errors of several evaluations of the same."""
    return reduce(lambda a, b: replace(a, error=_larger(a.error, b.error), units=_larger(a.units, b.units)), found)


def _larger(left: Like | None, right: Like | None) -> Like | None:
    if left is None or right is None:
        return left if right is None else right
    return torch.maximum(left, right)


def _added(tensors: Iterable[Like | None]) -> Like | None:
    """What there is, added up."""
    present = [each for each in tensors if each is not None]
    return reduce(torch.add, present) if present else None
