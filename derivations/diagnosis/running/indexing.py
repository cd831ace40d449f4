"""Z[n], Z[:, None], P[arange(N), y], G[mask] and assignments to them, as in NumPy."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..values.arrays import Shape, ShapeError, broadcast, strides
from ..values.lists import Array, Lists
from .values import Mask, NoValue, Value, described


def entries_at(arrays: Lists, a: Array, index: Sequence[Value]) -> Array:
    """The entries that an index names."""
    shape, places = _places(arrays, a.shape, index)
    return arrays.gather(a, [float(each) for each in places], shape)


def with_entries(arrays: Lists, a: Array, index: Sequence[Value], value: Array) -> Array:
    """The array with these entries in the place of those that an index names."""
    shape, places = _places(arrays, a.shape, index)
    if broadcast(shape, value.shape) != shape:
        value = arrays.reshape(value, shape)
    stretched = arrays.binary("+", arrays.full(shape, 0.0), value)
    entries = arrays.flat(a)
    arrays.spend(len(entries))
    for place, entry in zip(places, stretched.entries, strict=True):
        entries[place] = entry
    return Array(a.shape, entries)


def _places(arrays: Lists, shape: Shape, index: Sequence[Value]) -> tuple[Shape, list[int]]:
    """What shape an index gives, and where its entries lie in the flat list."""
    axes: list[list[int]] = []
    labels: list[tuple[Array, int, int]] = []
    first, at, base, apart = -1, 0, 0, False
    for each in _completed(_expanded(index), shape):
        if each is None:
            axes.append([0])
            continue
        size, step = shape[at], math.prod(shape[at + 1 :])
        at += 1
        if isinstance(each, slice):
            axes.append([place * step for place in range(*each.indices(size))])
        elif not each.shape:
            base += _place(each.entries[0], size) * step
        else:
            apart = apart or (first >= 0 and first != len(axes))
            first = len(axes) if first < 0 else first
            labels.append((each, size, step))
    if not labels:
        return _product(arrays, axes, base)
    together: Shape = ()
    for each, _, _ in labels:
        together = broadcast(together, each.shape)
    arrays.spend(math.prod(together) * len(labels))
    offsets = [0] * math.prod(together)
    for each, size, step in labels:
        stretched = arrays.binary("+", arrays.full(together, 0.0), each)
        offsets = [offset + _place(x, size) * step for offset, x in zip(offsets, stretched.entries, strict=True)]
    where = 0 if apart else first
    inner, places = _product(arrays, [*axes[:where], offsets, *axes[where:]], base)
    return (*inner[:where], *together, *inner[where + 1 :]), places


def _product(arrays: Lists, axes: list[list[int]], base: int) -> tuple[Shape, list[int]]:
    arrays.spend(math.prod(len(axis) for axis in axes))
    places = [base]
    for axis in axes:
        places = [place + offset for place in places for offset in axis]
    return tuple(len(axis) for axis in axes), places


def _expanded(index: Sequence[Value]) -> list[Value]:
    """Masks as the labels of the entries they choose."""
    out: list[Value] = []
    for each in index:
        if isinstance(each, Mask):
            axes = zip(each.array.shape, chosen(each.array), strict=True)
            out += [_Marked(labels.shape, labels.entries, size) for size, labels in axes]
        elif isinstance(each, Array | slice) or each is None or each is ...:
            out.append(each)
        elif isinstance(each, tuple) and all(isinstance(part, Array) and not part.shape for part in each):
            out.append(Array((len(each),), [part.entries[0] for part in each]))
        else:
            raise NoValue(described(each))
    return out


def chosen(mask: Array) -> list[Array]:
    """Where the entries are that are not 0: their labels along each axis."""
    found = [place for place, entry in enumerate(mask.entries) if entry]
    axes = zip(mask.shape, strides(mask.shape), strict=True)
    return [Array((len(found),), [float(place // step % size) for place in found]) for size, step in axes]


class _Marked(Array):
    """Labels that a mask chose along an axis of this size."""

    __slots__ = ("size",)

    def __init__(self, shape: Shape, entries: list[float], size: int):
        super().__init__(shape, entries)
        self.size = size


def _completed(index: list[Value], shape: Shape) -> list[Value]:
    """With a slice for every axis that is not named."""
    named = sum(each is not None and each is not ... for each in index)
    if named > len(shape):
        raise ShapeError("axis", named - 1, shape)
    rest = [slice(None)] * (len(shape) - named)
    if ... in [each for each in index if not isinstance(each, Array)]:
        place = next(k for k, each in enumerate(index) if each is ...)
        full = [*index[:place], *rest, *[each for each in index[place + 1 :] if each is not ...]]
    else:
        full = [*index, *rest]
    at = 0
    for each in full:
        if each is not None:
            if isinstance(each, _Marked) and each.size != shape[at]:
                raise ShapeError("broadcast", (each.size,), (shape[at],))
            at += 1
    return full


def _place(label: float, size: int) -> int:
    """Where a label points, from the end where it is negative."""
    if not math.isfinite(label) or label != int(label) or not -size <= label < size:
        raise ShapeError("place", label, size)
    return int(label) % size
