"""torch.nn.HuberLoss."""

from __future__ import annotations

import torch.nn.functional as F
from torch import nn

from ...losses.huber import Huber
from .base import TorchCriterion
from .registry import register


@register
class TorchHuber(TorchCriterion):
    loss = Huber
    module = nn.HuberLoss
    functions = (F.huber_loss,)
    one_dtype = True
    broadcasts_targets = True
