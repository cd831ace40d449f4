"""torch.nn.MarginRankingLoss, which broadcasts its three arrays but wants them of as many dimensions."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from ...losses.declared import Operand
from ...losses.margin_ranking import MarginRanking
from .base import TorchCriterion
from .registry import register


@register
class TorchMarginRanking(TorchCriterion):
    loss = MarginRanking
    module = nn.MarginRankingLoss
    functions = (F.margin_ranking_loss,)
    whole_targets = True
    broadcasts_targets = True

    def view(self, operand: Operand, given: torch.Size, outputs: torch.Size) -> torch.Size:
        if len(given) != len(outputs):
            raise ValueError(
                f"{operand.name} must have as many dimensions as the outputs {tuple(outputs)}; given {tuple(given)}."
            )
        return given
