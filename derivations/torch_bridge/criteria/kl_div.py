"""torch.nn.KLDivLoss, which takes log-probabilities: a model ends in LogSoftmax."""

from __future__ import annotations

from collections.abc import Iterator

import torch.nn.functional as F
from torch import nn

from ...losses import Loss
from ...losses.kl_div import KLDiv
from ...wording import Words
from .base import Data, TorchCriterion
from .before import LOG_SOFTMAX
from .marks import of_log_probabilities
from .registry import register


@register
class TorchKLDiv(TorchCriterion):
    loss = KLDiv
    module = nn.KLDivLoss
    functions = (F.kl_div,)
    before = LOG_SOFTMAX
    broadcasts_targets = True

    def notes(self, loss: Loss, rows: Data, has_model: bool) -> Iterator[Words]:
        if loss.reduction == "mean":
            yield Words(
                'reduction="mean" 除以全部元素的个数 N·C，不是 N：要得到 KL 散度，用 reduction="batchmean"。',
                'reduction="mean" divides by all N·C entries, not by N: the divergence is reduction="batchmean".',
            )
        if not has_model and not of_log_probabilities(rows.outputs):
            yield Words(
                "有的输出行不是对数概率：取 exp 后加起来不是 1。KLDivLoss 不检查；先做 log_softmax。",
                "Some rows of the outputs are no log-probabilities: their exponentials do not add up to 1. KLDivLoss "
                "does not check. Take log_softmax first.",
            )
