"""torch.nn.PoissonNLLLoss."""

from __future__ import annotations

from collections.abc import Iterator

import torch.nn.functional as F
from torch import Tensor, nn

from ...losses import Loss
from ...losses.base import TARGETS
from ...losses.poisson_nll import PoissonNLL
from ...wording import Words
from .base import Data, TorchCriterion
from .registry import register


@register
class TorchPoissonNLL(TorchCriterion):
    loss = PoissonNLL
    module = nn.PoissonNLLLoss
    functions = (F.poisson_nll_loss,)
    whole_targets = True
    broadcasts_targets = True

    def unlike(self, loss: Loss, rows: Data, wrt: str) -> Tensor | None:
        """Where torch differentiates Stirling's terms at a target that has no logarithm, and multiplies by 0: nan."""
        return _without_logarithm(loss, rows) if wrt == TARGETS else None

    def notes(self, loss: Loss, rows: Data, has_model: bool) -> Iterator[Words]:
        found = _without_logarithm(loss, rows)
        if found is not None and bool(found.any()):
            yield Words(
                f"{int(found.sum())} 个目标不大于 0：full=True 时，torch 对目标的梯度在那里是 nan（0 乘以无穷大），"
                "公式的不是，因此不作比较；对输出的梯度不受影响。",
                f"{int(found.sum())} targets are not above 0: with full=True torch's gradient in the targets is nan "
                "there (0 times infinity), the formula's is not, and the two are not compared; the gradient in the outputs "
                "is as ever.",
            )


def _without_logarithm(loss: Loss, rows: Data) -> Tensor | None:
    return rows.operands[TARGETS] <= 0 if getattr(loss, "full", False) else None
