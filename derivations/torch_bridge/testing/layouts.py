"""The same numbers, laid out otherwise in memory. What lies beside them is nan, or a label of 0."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from .. import vendor

Layout = Callable[[Tensor], Tensor]
#: So many entries lie before each row of a padded array, and one more behind it.
BEFORE = 2


def plain(tensor: Tensor) -> Tensor:
    return tensor.clone(memory_format=torch.contiguous_format)


def padded(tensor: Tensor) -> Tensor:
    """A slice of an array with longer rows."""
    if tensor.dim() == 0:
        return plain(tensor)
    size = tensor.shape[-1]
    whole = _filled(tensor, (*tensor.shape[:-1], size + 2 * BEFORE + 1))
    return whole[..., BEFORE : BEFORE + size].copy_(tensor)


def every_other(tensor: Tensor) -> Tensor:
    """Every other entry of a larger array."""
    if tensor.dim() == 0:
        return plain(tensor)
    return _filled(tensor, (*tensor.shape[:-1], 2 * tensor.shape[-1]))[..., ::2].copy_(tensor)


def transposed(tensor: Tensor) -> Tensor:
    """The last dimension first in memory."""
    return plain(tensor) if tensor.dim() < 2 else plain(tensor.movedim(-1, 0)).movedim(0, -1)


def repeated(tensor: Tensor) -> Tensor:
    """The first row, seen as all of them."""
    return plain(tensor) if tensor.dim() < 2 else tensor[:1].clone().expand_as(tensor)


def expanded(tensor: Tensor) -> Tensor:
    """One number, seen as all of them: every stride is 0."""
    return tensor.flatten()[:1].clone().squeeze().expand_as(tensor)


def beside(laid: Tensor) -> Tensor:
    """All of the memory that a laid tensor is a part of."""
    whole = vendor.base(laid)
    return laid if whole is None else whole


def _filled(tensor: Tensor, shape: tuple[int, ...]) -> Tensor:
    return tensor.new_full(shape, float("nan")) if tensor.is_floating_point() else tensor.new_zeros(shape)
