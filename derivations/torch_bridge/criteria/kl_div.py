"""torch.nn.KLDivLoss, which takes log-probabilities: a model ends in LogSoftmax."""

from __future__ import annotations

import torch.nn.functional as F
from torch import nn

from ...losses.kl_div import KLDiv
from .base import TorchCriterion
from .before import LOG_SOFTMAX
from .registry import register


@register
class TorchKLDiv(TorchCriterion):
    loss = KLDiv
    module = nn.KLDivLoss
    functions = (F.kl_div,)
    before = LOG_SOFTMAX
    broadcasts_targets = True
