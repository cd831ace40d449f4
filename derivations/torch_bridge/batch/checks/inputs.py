"""Can the model, or the criterion alone, be given these inputs, and is everything where they are?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ...setup.models import DTYPES
from ...setup.setup import Setup
from ...shapes import AsInputs
from ..given import checked
from ..laid import of_matrices


def check_inputs(setup: Setup, inputs: AsInputs) -> None:
    """Raise ValueError where the model, or the criterion alone, cannot be given these inputs."""
    model, given = setup.model, f"given {inputs.dtype}, {tuple(inputs.shape)}"
    if of_matrices(setup.loss) and inputs.dim() not in (1, 2):
        raise ValueError(
            f"{setup.name} takes outputs of shape (N, C) or (C,); {given}. Flatten the others: .flatten(0, -2)."
        )
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


def check_devices(setup: Setup, inputs: AsInputs, others: Mapping[str, Any]) -> None:
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
