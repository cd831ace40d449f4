"""Σ f δ(label, axis): what each label names is added up there, without an array of zeros and ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor

from ...closed_form.named_axes.nodes import Delta, Label, Node, in_order


def scattering(factors: Iterable[Node], over: Sequence[str]) -> tuple[Delta, Label, str] | None:
    """The δ among factors of a sum that says where to, with its label and the axis; None where no δ alone does.

    The label depends on what is summed over, the axis is not summed over, and no other factor has it.
    """
    factors = list(factors)
    for each in factors:
        if not isinstance(each, Delta):
            continue
        for label, axis in ((each.left, each.right), (each.right, each.left)):
            if not isinstance(label, Label) or not isinstance(axis, str) or axis in over:
                continue
            others = frozenset().union(*(other.axes for other in factors if other is not each))
            if set(label.axes) & set(over) and axis not in others | set(label.axes):
                return each, label, axis
    return None


def kept(axes: Iterable[str], label: Label, over: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The axes that stay, and those of the label that are added up, each in their order."""
    added = tuple(axis for axis in label.axes if axis in over)
    return in_order({*axes, *label.axes} - set(over)), added


def scatter(positions: Tensor, size: int, added: int) -> Callable[[Tensor], Tensor]:
    """What adds an array up along an axis of `size`: `positions` from 0 have a dimension for each of its own.

    The last `added` dimensions become one. A position that the axis has not stands for nothing.
    """
    shape = positions.shape[: positions.dim() - added]
    inside = (positions >= 0) & (positions < size)
    where = torch.where(inside, positions, size).reshape(*shape, -1)

    def scattered(array: Tensor) -> Tensor:
        flat = array.expand(positions.shape).reshape(*shape, -1)
        return flat.new_zeros(*shape, size + 1).scatter_add_(-1, where, flat)[..., :size]

    return scattered
