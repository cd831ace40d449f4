"""torch.nn.L1Loss."""

from __future__ import annotations

import torch.nn.functional as F
from torch import nn

from ...losses.l1 import L1
from .base import TorchCriterion
from .registry import register


@register
class TorchL1(TorchCriterion):
    loss = L1
    module = nn.L1Loss
    functions = (F.l1_loss,)
    whole_targets = True
    true_and_false = False
    broadcasts_targets = True
