"""torch.nn.PoissonNLLLoss."""

from __future__ import annotations

import torch.nn.functional as F
from torch import nn

from ...losses.poisson_nll import PoissonNLL
from .base import TorchCriterion
from .registry import register


@register
class TorchPoissonNLL(TorchCriterion):
    loss = PoissonNLL
    module = nn.PoissonNLLLoss
    functions = (F.poisson_nll_loss,)
    broadcasts_targets = True
