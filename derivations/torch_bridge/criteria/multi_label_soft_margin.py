"""torch.nn.MultiLabelSoftMarginLoss."""

from __future__ import annotations

import torch.nn.functional as F
from torch import nn

from ...losses.multi_label_soft_margin import MultiLabelSoftMargin
from .base import TorchCriterion
from .registry import register


@register
class TorchMultiLabelSoftMargin(TorchCriterion):
    loss = MultiLabelSoftMargin
    module = nn.MultiLabelSoftMarginLoss
    functions = (F.multilabel_soft_margin_loss,)
