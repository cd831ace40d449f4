"""Cross-entropy of logits that are scaled and capped, as language models have it."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...losses.capped_cross_entropy import CappedCrossEntropy as Formula
from .base import TorchCriterion
from .registry import register


class CappedCrossEntropy(nn.Module):
    """`CappedCrossEntropy(softcap=30.0, scale=1.0, reduction="mean")`, called as torch.nn.CrossEntropyLoss is."""

    def __init__(self, softcap: float = 30.0, scale: float = 1.0, reduction: str = "mean"):
        super().__init__()
        self.softcap, self.scale, self.reduction = softcap, scale, reduction

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        capped = self.softcap * torch.tanh(self.scale * outputs / self.softcap)
        return F.cross_entropy(capped, targets, reduction=self.reduction)


@register
class TorchCappedCrossEntropy(TorchCriterion):
    loss = Formula
    module = CappedCrossEntropy
