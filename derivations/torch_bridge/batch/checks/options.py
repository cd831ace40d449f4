"""Do the weights of a criterion fit its outputs, and the vector that backward receives its loss?"""

from __future__ import annotations

import torch
from torch import Tensor

from ....losses.declared import Per, Values
from ...setup.setup import Setup
from ..laid import class_axis, of_rows


def check_options(setup: Setup, shape: torch.Size, common: torch.Size, dtype: torch.dtype) -> None:
    """Raise ValueError for a weight of another dtype or shape than torch takes."""
    loss = setup.loss
    by_label = any(each.values == Values.LABELS for each in loss.operands)
    classes = shape[class_axis(shape, loss.classes_second)] if shape else 1
    for option in loss.declared:
        name, value = option.name, setup.options.get(option.name)
        if not isinstance(value, Tensor):
            continue
        if by_label and value.dtype != dtype:
            raise ValueError(f"{name} is {value.dtype}, the outputs are {dtype}; make them the same.")
        if option.letter in loss.broadcast:
            if not _broadcasts(value, common):
                raise ValueError(
                    f"{name} must broadcast to the outputs' shape {tuple(common)}; given {tuple(value.shape)}."
                )
        elif option.per == Per.CLASS:
            if tuple(value.shape) != (classes,):
                raise ValueError(
                    f"{name} must have one entry for each of {classes} classes; given {tuple(value.shape)}."
                )
        elif value.shape != shape:
            raise ValueError(f"{name} must have the outputs' shape {tuple(shape)}; given {tuple(value.shape)}.")


def _broadcasts(value: Tensor, common: torch.Size) -> bool:
    try:
        return torch.broadcast_shapes(value.shape, common) == common
    except RuntimeError:
        return False


def incoming(
    setup: Setup, shape: torch.Size, common: torch.Size, grad_output: Tensor | None, inputs: Tensor
) -> Tensor | None:
    """What backward receives: as in torch, 1 for a loss of one number where nothing is given.

    Raises ValueError where it needs another vector than this, or none.
    """
    wanted = of_rows(shape, setup.loss.classes_second) if setup.loss.per == Per.ROW else common
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
