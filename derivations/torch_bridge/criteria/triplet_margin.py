"""torch.nn.TripletMarginLoss, which is called with anchors, positives and negatives."""

from __future__ import annotations

import torch.nn.functional as F
from torch import nn

from ...losses.triplet_margin import TripletMargin
from .base import TorchCriterion
from .registry import register


@register
class TorchTripletMargin(TorchCriterion):
    loss = TripletMargin
    module = nn.TripletMarginLoss
    functions = (F.triplet_margin_loss,)
