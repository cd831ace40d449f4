"""torch.nn.SmoothL1Loss."""

from __future__ import annotations

import torch.nn.functional as F
from torch import nn

from ...losses.smooth_l1 import SmoothL1
from .base import TorchCriterion
from .registry import register


@register
class TorchSmoothL1(TorchCriterion):
    loss = SmoothL1
    module = nn.SmoothL1Loss
    functions = (F.smooth_l1_loss,)
    broadcasts_targets = True
