"""torch.nn.BCELoss, which takes probabilities: a model ends in Sigmoid."""

from __future__ import annotations

import torch.nn.functional as F
from torch import nn

from ...losses.bce_of_probabilities import BCE
from .base import TorchCriterion
from .before import SIGMOID
from .registry import register


@register
class TorchBCE(TorchCriterion):
    loss = BCE
    module = nn.BCELoss
    functions = (F.binary_cross_entropy,)
    before = SIGMOID
