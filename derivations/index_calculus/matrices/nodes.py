"""Matrix expressions: what an index formula becomes when it is written with whole arrays.

A node knows its shape and its entry at given indices. The entry is an index expression again, so a matrix form
is judged by the same judge as every other line. Vectors are columns; 1ᵀG is how `Gᵀ1` is printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import sympy as sp
from sympy import Expr, IndexedBase, Integer, KroneckerDelta, Symbol

from ..expressions import free_indices
from ..symbols import INDEX_LETTERS, fresh, index, sum_over

Shape = tuple[Symbol, ...]
At = Sequence[Expr]


@dataclass(frozen=True)
class Matrix:
    """A matrix expression; `shape` has one size per index: two for a matrix, one for a vector, none for a number."""

    @property
    def shape(self) -> Shape:
        raise NotImplementedError

    @property
    def parts(self) -> tuple[Matrix, ...]:
        return ()

    def with_parts(self, parts: Iterable[Matrix]) -> Matrix:
        """The same node over other parts."""
        return self

    def entry(self, at: At) -> Expr:
        """The entry at the given indices, as an index expression."""
        raise NotImplementedError


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
class Kept(Matrix):
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
class Of(Matrix):
    """A node with one part."""

    of: Matrix

    @property
    def parts(self) -> tuple[Matrix, ...]:
        return (self.of,)

    def with_parts(self, parts: Iterable[Matrix]) -> Matrix:
        return replace(self, of=next(iter(parts)))

    @property
    def shape(self) -> Shape:
        return self.of.shape


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
    """A function of each entry: "exp", "log" or "abs"."""

    function: str

    def entry(self, at: At) -> Expr:
        return {"exp": sp.exp, "log": sp.log, "abs": sp.Abs}[self.function](self.of.entry(at))


@dataclass(frozen=True)
class Power(Of):
    exponent: int

    def entry(self, at: At) -> Expr:
        return self.of.entry(at) ** self.exponent


@dataclass(frozen=True)
class Softmax(Of):
    """e^x / Σ e^x along each row."""

    def entry(self, at: At) -> Expr:
        other = _fresh(self.shape[1], at)
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
        places: list[Symbol] = []
        for size in self.of.shape:
            places.append(_fresh(size, places))
        return sum_over(self.of.entry(places), *places)


@dataclass(frozen=True)
class Pair(Matrix):
    """A node with a left and a right part."""

    left: Matrix
    right: Matrix

    @property
    def parts(self) -> tuple[Matrix, ...]:
        return (self.left, self.right)

    def with_parts(self, parts: Iterable[Matrix]) -> Matrix:
        left, right = parts
        return replace(self, left=left, right=right)


@dataclass(frozen=True)
class MatMul(Pair):
    """Matrix times matrix, or matrix times vector."""

    @property
    def shape(self) -> Shape:
        return (self.left.shape[0], *self.right.shape[1:])

    def entry(self, at: At) -> Expr:
        inner = _fresh(self.right.shape[0], at)
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
class Many(Matrix):
    """A node with parts of one shape."""

    items: tuple[Matrix, ...]

    @property
    def parts(self) -> tuple[Matrix, ...]:
        return self.items

    def with_parts(self, parts: Iterable[Matrix]) -> Matrix:
        return replace(self, items=tuple(parts))

    @property
    def shape(self) -> Shape:
        return self.items[0].shape


@dataclass(frozen=True)
class Plus(Many):
    def entry(self, at: At) -> Expr:
        return sp.Add(*[item.entry(at) for item in self.items])


@dataclass(frozen=True)
class Hadamard(Many):
    """The elementwise product."""

    def entry(self, at: At) -> Expr:
        return sp.Mul(*[item.entry(at) for item in self.items])


def _fresh(size: Symbol, at: At) -> Symbol:
    # Only what stands under the sum matters: an outer index that is not in `at` does not occur there.
    used = set().union(*(free_indices(place) for place in at))
    return fresh(index(INDEX_LETTERS[size][0]), used)


# Building, with what would only be noise left out --------------------------------------------------------------------


def transpose(node: Matrix) -> Matrix:
    if isinstance(node, Transpose):
        return node.of
    if isinstance(node, Diagonal | Identity) or len(node.shape) < 2:
        return node
    if isinstance(node, Scale):
        return Scale(transpose(node.of), node.coefficient)
    if isinstance(node, Outer):
        return Outer(node.right, node.left)
    if isinstance(node, MatMul):
        return MatMul(transpose(node.right), transpose(node.left))
    return Transpose(node)


def scale(coefficient: Expr, node: Matrix) -> Matrix:
    if isinstance(node, Scale):
        coefficient, node = coefficient * node.coefficient, node.of
    return node if coefficient == 1 else Scale(node, coefficient)


def matmul(left: Matrix, right: Matrix) -> Matrix:
    if isinstance(left, Scale):
        return scale(left.coefficient, matmul(left.of, right))
    if isinstance(right, Scale):
        return scale(right.coefficient, matmul(left, right.of))
    if isinstance(left, Identity):
        return right
    return left if isinstance(right, Identity) else MatMul(left, right)


def hadamard(*factors: Matrix) -> Matrix:
    parts = [part for factor in factors for part in (factor.items if isinstance(factor, Hadamard) else (factor,))]
    kept = [factor for factor in parts if not isinstance(factor, Ones)]
    if not kept:
        return factors[0]
    return kept[0] if len(kept) == 1 else Hadamard(tuple(kept))
