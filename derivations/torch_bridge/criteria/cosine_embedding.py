"""torch.nn.CosineEmbeddingLoss."""

from __future__ import annotations

import torch.nn.functional as F
from torch import nn

from ...losses.cosine_embedding import CosineEmbedding
from .base import TorchCriterion
from .registry import register


@register
class TorchCosineEmbedding(TorchCriterion):
    loss = CosineEmbedding
    module = nn.CosineEmbeddingLoss
    functions = (F.cosine_embedding_loss,)
