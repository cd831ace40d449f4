"""torch.nn.SmoothL1Loss, which computes L1Loss where beta is 0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from numbers import Real
from typing import Any

import torch.nn.functional as F
from torch import nn

from ...losses import Loss
from ...losses.declared import Option
from ...losses.l1 import L1
from ...losses.smooth_l1 import SmoothL1
from ...wording import Words
from .base import Data, TorchCriterion
from .registry import register


@register
class TorchSmoothL1(TorchCriterion):
    loss = SmoothL1
    module = nn.SmoothL1Loss
    functions = (F.smooth_l1_loss,)
    whole_targets = True
    broadcasts_targets = True

    def check_option(self, option: Option, value: Any) -> None:
        if not _is_zero(value):
            super().check_option(option, value)

    def formula(self, values: Mapping[str, Any], targets: str | None) -> Loss:
        loss = super().formula(values, targets)
        return L1(reduction=loss.reduction) if _is_zero(values["beta"]) else loss

    def notes(self, loss: Loss, rows: Data, has_model: bool) -> Iterator[Words]:
        if isinstance(loss, L1):
            yield Words(
                "beta=0 时没有抛物线那一段：torch 计算的就是 L1Loss，推导和公式也是它的。",
                "With beta=0 there is no parabola: torch computes L1Loss, and derivation and formula are of that.",
            )


def _is_zero(beta: Any) -> bool:
    return isinstance(beta, Real) and beta == 0
