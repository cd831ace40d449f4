"""torch.nn.TripletMarginWithDistanceLoss, with its own distance."""

from __future__ import annotations

import torch.nn.functional as F
from torch import nn

from ...losses.triplet_margin_with_distance import TripletMarginWithDistance
from .base import TorchCriterion
from .registry import register


@register
class TorchTripletMarginWithDistance(TorchCriterion):
    loss = TripletMarginWithDistance
    module = nn.TripletMarginWithDistanceLoss
    functions = (F.triplet_margin_with_distance_loss,)
