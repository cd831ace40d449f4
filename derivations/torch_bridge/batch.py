"""A batch as torch takes it, and as the matrices of the formulas: rows are samples and positions, columns classes.

CrossEntropyLoss and NLLLoss want the classes at dimension 1, whatever the model's outputs mean there; the other
criteria take any shape, and MSELoss broadcasts. All of that is undone here and done again to the gradients.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from ..closed_form.emit import NAMES
from ..losses import NLL
from .read import IGNORED, Setup

#: The letters of the formulas for what the code and torch call by name.
LETTERS = {name: letter for letter, name in NAMES.items()}


@dataclass(frozen=True)
class Batch:
    """Inputs, targets and, for reduction="none", the vector that backward receives. Made by `read_batch`, which checks.

    `outputs_shape` is the shape of what the criterion is given, `common` that shape after broadcasting.
    """

    setup: Setup
    inputs: Tensor
    targets: Tensor
    grad_output: Tensor | None
    outputs_shape: torch.Size
    common: torch.Size

    @property
    def by_class(self) -> bool:
        """Does the criterion want the classes at one dimension?"""
        return self.setup.loss.classes_second

    @property
    def class_axis(self) -> int:
        return 1 if len(self.outputs_shape) > 1 else 0

    @property
    def is_aligned(self) -> bool:
        """Are the rows of the loss the rows of the linear layer? Then one function computes everything."""
        if self.by_class:
            return self.class_axis == len(self.outputs_shape) - 1
        return self.common == self.outputs_shape

    @property
    def shape_of_loss(self) -> tuple[int, int]:
        """N and C of the loss's formula."""
        if not self.by_class:
            return self._matrix_shape
        columns = self.outputs_shape[self.class_axis]
        return self.outputs_shape.numel() // max(columns, 1), columns

    # Between the shape of the outputs and rows

    def rows(self, array: Tensor) -> Tensor:
        """An array of the shape of the outputs as a matrix."""
        if self.by_class:
            moved = array.movedim(self.class_axis, -1)
            return moved.reshape(-1, moved.shape[-1])
        return array.expand(self.common).reshape(self._matrix_shape)

    def outputs_of(self, matrix: Tensor) -> Tensor:
        """The inverse of `rows`, for a gradient: what was broadcast is summed."""
        return self._restored(matrix, self.outputs_shape)

    def targets_of(self, matrix: Tensor) -> Tensor:
        return self._restored(matrix, self.targets.shape)

    def _restored(self, matrix: Tensor, shape: torch.Size) -> Tensor:
        if self.by_class:
            moved = [size for axis, size in enumerate(shape) if axis != self.class_axis]
            return matrix.reshape(*moved, shape[self.class_axis]).movedim(-1, self.class_axis)
        return matrix.reshape(self.common).sum_to_size(shape)

    @property
    def _matrix_shape(self) -> tuple[int, int]:
        return (self.common[:-1].numel(), self.common[-1] if self.common else 1)

    # The arrays of the printed code

    @cached_property
    def of_loss(self) -> dict[str, Any]:
        """What the loss's formula uses beside the outputs."""
        setup = self.setup
        arrays: dict[str, Any] = {setup.loss.target_name: self._target_rows()}
        for name, value in setup.options.items():
            arrays[name] = self._option(name, value) if isinstance(value, Tensor) else value
        if self.grad_output is not None:
            given = self.grad_output.detach()
            arrays["grad_output"] = given.reshape(-1) if self.by_class else self.rows(given)
        return arrays

    def _target_rows(self) -> Tensor:
        targets = self.targets.detach()
        return self.rows(targets) if self.setup.loss.real_targets else targets.reshape(-1).long()

    def _option(self, name: str, value: Tensor) -> Tensor:
        """A weight: one for each class, or expanded to the outputs where it is one for each entry."""
        value = value.detach()
        if self.by_class or (name == "pos_weight" and value.shape == self.common[-1:]):
            return value
        return self.rows(value.expand(self.common))

    @cached_property
    def of_model(self) -> dict[str, Tensor]:
        """X, W and b, or nothing without a model."""
        model = self.setup.model
        if model is None:
            return {}
        arrays = {"X": self.inputs.detach().reshape(-1, model.in_features), "W": model.weight.detach()}
        return arrays if model.bias is None else {**arrays, "b": model.bias.detach()}

    @property
    def outputs_letter(self) -> str:
        """Z, or Q where the loss is given log-probabilities."""
        return "Q" if isinstance(self.setup.loss, NLL) and self.setup.model is None else "Z"

    def outputs(self, exact: bool = False) -> Tensor:
        """Z in its own shape; `exact` computes it in float64, on the CPU."""
        given = self.of_model or {"Z": self.inputs.detach()}
        arrays = values_in_float64(given) if exact else given
        if self.setup.model is None:
            return arrays["Z"]
        product = arrays["X"] @ arrays["W"].T
        return (product + arrays["b"] if "b" in arrays else product).reshape(self.outputs_shape)

    def formula_arrays(self) -> dict[str, Any]:
        """Everything by the letters of the formulas, as the truth is evaluated at."""
        named = {LETTERS.get(name, name): value for name, value in self.of_loss.items()}
        if self.setup.model is None:
            named[self.outputs_letter] = self.rows(self.inputs.detach())
        return {**named, **self.of_model}


