"""Cross-entropy with a safe mean as people write it: torch has no class of it."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from ...losses.masked_cross_entropy import MaskedCrossEntropy as Formula
from .base import TorchCriterion
from .registry import register
from .written import Written, reduced


class MaskedCrossEntropy(Written):
    """Cross-entropy of the rows that `mask`, of 0 and 1, keeps; the mean of none of them is 0."""

    def forward(self, outputs: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        losses = mask * F.cross_entropy(outputs, targets, reduction="none")
        return losses.sum() / mask.sum().clamp(min=1) if self.reduction == "mean" else reduced(losses, self.reduction)


@register
class TorchMaskedCrossEntropy(TorchCriterion):
    loss = Formula
    module = MaskedCrossEntropy
