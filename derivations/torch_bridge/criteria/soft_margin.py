"""torch.nn.SoftMarginLoss."""

from __future__ import annotations

import torch.nn.functional as F
from torch import nn

from ...losses.soft_margin import SoftMargin
from .base import TorchCriterion
from .registry import register


@register
class TorchSoftMargin(TorchCriterion):
    loss = SoftMargin
    module = nn.SoftMarginLoss
    functions = (F.soft_margin_loss,)
    broadcasts_targets = True
