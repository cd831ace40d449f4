"""Functions that make arrays, move their entries, and multiply them as matrices."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..values.arrays import ShapeError, axis_of
from ..values.lists import Array
from .arguments import Arguments
from .einsum import einsum, permuted
from .indexing import chosen, entries_at, with_entries
from .values import Text, Value, integer

Function = Callable[[Arguments], Value]


def filled(number: float | None) -> Function:
    """zeros, ones, full and what is like another array."""

    def made(given: Arguments) -> Value:
        like = given.node.word.removeprefix("new_").endswith("_like")
        given_number = number
        if like:
            sizes = list(given.array(0).shape)
            if given_number is None:
                given_number = given.array(1, "fill_value").entries[0]
        elif given_number is None:
            first = given.value(0, "shape", "size")
            sizes = [integer(each) for each in (first if isinstance(first, tuple) else (first,))]
            given_number = given.array(1, "fill_value").entries[0]
        else:
            sizes = given.sizes(1 if given.node.word.startswith("new_") else 0)
        return given.arrays.full(sizes, given_number)

    return made


def arange(given: Arguments) -> Value:
    bounds = given.sizes(0)
    if not 1 <= len(bounds) <= 3 or (len(bounds) == 3 and not bounds[2]):
        raise given.wrong()
    found = range(*bounds)
    given.arrays.spend(len(found))
    return Array((len(found),), [float(each) for each in found])


def eye(given: Arguments) -> Value:
    rows = integer(given.value(0, "N", "n"))
    columns = integer(given.value(1, "M", "m")) if given.has(1, "M", "m") else rows
    if rows < 0 or columns < 0:
        raise ShapeError("size", min(rows, columns))
    given.arrays.spend(rows * columns)
    return Array((rows, columns), [float(i == j) for i in range(rows) for j in range(columns)])


def one_hot(given: Arguments) -> Value:
    """Rows of 0 and one 1; without a number of classes, of C. Rows that are one-hot already stay as they are."""
    labels = given.array(0)
    names = ("num_classes", "C", "depth", "n_classes", "classes")
    columns: Value = given.value(1, *names) if given.has(1, *names) else given.run.names.get("C")
    if len(labels.shape) == 2 and labels.shape[1] == integer(columns):
        return labels
    return given.arrays.onehot(labels, float(integer(columns)))


def reshape(given: Arguments) -> Value:
    return given.arrays.reshape(given.array(0), given.sizes(1))


def unsqueeze(given: Arguments) -> Value:
    a, axis = given.array(0), given.axis(1)
    if axis is None:
        raise given.wrong()
    at = axis_of((*a.shape, 1), axis)
    return given.arrays.reshape(a, (*a.shape[:at], 1, *a.shape[at:]))


def squeeze(given: Arguments) -> Value:
    a, axis = given.array(0), given.axis(1)
    at = None if axis is None else axis_of(a.shape, axis)
    return given.arrays.reshape(a, [s for k, s in enumerate(a.shape) if s != 1 or (at is not None and k != at)])


def ravel(given: Arguments) -> Value:
    return given.arrays.reshape(given.array(0), (-1,))


def transpose(given: Arguments) -> Value:
    """All axes turned around, two of them changed, or in an order that is told."""
    a = given.array(0)
    order = given.sizes(1) or [integer(each) for each in given.axes(9) or ()]
    count = len(a.shape)
    if not order:
        return given.arrays.transpose(a)
    if given.node.word in ("swapaxes", "transpose", "swapdims") and len(order) == 2 and not given.axes(1):
        axes = list(range(count))
        i, j = (axis_of(a.shape, each) for each in order)
        axes[i], axes[j] = axes[j], axes[i]
        return permuted(given.arrays, a, axes)
    axes = [axis_of(a.shape, each) for each in order]
    if sorted(axes) != list(range(count)):
        raise given.wrong()
    return permuted(given.arrays, a, axes)


def matmul(given: Arguments) -> Value:
    a, b = given.array(0), given.array(1, "other", "b", "mat2")
    if not a.shape or not b.shape:
        return given.arrays.binary("*", a, b)
    return given.arrays.matmul(a, b)


def outer(given: Arguments) -> Value:
    a, b = given.arrays.reshape(given.array(0), (-1, 1)), given.arrays.reshape(given.array(1), (1, -1))
    return given.arrays.binary("*", a, b)


def diag(given: Arguments) -> Value:
    a = given.array(0)
    if len(a.shape) == 2:
        size = min(a.shape)
        return given.arrays.gather(a, [float(k * (a.shape[1] + 1)) for k in range(size)], (size,))
    size = len(a.entries)
    given.arrays.spend(size * size)
    return Array((size, size), [x if i == j else 0.0 for i, x in enumerate(a.entries) for j in range(size)])


def trace(given: Arguments) -> Value:
    return given.arrays.reduce("sum", diag(given), None)


def size(given: Arguments) -> Value:
    """torch's Z.size() is a shape, as np.shape(Z) is; with an axis it is a number."""
    a = given.array(0)
    if given.node.word == "shape" or (given.node.word == "size" and len(given.values) == 1 and not given.options):
        return tuple(given.arrays.array(float(each)) for each in a.shape)
    axis = given.axis(1)
    if axis is None:
        return given.arrays.array(float(len(a.entries)))
    return given.arrays.array(float(a.shape[axis_of(a.shape, axis)]))


