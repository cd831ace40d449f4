"""Matrix expressions: what an index formula becomes when it is written with whole arrays.

A node knows its shape and its entry at given indices. The entry is an index expression again, so a matrix form
is judged by the same judge as every other line. Vectors are columns; 1ᵀG is how `Gᵀ1` is printed.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp
from sympy import Expr, IndexedBase, Integer, KroneckerDelta, Rational, Symbol

from ..functions import named
from ..symbols import sum_over
from .base import At, Many, Matrix, Of, Pair, Shape, fresh_place, places

__all__ = [
    "Array",
    "Clip",
    "Counted",
    "Diagonal",
    "Elementwise",
    "Gather",
    "Hadamard",
    "Identity",
    "LogOf",
    "MatMul",
    "Matrix",
    "Number",
    "OneHot",
    "Ones",
    "Outer",
    "Pick",
    "Plus",
    "Power",
    "Scale",
    "Sigmoid",
    "Softmax",
    "Total",
    "Transpose",
]


@dataclass(frozen=True)
class Array(Matrix):
    name: str
    sizes: Shape

    @property
    def shape(self) -> Shape:
        return self.sizes

    def entry(self, at: At) -> Expr:
        return IndexedBase(self.name)[tuple(at)] if at else Symbol(self.name)


@dataclass(frozen=True)
class Number(Matrix):
    """A number made of numbers and sizes, as 1/N."""

    value: Expr

    @property
    def shape(self) -> Shape:
        return ()

    def entry(self, at: At) -> Expr:
        return self.value


@dataclass(frozen=True)
class Ones(Matrix):
    """A vector of ones."""

    size: Symbol

    @property
    def shape(self) -> Shape:
        return (self.size,)

    def entry(self, at: At) -> Expr:
        return Integer(1)


@dataclass(frozen=True)
class Identity(Matrix):
    size: Symbol

    @property
    def shape(self) -> Shape:
        return (self.size, self.size)

    def entry(self, at: At) -> Expr:
        return KroneckerDelta(*at)


@dataclass(frozen=True)
class OneHot(Matrix):
    """Row n has its 1 in the column that the class labels name."""

    labels: str
    rows: Symbol
    columns: Symbol

    @property
    def shape(self) -> Shape:
        return (self.rows, self.columns)

    def entry(self, at: At) -> Expr:
        return KroneckerDelta(IndexedBase(self.labels)[at[0]], at[1])


@dataclass(frozen=True)
class Gather(Matrix):
    """The entries of a vector that class labels pick: w[y[n]] in row n."""

    name: str
    labels: str
    rows: Symbol

    @property
    def shape(self) -> Shape:
        return (self.rows,)

    def entry(self, at: At) -> Expr:
        return IndexedBase(self.name)[IndexedBase(self.labels)[at[0]]]


@dataclass(frozen=True)
class Counted(Matrix):
    """1 in the rows whose class label is not `ignored`, else 0."""

    labels: str
    ignored: str
    rows: Symbol

    @property
    def shape(self) -> Shape:
        return (self.rows,)

    def entry(self, at: At) -> Expr:
        return 1 - KroneckerDelta(IndexedBase(self.labels)[at[0]], Symbol(self.ignored, integer=True))


@dataclass(frozen=True)
class Transpose(Of):
    @property
    def shape(self) -> Shape:
        return self.of.shape[::-1]

    def entry(self, at: At) -> Expr:
        return self.of.entry(at[::-1])


@dataclass(frozen=True)
class Diagonal(Of):
    """The diagonal matrix of a vector."""

    @property
    def shape(self) -> Shape:
        return self.of.shape * 2

    def entry(self, at: At) -> Expr:
        return KroneckerDelta(*at) * self.of.entry(at[:1])


@dataclass(frozen=True)
class Scale(Of):
    coefficient: Expr

    def entry(self, at: At) -> Expr:
        return self.coefficient * self.of.entry(at)


@dataclass(frozen=True)
class Elementwise(Of):
    """A function of each entry, by its name in the table of functions."""

    function: str

    def entry(self, at: At) -> Expr:
        return named(self.function)(self.of.entry(at))


@dataclass(frozen=True)
class Power(Of):
    """Each entry to a constant power: a whole number, or a fraction other than 1/2, which is "sqrt"."""

    exponent: int | Rational

    def entry(self, at: At) -> Expr:
        return self.of.entry(at) ** self.exponent


@dataclass(frozen=True)
class Clip(Of):
    """Each entry, but at least `low` and at most `high`; None sets no limit. Where they cross, `low` counts."""

    low: Expr | None = None
    high: Expr | None = None

    def entry(self, at: At) -> Expr:
        entry = self.of.entry(at)
        entry = entry if self.high is None else sp.Min(self.high, entry)
        return entry if self.low is None else sp.Max(self.low, entry)


@dataclass(frozen=True)
class Pick(Of):
    """The entry of each row that its class label picks: Z[n, y[n]]."""

    labels: str

    @property
    def shape(self) -> Shape:
        return self.of.shape[:1]

    def entry(self, at: At) -> Expr:
        return self.of.entry((at[0], IndexedBase(self.labels)[at[0]]))


@dataclass(frozen=True)
class Softmax(Of):
    """e^x / Σ e^x along each row."""

    def entry(self, at: At) -> Expr:
        other = fresh_place(self.shape[1], at)
        return sp.exp(self.of.entry(at)) / sum_over(sp.exp(self.of.entry((at[0], other))), other)


@dataclass(frozen=True)
class Sigmoid(Of):
    """1 / (1 + e^−x) of each entry."""

    def entry(self, at: At) -> Expr:
        return 1 / (1 + sp.exp(-self.of.entry(at)))


@dataclass(frozen=True)
class LogOf(Of):
    """The logarithm of a softmax or a sigmoid, which code computes without the detour."""

    def entry(self, at: At) -> Expr:
        return sp.log(self.of.entry(at))


@dataclass(frozen=True)
class Total(Of):
    """The sum of all entries, a number."""

    @property
    def shape(self) -> Shape:
        return ()

    def entry(self, at: At) -> Expr:
        at_all = places(self.of.shape)
        return sum_over(self.of.entry(at_all), *at_all)


@dataclass(frozen=True)
class MatMul(Pair):
    """Matrix times matrix, or matrix times vector."""

    @property
    def shape(self) -> Shape:
        return (self.left.shape[0], *self.right.shape[1:])

    def entry(self, at: At) -> Expr:
        inner = fresh_place(self.right.shape[0], at)
        return sum_over(self.left.entry((at[0], inner)) * self.right.entry((inner, *at[1:])), inner)


@dataclass(frozen=True)
class Outer(Pair):
    """u vᵀ of two vectors."""

    @property
    def shape(self) -> Shape:
        return self.left.shape + self.right.shape

    def entry(self, at: At) -> Expr:
        return self.left.entry(at[:1]) * self.right.entry(at[1:])


@dataclass(frozen=True)
class Plus(Many):
    def entry(self, at: At) -> Expr:
        return sp.Add(*[item.entry(at) for item in self.items])


@dataclass(frozen=True)
class Hadamard(Many):
    """The elementwise product."""

    def entry(self, at: At) -> Expr:
        return sp.Mul(*[item.entry(at) for item in self.items])
