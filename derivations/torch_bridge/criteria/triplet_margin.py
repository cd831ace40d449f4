"""torch.nn.TripletMarginLoss, which is called with anchors, positives and negatives."""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import nn

from ...losses.declared import Option
from ...losses.triplet_margin import TripletMargin
from ..setup.unsupported import Unsupported
from .base import TorchCriterion
from .registry import register


@register
class TorchTripletMargin(TorchCriterion):
    loss = TripletMargin
    module = nn.TripletMarginLoss
    functions = (F.triplet_margin_loss,)

    def check_option(self, option: Option, value: Any) -> None:
        if option.name == "p" and not option.kind.takes(value):
            raise Unsupported(
                f"{self.name}(p={value!r}) has another distance than the Euclidean one, whose gradient no derivation "
                "covers. Leave p out: then it is 2."
            )
        super().check_option(option, value)
