"""torch.nn.MultiLabelMarginLoss, whose targets are lists of class labels."""

from __future__ import annotations

import torch.nn.functional as F
from torch import nn

from ...losses.multi_label_margin import MultiLabelMargin
from .base import SINGLE_OR_DOUBLE, TorchCriterion
from .registry import register


@register
class TorchMultiLabelMargin(TorchCriterion):
    loss = MultiLabelMargin
    module = nn.MultiLabelMarginLoss
    functions = (F.multilabel_margin_loss,)
    dtypes = SINGLE_OR_DOUBLE
    fewest_columns = 2
