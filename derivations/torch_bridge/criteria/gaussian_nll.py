"""torch.nn.GaussianNLLLoss, whose third argument is a variance for each entry, or one for each row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...losses import Loss
from ...losses.declared import Operand
from ...losses.gaussian_nll import VAR, GaussianNLL
from ...wording import Words
from .base import Data, TorchCriterion
from .registry import register


@register
class TorchGaussianNLL(TorchCriterion):
    loss = GaussianNLL
    module = nn.GaussianNLLLoss
    functions = (F.gaussian_nll_loss,)
    whole_targets = True
    true_and_false = False
    broadcasts_targets = True

    def view(self, operand: Operand, given: torch.Size, outputs: torch.Size) -> torch.Size:
        if operand.name != VAR or given == outputs:
            return given
        if given == outputs[:-1]:
            return torch.Size((*given, 1))
        others = [size for size, of in zip(given, outputs, strict=False) if size != of]
        if len(given) == len(outputs) and others == [1]:
            return given
        raise ValueError(
            f"var must have the outputs' shape {tuple(outputs)}, that without the last size, or with one size of 1; "
            f"given {tuple(given)}."
        )

    def check_data(self, loss: Loss, outputs: torch.Size, dtype: torch.dtype, operands: Mapping[str, Tensor]) -> None:
        if bool((operands[VAR] < 0).any()):
            raise ValueError(f"var must not be negative; given {operands[VAR].min().item():g}. It is a variance.")

    def terms(self, values: Mapping[str, Tensor], options: Mapping[str, Any]) -> Tensor:
        used = values[VAR].clamp_min(options["eps"])
        others = [value.abs() for name, value in values.items() if name != VAR]
        return 1 + used.log().abs() + torch.stack(torch.broadcast_tensors(*others)).sum(0) ** 2 / used

    def unlike(self, loss: Loss, rows: Data, wrt: str) -> Tensor | None:
        """Where the square of a variance overflows, which the gradient in it is divided by."""
        return _squares_overflow(rows) if wrt == VAR else None

    def notes(self, loss: Loss, rows: Data, has_model: bool) -> Iterator[Words]:
        clamped = int((rows.operands[VAR] < rows.options["eps"]).sum())
        if clamped:
            yield Words(
                f"{clamped} 个方差小于 eps：torch 按 eps 计算，却不告诉 autograd，所以那里 var 的梯度不是 0，"
                "而是 eps 处的。",
                f"{clamped} variances are below eps: torch takes eps for them without telling autograd, so that the "
                "gradient in var is not 0 there, but that at eps.",
            )
        beyond = int(_squares_overflow(rows).sum())
        if beyond:
            dtype = torch.finfo(rows.outputs.dtype).dtype
            yield Words(
                f"{beyond} 个方差的平方在 {dtype} 里溢出，而对 var 的梯度要除以它，因此不作比较。换更宽的 dtype。",
                f"The squares of {beyond} variances overflow in {dtype}; the gradient in var is divided by them, so it "
                "is not compared. Take a wider dtype.",
            )


def _squares_overflow(rows: Data) -> Tensor:
    used = rows.operands[VAR].double().clamp_min(rows.options["eps"])
    return used**2 > torch.finfo(rows.outputs.dtype).max
