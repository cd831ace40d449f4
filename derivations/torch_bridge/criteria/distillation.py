"""Knowledge distillation: cross-entropy with labels, and a divergence from a teacher's softened probabilities."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from ...losses.distillation import Distillation
from .base import TorchCriterion
from .registry import register
from .written import reduced


class DistillationLoss(nn.Module):
    """`DistillationLoss(temperature=2.0, mixing=0.5, reduction="mean")`: `criterion(logits, teacher, labels)`."""

    def __init__(self, temperature: float = 2.0, mixing: float = 0.5, reduction: str = "mean"):
        super().__init__()
        self.temperature, self.mixing, self.reduction = temperature, mixing, reduction

    def forward(self, outputs: Tensor, teacher: Tensor, targets: Tensor) -> Tensor:
        classes = min(1, outputs.dim() - 1)
        student = (outputs / self.temperature).log_softmax(classes)
        taught = (teacher / self.temperature).softmax(classes)
        divergence = F.kl_div(student, taught, reduction="none").sum(classes) * self.temperature**2
        labelled = F.cross_entropy(outputs, targets, reduction="none")
        return reduced((1 - self.mixing) * labelled + self.mixing * divergence, self.reduction)


@register
class TorchDistillation(TorchCriterion):
    loss = Distillation
    module = DistillationLoss