def numel(given: Arguments) -> Value:
    return given.arrays.array(float(len(given.array(0).entries)))


def length(given: Arguments) -> Value:
    value = given.value(0)
    if isinstance(value, tuple):
        return given.arrays.array(float(len(value)))
    a = given.array(0)
    if not a.shape:
        raise given.wrong()
    return given.arrays.array(float(a.shape[0]))


def ndim(given: Arguments) -> Value:
    return given.arrays.array(float(len(given.array(0).shape)))


def broadcast_to(given: Arguments) -> Value:
    a = given.array(0)
    sizes = given.array(1).shape if given.node.word == "expand_as" else tuple(given.sizes(1))
    own = (1,) * (len(sizes) - len(a.shape)) + a.shape
    sizes = tuple(mine if asked == -1 else asked for asked, mine in zip(sizes, own, strict=True))
    return given.arrays.binary("+", given.arrays.full(sizes, 0.0), a)


def gathered(given: Arguments) -> Value:
    """gather(P, 1, y[:, None]) and take_along_axis(P, y[:, None], 1), of matrices."""
    a = given.array(0)
    first_axis = given.node.word == "gather"
    axis = given.axis(1 if first_axis else 2, 1)
    labels = given.array(2 if first_axis else 1, "index", "indices")
    if axis not in (1, -1) or len(a.shape) != 2 or len(labels.shape) != 2:
        raise given.wrong()
    return entries_at(given.arrays, a, [_rows(labels), labels])


def scattered(given: Arguments) -> Value:
    """zeros.scatter(1, y[:, None], 1.0), of matrices; scatter_add adds."""
    a, labels = given.array(0), given.array(2, "index")
    if given.axis(1) not in (1, -1) or len(a.shape) != 2 or len(labels.shape) != 2:
        raise given.wrong()
    index, value = [_rows(labels), labels], given.array(3, "value", "src")
    if "add" in given.node.word:
        value = given.arrays.binary("+", entries_at(given.arrays, a, index), value)
    return with_entries(given.arrays, a, index, value)


def _rows(labels: Array) -> Array:
    columns = labels.shape[1]
    return Array(labels.shape, [float(k // columns) for k in range(len(labels.entries))])


def take(given: Arguments) -> Value:
    """weight.take(y), index_select(weight, 0, y), embedding."""
    if given.node.word == "index_select" and given.axis(1) != 0:
        raise given.wrong()
    labels = given.value(2 if given.node.word == "index_select" else 1, "indices", "index")
    return entries_at(given.arrays, given.array(0), [given.run.number(labels, given.node)])


def nonzero(given: Arguments) -> Value:
    return tuple(chosen(given.array(0)))


def largest(given: Arguments) -> Value:
    """argmax along an axis."""
    a, axis = given.array(0), given.axis(1)
    if axis is None:
        return given.arrays.array(float(max(range(len(a.entries)), key=a.entries.__getitem__, default=0)))
    at = axis_of(a.shape, axis)
    best = given.arrays.binary("==", a, given.arrays.reduce("max", a, at, True))
    axes = (1,) * at + (a.shape[at],) + (1,) * (len(a.shape) - at - 1)
    numbers = Array(axes, [float(k) for k in range(a.shape[at])])
    return given.arrays.reduce("min", given.arrays.where(best, numbers, math.inf), at)


def of_formula(given: Arguments) -> Value:
    text = given.value(0)
    if not isinstance(text, Text):
        raise given.wrong()
    return einsum(given, text.word, [given.array(k) for k in range(1, len(given.values))])


FUNCTIONS: dict[str, Function] = {
    **dict.fromkeys(("zeros", "zeros_like", "new_zeros", "empty", "empty_like"), filled(0.0)),
    **dict.fromkeys(("ones", "ones_like", "new_ones"), filled(1.0)),
    **dict.fromkeys(("full", "full_like", "new_full"), filled(None)),
    **dict.fromkeys(("arange", "range"), arange),
    **dict.fromkeys(("eye", "identity"), eye),
    **dict.fromkeys(("one_hot", "onehot", "to_categorical"), one_hot),
    **dict.fromkeys(("reshape", "view"), reshape),
    **dict.fromkeys(("unsqueeze", "expand_dims"), unsqueeze),
    "squeeze": squeeze,
    **dict.fromkeys(("ravel", "flatten"), ravel),
    **dict.fromkeys(("transpose", "t", "permute", "swapaxes", "swapdims"), transpose),
    **dict.fromkeys(("dot", "matmul", "mm", "mv"), matmul),
    **dict.fromkeys(("outer", "ger"), outer),
    **dict.fromkeys(("diag", "diagonal"), diag),
    "trace": trace,
    **dict.fromkeys(("shape", "size"), size),
    "numel": numel,
    "len": length,
    **dict.fromkeys(("ndim", "dim"), ndim),
    **dict.fromkeys(("broadcast_to", "expand", "expand_as"), broadcast_to),
    **dict.fromkeys(("gather", "take_along_axis"), gathered),
    **dict.fromkeys(("scatter", "scatter_add"), scattered),
    **dict.fromkeys(("take", "index_select"), take),
    "nonzero": nonzero,
    "argmax": largest,
    "einsum": of_formula,
}
