"""Arrays in pure Python: a shape and a flat list of floats, paid for from a budget."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Sequence
from typing import Any

from . import arithmetic
from .arrays import (
    Shape,
    ShapeError,
    TooMuchWork,
    axis_of,
    broadcast,
    contracted,
    reshaped,
    size_of,
    strides,
    without_axis,
)


class Array:
    """Entries in rows. Nothing changes one once it is made."""

    __slots__ = ("entries", "shape")

    def __init__(self, shape: Shape, entries: list[float]):
        self.shape, self.entries = shape, entries

    def tolist(self) -> Any:
        """Nested lists, or a number."""
        nested: list[Any] = self.entries
        for size in reversed(self.shape[1:]):
            nested = [nested[k : k + size] for k in range(0, len(nested), size)] if size else [[]] * self.shape[0]
        return nested if self.shape else nested[0]


class Lists:
    """The array protocol (`arrays.Arrays`) over lists of floats.

    With a budget, so many elements may be computed in all; what would be more raises TooMuchWork before it is made.
    """

    def __init__(self, budget: float = math.inf):
        self.budget = budget

    def spend(self, elements: float) -> None:
        """Raises TooMuchWork."""
        self.budget -= elements
        if self.budget < 0:
            raise TooMuchWork

    # Making arrays

    def array(self, value: Any) -> Array:
        if isinstance(value, Array):
            return value
        if hasattr(value, "tolist"):
            return self._array_like(value)
        if isinstance(value, list | tuple):
            self.spend(len(value))
            parts = [self.array(each) for each in value]
            shapes = {part.shape for part in parts} or {()}
            if len(shapes) > 1:
                raise ShapeError("ragged")
            return Array((len(parts), *shapes.pop()), [x for part in parts for x in part.entries])
        self.spend(1)
        return Array((), [arithmetic.number(value)])

    def _array_like(self, value: Any) -> Array:
        """Of numpy or torch: its shape is kept where it is empty."""
        found, shape = value.tolist(), getattr(value, "shape", None)
        made = self.array(found)
        return made if shape is None or made.entries else self.of(tuple(shape), [])

    def of(self, shape: Sequence[int], entries: Iterable[float]) -> Array:
        """From a shape and its entries in rows. Raises ShapeError."""
        given = [*entries]
        self.spend(len(given))
        return Array(reshaped((len(given),), shape), given)

    def full(self, shape: Sequence[int], number: float) -> Array:
        sizes = tuple(map(size_of, shape))
        self.spend(math.prod(sizes))
        return Array(sizes, [float(number)] * math.prod(sizes))

    def shape(self, a: Any) -> Shape:
        return self.array(a).shape

    def flat(self, a: Any) -> list[float]:
        return [*self.array(a).entries]

    # Entry by entry

    def binary(self, operation: str, a: Any, b: Any) -> Array:
        a, b = self.array(a), self.array(b)
        shape = broadcast(a.shape, b.shape)
        return Array(shape, arithmetic.binary(operation, self._stretched(a, shape), self._stretched(b, shape)))

    def where(self, condition: Any, a: Any, b: Any) -> Array:
        condition, a, b = self.array(condition), self.array(a), self.array(b)
        shape = broadcast(condition.shape, broadcast(a.shape, b.shape))
        stretched = [self._stretched(each, shape) for each in (condition, a, b)]
        return Array(shape, [x if holds else y for holds, x, y in zip(*stretched, strict=True)])

    def unary(self, function: str, a: Any) -> Array:
        a = self.array(a)
        self.spend(len(a.entries))
        return Array(a.shape, [*map(arithmetic.UNARY[function], a.entries)])

    def _stretched(self, a: Array, shape: Shape) -> list[float]:
        """The entries of `a`, broadcast."""
        self.spend(math.prod(shape))
        if a.shape == shape:
            return a.entries
        if len(a.entries) == 1:
            return a.entries * math.prod(shape)
        padded = (1,) * (len(shape) - len(a.shape)) + a.shape
        steps = [0 if size == 1 else step for size, step in zip(padded, strides(padded), strict=True)]
        return [a.entries[place] for place in _places(shape, steps)]

    # Sums and the like

    def reduce(self, function: str, a: Any, axis: int | None, keep: bool = False) -> Array:
        a = self.array(a)
        self.spend(len(a.entries) + 1)
        reduction = arithmetic.REDUCTIONS[function]
        axis = None if axis is None else axis_of(a.shape, axis)
        terms = len(a.entries) if axis is None else a.shape[axis]
        if not terms and function in ("max", "min"):
            raise ShapeError("empty", a.shape)
        shape = without_axis(a.shape, axis, keep)
        if axis is None:
            return Array(shape, [reduction(a.entries)])
        self.spend(math.prod(shape))
        if not terms:
            return Array(shape, [reduction([])] * math.prod(shape))
        step = math.prod(a.shape[axis + 1 :])
        starts = [first + k for first in range(0, len(a.entries), step * terms or 1) for k in range(step)]
        return Array(shape, [reduction(a.entries[k : k + step * terms : step]) for k in starts])

    def matmul(self, a: Any, b: Any) -> Array:
        a, b = self.array(a), self.array(b)
        shape = contracted(a.shape, b.shape)
        inner, columns = a.shape[-1], math.prod(b.shape[1:])
        self.spend(math.prod(shape) * (inner + 1) + len(b.entries))
        left = [a.entries[k * inner : (k + 1) * inner] for k in range(math.prod(a.shape[:-1]))]
        right = [b.entries[k::columns] for k in range(columns)]
        return Array(shape, [sum(map(operator.mul, row, column)) for row in left for column in right])

    # Entries moved

    def transpose(self, a: Any) -> Array:
        a = self.array(a)
        shape = a.shape[::-1]
        return self.gather(a, _places(shape, strides(a.shape)[::-1]), shape)

    def reshape(self, a: Any, shape: Sequence[int]) -> Array:
        a = self.array(a)
        return Array(reshaped(a.shape, shape), a.entries)

    def gather(self, a: Any, places: Any, shape: Sequence[int]) -> Array:
        a, chosen = self.array(a), places if isinstance(places, list) else self.flat(places)
        self.spend(len(chosen))
        for place in chosen:
            if not 0 <= place < len(a.entries):
                raise ShapeError("place", place, len(a.entries))
        return Array(reshaped((len(chosen),), shape), [a.entries[int(place)] for place in chosen])

    def take(self, a: Any, labels: Any) -> Array:
        a, labels = self.array(a), self.array(labels)
        if not a.shape:
            raise ShapeError("axis", 0, ())
        rows, width = a.shape[0], math.prod(a.shape[1:])
        self.spend(len(labels.entries) * width)
        none = [0.0] * width
        entries = [
            x
            for label in labels.entries
            for x in (a.entries[int(label) * width : (int(label) + 1) * width] if _names(label, rows) else none)
        ]
        return Array(labels.shape + a.shape[1:], entries)

    def onehot(self, labels: Any, columns: float) -> Array:
        labels, size = self.array(labels), size_of(columns)
        self.spend(len(labels.entries) * size)
        entries = [0.0] * (len(labels.entries) * size)
        for row, label in enumerate(labels.entries):
            if _names(label, size):
                entries[row * size + int(label)] = 1.0
        return Array((*labels.shape, size), entries)


def _names(label: float, size: int) -> bool:
    return 0 <= label < size and label == int(label)


def _places(shape: Sequence[int], steps: Sequence[int]) -> list[int]:
    places = [0]
    for size, step in zip(shape, steps, strict=True):
        places = [place + k * step for place in places for k in range(size)]
    return places
