"""What the function under test returned, read: a sentence for what is neither a loss nor a gradient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from ...linear import BIAS, INPUTS, OUTPUTS, WEIGHT
from ...losses.base import TARGETS
from ..setup.setup import Setup
from .trials import Trial


class WrongForm(Exception):
    """A gradient of another shape, dtype or device than its tensor, `like` which it should be, and what to do."""

    def __init__(self, name: str, given: Tensor, like: Tensor, do: str | None) -> None:
        super().__init__(f"{form(given)} for {name}, which is {form(like)}")
        self.name, self.given, self.like, self.do = name, given, like, do


CURES = {
    "ndarray": "torch.from_numpy makes one of an array",
    "list": "torch.tensor makes one of a list",
    "NoneType": "does it end with return?",
}


def gradients_of(found: Any, returns: str, setup: Setup, trial: Trial) -> dict[str, Tensor]:
    """The gradients by name, each of the shape, dtype and device of its tensor."""
    if returns == "gradient":
        named = {OUTPUTS: _tensor(found, "∂loss/∂outputs", trial)}
    elif returns == "loss":
        if missing := [name for name, each in found.items() if each is None]:
            raise ValueError(
                f"fn returned a loss that does not depend on the {' and the '.join(missing)} for autograd, with "
                f"{trial.what}. Compute it with torch operations on the tensors given, or return the gradients."
            )
        named = found
    else:
        named = {name: _tensor(each, f"∂loss/∂{name}", trial) for name, each in _by_name(found, setup, trial).items()}
    gradients = {name: each.detach() for name, each in named.items()}
    for name, each in gradients.items():
        _check_form(name, each, setup, trial)
    return gradients


def loss_of(found: Any, setup: Setup, trial: Trial, leaves: Sequence[str]) -> Tensor:
    """The loss: one number, or for reduction="none" one for each row or entry."""
    if not isinstance(found, Tensor):
        raise TypeError(f"fn must return a tensor, the loss; given {_kind(found)}, with {trial.what}.{_cure(found)}")
    if setup.loss.reduction == "none":
        assert trial.grad_output is not None
        if found.shape != trial.grad_output.shape:
            raise ValueError(
                f"fn must return a loss of shape {tuple(trial.grad_output.shape)}, since reduction='none' leaves "
                f"losses apart; given one of shape {tuple(found.shape)}, with {trial.what}."
            )
    elif found.numel() != 1:
        of = f"given one of shape {tuple(found.shape)}, with {trial.what}"
        own = "gradients" if setup.model is not None else "gradient"
        hint = f" If it is the gradient, say returns={own!r}." if found.shape == trial.inputs.shape else ""
        raise ValueError(f"fn must return a loss of one number; {of}.{hint}")
    if not found.is_floating_point():
        raise TypeError(f"fn must return a loss of real numbers; given {found.dtype}, with {trial.what}.")
    if not found.requires_grad:
        own = "gradients" if setup.model is not None else "gradient"
        raise ValueError(
            f"fn returned a loss that does not depend on the {' and the '.join(leaves)} for autograd, with "
            f"{trial.what}. Compute it with torch operations on what is given, or say returns={own!r} and return that."
        )
    return found


def names_of(setup: Setup) -> list[str]:
    """What gradients there are, in the order of a tuple."""
    return [name for name in (WEIGHT, BIAS, INPUTS, OUTPUTS, *beside_targets(setup)) if name in setup.wrt]


def beside_targets(setup: Setup) -> tuple[str, ...]:
    """The operands that the loss has a gradient in: those that are no targets, as a variance or other outputs."""
    return tuple(each.name for each in setup.loss.operands if each.name in setup.wrt and each.name != TARGETS)


def _by_name(found: Any, setup: Setup, trial: Trial) -> Mapping[str, Any]:
    """A dict, or a tuple in the order weight, bias, inputs, outputs."""
    order = names_of(setup)
    without_bias = BIAS not in order
    if without_bias and isinstance(found, Mapping) and found.get(BIAS, 0) is None:
        found = {name: each for name, each in found.items() if name != BIAS}
    elif without_bias and isinstance(found, tuple | list) and len(found) > 1 and found[1] is None:
        found = (found[0], *found[2:])
    says = (
        f"fn must return a dict of gradients by the names {', '.join(map(repr, order))}, of some or all, or a tuple in "
        f"that order"
    )
    if isinstance(found, tuple | list):
        if not 0 < len(found) <= len(order):
            raise TypeError(f"{says}; given {len(found)} of them, with {trial.what}.")
        found = dict(zip(order, found, strict=False))
    if not isinstance(found, Mapping):
        raise TypeError(f"{says}; given {_kind(found)}, with {trial.what}.")
    if unknown := [name for name in found if name not in order]:
        raise ValueError(f"{says}; given {unknown[0]!r}, with {trial.what}.")
    kept = {name: each for name, each in found.items() if each is not None}
    if not kept:
        raise ValueError(f"{says}; given none of them, with {trial.what}.")
    return kept


def _tensor(found: Any, what: str, trial: Trial) -> Tensor:
    if not isinstance(found, Tensor):
        raise TypeError(f"fn must return a tensor; given {_kind(found)} for {what}, with {trial.what}.{_cure(found)}")
    if found.layout != torch.strided:
        raise TypeError(f"fn must return a dense tensor; given {found.layout} for {what}. Return it with .to_dense().")
    return found


def _kind(found: Any) -> str:
    if isinstance(found, tuple):
        return f"a tuple of {len(found)}"
    return type(found).__name__


def _cure(found: Any) -> str:
    if isinstance(found, tuple) and found and isinstance(found[0], Tensor):
        return " Return the one that is meant."
    cure = CURES.get(type(found).__name__)
    return f" ({cure})" if cure else ""


def _check_form(name: str, given: Tensor, setup: Setup, trial: Trial) -> None:
    like = _like(name, setup, trial)
    if form(given) == form(like):
        return
    hint = None
    if given.shape == like.shape:
        if given.dtype != like.dtype:
            hint = f"cast it back, .to({name}.dtype); what it is computed in inside is its own affair"
    elif not given.dim() and setup.model is None:
        hint = "if this number is the loss, say returns='loss'"
    elif others := [each for each in names_of(setup) if given.shape == _like(each, setup, trial).shape]:
        hint = f"it has the shape of the {others[0]}; the order of a tuple is {', '.join(names_of(setup))}"
    raise WrongForm(name, given, like, hint)


def _like(name: str, setup: Setup, trial: Trial) -> Tensor:
    """A tensor of the form that a gradient must have."""
    if name in trial.operands:
        return trial.operands[name]
    if setup.model is None or name == INPUTS:
        return trial.inputs
    if name == OUTPUTS:
        return trial.inputs.new_empty(setup.outputs_shape(trial.inputs))
    return torch.as_tensor(getattr(setup.model, name)).detach()


def form(tensor: Tensor) -> str:
    return f"{tuple(tensor.shape)}, {tensor.dtype}, {tensor.device}"
