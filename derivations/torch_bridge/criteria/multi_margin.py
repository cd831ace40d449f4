"""torch.nn.MultiMarginLoss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from ...linear import OUTPUTS
from ...losses.multi_margin import MultiMargin
from .base import SINGLE_OR_DOUBLE, TorchCriterion
from .registry import register


@register
class TorchMultiMargin(TorchCriterion):
    loss = MultiMargin
    module = nn.MultiMarginLoss
    functions = (F.multi_margin_loss,)
    dtypes = SINGLE_OR_DOUBLE
    fewest_columns = 2

    def terms(self, values: Mapping[str, Tensor], options: Mapping[str, Any]) -> Tensor:
        size = values[OUTPUTS].abs()
        return 1 + (size + size.amax(-1, keepdim=True) + abs(options["margin"])) ** options["p"]
