"""Cross-entropy with a z-loss, which keeps the normaliser of softmax near 1."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from ...losses.z_loss import ZLoss as Formula
from .base import TorchCriterion
from .registry import register
from .written import reduced


class ZLoss(nn.Module):
    """`ZLoss(strength=1e-4, reduction="mean")`: `criterion(logits, labels)`, as torch.nn.CrossEntropyLoss is called."""

    def __init__(self, strength: float = 1e-4, reduction: str = "mean"):
        super().__init__()
        self.strength, self.reduction = strength, reduction

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        classes = min(1, outputs.dim() - 1)
        squares = outputs.logsumexp(classes) ** 2
        return reduced(F.cross_entropy(outputs, targets, reduction="none") + self.strength * squares, self.reduction)


@register
class TorchZLoss(TorchCriterion):
    loss = Formula
    module = ZLoss
