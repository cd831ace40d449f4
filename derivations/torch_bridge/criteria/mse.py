"""torch.nn.MSELoss and torch.nn.functional.mse_loss, which alone takes weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from ...losses import MSE
from .base import TorchCriterion
from .registry import register


@register
class TorchMSE(TorchCriterion):
    loss = MSE
    module = nn.MSELoss
    functions = (F.mse_loss,)
    whole_targets = True
    broadcasts_targets = True

    def terms(self, values: Mapping[str, Tensor], options: Mapping[str, Any]) -> Tensor:
        return super().terms(values, options) ** 2
