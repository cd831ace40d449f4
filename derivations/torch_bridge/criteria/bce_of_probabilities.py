"""torch.nn.BCELoss, which takes probabilities: a model ends in Sigmoid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...losses import Loss
from ...losses.base import TARGETS
from ...losses.bce_of_probabilities import BCE
from ...wording import Words
from .base import Data, TorchCriterion
from .before import SIGMOID
from .registry import register


@register
class TorchBCE(TorchCriterion):
    loss = BCE
    module = nn.BCELoss
    functions = (F.binary_cross_entropy,)
    before = SIGMOID
    magnitude = 0.25  # no sigmoid rounds to 0 or 1, in half precision either
    mistaken = (
        (
            nn.Linear,
            "BCELoss wants probabilities, and a linear layer gives logits. Put Sigmoid() after it, in a "
            "torch.nn.Sequential, or better take BCEWithLogitsLoss",
        ),
    )

    def check_data(self, loss: Loss, outputs: torch.Size, dtype: torch.dtype, operands: Mapping[str, Tensor]) -> None:
        if operands[TARGETS].dtype != dtype:
            raise ValueError(f"targets must be {dtype}, as the outputs are; given {operands[TARGETS].dtype}.")

    def notes(self, loss: Loss, rows: Data, has_model: bool) -> Iterator[Words]:
        ends = int(((rows.outputs == 0) | (rows.outputs == 1)).sum())
        if ends:
            yield Words(
                f"{ends} 个输出正好是 0 或 1：torch 在那里把对数截在 −100、把梯度的分母截在 1e-12，"
                "得到的不是公式的梯度。用 BCEWithLogitsLoss 就没有这个问题。",
                f"{ends} outputs are exactly 0 or 1: there torch cuts the logarithm at −100 and the gradient's divisor "
                "at 1e-12, and what it computes is not the formula's gradient. BCEWithLogitsLoss does without.",
            )
