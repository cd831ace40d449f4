"""Random numbers of each kind that an array of a criterion may hold."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...losses.declared import Per, Values

#: Counts are drawn below this.
COUNTS = 7


def draw(
    values: Values, shape: Sequence[int], classes: int, generator: torch.Generator, dtype: torch.dtype, axis: int = 1
) -> Tensor:
    """An array of that shape on the CPU; `axis` is where its classes are, of which there are so many.

    Labels, and sets of them, are int64; everything else is of `dtype`.
    """
    size = tuple(shape)
    if values is Values.LABELS:
        return torch.randint(classes, size, generator=generator, device="cpu")
    if values is Values.CLASS_SETS:
        return _class_sets(size, generator, axis)
    if values is Values.SIGNS:
        return (2 * torch.randint(2, size, generator=generator, device="cpu") - 1).to(dtype)
    if values in (Values.BITS, Values.COUNTS):
        most = 2 if values is Values.BITS else COUNTS
        return torch.randint(most, size, generator=generator, device="cpu").to(dtype)
    if values is Values.POSITIVE:
        return 0.5 + torch.rand(size, generator=generator, device="cpu", dtype=dtype)
    if values is Values.UNIT:
        return torch.rand(size, generator=generator, device="cpu", dtype=dtype)
    drawn = torch.randn(size, generator=generator, device="cpu", dtype=dtype)
    return of_real(values, drawn, axis)


def of_real(values: Values, real: Tensor, axis: int) -> Tensor:
    """What a network makes of real numbers where its outputs are such: probabilities, their logarithms, rates."""
    match values:
        case Values.PROBABILITIES:
            return torch.softmax(real, axis)
        case Values.LOG_PROBABILITIES:
            return torch.log_softmax(real, axis)
        case Values.UNIT:
            return torch.sigmoid(real)
        case Values.POSITIVE:
            return real.exp()
    return real


def _class_sets(size: tuple[int, ...], generator: torch.Generator, axis: int) -> Tensor:
    """In each row some of the classes in any order, at least none and at most all, then −1."""
    order = torch.rand(size, generator=generator, device="cpu").argsort(axis)
    rows = list(size)
    rows[axis] = 1
    held = torch.randint(size[axis] + 1, rows, generator=generator, device="cpu")
    place = torch.arange(size[axis], device="cpu").reshape([-1 if each == axis else 1 for each in range(len(size))])
    return torch.where(place < held, order, -1)


def shape_of(per: Per, outputs: Sequence[int], axis: int) -> tuple[int, ...]:
    """The shape of an array beside outputs of such a shape, whose classes are at `axis`."""
    if per is Per.ENTRY:
        return tuple(outputs)
    if per is Per.ROW:
        return (*outputs[:axis], *outputs[axis + 1 :])
    return (outputs[axis],) if per is Per.CLASS else ()
