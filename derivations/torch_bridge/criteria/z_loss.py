"""Cross-entropy with z-loss as people write it: torch has no class of it."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from ...losses.z_loss import ZLoss as Formula
from .base import TorchCriterion
from .registry import register
from .written import Written, reduced


class ZLoss(Written):
    """Cross-entropy of logits (N, C) and labels (N,), plus `strength` times the squared log-sum-exp of each row."""

    def __init__(self, strength: float = 1e-4, reduction: str = "mean"):
        super().__init__(reduction)
        self.strength = strength

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        entropy = F.cross_entropy(outputs, targets, reduction="none")
        return reduced(entropy + self.strength * outputs.logsumexp(1) ** 2, self.reduction)


@register
class TorchZLoss(TorchCriterion):
    loss = Formula
    module = ZLoss
