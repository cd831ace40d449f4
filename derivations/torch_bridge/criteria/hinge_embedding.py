"""torch.nn.HingeEmbeddingLoss."""

from __future__ import annotations

import torch.nn.functional as F
from torch import nn

from ...losses.hinge_embedding import HingeEmbedding
from .base import TorchCriterion
from .registry import register


@register
class TorchHingeEmbedding(TorchCriterion):
    loss = HingeEmbedding
    module = nn.HingeEmbeddingLoss
    functions = (F.hinge_embedding_loss,)
    broadcasts_targets = True
