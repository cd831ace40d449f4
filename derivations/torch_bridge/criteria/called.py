"""What torch makes of the arrays that it calls a criterion with, where that is more than the formula says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

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

    def terms(self, sizes: Mapping[str, Tensor]) -> Tensor:
        """The largest number that a usual form of one entry's loss holds, from the sizes of outputs and operands."""
        return 1 + sum(sizes.values())

    def notes(self, batch: Batch) -> Iterator[Words]:
        """What torch does with these numbers that may surprise a reader."""
        return iter(())


CALLED: dict[str, Called] = {}


def called_of(loss: Loss) -> Called:
    return CALLED.get(loss.torch_name, AS_THEY_ARE)


AS_THEY_ARE = Called()
