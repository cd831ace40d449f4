"""A criterion whose backward is the closed form: for training, and for seeing that it is the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ..linear import OUTPUTS
from ..losses.base import TARGETS
from . import evaluate
from .batch import read_batch
from .read import Setup, read


def certified_loss(criterion: Callable[..., Any], targets: str | None = None) -> nn.Module:
    """An nn.Module that computes `criterion(outputs, targets)`, and its gradient from the closed form.

    It takes what the criterion takes and may stand in its place in a training loop; gradients flow to the outputs and
    to targets that are real numbers. `targets` says what CrossEntropyLoss is given: "indices" (the default) or
    "probabilities". Under `create_graph=True` backward raises RuntimeError: the closed form is not differentiated
    again. Raises Unsupported for a criterion that no derivation covers.
    """
    return CertifiedLoss(read(None, criterion, targets))


class CertifiedLoss(nn.Module):
    """Made by `certified_loss`."""

    def __init__(self, setup: Setup):
        super().__init__()
        self.setup = setup

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The loss; `outputs` and `targets` are of any shape that the criterion takes."""
        loss: Tensor = _ClosedForm.apply(outputs, targets, self.setup)
        return loss

    def extra_repr(self) -> str:
        return str(self.setup.loss)


class _ClosedForm(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, outputs: Tensor, targets: Tensor, setup: Setup) -> Tensor:
        ctx.save_for_backward(outputs, targets)
        ctx.setup = setup
        with torch.no_grad():
            return setup.criterion(outputs, targets)

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        if torch.is_grad_enabled():  # as it is under create_graph=True
            raise RuntimeError(
                f"certified_loss({ctx.setup.name}): its gradient is a closed form that autograd cannot differentiate "
                "again, so a second derivative would be silently 0. Leave out create_graph=True, or use the criterion "
                "itself."
            )
        outputs, targets = ctx.saved_tensors
        apart = ctx.setup.loss.reduction == "none"
        batch = read_batch(ctx.setup, outputs, targets, grad_output if apart else None)
        wanted = [name for name, needed in zip((OUTPUTS, TARGETS), ctx.needs_input_grad, strict=False) if needed]
        found = evaluate.gradients(batch, wanted)
        scaled = {name: value if apart else grad_output * value for name, value in found.items()}
        return scaled.get(OUTPUTS), scaled.get(TARGETS), None
