"""The module between a linear layer and a criterion that does not take logits, as LogSoftmax stands before NLLLoss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Before:
    """What a model must end in.

    - `kind`: its class, `shown` how it is written, and `make` makes one.
    - `fits`: whether a module of that class, with its options, is what the criterion wants.
    - `refusal`: what is wrong with one for outputs of such a shape, as a sentence; None where nothing is.

    `forward` is torch's own, as it was before anybody could replace it.
    """

    kind: type[nn.Module]
    shown: str
    make: Callable[[], nn.Module]
    fits: Callable[[Any], bool] = lambda module: True
    refusal: Callable[[Any, str, torch.Size], str | None] = lambda module, criterion, shape: None
    forward: Callable[..., Tensor] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "forward", self.kind.forward)


def _over_classes(module: nn.LogSoftmax, criterion: str, shape: torch.Size) -> str | None:
    """Where it does not run over what the criterion takes for the classes."""
    along, classes = int(module.dim or 0), min(1, len(shape) - 1)
    if (along if along >= 0 else len(shape) + along) == classes:
        return None
    return (
        f"LogSoftmax(dim={along}) on outputs of shape {tuple(shape)} does not run over what {criterion} takes for the "
        f"classes, dimension {classes}: no row would be a probability distribution."
    )


LOG_SOFTMAX = Before(
    nn.LogSoftmax, "LogSoftmax(dim=1)", lambda: nn.LogSoftmax(1), lambda module: module.dim in (1, -1), _over_classes
)
SIGMOID = Before(nn.Sigmoid, "Sigmoid()", nn.Sigmoid)
