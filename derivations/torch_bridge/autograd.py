"""The second bookkeeper: gradients by torch autograd, of the user's own model and criterion."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..linear import BIAS, INPUTS, OUTPUTS, WEIGHT
from .read import Setup


def gradients(setup: Setup, inputs: Tensor, targets: Tensor, wrt: Sequence[str]) -> tuple[Tensor, dict[str, Tensor]]:
    """The loss and ∂loss/∂`wrt` by autograd, on copies: the user's `.grad` and `requires_grad` are not touched."""
    leaves = {INPUTS: _leaf(inputs)}
    if setup.model is None:
        outputs = leaves[OUTPUTS] = leaves.pop(INPUTS)
    else:
        leaves[WEIGHT] = _leaf(setup.model.weight)
        if setup.model.bias is not None:
            leaves[BIAS] = _leaf(setup.model.bias)
        parameters = {name: leaves[name] for name in (WEIGHT, BIAS) if name in leaves}
        outputs = leaves[OUTPUTS] = torch.func.functional_call(setup.model, parameters, (leaves[INPUTS],))
    with torch.enable_grad():
        loss = setup.criterion(outputs, targets)
    found = torch.autograd.grad(loss, [leaves[each] for each in wrt])
    return loss.detach(), dict(zip(wrt, found, strict=True))


def _leaf(tensor: Tensor) -> Tensor:
    return tensor.detach().clone().requires_grad_()
