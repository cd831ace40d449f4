"""Do inputs, targets, options and the incoming vector fit each other, as torch sees it? Sentences where they do not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ...losses.base import TARGETS
from ...losses.declared import Per
from ..criteria.cross_entropy import IGNORED, INDICES, PROBABILITIES
from ..setup.models import DTYPES
from ..setup.setup import Setup
from .given import checked

LABEL_DTYPES = (torch.int64, torch.uint8)


def check_inputs(setup: Setup, inputs: Tensor) -> None:
    """Raise ValueError where the model, or the criterion alone, cannot be given these inputs."""
    model, given = setup.model, f"given {inputs.dtype}, {tuple(inputs.shape)}"
    if inputs.dtype not in DTYPES:
        raise ValueError(f"inputs must be floating point, float64, float32, bfloat16 or float16; {given}.")
    if model is None:
        if setup.loss.classes_second and inputs.dim() == 0:
            raise ValueError("outputs must have a dimension for the classes, (C,) or (N, C, …); given a single number.")
        return
    if inputs.dim() == 0 or inputs.shape[-1] != model.in_features:
        raise ValueError(
            f"inputs of shape {tuple(inputs.shape)} do not fit Linear(in_features={model.in_features}): "
            f"their last size must be {model.in_features}."
        )
    if setup.fused is not None and inputs.dim() > 2:
        raise ValueError(f"{setup.name} takes inputs of shape (N, D) or (D,); {given}. Flatten them: .flatten(0, -2).")
    if inputs.dtype != model.weight.dtype:
        raise ValueError(f"inputs are {inputs.dtype}, the model is {model.weight.dtype}; make them the same.")


def check_devices(setup: Setup, inputs: Tensor, others: Mapping[str, Any]) -> None:
    """Raise ValueError for tensors that are not where the inputs are, or hold no real numbers."""
    model = {} if setup.model is None else {"the model": setup.model.weight}
    for name, each in {**model, **others}.items():
        if not isinstance(each, Tensor):
            continue
        if each.device != inputs.device:
            raise ValueError(
                f"inputs are on {inputs.device}, {name} on {each.device}; put them on one device, with .to(device)."
            )
        if name in setup.options and checked(name, each) is not each:
            raise ValueError(f"{name} was made in inference mode, and autograd cannot keep it. Give {name}.clone().")
    if inputs.is_meta:
        raise ValueError(
            "inputs are on the meta device, where a tensor has a shape and no values. Give them on another."
        )


def check_before(setup: Setup, shape: torch.Size) -> None:
    """Raise ValueError where what stands before the criterion does not fit outputs of that shape."""
    if setup.before is None or setup.of.before is None:
        return
    refusal = setup.of.before.refusal(setup.before, setup.name, shape)
    if refusal is not None:
        raise ValueError(refusal)


def as_torch_decides(setup: Setup, shape: torch.Size, targets: Tensor) -> Setup:
    """The setup with class labels or with probabilities, which torch tells from the targets' shape.

    Raises ValueError where their dtype is not of that kind, or where explain() was told the other.
    """
    if setup.kind_of_targets is None:
        return setup
    kind, given = PROBABILITIES if targets.shape == shape else INDICES, f"{targets.dtype}, {tuple(targets.shape)}"
    if kind == PROBABILITIES and not targets.is_floating_point():
        raise ValueError(
            f"targets of the outputs' shape {tuple(shape)} are probabilities to torch, and must be floating point; "
            f"given {given}. One-hot targets: give class labels, .argmax({min(1, len(shape) - 1)}), or the same "
            "numbers as probabilities, .to(outputs.dtype)."
        )
    if kind == INDICES and targets.is_floating_point():
        raise ValueError(
            f"targets must be int64 class labels of shape {tuple(_of_rows(shape))}, or probabilities, in floating "
            f"point, of the outputs' shape {tuple(shape)}; given {given}.{_cure(setup, shape, targets)}"
        )
    said = setup.kind_of_targets if setup.given is None else setup.given[2]
    if said not in (None, kind):
        raise ValueError(
            f"explain() was told targets={said!r}, but to torch these are {kind}: given {given}, with outputs of shape "
            f"{tuple(shape)}. Leave targets= out, and it is decided by the data, as torch does."
        )
    return setup.of_targets(kind)


def check_targets(setup: Setup, dtype: torch.dtype, shape: torch.Size, targets: Tensor) -> torch.Size:
    """The shape of the losses before their reduction, with the classes.

    Raises ValueError for targets that do not fit.
    """
    loss, given = setup.loss, f"given {targets.dtype}, {tuple(targets.shape)}"
    if not loss.real_targets:
        wanted = _of_rows(shape)
        if targets.shape != wanted or targets.dtype not in LABEL_DTYPES:
            raise ValueError(
                f"targets must be int64 class labels of shape {tuple(wanted)}; {given}.{_cure(setup, shape, targets)}"
            )
        if targets.dtype == torch.uint8 and len(shape) > 2:
            raise ValueError(
                f"with outputs of shape {tuple(shape)}, torch takes int64 labels only; {given}. Use .long()."
            )
        return shape
    if targets.dtype not in DTYPES or (setup.fused is not None and targets.dtype != dtype):
        raise ValueError(f"targets must be {dtype}, of the outputs' shape {tuple(shape)}; {given}. Use .to({dtype}).")
    setup.of.check_data(loss, shape, dtype, {TARGETS: targets})
    if targets.shape == shape:
        return shape
    if not setup.of.broadcasts_targets:
        raise ValueError(f"targets must have the outputs' shape {tuple(shape)}; {given}.")
    try:
        common = torch.broadcast_shapes(shape, targets.shape)
    except RuntimeError:
        raise ValueError(f"targets do not broadcast to the outputs' shape {tuple(shape)}; {given}.") from None
    if "weight" in setup.options:
        raise ValueError(
            f"with a weight, targets must have the outputs' shape {tuple(shape)}; {given}. torch would divide by the "
            "weights before they are broadcast."
        )
    return common


def _of_rows(shape: torch.Size) -> torch.Size:
    """The shape of one number for each row: without the classes."""
    return shape[:1] + shape[2:] if len(shape) > 1 else torch.Size()


def _cure(setup: Setup, shape: torch.Size, targets: Tensor) -> str:
    """What to do about labels of this dtype and shape, where that can be told."""
    name, given = setup.name, targets.shape
    if len(shape) > 2 and given == shape[:-1]:
        flat = ", or inputs.flatten(0, -2) and targets.flatten()" if setup.model is not None else ""
        alone = "explain(None, criterion) with " if setup.model is not None else ""
        return (
            f" {name} takes dimension 1 of the outputs {tuple(shape)} for the classes, and these are labels for each "
            f"of {tuple(given)}. Put the classes there: {alone}outputs.movedim(-1, 1){flat}."
        )
    wanted = _of_rows(shape)
    if given == wanted:
        return " Use .long()."
    if given.numel() == wanted.numel() and len(given) == len(wanted) + 1:
        return f" Take out the dimension of size 1: .squeeze({[*given].index(1) if 1 in given else -1})."
    if given == shape:
        return f" Of one-hot targets: .argmax({min(1, len(shape) - 1)})."
    return ""


def check_labels(setup: Setup, shape: torch.Size, targets: Tensor) -> None:
    """Raise ValueError where a label that counts names no class."""
    if setup.loss.real_targets:
        return
    classes, ignored = (shape[1] if len(shape) > 1 else shape[0]), setup.options.get("ignore_index", IGNORED)
    counted = targets[targets != ignored]
    if bool(((counted < 0) | (counted >= classes)).any()):
        raise ValueError(
            f"targets must lie between 0 and {classes - 1}; given {int(counted.min())} to {int(counted.max())}. A "
            f"label that is to be left out is the criterion's ignore_index, which is {ignored}."
        )


def check_options(setup: Setup, shape: torch.Size, common: torch.Size, dtype: torch.dtype) -> None:
    """Raise ValueError for a weight of another dtype or shape than torch takes."""
    classes = shape[1] if len(shape) > 1 else shape[0] if shape else 1
    for name, value in setup.options.items():
        if not isinstance(value, Tensor):
            continue
        if setup.loss.classes_second and value.dtype != dtype and not setup.loss.real_targets:
            raise ValueError(f"{name} is {value.dtype}, the outputs are {dtype}; make them the same.")
        if setup.loss.classes_second and tuple(value.shape) != (classes,):
            raise ValueError(f"{name} must have one entry for each of {classes} classes; given {tuple(value.shape)}.")
        if _of_each_entry(setup, name) and value.shape != shape:
            raise ValueError(f"{name} must have the outputs' shape {tuple(shape)}; given {tuple(value.shape)}.")
        try:
            fits = setup.loss.classes_second or torch.broadcast_shapes(value.shape, common) == common
        except RuntimeError:
            fits = False
        if not fits:
            raise ValueError(
                f"{name} must broadcast to the outputs' shape {tuple(common)}; given {tuple(value.shape)}."
            )


def _of_each_entry(setup: Setup, name: str) -> bool:
    """Must there be one for each entry, where torch does not broadcast it?"""
    option = next(each for each in setup.loss.declared if each.name == name)
    return option.per is Per.ENTRY and option.letter not in setup.loss.broadcast


def incoming(
    setup: Setup, shape: torch.Size, common: torch.Size, grad_output: Tensor | None, inputs: Tensor
) -> Tensor | None:
    """What backward receives: as in torch, 1 for a loss of one number where nothing is given.

    Raises ValueError where it needs another vector than this, or none.
    """
    wanted = _of_rows(shape) if setup.loss.classes_second else common
    if setup.loss.reduction != "none":
        if grad_output is not None:
            raise ValueError(
                f"grad_output is for reduction='none'; with reduction={setup.loss.reduction!r} the loss is one number. "
                "Leave it out."
            )
        return None
    if grad_output is None and wanted.numel() == 1:
        return torch.ones(wanted, dtype=inputs.dtype, device=inputs.device)
    if grad_output is None:
        raise ValueError(
            f"reduction='none' gives a loss of shape {tuple(wanted)}, and backward then needs a vector: give "
            f"grad_output of that shape, for example torch.ones{tuple(wanted)}."
        )
    if grad_output.shape != wanted or grad_output.dtype != inputs.dtype:
        raise ValueError(
            f"grad_output must be {inputs.dtype}, of the loss's shape {tuple(wanted)}; given {grad_output.dtype}, "
            f"{tuple(grad_output.shape)}."
        )
    return grad_output
