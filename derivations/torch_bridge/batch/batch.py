"""How a batch is read: numbers of any kind as tensors, checked as torch checks them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ...losses import Loss
from ...losses.base import TARGETS
from ...losses.declared import Values
from ..setup.forward import check_forward
from ..setup.setup import Setup, current
from .arrays import INCOMING, Batch, values_in_float64
from .checks.inputs import check_before, check_devices, check_inputs
from .checks.labels import as_torch_decides, check_labels
from .checks.operands import check_operands, in_dtype
from .checks.options import check_options, incoming
from .given import labels_or_real, real

#: What a criterion is called with after the outputs.
Targets = Tensor | tuple[Tensor, ...]

__all__ = ["Batch", "Targets", "named_operands", "read_batch", "values_in_float64"]


def read_batch(setup: Setup, inputs: Any, targets: Any, grad_output: Any = None) -> Batch:
    """Check shapes, dtypes, devices and labels as torch does, and decide as it does what the targets are.

    `targets` is what the criterion is called with after the outputs: one array, or a tuple of them in torch's order.
    numpy arrays and lists of numbers take the dtype of the model, or of the outputs. Raises ValueError or TypeError
    with a sentence for what torch would refuse.
    """
    setup = current(setup)
    weight = None if setup.model is None else setup.model.weight
    inputs = real("inputs", inputs, None if weight is None else weight.dtype, None if weight is None else weight.device)
    check_inputs(setup, inputs)
    operands = _as_tensors(setup.loss, named_operands(setup.loss, targets), inputs)
    if grad_output is not None:
        grad_output = real(INCOMING, grad_output, inputs.dtype, inputs.device)
    check_devices(setup, inputs, {**operands, INCOMING: grad_output, **setup.options})
    shape = setup.outputs_shape(inputs)
    check_before(setup, shape)
    if TARGETS in operands:
        setup = as_torch_decides(setup, shape, operands[TARGETS])
    if setup.model is None:
        setup.of.check_outputs(inputs)
    operands = in_dtype(setup, operands, inputs.dtype)
    views, common = check_operands(setup, inputs.dtype, shape, operands)
    operands = {name: each.long() if each.dtype == torch.uint8 else each for name, each in operands.items()}
    if TARGETS in operands:  # as labels torch takes bytes, and −100 is none of those
        setup = setup.for_targets(operands[TARGETS])
    check_labels(setup, shape, operands)
    check_options(setup, shape, common, inputs.dtype)
    grad_output = incoming(setup, shape, common, grad_output, inputs)
    if common.numel() and (shared := setup.of.shared(setup.loss, shape, common)):
        losses, divisor = shared
        setup = replace(setup, criterion=losses, loss=replace(setup.loss, reduction="none"))
        grad_output = torch.full(common, 1 / divisor, dtype=inputs.dtype, device=inputs.device)
    check_forward(setup, inputs)
    return Batch(
        outputs_shape=shape,
        common=common,
        by_class=setup.loss.classes_second,
        setup=setup,
        inputs=inputs,
        operands=operands,
        views=views,
        grad_output=grad_output,
    )


def named_operands(loss: Loss, targets: Any) -> dict[str, Any]:
    """What a criterion is called with after the outputs, by name: one array, or as many as it takes, in a tuple.

    Raises TypeError for another number of them.
    """
    names = [each.name for each in loss.operands]
    if len(names) == 1:
        return {names[0]: targets}
    if not isinstance(targets, tuple):
        given = type(targets).__name__
    elif len(targets) != len(names):
        given = f"a tuple of {len(targets)}"
    else:
        return dict(zip(names, targets, strict=True))
    raise TypeError(
        f"{loss.torch_name} is called with {len(names)} arrays after the outputs, {' and '.join(names)}; given "
        f"{given}. Give a tuple of them in this order: ({', '.join(names)})."
    )


def _as_tensors(loss: Loss, given: Mapping[str, Any], inputs: Tensor) -> dict[str, Tensor]:
    """The operands as tensors; of numbers that are no tensors, labels stay integers."""
    found = {}
    for operand in loss.operands:
        may_be_labels = loss.classes_second or operand.values in (Values.LABELS, Values.CLASS_SETS)
        read = labels_or_real if may_be_labels else real
        found[operand.name] = read(operand.name, given[operand.name], inputs.dtype, inputs.device)
    return found
