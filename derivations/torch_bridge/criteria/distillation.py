"""Knowledge distillation as people write it: torch has no class of it."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from ...losses.distillation import Distillation
from .base import TorchCriterion
from .registry import register
from .written import Written, reduced


class DistillationLoss(Written):
    """(1 − mixing) · cross-entropy of labels (N,), and mixing · temperature² · KL divergence from the teacher's logits."""

    def __init__(self, temperature: float = 2.0, mixing: float = 0.5, reduction: str = "mean"):
        super().__init__(reduction)
        self.temperature, self.mixing = temperature, mixing

    def forward(self, outputs: Tensor, teacher: Tensor, targets: Tensor) -> Tensor:
        entropy = F.cross_entropy(outputs, targets, reduction="none")
        student = F.log_softmax(outputs / self.temperature, 1)
        taught = F.log_softmax(teacher / self.temperature, 1)
        divergence = F.kl_div(student, taught, reduction="none", log_target=True).sum(1)
        return reduced((1 - self.mixing) * entropy + self.mixing * self.temperature**2 * divergence, self.reduction)


@register
class TorchDistillation(TorchCriterion):
    loss = Distillation
    module = DistillationLoss
