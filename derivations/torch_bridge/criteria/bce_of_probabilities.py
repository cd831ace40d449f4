"""torch.nn.BCELoss, which takes probabilities: a model ends in Sigmoid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...linear import OUTPUTS
from ...losses import Loss
from ...losses.base import TARGETS
from ...losses.bce_of_probabilities import BCE
from ...wording import Words
from .base import Data, TorchCriterion
from .before import SIGMOID
from .registry import register

#: The least that torch divides by in the gradient.
LEAST = 1e-12


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

    def unlike(self, loss: Loss, rows: Data, wrt: str) -> Tensor | None:
        """Where torch divides by LEAST, and not by σ (1 − σ)."""
        return _cut(rows) if wrt == OUTPUTS else None

    def notes(self, loss: Loss, rows: Data, has_model: bool) -> Iterator[Words]:
        cut = int(_cut(rows).sum())
        if cut:
            yield Words(
                f"{cut} 个输出离 0 或 1 太近，σ(1 − σ) 小于 {LEAST}：torch 在那里把梯度的分母取成 {LEAST}，"
                "得到的不是公式的梯度，因此不作比较；小于 −100 的对数，torch 也按 −100 计。用 BCEWithLogitsLoss "
                "就没有这个问题。",
                f"{cut} outputs are so near to 0 or 1 that σ(1 − σ) is less than {LEAST}: there torch divides by "
                f"{LEAST} instead, and what it computes is not the formula's gradient, so it is not compared; nor does "
                "any logarithm count as less than −100. BCEWithLogitsLoss does without.",
            )


def _cut(rows: Data) -> Tensor:
    probability = rows.outputs.cpu().double()
    return probability * (1 - probability) < LEAST
