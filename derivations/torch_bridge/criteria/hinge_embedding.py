"""torch.nn.HingeEmbeddingLoss."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...losses import Loss
from ...losses.base import TARGETS
from ...losses.hinge_embedding import HingeEmbedding
from .base import TorchCriterion
from .held import check_held
from .registry import register


@register
class TorchHingeEmbedding(TorchCriterion):
    loss = HingeEmbedding
    module = nn.HingeEmbeddingLoss
    functions = (F.hinge_embedding_loss,)
    whole_targets = True
    broadcasts_targets = True

    def check_data(self, loss: Loss, outputs: torch.Size, dtype: torch.dtype, operands: Mapping[str, Tensor]) -> None:
        check_held(
            loss.operand(TARGETS), operands, "torch adds both parts of the loss. Labels of 0 and 1: use 2 * targets - 1"
        )
