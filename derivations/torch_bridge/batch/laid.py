"""Arrays of torch's shapes as the matrices of the formulas, and back: rows are samples and positions, columns classes.

CrossEntropyLoss and NLLLoss want the classes at dimension 1, whatever the model's outputs mean there; every other
criterion has them last, and some broadcast. All of that is undone here and done again to the gradients.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ...losses import Loss
from ...losses.declared import Per
from ..shapes import AsLoss, AsOutputs, PerEntry


@dataclass(frozen=True)
class Laid:
    """How the arrays of a batch are laid out.

    `outputs_shape` is the shape of what the criterion is given, `common` that shape after broadcasting. `by_class`:
    the criterion wants the classes at dimension 1.
    """

    outputs_shape: torch.Size
    common: torch.Size
    by_class: bool

    @property
    def class_axis(self) -> int:
        """The dimension of the outputs at which the classes are."""
        return class_axis(self.outputs_shape, self.by_class)

    @property
    def is_aligned(self) -> bool:
        """Are the rows of the loss the rows of the linear layer? Then one function computes everything."""
        if self.by_class:
            return self.class_axis == len(self.outputs_shape) - 1
        return self.common == self.outputs_shape

    @property
    def shape_of_loss(self) -> tuple[int, int]:
        """N and C of the loss's formula."""
        if not self.by_class:
            return self._matrix_shape
        columns = self.outputs_shape[self.class_axis]
        return self.outputs_shape.numel() // max(columns, 1), columns

    def rows(self, array: AsLoss) -> PerEntry:
        """An array of the shape of the outputs, or that broadcasts with them, as a matrix (N, C)."""
        if self.by_class:
            moved = array.movedim(self.class_axis, -1)
            return moved.reshape(-1, moved.shape[-1])
        return array.expand(self.common).reshape(self._matrix_shape)

    def outputs_of(self, matrix: PerEntry) -> AsOutputs:
        """The inverse of `rows`, for a gradient (N, C) in the outputs: what was broadcast is summed."""
        return self.restored(matrix, self.outputs_shape)

    def restored(self, matrix: PerEntry, shape: torch.Size) -> Tensor:
        """A gradient (N, C) in an array of that shape, which broadcasts with the outputs."""
        if self.by_class:
            moved = [size for axis, size in enumerate(shape) if axis != self.class_axis]
            return matrix.reshape(*moved, shape[self.class_axis]).movedim(-1, self.class_axis)
        return matrix.reshape(self.common).sum_to_size(shape)

    @property
    def _matrix_shape(self) -> tuple[int, int]:
        return (self.common[:-1].numel(), self.common[-1] if self.common else 1)


def class_axis(shape: torch.Size, by_class: bool) -> int:
    """The dimension of outputs of that shape at which the classes are: 1 where the criterion wants that, or the last.

    A criterion takes a lone row, (C,), too.
    """
    return min(1, len(shape) - 1) if by_class else len(shape) - 1


def of_rows(shape: torch.Size, by_class: bool) -> torch.Size:
    """The shape of one number for each row: without the classes."""
    axis = class_axis(shape, by_class)
    return torch.Size(size for place, size in enumerate(shape) if place != axis)


def of_matrices(loss: Loss) -> bool:
    """Does torch take (N, C) or (C,) alone? It does where rows have a loss each, and classes are not at dimension 1."""
    return loss.per == Per.ROW and not loss.classes_second
