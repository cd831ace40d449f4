"""What torch makes of the arrays that it calls a criterion with, where that is more than the formula says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Size, Tensor

from ...losses import Loss
from ...losses.declared import Operand
from ...wording import Words

if TYPE_CHECKING:
    from ..batch.arrays import Batch


class Called:
    """A criterion that takes its arrays as they are."""

    def view(self, operand: Operand, given: Size, outputs: Size) -> Size:
        """The shape that torch gives an operand before it broadcasts. Raises ValueError for one that it refuses."""
        return given

    def check(self, operands: Mapping[str, Tensor]) -> None:
        """Raise ValueError for values that torch refuses."""

    def terms(self, sizes: Mapping[str, Tensor], options: Mapping[str, Any]) -> Tensor:
        """The largest number that a usual form of each entry's loss holds: z y, or z − y.

        `sizes` are the absolute values of the outputs and of the operands with as many entries, by name.
        """
        return 1 + sum(sizes.values(), torch.zeros(()))

    def notes(self, batch: Batch) -> Iterator[Words]:
        """What torch does with these numbers that may surprise a reader."""
        return iter(())


class Squares(Called):
    """A criterion that squares what it compares."""

    def terms(self, sizes: Mapping[str, Tensor], options: Mapping[str, Any]) -> Tensor:
        return super().terms(sizes, options) ** 2


CALLED: Mapping[str, Called] = {"MSELoss": Squares()}
AS_THEY_ARE = Called()


def called_of(loss: Loss) -> Called:
    """How torch calls the criterion that computes a loss."""
    return CALLED.get(loss.torch_name, AS_THEY_ARE)
