"""Focal loss as people write it: torch has no class of it."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from ...losses.focal import Focal
from .base import TorchCriterion
from .registry import register
from .written import Written, reduced


class FocalLoss(Written):
    """Binary focal loss of logits (N, C) and labels of 0 or 1, as torchvision's sigmoid_focal_loss computes it.

    `gamma` says how fast the weight of easy examples falls; `alpha` is the weight of positives, None for none.
    """

    def __init__(self, gamma: float = 2.0, alpha: float | None = None, reduction: str = "mean"):
        super().__init__(reduction)
        self.gamma, self.alpha = gamma, alpha

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        entropy = F.binary_cross_entropy_with_logits(outputs, targets, reduction="none")
        probability = outputs.sigmoid()
        of_label = probability * targets + (1 - probability) * (1 - targets)
        losses = entropy * (1 - of_label) ** self.gamma
        if self.alpha is not None:
            losses = losses * (self.alpha * targets + (1 - self.alpha) * (1 - targets))
        return reduced(losses, self.reduction)


@register
class TorchFocal(TorchCriterion):
    loss = Focal
    module = FocalLoss
