"""Cross-entropy of scaled and capped logits as people write it: torch has no class of it."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ...losses.capped_cross_entropy import CappedCrossEntropy as Formula
from .base import TorchCriterion
from .registry import register
from .written import Written


class CappedCrossEntropy(Written):
    """Cross-entropy of `softcap · tanh(scale · outputs / softcap)` and labels (N,)."""

    def __init__(self, softcap: float = 30.0, scale: float = 1.0, reduction: str = "mean"):
        super().__init__(reduction)
        self.softcap, self.scale = softcap, scale

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        capped = self.softcap * torch.tanh(self.scale * outputs / self.softcap)
        return F.cross_entropy(capped, targets, reduction=self.reduction)


@register
class TorchCappedCrossEntropy(TorchCriterion):
    loss = Formula
    module = CappedCrossEntropy
