"""What every matrix expression has: a shape, parts, and its entry at given indices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sympy import Expr, Symbol

from ..expressions import free_indices
from ..symbols import INDEX_LETTERS, fresh, index

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


def fresh_place(size: Symbol, at: At) -> Symbol:
    """An index of that size to sum over, beside the indices of `at`."""
    # Only what stands under the sum matters: an outer index that is not in `at` does not occur there.
    used = set().union(*(free_indices(place) for place in at))
    return fresh(index(INDEX_LETTERS[size][0]), used)


def places(shape: Shape) -> tuple[Symbol, ...]:
    """Different indices for an entry of that shape."""
    found: list[Symbol] = []
    for size in shape:
        found.append(fresh_place(size, found))
    return tuple(found)
