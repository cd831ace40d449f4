"""Focal loss of logits, as torchvision's sigmoid_focal_loss computes it for labels of 0 or 1."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...losses import Loss
from ...losses.base import TARGETS
from ...losses.focal import Focal
from .base import TorchCriterion
from .held import check_held
from .registry import register
from .written import reduced


class FocalLoss(nn.Module):
    """`FocalLoss(gamma=2.0, alpha=None, reduction="mean")`: `criterion(logits, labels)`, both of one shape.

    `alpha` weighs the labels 1, and 1 − alpha the labels 0; with None, or 0, all weigh 1.
    """

    def __init__(self, gamma: float = 2.0, alpha: float | None = None, reduction: str = "mean"):
        super().__init__()
        self.gamma, self.alpha, self.reduction = gamma, alpha, reduction

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        targets = targets.to(outputs.dtype)
        right = F.logsigmoid(outputs * (2 * targets - 1))  # the logarithm of the label's probability
        wrong = F.logsigmoid(outputs * (1 - 2 * targets))  # 1 − p would round what is left of it
        losses = -((self.gamma * wrong).exp() * right)
        if self.alpha:
            losses = losses * (self.alpha * targets + (1 - self.alpha) * (1 - targets))
        return reduced(losses, self.reduction)


@register
class TorchFocal(TorchCriterion):
    loss = Focal
    module = FocalLoss

    def check_data(self, loss: Loss, outputs: torch.Size, dtype: torch.dtype, operands: Mapping[str, Tensor]) -> None:
        check_held(loss.operand(TARGETS), operands, "writers of focal losses differ: give labels")
