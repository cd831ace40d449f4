"""torch.nn.SoftMarginLoss."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

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

    def unlike(self, loss: Loss, rows: Data, wrt: str) -> Tensor | None:
        """Where torch's e^(−y z) overflows."""
        return _overflows(rows)

    def notes(self, loss: Loss, rows: Data, has_model: bool) -> Iterator[Words]:
        beyond = int(_overflows(rows).sum())
        if beyond:
            dtype = torch.finfo(rows.outputs.dtype).dtype
            yield Words(
                f"有 {beyond} 个元素的 e^(−y z) 在 {dtype} 里溢出：torch 先算它，损失成了 inf，梯度成了 nan；"
                "公式没有这个问题，因此不作比较。改用 BCEWithLogitsLoss，目标取 (1 + y)/2。",
                f"At {beyond} entries e^(−y z) overflows in {dtype}: torch computes it, and the loss becomes inf, the "
                "gradient nan; the formula's is a number, and the two are not compared. Take BCEWithLogitsLoss with "
                "the targets (1 + y)/2.",
            )


def _overflows(rows: Data) -> Tensor:
    largest = math.log(torch.finfo(rows.outputs.dtype).max)
    return -rows.operands[TARGETS].double() * rows.outputs.double() > largest
