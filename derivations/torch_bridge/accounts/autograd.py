"""The second bookkeeper: gradients by torch autograd, of the user's own model and criterion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ...linear import BIAS, INPUTS, OUTPUTS, WEIGHT
from ...losses.nll import LOGITS
from ..batch.arrays import Batch
from ..dtypes import dtype_name
from ..setup.unsupported import Unsupported
from ..shapes import AsOutputs, Like, OneNumber


def gradients(batch: Batch, wrt: Sequence[str]) -> tuple[OneNumber, dict[str, Tensor]]:
    """The loss and ∂loss/∂`wrt` by autograd, on copies: the user's `.grad` and `requires_grad` are not touched.

    With reduction="none" the loss is Σ grad_output · loss, whose gradient backward computes. A criterion that holds its
    linear layer has no outputs of its own: their gradient is that of the cross-entropy it is documented to equal.

    Raises Unsupported where torch itself has no kernel of the criterion for this dtype on this device.
    """
    try:
        return _gradients(batch, wrt)
    except NotImplementedError as missing:
        of, where = dtype_name(batch.inputs.dtype), batch.inputs.device.type
        raise Unsupported(
            f"{batch.setup}: torch has no kernel of it for {of} on {where!r}. Give float32 or float64."
        ) from missing


def _gradients(batch: Batch, wrt: Sequence[str]) -> tuple[OneNumber, dict[str, Tensor]]:
    setup = batch.setup
    with torch.inference_mode(False), torch.enable_grad():
        leaves = {INPUTS: _leaf(batch.inputs)}
        for name, each in batch.operands.items():
            leaves[name] = _leaf(each) if name in wrt else each.detach()
        if setup.model is None:
            outputs = leaves[OUTPUTS] = leaves.pop(INPUTS)
        else:
            leaves[WEIGHT] = _leaf(setup.model.weight)
            if setup.model.bias is not None:
                leaves[BIAS] = _leaf(setup.model.bias)
            parameters = {name: leaves[name] for name in (WEIGHT, BIAS) if name in leaves}
            outputs = torch.func.functional_call(setup.model, parameters, (leaves[INPUTS],))
            if setup.before is not None:
                leaves[LOGITS] = outputs
                outputs = setup.before(outputs)
            if setup.positions:
                outputs = outputs.reshape(batch.outputs_shape)
            leaves[OUTPUTS] = outputs
        operands = [leaves[name] for name in batch.operands]
        loss = _summed(batch, setup.criterion(*_broadcast(batch, outputs, operands)))
        apart = wrt if setup.fused is None else [each for each in wrt if each == OUTPUTS or each in batch.operands]
        found = _found(loss, leaves, apart)
        if setup.fused is not None:
            loss = _summed(batch, setup.fused(leaves[INPUTS], leaves[WEIGHT], leaves.get(BIAS), *operands))
            found |= _found(loss, leaves, [each for each in wrt if each not in apart])
    return loss.detach(), {each: found[each] for each in wrt}


def _found(loss: OneNumber, leaves: Mapping[str, Tensor], wrt: Sequence[str]) -> dict[str, Tensor]:
    return dict(zip(wrt, torch.autograd.grad(loss, [leaves[each] for each in wrt]), strict=True)) if wrt else {}


def _summed(batch: Batch, loss: Tensor) -> OneNumber:
    return loss if batch.grad_output is None else (batch.grad_output.detach() * loss).sum()


def _broadcast(batch: Batch, outputs: AsOutputs, operands: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """Outputs and targets of one shape, as MSELoss itself makes them, after a warning of what the notes name.

    With a weight they have one shape already: read_batch asks for it. Several operands torch broadcasts in silence.
    """
    if batch.is_apart or len(operands) > 1:
        return outputs, *operands
    return torch.broadcast_tensors(outputs, *operands)


def _leaf(tensor: Like) -> Like:
    return tensor.detach().clone().requires_grad_()
