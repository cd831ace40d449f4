"""The second bookkeeper: gradients by torch autograd, of the user's own model and criterion."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..linear import BIAS, INPUTS, OUTPUTS, WEIGHT
from ..losses.base import TARGETS
from ..losses.nll import LOGITS
from .batch import Batch


def gradients(batch: Batch, wrt: Sequence[str]) -> tuple[Tensor, dict[str, Tensor]]:
    """The loss and ∂loss/∂`wrt` by autograd, on copies: the user's `.grad` and `requires_grad` are not touched.

    With reduction="none" the loss is Σ grad_output · loss, whose gradient backward computes.
    """
    setup = batch.setup
    leaves = {INPUTS: _leaf(batch.inputs), TARGETS: batch.targets.detach()}
    if TARGETS in wrt:
        leaves[TARGETS] = _leaf(batch.targets)
    with torch.enable_grad():
        if setup.model is None:
            outputs = leaves[OUTPUTS] = leaves.pop(INPUTS)
        else:
            leaves[WEIGHT] = _leaf(setup.model.weight)
            if setup.model.bias is not None:
                leaves[BIAS] = _leaf(setup.model.bias)
            parameters = {name: leaves[name] for name in (WEIGHT, BIAS) if name in leaves}
            outputs = torch.func.functional_call(setup.model, parameters, (leaves[INPUTS],))
            if setup.log_softmax is not None:
                leaves[LOGITS] = outputs
                outputs = setup.log_softmax(outputs)
            leaves[OUTPUTS] = outputs
        loss = setup.criterion(*_broadcast(batch, outputs, leaves[TARGETS]))
        if batch.grad_output is not None:
            loss = (batch.grad_output.detach() * loss).sum()
        found = torch.autograd.grad(loss, [leaves[each] for each in wrt])
    return loss.detach(), dict(zip(wrt, found, strict=True))


def _broadcast(batch: Batch, outputs: Tensor, targets: Tensor) -> tuple[Tensor, ...]:
    """Outputs and targets of one shape, as MSELoss itself makes them, after a warning of what the notes name.

    With a weight they have one shape already: read_batch asks for it.
    """
    if batch.by_class or outputs.shape == targets.shape:
        return outputs, targets
    return torch.broadcast_tensors(outputs, targets)


def _leaf(tensor: Tensor) -> Tensor:
    return tensor.detach().clone().requires_grad_()
