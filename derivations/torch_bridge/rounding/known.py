"""An array with named axes: its value, and how far it may be off."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import torch
from torch import Tensor

from ...closed_form.named_axes.nodes import in_order
from ..shapes import Like
from .precision import Rounded


@dataclass(frozen=True)
class Known:
    """An array: its axes, one for each dimension; its value; how far it may be off; and of how many terms it is a sum.

    `is_given` says that nothing has computed it. `open` counts at each entry the jumps that lie within rounding, so
    that either side may come out; None where there are none.
    """

    axes: tuple[str, ...]
    value: Like
    off: Rounded
    terms: int = 1
    is_given: bool = False
    open: Like | None = None

    def along(self, axes: Sequence[str]) -> Known:
        """The same with a dimension for each of `axes`, of size 1 where it has no such axis."""
        own = [self.axes.index(axis) for axis in axes if axis in self.axes]

        def lined_up(array: Tensor) -> Tensor:
            sizes = iter(array.permute(own).shape)
            return array.permute(own).reshape([next(sizes) if axis in self.axes else 1 for axis in axes])

        return replace(
            self,
            axes=tuple(axes),
            value=lined_up(self.value),
            off=self.off.mapped(lined_up),
            open=_of(lined_up, self.open),
        )


def lined_up(items: Sequence[Known]) -> list[Known]:
    """The same, each with a dimension for every axis that one of them has."""
    axes = in_order({axis for item in items for axis in item.axes})
    return [each.along(axes) for each in items]


def added(counts: Iterable[Like | None]) -> Like | None:
    """The sum of what there is."""
    there = [each for each in counts if each is not None]
    return reduce(torch.add, there) if there else None


def there(known: Known) -> Tensor:
    """1 where an entry may be other than 0, else 0."""
    off = known.off.settled()
    parts = [part for part in (off.mass, off.error, off.units) if part is not None]
    return reduce(torch.logical_or, [part != 0 for part in parts]).double().expand(known.value.shape)


def times_there(count: Tensor | None, other: Known) -> Tensor | None:
    """What is open in a product, where its other factor may be other than 0."""
    return None if count is None else count * there(other)


def _of(function: Callable[[Tensor], Tensor], array: Tensor | None) -> Tensor | None:
    return None if array is None else function(array)
