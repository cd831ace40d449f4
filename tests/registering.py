"""Criteria that a test brings, or computes otherwise than torch does: known while it runs, and forgotten after it."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

from derivations import losses
from derivations.losses import Loss
from derivations.torch_bridge.criteria import registry
from derivations.torch_bridge.criteria.base import TorchCriterion


@contextmanager
def known(criterion: type[TorchCriterion]) -> Iterator[None]:
    """The criterion and its loss, in both registries."""
    losses.registry.register(criterion.loss)
    registry.register(criterion)
    try:
        yield
    finally:
        registry.unregister(criterion)
        losses.registry.unregister(criterion.loss)


@contextmanager
def computed_by(loss: type[Loss], module: type[nn.Module]) -> Iterator[None]:
    """A module read as that loss, which no list holds."""
    criterion = type(f"Torch{loss.__name__}", (TorchCriterion,), {"loss": loss, "module": module})
    registry.register(criterion)
    try:
        yield
    finally:
        registry.unregister(criterion)


def read_as(monkeypatch, module: type[nn.Module], wrong: Loss) -> None:
    """A module of torch read as another loss, whatever its options are."""
    known_as = registry.of_module(module)
    monkeypatch.setattr(type(known_as), "formula", lambda self, values, targets: wrong)
