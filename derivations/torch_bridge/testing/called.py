"""The function under test is called: what it is given, and what becomes of what it raises or overwrites."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ...linear import BIAS, INPUTS, OUTPUTS, WEIGHT
from ..setup.setup import Setup
from .layouts import beside
from .returned import beside_targets, gradients_of, loss_of
from .trials import Trial

INCOMING = "grad_output"
Given = dict[str, Tensor | None]


@dataclass(frozen=True)
class Returned:
    """What came back: gradients by name, and the loss where fn returned that. `overwritten` says what it wrote to."""

    gradients: dict[str, Tensor]
    loss: Tensor | None = None
    overwritten: str | None = None


@dataclass(frozen=True)
class Kernel:
    """The function under test: what it returns, and how it is given what backward receives, if at all."""

    fn: Callable[..., Any]
    returns: str
    incoming: str | None = None

    def run(self, setup: Setup, trial: Trial, notes: Sequence[str] = ()) -> Returned:
        """Call it with copies of a trial's data. Raises what it raises, with `notes` added."""
        given = self.tensors(setup, trial)
        kept = {name: beside(each).detach().clone() for name, each in given.items() if each is not None}
        loss = None
        if self.returns == "loss":
            loss, found = self.differentiated(setup, trial, given, notes)
        else:
            with noted(notes, trial):
                found = self.fn(*self.arguments(given), **self.named(given))
        gradients = gradients_of(found, self.returns, setup, trial)
        written = next(
            (
                _where(name, array, kept[name])
                for name, array in given.items()
                if array is not None and not _same(beside(array), kept[name])
            ),
            None,
        )
        return Returned(gradients, loss, written)

    def differentiated(
        self, setup: Setup, trial: Trial, given: Given, notes: Sequence[str], twice: bool = False
    ) -> tuple[Tensor, dict[str, Tensor | None]]:
        """The loss, and its gradients by autograd."""
        wanted = {name: each for name, each in given.items() if name in leaves_of(setup)}
        leaves = {name: each.requires_grad_() for name, each in wanted.items() if each is not None}
        with torch.enable_grad():
            with noted(notes, trial):
                found = self.fn(*self.arguments(given), **self.named(given))
            loss = loss_of(found, setup, trial, [*leaves])
            incoming = given[INCOMING]
            assert incoming is not None
            if incoming.dim() < loss.dim():  # one number, in whatever shape
                incoming = incoming.reshape(loss.shape)
            incoming = incoming.to(loss.dtype)
            with noted([*notes, "It was raised in backward."] if notes else (), trial):
                values = torch.autograd.grad(loss, [*leaves.values()], incoming, create_graph=twice, allow_unused=True)
        return loss.detach(), dict(zip(leaves, values, strict=True))

    def tensors(self, setup: Setup, trial: Trial) -> Given:
        """What fn is given, by name, laid out in memory as the trial has it."""
        first = OUTPUTS if setup.model is None else INPUTS
        given: Given = {first: trial.laid("inputs", trial.inputs)}
        if setup.model is not None:
            bias = setup.model.bias
            given[WEIGHT] = trial.laid(WEIGHT, setup.model.weight)
            given[BIAS] = None if bias is None else trial.laid(BIAS, bias)
        given |= {name: trial.laid(name, each) for name, each in trial.operands.items()}
        one = torch.ones((), dtype=trial.dtype, device=trial.inputs.device)
        given[INCOMING] = trial.laid(INCOMING, one if trial.grad_output is None else trial.grad_output)
        return given

    def arguments(self, given: Given) -> list[Tensor | None]:
        return [each for name, each in given.items() if name != INCOMING or self.incoming == "positional"]

    def named(self, given: Given) -> Given:
        return {} if self.incoming in (None, "positional") else {str(self.incoming): given[INCOMING]}


def leaves_of(setup: Setup) -> tuple[str, ...]:
    """What a loss is differentiated in."""
    return ((OUTPUTS,) if setup.model is None else (WEIGHT, BIAS, INPUTS)) + beside_targets(setup)


@contextmanager
def noted(notes: Sequence[str], trial: Trial) -> Iterator[None]:
    """What is raised inside is raised, with notes, and the trial as its attribute."""
    try:
        yield
    except Exception as wrong:
        for each in notes:
            wrong.add_note(each)
        with suppress(AttributeError):  # an exception may have no attributes but its own
            wrong.trial = trial  # type: ignore[attr-defined]
        raise


def _same(one: Tensor, other: Tensor) -> bool:
    return bool(((one == other) | (one.isnan() & other.isnan())).all())


def _where(name: str, given: Tensor, kept: Tensor) -> str:
    """Which entry was overwritten, with what; or that it was beside the tensor, where that is a part of more."""
    now = beside(given).detach()
    at = ((now != kept) & ~(now.isnan() & kept.isnan())).nonzero()[0].tolist()
    place = tuple(at)
    within = "" if now.shape == given.shape else " of the larger array that they are a part of"
    change = f"{kept[place].item():g} became {now[place].item():g}"
    return f"the {name} it was given, at [{', '.join(map(str, at))}]{within}: {change}"
