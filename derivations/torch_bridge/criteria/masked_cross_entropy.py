"""Cross-entropy with a safe mean: 0, and not nan, where a mask keeps no row."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from ...losses.declared import Operand, Values
from ...losses.masked_cross_entropy import MaskedCrossEntropy as Formula
from .base import TorchCriterion
from .registry import register
from .written import reduced


class MaskedCrossEntropy(nn.Module):
    """`MaskedCrossEntropy(reduction="mean")`: `criterion(logits, labels, mask)`; the mask has a number for each row."""

    def __init__(self, reduction: str = "mean"):
        super().__init__()
        self.reduction = reduction

    def forward(self, outputs: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        losses = F.cross_entropy(outputs, targets, reduction="none") * mask
        return losses.sum() / mask.sum().clamp(min=1) if self.reduction == "mean" else reduced(losses, self.reduction)


@register
class TorchMaskedCrossEntropy(TorchCriterion):
    loss = Formula
    module = MaskedCrossEntropy

    def telling(self, operand: Operand, drawn: Tensor) -> Tensor:
        """A mask keeps the first row: one that keeps none makes every gradient 0."""
        if operand.values is Values.BITS:
            drawn.view(-1)[:1] = 1
        return drawn
