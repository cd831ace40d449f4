"""A few rows and columns of what a program comes to, computed without the others wherever its operations allow that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..trees import FUNCTIONS, Program
from ..values.arrays import Arrays, Shape, broadcast, contracted, size_of, without_axis
from ..values.evaluate import ENTRYWISE, REDUCED, Evaluator, Valued

#: Which places of each axis are wanted; None for all of them.
View = tuple[tuple[int, ...] | None, ...]
#: How many entries are remembered between programs.
MEMORY = 2**22


class Part:
    """Evaluates programs at some places of their results.

    What has to be summed over all samples, or all classes, is: a part of a result is what the whole has there. What
    needs the whole of an array is evaluated by `whole`, which remembers it.
    """

    def __init__(self, whole: Evaluator, places: Sequence[tuple[int, ...]]):
        self.whole, self.rules, self.arrays, self.places = whole, whole.rules, whole.arrays, places
        self._shapes: dict[int, Shape] = {}
        self._found: dict[tuple[int, View], Any] = {}
        self._held = 0

    def shape(self, program: Program) -> Shape:
        """Of the whole result. Raises ShapeError and UnknownName."""
        return self._shape(self.whole.read(program))

    def evaluate(self, program: Program) -> Valued:
        """The places of a program's result. Raises what an evaluator does."""
        result = self.whole.read(program)
        return Valued(*self.rules.whole(self._of(result, view(self._shape(result), self.places))))

    # Shapes, without the arrays

    def _shape(self, place: int) -> Shape:
        if place not in self._shapes:
            self._shapes[place] = self._shaped(*self.whole.nodes[place])
        return self._shapes[place]

    def _shaped(self, operation: str, *parts: Any) -> Shape:
        shape = self._shape
        if operation == "number":
            return ()
        if operation in REDUCED:
            of, (_, keep) = shape(parts[0]), REDUCED[operation]
            return without_axis(of, None if parts[1] is None else parts[1] % len(of), keep) if of else ()
        if operation in ENTRYWISE or operation == "kept":
            return broadcast(shape(parts[0]), shape(parts[1]))
        if operation in ("line", "or_one", "softmax", "log_softmax", *FUNCTIONS):
            return shape(parts[0])
        match operation:
            case "logsumexp":
                return without_axis(shape(parts[0]), parts[1], False)
            case "@":
                return contracted(shape(parts[0]), shape(parts[1]))
            case "T":
                return shape(parts[0])[::-1]
            case "column":
                return (*shape(parts[0]), 1)
            case "take":
                return shape(parts[1]) + shape(parts[0])[1:]
            case "onehot":
                return (*shape(parts[0]), size_of(self.arrays.flat(self._plain(parts[1]))[0]))
        return self.arrays.shape(self._plain(self.whole.place(operation, *parts)))

    def _plain(self, place: int) -> Any:
        return self.rules.value(self.whole.of(place))

    # Values

    def _of(self, place: int, at: View) -> Any:
        if not any(at):
            return self.whole.of(place)
        if (place, at) in self._found:
            return self._found[place, at]
        found = self._found[place, at] = self._computed(at, *self.whole.nodes[place])
        self._held += self.rules.entries(found)
        while self._held > MEMORY and len(self._found) > 1:
            self._held -= self.rules.entries(self._found.pop(next(iter(self._found))))
        return found

    def _computed(self, at: View, operation: str, *parts: Any) -> Any:
        rules, of = self.rules, self._of
        if operation == "line":
            return rules.named(of(parts[0], at))
        if operation in ENTRYWISE:
            return rules.binary(ENTRYWISE[operation], *(of(each, self._under(each, at)) for each in parts))
        if operation in FUNCTIONS:
            return rules.unary(operation, of(parts[0], at))
        if operation in REDUCED and parts[1] is not None:
            name, keep = REDUCED[operation]
            axis = parts[1] % len(self._shape(parts[0]))
            return rules.reduce(name, of(parts[0], (*at[:axis], None, *at[axis + keep :])), axis, keep)
        match operation, parts:
            case "@", (a, b):
                rows = len(self._shape(a)) - 1
                return rules.matmul(of(a, (*at[:rows], None)), of(b, (None, *at[rows:])))
            case "T", (a,):
                return rules.moved(of(a, at[::-1]), self.arrays.transpose)
            case "column", (a,):
                return rules.moved(of(a, at[:-1]), self.whole.column)
            case "softmax" | "log_softmax", (a, axis) if axis is not None:
                axis %= len(at)
                found = getattr(rules, operation)(of(a, (*at[:axis], None, *at[axis + 1 :])), axis)
                return self._cut(found, (*(None,) * axis, at[axis], *(None,) * (len(at) - axis - 1)))
            case "logsumexp", (a, axis):
                axis %= len(at) + 1
                return rules.logsumexp(of(a, (*at[:axis], None, *at[axis:])), axis)
            case "take", (a, labels):
                rank = len(self._shape(labels))
                named = rules.value(of(labels, at[:rank]))
                return rules.moved(of(a, (None, *at[rank:])), lambda each: self.arrays.take(each, named))
            case "onehot", (labels, columns):
                size = size_of(self.arrays.flat(self._plain(columns))[0])
                found = rules.exact(self.arrays.onehot(rules.value(of(labels, at[:-1])), size))
                return self._cut(found, (*(None,) * (len(at) - 1), at[-1]))
            case "or_one", (a, counted):
                some = self.arrays.flat(self.arrays.reduce("any", self._plain(counted), None))[0]
                return of(a, at) if some else rules.number(1.0)
        return self._cut(self.whole.of(self.whole.place(operation, *parts)), at)

    def _under(self, place: int, at: View) -> View:
        """What an operand is needed of, which is broadcast."""
        shape = self._shape(place)
        last = at[len(at) - len(shape) :]
        return tuple(None if size == 1 else each for size, each in zip(shape, last, strict=True))

    def _cut(self, known: Any, at: View) -> Any:
        return self.rules.moved(known, lambda each: cut(self.arrays, each, at)) if any(at) else known


def view(shape: Shape, places: Sequence[tuple[int, ...]]) -> View:
    """The places of each axis, where that is not all of it."""
    some = [*places, *[()] * (len(shape) - len(places))]
    return tuple(each if 0 < len(each) < size else None for size, each in zip(shape, some, strict=False))


def cut(arrays: Arrays, array: Any, at: View) -> Any:
    """The entries at these places of an array."""
    if at and at[0] is not None:
        array = arrays.take(array, arrays.array(list(map(float, at[0]))))
    if len(at) > 1 and at[1] is not None:
        array = arrays.transpose(arrays.take(arrays.transpose(array), arrays.array(list(map(float, at[1])))))
    return array
