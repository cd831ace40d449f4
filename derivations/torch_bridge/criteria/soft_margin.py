"""torch.nn.SoftMarginLoss."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import nn

from ...losses import Loss
from ...losses.base import TARGETS
from ...losses.soft_margin import SoftMargin
from ...wording import Words
from .base import Data, TorchCriterion
from .registry import register


@register
class TorchSoftMargin(TorchCriterion):
    loss = SoftMargin
    module = nn.SoftMarginLoss
    functions = (F.soft_margin_loss,)
    whole_targets = True
    broadcasts_targets = True

    def notes(self, loss: Loss, rows: Data, has_model: bool) -> Iterator[Words]:
        precision = torch.finfo(rows.outputs.dtype)
        largest = math.log(precision.max)
        beyond = int((-rows.operands[TARGETS].double() * rows.outputs.double() > largest).sum())
        if beyond:
            yield Words(
                f"有 {beyond} 个元素的 −y z 大于 {largest:.1f}：torch 先算 e^(−y z)，它在 {precision.dtype} 里溢出，"
                "损失成了 inf，梯度成了 nan；公式没有这个问题。改用 BCEWithLogitsLoss，目标取 (1 + y)/2。",
                f"At {beyond} entries −y z is above {largest:.1f}: torch computes e^(−y z), which overflows in "
                f"{precision.dtype}, and the loss becomes inf, the gradient nan; the formula does not. Take "
                "BCEWithLogitsLoss with the targets (1 + y)/2.",
            )
