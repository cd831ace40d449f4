"""torch.nn.NLLLoss, which takes log-probabilities: a model ends in LogSoftmax."""

from __future__ import annotations

from collections.abc import Iterator

import torch.nn.functional as F
from torch import nn

from ...losses import NLL, Loss
from ...wording import Words
from .base import Data, TorchCriterion
from .before import LOG_SOFTMAX
from .marks import of_log_probabilities
from .registry import register


@register
class TorchNLL(TorchCriterion):
    loss = NLL
    module = nn.NLLLoss
    functions = (F.nll_loss,)
    before = LOG_SOFTMAX
    mistaken = (
        (
            nn.Softmax,
            "NLLLoss wants log-probabilities, and Softmax gives probabilities. Put LogSoftmax(dim=1) in its place",
        ),
        (
            nn.Linear,
            "NLLLoss wants log-probabilities, and a linear layer gives logits. Put LogSoftmax(dim=1) after it, in "
            "a torch.nn.Sequential, or take CrossEntropyLoss",
        ),
        (
            nn.LogSoftmax,
            "NLLLoss wants log-probabilities of each row. Make it LogSoftmax(dim=1)",
        ),
    )

    def notes(self, loss: Loss, rows: Data, has_model: bool) -> Iterator[Words]:
        if not has_model and not of_log_probabilities(rows.outputs):
            yield Words(
                "有的输出行不是对数概率：取 exp 后加起来不是 1。NLLLoss 不检查；先做 log_softmax，或用 "
                "CrossEntropyLoss。",
                "Some rows of the outputs are no log-probabilities: their exponentials do not add up to 1. NLLLoss "
                "does not check. Take log_softmax first, or CrossEntropyLoss.",
            )
