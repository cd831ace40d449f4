"""torch.nn.CosineEmbeddingLoss."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...losses import Loss
from ...losses.cosine_embedding import INPUT2, CosineEmbedding
from .base import TorchCriterion
from .registry import register


@register
class TorchCosineEmbedding(TorchCriterion):
    loss = CosineEmbedding
    module = nn.CosineEmbeddingLoss
    functions = (F.cosine_embedding_loss,)
    whole_targets = True

    def check_data(self, loss: Loss, outputs: torch.Size, dtype: torch.dtype, operands: Mapping[str, Tensor]) -> None:
        if operands[INPUT2].shape != outputs:
            raise ValueError(
                f"{INPUT2} must have the outputs' shape {tuple(outputs)}; given {tuple(operands[INPUT2].shape)}."
            )
