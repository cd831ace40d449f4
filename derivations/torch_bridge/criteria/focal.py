"""Focal loss of logits, as torchvision's sigmoid_focal_loss computes it for labels of 0 or 1."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from ...losses.focal import Focal
from .base import TorchCriterion
from .registry import register
from .written import reduced


class FocalLoss(nn.Module):
    """`FocalLoss(gamma=2.0, alpha=None, reduction="mean")`: `criterion(logits, labels)`, both of one shape."""

    def __init__(self, gamma: float = 2.0, alpha: float | None = None, reduction: str = "mean"):
        super().__init__()
        self.gamma, self.alpha, self.reduction = gamma, alpha, reduction

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        p = outputs.sigmoid()
        of_label = p * targets + (1 - p) * (1 - targets)
        losses = F.binary_cross_entropy_with_logits(outputs, targets, reduction="none") * (1 - of_label) ** self.gamma
        if self.alpha:
            losses = losses * (self.alpha * targets + (1 - self.alpha) * (1 - targets))
        return reduced(losses, self.reduction)


@register
class TorchFocal(TorchCriterion):
    loss = Focal
    module = FocalLoss
