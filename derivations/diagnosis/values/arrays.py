"""The array protocol: what a program is evaluated with."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any, Protocol

Shape = tuple[int, ...]
REDUCTIONS = ("sum", "mean", "max", "min", "prod", "any", "all")
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


class Arrays(Protocol):
    """Arrays of real numbers in double precision, and what a program does with them; numbers have the shape ().

    `lists.Lists` is it in pure Python, with a budget; `torch_bridge.tensors.Tensors` is it with tensors. Wherever an
    array is taken, a number is too. Entrywise operations broadcast as numpy's do. What does not fit raises ShapeError;
    division by 0 gives ±inf or nan, log of 0 −inf, and an exp that overflows inf, as in IEEE arithmetic, and nothing
    raises.
    """

    def array(self, value: Any) -> Any:
        """Of nested lists, of a number, or of anything that has `tolist`. Raises TypeError for anything else."""

    def full(self, shape: Sequence[int], number: float) -> Any:
        """Of one number everywhere."""

    def shape(self, a: Any) -> Shape: ...

    def binary(self, operation: str, a: Any, b: Any) -> Any:
        """+ - * / ^ min max, and == != < <= > >= as 1 and 0."""

    def where(self, condition: Any, a: Any, b: Any) -> Any:
        """Entries of `a` where the condition is not 0, of `b` elsewhere."""

    def unary(self, function: str, a: Any) -> Any:
        """One of trees.FUNCTIONS."""

    def reduce(self, function: str, a: Any, axis: int | None, keep: bool = False) -> Any:
        """sum, mean, max, min, prod, any, all."""

    def matmul(self, a: Any, b: Any) -> Any: ...

    def transpose(self, a: Any) -> Any: ...

    def reshape(self, a: Any, shape: Sequence[int]) -> Any:
        """The same entries in rows of another shape; one size may be −1."""

    def gather(self, a: Any, places: Any, shape: Sequence[int]) -> Any:
        """An array of that shape whose entries are those at `places` of flat(a), counted from 0."""

    def take(self, a: Any, labels: Any) -> Any:
        """a[labels] along the first axis; 0 for a label that is out of range."""

    def onehot(self, labels: Any, columns: int) -> Any: ...

    def flat(self, a: Any) -> list[float]:
        """Every entry, in rows."""


class ShapeError(ValueError):
    """Arrays that do not fit each other, or what is done with them.

    `kind` is "broadcast" (two shapes), "matmul" (two shapes), "axis" (the axis, the shape), "reshape" (a shape, the
    one asked for), "ragged" (none: rows of different lengths), "empty" (the shape), "size" (a number that is no size)
    or "place" (a place, and how many there are); `details` are those, for a sentence in either language.
    """

    def __init__(self, kind: str, *details: Any):
        self.kind, self.details = kind, details
        super().__init__(f"{kind}: {', '.join(map(str, details))}")


class TooMuchWork(RuntimeError):
    """A budget is spent."""


def broadcast(a: Shape, b: Shape) -> Shape:
    """The shape of an operation on arrays of two shapes. Raises ShapeError."""
    if a == b:
        return a
    pairs = [*itertools.zip_longest(reversed(a), reversed(b), fillvalue=1)]
    if any(x != y and 1 not in (x, y) for x, y in pairs):
        raise ShapeError("broadcast", a, b)
    return tuple(y if x == 1 else x for x, y in reversed(pairs))


def contracted(a: Shape, b: Shape) -> Shape:
    """The shape of a product of matrices or vectors. Raises ShapeError."""
    if len(a) not in (1, 2) or len(b) not in (1, 2) or a[-1] != b[0]:
        raise ShapeError("matmul", a, b)
    return a[:-1] + b[1:]


def strides(shape: Sequence[int]) -> list[int]:
    """How far apart neighbours along each axis lie in the flat list."""
    return [math.prod(shape[k + 1 :]) for k in range(len(shape))]


def axis_of(shape: Shape, axis: int) -> int:
    """The axis counted from 0. Raises ShapeError."""
    if not -len(shape) <= axis < len(shape):
        raise ShapeError("axis", axis, shape)
    return axis % len(shape)


def without_axis(shape: Shape, axis: int | None, keep: bool) -> Shape:
    """What a reduction leaves of a shape."""
    if axis is None:
        return (1,) * len(shape) if keep else ()
    return shape[:axis] + (1,) * keep + shape[axis + 1 :]


def reshaped(shape: Shape, to: Sequence[int]) -> Shape:
    """The shape asked for, with its −1 worked out. Raises ShapeError."""
    entries, known = math.prod(shape), math.prod(size for size in to if size != -1)
    found = tuple(entries // known if size == -1 and known else size for size in to)
    if list(to).count(-1) > 1 or min(found, default=0) < 0 or math.prod(found) != entries:
        raise ShapeError("reshape", shape, tuple(to))
    return found


def size_of(number: float) -> int:
    """A number of rows or columns. Raises ShapeError."""
    if not 0 <= number < math.inf or number != int(number):
        raise ShapeError("size", number)
    return int(number)
