"""torch.nn.CrossEntropyLoss, and LinearCrossEntropyLoss, which holds a linear layer and computes it in chunks."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...losses import CrossEntropy, Loss
from ...losses.base import TARGETS
from ...wording import Words
from ..setup.unsupported import Unsupported
from .base import Data, Edge, Found, TorchCriterion
from .marks import close, of_probabilities
from .registry import register

INDICES, PROBABILITIES = CrossEntropy.kinds_of_targets
#: A label that torch ignores unless it is told another.
IGNORED = next(option.default for option in CrossEntropy.declared if option.name == "ignore_index")


def _unnormalised(data: Data) -> Data:
    """Rows of targets that do not add up to 1, which torch does not check."""
    targets = data.operands[TARGETS]
    weight = torch.rand(targets.sum(data.axis, keepdim=True).shape, generator=data.generator, device="cpu")
    return data.with_operand(TARGETS, targets * (0.5 + 2 * weight.double()))


@register
class TorchCrossEntropy(TorchCriterion):
    loss = CrossEntropy
    module: ClassVar[type[nn.Module]] = nn.CrossEntropyLoss
    functions: ClassVar[tuple[Callable[..., Any], ...]] = (F.cross_entropy,)
    mistaken = (
        (
            nn.Softmax,
            "CrossEntropyLoss takes logits and computes their softmax itself: after the model's Softmax there "
            "would be two, which flattens the gradients. Leave Softmax out of the model",
        ),
        (
            nn.LogSoftmax,
            "CrossEntropyLoss takes logits and computes their log_softmax itself, and a second one changes "
            "nothing. Leave LogSoftmax out of the model, or take NLLLoss",
        ),
    )
    edges = (Edge("unnormalised probabilities", _unnormalised, lambda loss: loss.real_targets),)

    def fields(self, values: Mapping[str, Any], targets: str | None) -> dict[str, Any]:
        fields = super().fields(values, targets)
        if fields["targets"] == PROBABILITIES:
            ignored = values["ignore_index"]
            if ignored is not None and self._refuses_with_probabilities(ignored):
                raise Unsupported(
                    f"{self.name}(ignore_index={ignored}): a row of probabilities names no class to ignore, and torch "
                    "refuses it. Leave ignore_index out."
                )
            fields["ignore_index"] = False
        return fields

    def _refuses_with_probabilities(self, ignored: int) -> bool:
        return ignored >= 0

    def notes(self, loss: Loss, rows: Data, has_model: bool) -> Iterator[Words]:
        classes = rows.outputs.shape[1]
        if not has_model and classes > 1 and of_probabilities(rows.outputs):
            yield Words(
                "输出的每一行都是概率（非负，和为 1），而 CrossEntropyLoss 要的是 logits：它会再做一次 softmax。",
                "Each row of the outputs is a probability distribution, and CrossEntropyLoss takes logits: it computes "
                "their softmax once more.",
            )
        if loss.real_targets and not close(rows.operands[TARGETS].sum(1), 1.0):
            yield Words(
                "有的目标行加起来不是 1：torch 不检查，公式里因此留着 ΣY。",
                "Some rows of the targets do not add up to 1: torch does not check, so the formula keeps ΣY.",
            )


@register
class TorchLinearCrossEntropy(TorchCrossEntropy):
    module = nn.LinearCrossEntropyLoss
    needs_layer = True
    functions = (F.linear_cross_entropy,)

    def of_module(self, module: nn.Module) -> Found:
        found = super().of_module(module)
        fused = functools.partial(_with_own_layer, module)
        positions = tuple(getattr(module, "out_features", ()))
        return Found(self, found.values, _apart(found.values), fused, module.linear, positions)  # type: ignore[arg-type]

    def of_function(self, function: Callable[..., Tensor], named: Mapping[str, Any]) -> Found:
        found = super().of_function(function, named)
        return Found(self, found.values, _apart(found.values), functools.partial(_with_given_layer, function))

    def _refuses_with_probabilities(self, ignored: int) -> bool:
        return True


def _with_own_layer(criterion: nn.Module, x: Tensor, weight: Tensor, bias: Tensor | None, y: Tensor) -> Tensor:
    parameters = {"linear.weight": weight} if bias is None else {"linear.weight": weight, "linear.bias": bias}
    return torch.func.functional_call(criterion, parameters, (x, y))


def _with_given_layer(function: Any, x: Tensor, weight: Tensor, bias: Tensor | None, y: Tensor) -> Tensor:
    return function(x, weight, y, linear_bias=bias)


def _apart(values: Mapping[str, Any]) -> Callable[[Tensor, Tensor], Tensor]:
    """Cross-entropy of the outputs: what linear_cross_entropy is documented to equal, with its ignore_index."""
    ignored = IGNORED if values["ignore_index"] is None else values["ignore_index"]
    given = {name: values[name] for name in ("weight", "reduction", "label_smoothing")}
    return functools.partial(F.cross_entropy, ignore_index=ignored, **given)
