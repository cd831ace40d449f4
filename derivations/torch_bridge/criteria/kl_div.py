"""torch.nn.KLDivLoss, which takes log-probabilities: a model ends in LogSoftmax."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...losses import Loss
from ...losses.base import TARGETS
from ...losses.kl_div import BATCH_MEAN, KLDiv
from ...wording import Words
from .base import Data, Found, TorchCriterion
from .before import LOG_SOFTMAX
from .registry import register


@register
class TorchKLDiv(TorchCriterion):
    loss = KLDiv
    module = nn.KLDivLoss
    functions = (F.kl_div,)
    before = LOG_SOFTMAX
    broadcasts_targets = True

    def of_module(self, module: nn.Module) -> Found:
        return _without_warning(super().of_module(module))

    def of_function(self, function: Callable[..., Tensor], named: Mapping[str, Any]) -> Found:
        return _without_warning(super().of_function(function, named))

    def shared(self, loss: Loss, outputs: torch.Size, common: torch.Size) -> tuple[Callable[..., Tensor], int] | None:
        """torch's batchmean divides by the outputs' first size, whatever that is, and the formula by its rows."""
        samples = outputs[0] if outputs else 1
        if loss.reduction != BATCH_MEAN or samples == common[:-1].numel():
            return None
        return functools.partial(F.kl_div, reduction="none", log_target=not _takes_logarithm(loss)), samples

    def unlike(self, loss: Loss, rows: Data, wrt: str) -> Tensor | None:
        """Where a target is 0: there is no slope in it, and torch gives nan for −∞. Where it is tiny, see `_tiny`."""
        return _tiny(loss, rows) if wrt == TARGETS and _takes_logarithm(loss) else None

    def notes(self, loss: Loss, rows: Data, has_model: bool) -> Iterator[Words]:
        zeros = int((rows.operands[TARGETS] == 0).sum()) if _takes_logarithm(loss) else 0
        if zeros:
            yield Words(
                f"{zeros} 个目标是 0：那里的损失和对输出的梯度都是 0，而对目标的导数趋于 −∞，torch 给出 nan，"
                "因此不作比较。",
                f"{zeros} targets are 0: loss and gradient in the outputs are 0 there, while the slope in the target "
                "goes to −∞; torch gives nan for it, and it is not compared.",
            )
        tiny = int(_tiny(loss, rows).sum()) - zeros if _takes_logarithm(loss) else 0
        if tiny:
            dtype = torch.finfo(rows.outputs.dtype).dtype
            yield Words(
                f"{tiny} 个目标小到在 {dtype} 里下溢：对目标的梯度，torch 先乘以目标，再除以它，丢了位数，"
                "因此不作比较。",
                f"{tiny} targets are so small that they underflow in {dtype}: for the gradient in a target torch "
                "multiplies by it and divides again, which loses digits, and it is not compared.",
            )
        if loss.reduction == "mean":
            yield Words(
                'mean 除以全部 N·C 个元素：要得到 KL 散度，用 reduction="batchmean"。',
                'The mean divides by all N·C entries: the divergence is that of reduction="batchmean".',
            )


def _takes_logarithm(loss: Loss) -> bool:
    return not getattr(loss, "log_target", False)


def _tiny(loss: Loss, rows: Data) -> Tensor:
    """Where a target times what backward receives is below the smallest normal number, or 0."""
    targets, (samples, classes) = rows.operands[TARGETS], rows.outputs.shape
    divisor = {"mean": samples * classes, BATCH_MEAN: samples}.get(loss.reduction, 1)
    return targets.double() < divisor * torch.finfo(targets.dtype).smallest_normal


def _without_warning(found: Found) -> Found:
    """The same, called so that torch does not warn, at each call, of what the notes say of "mean"."""
    if found.values["reduction"] != "mean":
        return found
    return replace(found, call=functools.partial(_mean, log_target=found.values["log_target"]))


def _mean(outputs: Tensor, targets: Tensor, log_target: bool) -> Tensor:
    return F.kl_div(outputs, targets, reduction="none", log_target=log_target).mean()
