"""How the dimensions of a tensor are grouped into the axes of a formula, and back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Laid:
    """A tensor of this shape, each axis of the formula one group of its dimensions.

    `seen_as` is a shape with as many entries that groups are of, where that is not the tensor's own.
    """

    shape: tuple[int, ...]
    groups: tuple[tuple[int, ...], ...]
    seen_as: tuple[int, ...] = ()

    @property
    def _viewed(self) -> tuple[int, ...]:
        return self.seen_as or self.shape

    @property
    def _order(self) -> tuple[int, ...]:
        return tuple(dim for group in self.groups for dim in group)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Those of the axes."""
        return tuple(math.prod(self._viewed[dim] for dim in group) for group in self.groups)

    def __call__(self, tensor: Tensor) -> Tensor:
        """The tensor with the axes of the formula."""
        return tensor.reshape(self._viewed).permute(self._order).reshape(self.sizes)

    def back(self, array: Tensor) -> Tensor:
        """An array with the axes of the formula, in the tensor's shape."""
        order = self._order
        inverse = sorted(range(len(order)), key=order.__getitem__)
        moved = array.expand(self.sizes).reshape([self._viewed[dim] for dim in order])
        return moved.permute(inverse).reshape(self.shape)


def flat(tensor: Tensor) -> Laid:
    """All dimensions as one axis."""
    return Laid(tuple(tensor.shape), (tuple(range(tensor.dim())),))


def as_it_is(tensor: Tensor) -> Laid:
    """Each dimension an axis."""
    return Laid(tuple(tensor.shape), tuple((dim,) for dim in range(tensor.dim())))


def grouped(tensor: Tensor, *groups: Sequence[int]) -> Laid:
    """Each group of dimensions an axis, in this order; negative ones count from the end."""
    dims = tensor.dim()
    return Laid(tuple(tensor.shape), tuple(tuple(dim % max(dims, 1) for dim in group) for group in groups))


def kept_and_reduced(tensor: Tensor, dims: Sequence[int] | int | None) -> Laid:
    """Two axes: the dimensions that stay, and those that are reduced; all of them where none is named."""
    named = [dims] if isinstance(dims, int) else [*(dims or ())]
    reduced = [dim % max(tensor.dim(), 1) for dim in named] if named else [*range(tensor.dim())]
    reduced = [dim for dim in reduced if dim < tensor.dim()]
    return Laid(tuple(tensor.shape), (tuple(dim for dim in range(tensor.dim()) if dim not in reduced), tuple(reduced)))
