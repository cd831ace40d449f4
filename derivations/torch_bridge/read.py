"""From torch objects to a setup: which loss, with which options, of which model. What is not supported is said here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..derivation import Derivation
from ..linear import BIAS, INPUTS, OUTPUTS, WEIGHT
from ..losses import MSE, CrossEntropy, Loss
from ..subject import derive

SUPPORTED_CRITERIA = "torch.nn.MSELoss() and torch.nn.CrossEntropyLoss(), each with its default options"
SUPPORTED_MODELS = "a torch.nn.Linear, or None for the loss alone"


class Unsupported(ValueError):
    """A model, criterion or option that no derivation covers; the message says what is covered."""


@dataclass(frozen=True)
class Setup:
    """A criterion of a linear model's outputs, or of outputs given as they are (`model` is None)."""

    model: nn.Linear | None
    criterion: nn.Module
    loss: Loss

    @property
    def bias(self) -> bool:
        return self.model is not None and self.model.bias is not None

    @property
    def wrt(self) -> tuple[str, ...]:
        """What a gradient can be taken with respect to."""
        if self.model is None:
            return (OUTPUTS,)
        return (WEIGHT, BIAS, INPUTS, OUTPUTS) if self.bias else (WEIGHT, INPUTS, OUTPUTS)

    @property
    def parameters(self) -> tuple[str, ...]:
        """What `.grad` is filled for by backward(): the parameters, or the outputs when there is no model."""
        return (OUTPUTS,) if self.model is None else self.wrt[: 2 if self.bias else 1]

    @property
    def in_order(self) -> tuple[str, ...]:
        """What is explained, in the order in which the gradient travels: the outputs, then the parameters."""
        return tuple(dict.fromkeys((OUTPUTS, *self.parameters)))

    def check(self, wrt: str | Sequence[str]) -> tuple[str, ...]:
        """The names asked for. Raises ValueError for one that there is no gradient of."""
        names = (wrt,) if isinstance(wrt, str) else tuple(wrt)
        for each in names:
            if each not in self.wrt:
                accepted = ", ".join(map(repr, self.wrt))
                raise ValueError(f"wrt={each!r}: {self} has no such gradient. Accepted: {accepted}.")
        return names

    def derivation(self, wrt: str) -> Derivation:
        """The derivation of ∂L/∂`wrt`."""
        self.check(wrt)
        return derive(self.loss, wrt, bias=self.bias or self.model is None)

    def random_data(self, rows: int, generator: torch.Generator, columns: int = 3) -> tuple[Tensor, Tensor]:
        """Inputs and targets that fit, from `generator`; `columns` is C when there is no model to say so."""
        features, classes = (columns, columns) if self.model is None else self.model.weight.shape[::-1]
        dtype = torch.float32 if self.model is None else self.model.weight.dtype
        inputs = torch.randn(rows, features, generator=generator, dtype=dtype)
        if not self.loss.real_targets:
            return inputs, torch.randint(classes, (rows,), generator=generator)
        return inputs, torch.randn(rows, classes, generator=generator, dtype=dtype)

    def __str__(self) -> str:
        criterion = type(self.criterion).__name__
        if self.model is None:
            return criterion
        return f"Linear({self.model.in_features}, {self.model.out_features}) + {criterion}"

    def arrays(self, inputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """The arrays of the formulas, by name, detached. Raises ValueError where a shape or a dtype does not fit.

        With a model, `inputs` is X, of shape (N, D); without one it is Z, of shape (N, C).
        """
        self._check(inputs, targets)
        arrays = {self.loss.target_name: targets.detach()}
        if self.model is None:
            return {"Z": inputs.detach(), **arrays}
        arrays |= {"X": inputs.detach(), "W": self.model.weight.detach()}
        if self.model.bias is not None:
            arrays["b"] = self.model.bias.detach()
        return arrays

    def _check(self, inputs: Tensor, targets: Tensor) -> None:
        if inputs.dim() != 2 or not inputs.is_floating_point():
            wanted = "(N, D)" if self.model is not None else "(N, C)"
            raise ValueError(
                f"inputs must be floating point, of shape {wanted}; given {inputs.dtype}, {tuple(inputs.shape)}."
            )
        if self.model is not None and inputs.shape[1] != self.model.in_features:
            raise ValueError(
                f"inputs of shape {tuple(inputs.shape)} do not fit Linear(in_features={self.model.in_features}): "
                f"their last size must be {self.model.in_features}."
            )
        if self.model is not None and inputs.dtype != self.model.weight.dtype:
            raise ValueError(f"inputs are {inputs.dtype}, the model is {self.model.weight.dtype}; make them the same.")
        if inputs.shape[0] == 0:
            raise ValueError("the batch is empty: a mean over no rows is 0/0. Give at least one row.")
        rows, classes = inputs.shape[0], self.model.out_features if self.model is not None else inputs.shape[1]
        if self.loss.real_targets:
            if tuple(targets.shape) != (rows, classes) or targets.dtype != inputs.dtype:
                raise ValueError(
                    f"targets must be {inputs.dtype}, of the outputs' shape {(rows, classes)}; given {targets.dtype}, "
                    f"{tuple(targets.shape)}. torch would broadcast other shapes, into a different loss."
                )
        elif tuple(targets.shape) != (rows,) or targets.dtype != torch.int64:
            raise ValueError(
                f"targets must be int64 class labels of shape {(rows,)}; given {targets.dtype}, {tuple(targets.shape)}."
            )
        elif not bool(((targets >= 0) & (targets < classes)).all()):
            raise ValueError(
                f"targets must lie between 0 and {classes - 1}; given {int(targets.min())} to {int(targets.max())}."
            )


def read(model: nn.Module | None, criterion: nn.Module, targets: str | None = None) -> Setup:
    """Read class and options off the objects. Raises Unsupported, naming the option or the class it cannot derive.

    `targets` may be "indices" for CrossEntropyLoss; it is the only kind derived.
    """
    if model is not None and type(model) is not nn.Linear:
        raise Unsupported(f"the model is a {type(model).__name__}. Supported: {SUPPORTED_MODELS}.")
    reader = READERS.get(type(criterion))
    if reader is None:
        raise Unsupported(f"the criterion is {criterion!r}. Supported: {SUPPORTED_CRITERIA}.")
    return Setup(model, criterion, reader(criterion, targets))


def _plain(criterion: nn.Module, defaults: Mapping[str, Any]) -> None:
    """Refuse any option that is not at its default."""
    for option, default in defaults.items():
        value = getattr(criterion, option)
        if (value is None) != (default is None) or (value is not None and value != default):
            raise Unsupported(
                f"{type(criterion).__name__}({option}={value!r}) is not derived. Supported: {SUPPORTED_CRITERIA}."
            )


def _mse(criterion: nn.Module, targets: str | None) -> Loss:
    if targets is not None:
        raise Unsupported(f"targets={targets!r} has no meaning for MSELoss. Leave it out.")
    _plain(criterion, {"reduction": "mean"})
    return MSE()


def _cross_entropy(criterion: nn.Module, targets: str | None) -> Loss:
    if targets not in (None, "indices"):
        raise Unsupported(f"targets={targets!r} is not derived for CrossEntropyLoss. Supported: 'indices'.")
    _plain(criterion, {"reduction": "mean", "weight": None, "ignore_index": -100, "label_smoothing": 0.0})
    return CrossEntropy()


READERS: dict[type[nn.Module], Callable[[nn.Module, str | None], Loss]] = {
    nn.MSELoss: _mse,
    nn.CrossEntropyLoss: _cross_entropy,
}
