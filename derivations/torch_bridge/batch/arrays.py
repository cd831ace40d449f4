"""A batch as torch takes it, and the arrays of the formulas that it is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import Any

import torch
from torch import Size, Tensor

from ...linear import OUTPUTS
from ...losses import registry
from ...losses.base import TARGETS
from ...losses.declared import Operand, Per, Values
from ..setup.setup import Setup
from ..shapes import AsInputs, AsOutputs, Bias, Like, PerEntry, PerRow, Samples, Weight
from .laid import Laid

#: What code and torch call what backward receives.
INCOMING = "grad_output"


@dataclass(frozen=True, kw_only=True)
class Batch(Laid):
    """Inputs, the operands after the outputs and, for reduction="none", the vector that backward receives.

    `operands` are by name, in torch's order, as they were given; `views` are their shapes where torch makes others of
    them before it broadcasts. Made by `read_batch`, which checks.
    """

    setup: Setup
    inputs: AsInputs
    operands: Mapping[str, Tensor]
    views: Mapping[str, Size]
    grad_output: Tensor | None

    @property
    def targets(self) -> Tensor:
        """The operand of that name: what most criteria compare the outputs with."""
        return self.operands[TARGETS]

    @property
    def given(self) -> tuple[Tensor, ...]:
        """The operands as the criterion is called with them."""
        return tuple(self.operands.values())

    @property
    def of_one_dtype(self) -> bool:
        """Have operands and weights, where they are real numbers, the dtype of the outputs?"""
        real = [each for each in self.of_loss.values() if isinstance(each, Tensor) and each.is_floating_point()]
        return all(each.dtype == self.inputs.dtype for each in real)

    @property
    def is_apart(self) -> bool:
        """Has each sample operands of its own, which no other is broadcast to?"""
        entries = [self.views[each.name] for each in self._declared if each.per == Per.ENTRY]
        return self.by_class or all(shape == self.common for shape in (self.outputs_shape, *entries))

    def shape_in_loss(self, wrt: str) -> Size:
        """The shape with which outputs or an operand broadcast to the loss's."""
        return self.views.get(wrt, self.outputs_shape)

    def broadcast_terms(self, wrt: str) -> int:
        """How many entries of the broadcast loss each entry of a gradient sums."""
        if self.by_class or (wrt in self.operands and self._operand(wrt).per != Per.ENTRY):
            return 1
        return self.common.numel() // max(self.shape_in_loss(wrt).numel(), 1)

    def check(self, wrt: str | Iterable[str]) -> tuple[str, ...]:
        """The names asked for, each once, in their order. Raises ValueError for one that there is no gradient of."""
        names = self.setup.check(wrt)
        for name in names:
            if name in self.operands and self.operands[name].dtype != self.inputs.dtype:
                raise ValueError(
                    f"{name} are {self.operands[name].dtype}, the outputs {self.inputs.dtype}: a gradient in the "
                    f"{name} is for one dtype. Use {name}.to({self.inputs.dtype})."
                )
        return names

    # Between torch's shapes and those of the formulas

    def of_layer(self, array: AsOutputs) -> PerEntry:
        """An array of the shape of the outputs as the linear layer's matrix, (N, C) of any other dimensions."""
        assert self.setup.model is not None
        return array.reshape(-1, self.setup.model.out_features)

    def operand_of(self, name: str, array: PerEntry | PerRow) -> Tensor:
        """A gradient in an operand, (N, C) or (N,), in the operand's own shape."""
        shape = self.operands[name].shape
        if self._operand(name).per != Per.ENTRY:
            return array.reshape(shape)
        return self.restored(array, self.views[name]).reshape(shape)

    # The arrays of the printed code

    @property
    def everything(self) -> tuple[Tensor | float, ...]:
        """All that the printed code is given: tensors, and numbers of Python's."""
        return (self.inputs, *self.of_model.values(), *self.of_loss.values())

    @cached_property
    def is_finite(self) -> bool:
        """Is everything that was given a number, and none of it infinite?"""
        return all(
            bool(each.isfinite().all()) if isinstance(each, Tensor) else isfinite(each) for each in self.everything
        )

    @cached_property
    def of_loss(self) -> dict[str, Any]:
        """What the loss's formula uses beside the outputs, by the names of the printed code."""
        setup = self.setup
        arrays: dict[str, Any] = {code_name(each): self.operand_rows[each.name] for each in self._declared}
        for name, value in setup.options.items():
            arrays[name] = self._option(name, value) if isinstance(value, Tensor) else value
        if self.grad_output is not None:
            given = self.grad_output.detach()
            arrays[INCOMING] = given.reshape(-1) if setup.loss.per == Per.ROW else self.rows(given)
        return arrays

    @cached_property
    def operand_rows(self) -> dict[str, PerEntry | PerRow]:
        """The operands by name as the formula has them: (N, C) where there is one for each entry, (N,) for each row."""
        return {each.name: self._matrix(each) for each in self._declared}

    @property
    def _declared(self) -> tuple[Operand, ...]:
        return self.setup.loss.operands

    def _operand(self, name: str) -> Operand:
        return next(each for each in self._declared if each.name == name)

    def _matrix(self, operand: Operand) -> PerEntry | PerRow:
        array = self.operands[operand.name].detach()
        if operand.values == Values.CLASS_SETS:
            return self.rows(_held(array, self.class_axis)).to(self.inputs.dtype)
        if operand.per == Per.ENTRY:
            return self.rows(array.reshape(self.views[operand.name]))
        return array.reshape(-1).long() if operand.values == Values.LABELS else array.reshape(-1)

    def _option(self, name: str, value: Tensor) -> Tensor:
        """A weight: one for each class, or expanded to the outputs where it is one for each entry."""
        value = value.detach()
        of_classes = any(each.name == name and each.per == Per.CLASS for each in self.setup.loss.declared)
        if self.by_class or (of_classes and value.shape == self.common[-1:]):
            return value
        return self.rows(value.expand(self.common))

    @cached_property
    def of_model(self) -> dict[str, Samples | Weight | Bias]:
        """X, W and b, or nothing without a model."""
        model = self.setup.model
        if model is None:
            return {}
        arrays = {"X": self.inputs.detach().reshape(-1, model.in_features), "W": model.weight.detach()}
        return arrays if model.bias is None else {**arrays, "b": model.bias.detach()}

    @property
    def outputs_letter(self) -> str:
        """Z, or Q where the loss is given log-probabilities."""
        return "Z" if self.setup.model is not None else self.setup.loss.tensor(OUTPUTS).name

    def outputs(self, exact: bool = False) -> AsOutputs:
        """Z in its own shape; `exact` computes it in float64, on the CPU."""
        given = self.of_model or {"Z": self.inputs.detach()}
        arrays = values_in_float64(given) if exact else given
        if self.setup.model is None:
            return arrays["Z"]
        product = arrays["X"] @ arrays["W"].T
        return (product + arrays["b"] if "b" in arrays else product).reshape(self.outputs_shape)

    def formula_arrays(self) -> dict[str, Any]:
        """Everything by the letters of the formulas, as the truth is evaluated at."""
        letters = {name: letter for letter, name in registry.letters().items()}
        named = {letters.get(name, name): value for name, value in self.of_loss.items()}
        if self.setup.model is None:
            named[self.outputs_letter] = self.rows(self.inputs.detach())
        return {**named, **self.of_model}


def _held(labels: Like, axis: int) -> Like:
    """1 for each class that is among the labels before the first −1, else 0."""
    counted = (labels >= 0).long().cumprod(axis)
    return torch.zeros_like(labels).scatter_reduce(axis, labels.clamp_min(0), counted, "amax")


def code_name(operand: Operand) -> str:
    """What the printed code calls an operand: targets by their letter, what torch has a name for by that."""
    return operand.letter if operand.name == TARGETS else operand.name


def values_in_float64(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays on the CPU, with floating point widened; numbers as they are."""
    return {name: _widened(value) if isinstance(value, Tensor) else value for name, value in arrays.items()}


def _widened(array: Like) -> Like:
    """Not every device has float64, so first to the CPU."""
    return array.cpu().double() if array.is_floating_point() else array.cpu()
