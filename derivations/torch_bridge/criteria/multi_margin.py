"""torch.nn.MultiMarginLoss."""

from __future__ import annotations

import torch.nn.functional as F
from torch import nn

from ...losses.multi_margin import MultiMargin
from .base import SINGLE_OR_DOUBLE, TorchCriterion
from .registry import register


@register
class TorchMultiMargin(TorchCriterion):
    loss = MultiMargin
    module = nn.MultiMarginLoss
    functions = (F.multi_margin_loss,)
    dtypes = SINGLE_OR_DOUBLE