def read_batch(setup: Setup, inputs: Tensor, targets: Tensor, grad_output: Tensor | None = None) -> Batch:
    """Check shapes, dtypes, devices and labels as torch does. Raises ValueError with a sentence for what it refuses."""
    _check_inputs(setup, inputs)
    _check_devices(setup, inputs, {"targets": targets, "grad_output": grad_output, **setup.options})
    shape = inputs.shape if setup.model is None else torch.Size((*inputs.shape[:-1], setup.model.out_features))
    _check_log_softmax(setup, shape)
    common = _check_targets(setup, inputs.dtype, shape, targets)
    if _needs_mask(setup, targets):
        setup = setup.ignoring()
    _check_labels(setup, shape, targets)
    _check_options(setup, shape, common, inputs.dtype)
    return Batch(setup, inputs, targets, _incoming(setup, shape, common, targets, grad_output, inputs), shape, common)


def _check_inputs(setup: Setup, inputs: Tensor) -> None:
    model = setup.model
    if not inputs.is_floating_point():
        raise ValueError(f"inputs must be floating point; given {inputs.dtype}, {tuple(inputs.shape)}.")
    if model is None:
        if setup.loss.classes_second and inputs.dim() == 0:
            raise ValueError("outputs must have a dimension for the classes, (C,) or (N, C, …); given a single number.")
        return
    if inputs.dim() == 0 or inputs.shape[-1] != model.in_features:
        raise ValueError(
            f"inputs of shape {tuple(inputs.shape)} do not fit Linear(in_features={model.in_features}): "
            f"their last size must be {model.in_features}."
        )
    if inputs.dtype != model.weight.dtype:
        raise ValueError(f"inputs are {inputs.dtype}, the model is {model.weight.dtype}; make them the same.")


def _check_devices(setup: Setup, inputs: Tensor, others: Mapping[str, Any]) -> None:
    model = {} if setup.model is None else {"the model": setup.model.weight}
    for name, each in {**model, **others}.items():
        if isinstance(each, Tensor) and each.device != inputs.device:
            raise ValueError(
                f"inputs are on {inputs.device}, {name} on {each.device}; put them on one device, with .to(device)."
            )


def _check_log_softmax(setup: Setup, shape: torch.Size) -> None:
    if setup.log_softmax is None:
        return
    along, classes = int(setup.log_softmax.dim or 0), min(1, len(shape) - 1)
    if (along if along >= 0 else len(shape) + along) != classes:
        raise ValueError(
            f"LogSoftmax(dim={along}) on outputs of shape {tuple(shape)} does not run over what NLLLoss takes for the "
            f"classes, dimension {classes}: no row would be a probability distribution."
        )


