"""The criteria of torch that are covered. A module of this package registers its own; everything else asks here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from torch import nn

from ...losses import registry as losses
from ...losses.base import Loss
from .base import TorchCriterion

Kind = TypeVar("Kind", bound=type[TorchCriterion])

_REGISTERED: dict[type[nn.Module], TorchCriterion] = {}
#: What is refused although torch has it: by module or function, why, and what to take in its place.
_REFUSED: dict[Any, str] = {}


def register(kind: Kind) -> Kind:
    """Make a criterion known, by its module; a decorator of its class."""
    _REGISTERED[kind.module] = kind()
    return kind


def unregister(kind: type[TorchCriterion]) -> None:
    """Take a criterion out again."""
    if type(_REGISTERED.get(kind.module)) is kind:
        del _REGISTERED[kind.module]


def refuse(instead: str, *objects: Any) -> None:
    """Say why a module and its function are refused, and what to take instead: a sentence without its full stop."""
    _REFUSED.update(dict.fromkeys(objects, instead))


def criteria() -> tuple[TorchCriterion, ...]:
    """All of them, in the order of the losses that they compute, and then in that of their names."""
    order = losses.registered()
    known = [each for each in _REGISTERED.values() if each.loss in order]
    return tuple(sorted(known, key=lambda each: (order.index(each.loss), each.name)))


def of_module(kind: type) -> TorchCriterion | None:
    """The criterion whose module has exactly that class."""
    return _REGISTERED.get(kind)


def of_function(function: Callable[..., Any]) -> TorchCriterion | None:
    return next((each for each in criteria() if any(own is function for own in each.functions)), None)


def of_loss(loss: type[Loss]) -> TorchCriterion | None:
    """The criterion that torch's own name of the loss stands for."""
    own = [each for each in criteria() if each.loss is loss]
    return next((each for each in own if each.name == loss.torch_name), next(iter(own), None))


def refused(given: Any) -> str | None:
    """Why it is refused, and what to take in its place; None where nothing is said of it."""
    return next((sentence for each, sentence in _REFUSED.items() if each is given), None)
