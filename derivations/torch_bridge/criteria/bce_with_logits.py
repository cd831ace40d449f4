"""torch.nn.BCEWithLogitsLoss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...losses import BCEWithLogits, Loss
from ...losses.base import TARGETS
from ...wording import Words
from .base import Data, TorchCriterion
from .marks import FEW
from .registry import register


@register
class TorchBCEWithLogits(TorchCriterion):
    loss = BCEWithLogits
    module = nn.BCEWithLogitsLoss
    functions = (F.binary_cross_entropy_with_logits,)
    mistaken = (
        (
            nn.Sigmoid,
            "BCEWithLogitsLoss takes logits and computes their sigmoid itself: after the model's Sigmoid there "
            "would be two, which flattens the gradients. Leave Sigmoid out of the model",
        ),
    )

    def check_data(self, loss: Loss, outputs: torch.Size, dtype: torch.dtype, operands: Mapping[str, Tensor]) -> None:
        targets = operands[TARGETS]
        if torch.promote_types(targets.dtype, dtype) != targets.dtype:
            raise ValueError(
                f"targets must be {dtype} or wider; given {targets.dtype}, {tuple(targets.shape)}. torch would round "
                f"1 − y in {targets.dtype}. Use .to({dtype})."
            )

    def notes(self, loss: Loss, rows: Data, has_model: bool) -> Iterator[Words]:
        outputs = rows.outputs
        if not has_model and outputs.numel() >= FEW and bool(((outputs > 0) & (outputs < 1)).all()):
            yield Words(
                "所有输出都在 0 和 1 之间，像是概率，而 BCEWithLogitsLoss 要的是 logits：它会再做一次 sigmoid。",
                "All outputs lie between 0 and 1, as probabilities do, and BCEWithLogitsLoss takes logits: it computes "
                "their sigmoid once more.",
            )
