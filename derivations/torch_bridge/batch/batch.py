"""A batch as torch takes it, and as the matrices of the formulas: rows are samples and positions, columns classes.

CrossEntropyLoss and NLLLoss want the classes at dimension 1, whatever the model's outputs mean there; the other
criteria take any shape, and MSELoss broadcasts. All of that is undone here and done again to the gradients.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from ...closed_form.emit import NAMES
from ...linear import OUTPUTS
from ...losses.base import TARGETS
from ..setup.forward import check_forward
from ..setup.setup import Setup, current
from .fits import (
    as_torch_decides,
    check_before,
    check_devices,
    check_inputs,
    check_labels,
    check_options,
    check_targets,
    incoming,
)
from .given import labels_or_real, real

WHOLE = (torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)


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
    def of_one_dtype(self) -> bool:
        """Have targets and weights, where they are real numbers, the dtype of the outputs?"""
        real = [each for each in self.of_loss.values() if isinstance(each, Tensor) and each.is_floating_point()]
        return all(each.dtype == self.inputs.dtype for each in real)

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

    def of_layer(self, array: Tensor) -> Tensor:
        """An array of the shape of the outputs as the linear layer's matrix, (N, C) of any other dimensions."""
        assert self.setup.model is not None
        return array.reshape(-1, self.setup.model.out_features)

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

    def check(self, wrt: str | Iterable[str]) -> tuple[str, ...]:
        """The names asked for, each once, in their order. Raises ValueError for one that there is no gradient of."""
        names = self.setup.check(wrt)
        if TARGETS in names and self.targets.dtype != self.inputs.dtype:
            raise ValueError(
                f"targets are {self.targets.dtype}, the outputs {self.inputs.dtype}: a gradient in the targets is for "
                f"one dtype. Use targets.to({self.inputs.dtype})."
            )
        return names

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
        return self.setup.loss.tensor(OUTPUTS).name if self.setup.model is None else "Z"

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
        letters = {name: letter for letter, name in NAMES.items()}
        named = {letters.get(name, name): value for name, value in self.of_loss.items()}
        if self.setup.model is None:
            named[self.outputs_letter] = self.rows(self.inputs.detach())
        return {**named, **self.of_model}


def read_batch(setup: Setup, inputs: Any, targets: Any, grad_output: Any = None) -> Batch:
    """Check shapes, dtypes, devices and labels as torch does, and decide as it does what the targets are.

    numpy arrays and lists of numbers take the dtype of the model, or of the outputs. Raises ValueError or TypeError
    with a sentence for what torch would refuse.
    """
    setup = current(setup)
    weight = None if setup.model is None else setup.model.weight
    inputs = real("inputs", inputs, None if weight is None else weight.dtype, None if weight is None else weight.device)
    check_inputs(setup, inputs)
    by_label = setup.loss.classes_second
    targets = (labels_or_real if by_label else real)("targets", targets, inputs.dtype, inputs.device)
    if grad_output is not None:
        grad_output = real("grad_output", grad_output, inputs.dtype, inputs.device)
    check_devices(setup, inputs, {"targets": targets, "grad_output": grad_output, **setup.options})
    shape = setup.outputs_shape(inputs)
    check_before(setup, shape)
    setup = as_torch_decides(setup, shape, targets)
    if setup.of.whole_targets and targets.dtype in WHOLE:  # which torch takes, in the dtype of the outputs
        targets = targets.to(inputs.dtype)
    common = check_targets(setup, inputs.dtype, shape, targets)
    if targets.dtype == torch.uint8:  # which torch takes for labels, and −100 is none of
        targets = targets.long()
    setup = setup.for_targets(targets)
    check_labels(setup, shape, targets)
    check_options(setup, shape, common, inputs.dtype)
    grad_output = incoming(setup, shape, common, grad_output, inputs)
    check_forward(setup, inputs)
    return Batch(setup, inputs, targets, grad_output, shape, common)


def values_in_float64(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays on the CPU, with floating point widened; numbers as they are."""
    return {name: _widened(value) if isinstance(value, Tensor) else value for name, value in arrays.items()}


def _widened(array: Tensor) -> Tensor:
    """Not every device has float64, so first to the CPU."""
    return array.cpu().double() if array.is_floating_point() else array.cpu()