def _check_targets(setup: Setup, dtype: torch.dtype, shape: torch.Size, targets: Tensor) -> torch.Size:
    """The shape of the losses before their reduction, with the classes."""
    loss, given = setup.loss, f"given {targets.dtype}, {tuple(targets.shape)}"
    if not loss.real_targets:
        wanted = shape[:1] + shape[2:] if len(shape) > 1 else torch.Size()
        if targets.is_floating_point():
            hint = (
                " For probabilities, explain(..., targets='probabilities')." if setup.name.startswith("Cross") else ""
            )
            raise ValueError(f"targets must be int64 class labels of shape {tuple(wanted)}; {given}.{hint}")
        if targets.shape != wanted or targets.dtype not in (torch.int64, torch.uint8):
            raise ValueError(f"targets must be int64 class labels of shape {tuple(wanted)}; {given}.")
        return shape
    if targets.dtype != dtype:
        raise ValueError(f"targets must be {dtype}, of the outputs' shape {tuple(shape)}; {given}.")
    if targets.shape == shape:
        return shape
    if setup.name != "MSELoss":
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


def _needs_mask(setup: Setup, targets: Tensor) -> bool:
    """Is a label torch's usual ignore_index, with nothing said about it?"""
    silent = hasattr(setup.loss, "ignore_index") and "ignore_index" not in setup.options
    return silent and not setup.loss.real_targets and bool((targets == IGNORED).any())


def _check_labels(setup: Setup, shape: torch.Size, targets: Tensor) -> None:
    if setup.loss.real_targets:
        return
    classes = shape[1] if len(shape) > 1 else shape[0]
    counted = targets[targets != setup.options.get("ignore_index", IGNORED)]
    if bool(((counted < 0) | (counted >= classes)).any()):
        raise ValueError(
            f"targets must lie between 0 and {classes - 1}; given {int(counted.min())} to {int(counted.max())}."
        )


def _check_options(setup: Setup, shape: torch.Size, common: torch.Size, dtype: torch.dtype) -> None:
    classes = shape[1] if len(shape) > 1 else shape[0] if shape else 1
    for name, value in setup.options.items():
        if not isinstance(value, Tensor):
            continue
        if setup.loss.classes_second and value.dtype != dtype:
            raise ValueError(f"{name} is {value.dtype}, the outputs are {dtype}; make them the same.")
        if setup.loss.classes_second and tuple(value.shape) != (classes,):
            raise ValueError(f"{name} must have one entry for each of {classes} classes; given {tuple(value.shape)}.")
        if setup.name == "MSELoss" and value.shape != shape:
            raise ValueError(f"{name} must have the outputs' shape {tuple(shape)}; given {tuple(value.shape)}.")
        try:
            fits = setup.loss.classes_second or torch.broadcast_shapes(value.shape, common) == common
        except RuntimeError:
            fits = False
        if not fits:
            raise ValueError(
                f"{name} must broadcast to the outputs' shape {tuple(common)}; given {tuple(value.shape)}."
            )


def _incoming(
    setup: Setup,
    shape: torch.Size,
    common: torch.Size,
    targets: Tensor,
    grad_output: Tensor | None,
    inputs: Tensor,
) -> Tensor | None:
    wanted = (shape[:1] + shape[2:] if len(shape) > 1 else torch.Size()) if setup.loss.classes_second else common
    if setup.loss.reduction != "none":
        if grad_output is not None:
            raise ValueError(
                f"grad_output is for reduction='none'; with reduction={setup.loss.reduction!r} the loss is one number. "
                "Leave it out."
            )
        return None
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


def values_in_float64(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays on the CPU, with floating point widened; numbers as they are."""
    return {name: _widened(value) if isinstance(value, Tensor) else value for name, value in arrays.items()}


def _widened(array: Tensor) -> Tensor:
    """Not every device has float64, so first to the CPU."""
    return array.cpu().double() if array.is_floating_point() else array.cpu()
