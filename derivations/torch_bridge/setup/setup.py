"""From torch objects to a setup: which loss, with which options, of which model. What is not supported is said here."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from ...derivation import Derivation
from ...linear import BIAS, INPUTS, OUTPUTS, WEIGHT
from ...losses import Loss
from ...losses.nll import LOGITS
from ...options import shown
from ...subject import derive
from ..criteria.base import Found, Fused, TorchCriterion
from ..criteria.cross_entropy import IGNORED, INDICES, PROBABILITIES
from ..criteria.draws import shape_of
from ..criteria.elementwise import criterion_of
from ..criteria.reading import read_criterion
from .models import read_model
from .unsupported import Unsupported

__all__ = ["IGNORED", "Setup", "Unsupported", "current", "read"]


@dataclass(frozen=True)
class Setup:
    """A criterion of a linear model's outputs, or of outputs given as they are (`model` is None).

    `of` is what is known of such a criterion; `before` is the module between a linear layer and one that does not take
    logits, as LogSoftmax and NLLLoss. `options` holds the values of the options in the formula, by torch's names.
    `given` are the model, the criterion and the kind of targets as they were given, to be read again; `run` is the
    model as it is called, and `doubts` name what may make it another than X Wᵀ + b. `fused` is the call of one that
    holds the linear layer; `criterion` is then what it computes from the outputs, (N, C, *positions).
    """

    model: nn.Linear | None
    criterion: Callable[..., Tensor]
    loss: Loss
    name: str
    before: nn.Module | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    given: tuple[Any, Any, str | None] | None = None
    run: nn.Module | None = None
    doubts: tuple[str, ...] = ()
    fused: Fused | None = None
    positions: tuple[int, ...] = ()
    of: TorchCriterion = field(default_factory=TorchCriterion)

    @property
    def bias(self) -> bool:
        return self.model is not None and self.model.bias is not None

    @property
    def has_bias(self) -> bool:
        """Does the formula have one? Without a model nothing says otherwise."""
        return self.bias or self.model is None

    @property
    def wrt(self) -> tuple[str, ...]:
        """What a gradient can be taken with respect to."""
        operands = tuple(each.name for each in self.loss.operands if each.name in self.loss.wrt)
        if self.model is None:
            return (OUTPUTS, *operands)
        logits = (LOGITS,) if self.before is not None else ()
        return (WEIGHT, *((BIAS,) if self.bias else ()), INPUTS, *logits, OUTPUTS, *operands)

    @property
    def parameters(self) -> tuple[str, ...]:
        """What `.grad` is filled for by backward(): the parameters, or the outputs when there is no model."""
        return (OUTPUTS,) if self.model is None else self.wrt[: 2 if self.bias else 1]

    @property
    def of_linear(self) -> str:
        """What ∂L/∂Z is called: the outputs of the linear layer, or of nothing, from which all else follows."""
        return LOGITS if self.before is not None else OUTPUTS

    @property
    def in_order(self) -> tuple[str, ...]:
        """What is explained, in the order in which the gradient travels: the outputs, then the parameters."""
        return tuple(dict.fromkeys((self.of_linear, *self.parameters)))

    def check(self, wrt: str | Iterable[str]) -> tuple[str, ...]:
        """The names asked for, each once, in their order. Raises ValueError for one that there is no gradient of."""
        accepted = f"Accepted: {', '.join(map(repr, self.wrt))}."
        if not isinstance(wrt, Iterable):
            raise ValueError(f"wrt={shown(wrt)}: a name, or several of them. {accepted}")
        names = [wrt] if isinstance(wrt, str) else list(wrt)
        for each in names:
            if not isinstance(each, str) or each not in self.wrt:
                raise ValueError(f"wrt={shown(each)}: {self} has no such gradient. {accepted}")
        if not names:
            raise ValueError(f"wrt={shown(wrt)} asks for nothing. {accepted}")
        return tuple(dict.fromkeys(names))

    def derivation(self, wrt: str) -> Derivation:
        """The derivation of ∂L/∂`wrt`."""
        if not isinstance(wrt, str):
            accepted = ", ".join(map(repr, self.wrt))
            raise ValueError(f"wrt={wrt!r} is not the name of one tensor. Accepted: {accepted}.")
        self.check(wrt)
        return derive(self.loss, wrt, bias=self.has_bias)

    @property
    def may_ignore(self) -> bool:
        """Are the targets labels, with nothing said of which are ignored? Then torch ignores its usual one."""
        return not self.loss.real_targets and hasattr(self.loss, "ignore_index") and "ignore_index" not in self.options

    def of_targets(self, kind: str) -> Setup:
        """The same, of "indices" or of "probabilities". Raises Unsupported where an option forbids it."""
        if self.given is None or self.kind_of_targets in (None, kind):
            return self
        criterion = read_criterion(self.given[1])
        loss = criterion.loss(kind)
        return replace(self, loss=loss, options=criterion.options(loss))

    @property
    def kind_of_targets(self) -> str | None:
        """Which of the kinds of targets that torch takes these are; None where it takes one."""
        return getattr(self.loss, "targets", None) if self.loss.kinds_of_targets else None

    def outputs_shape(self, inputs: Tensor) -> torch.Size:
        """The shape of what the loss is computed from."""
        if self.model is None:
            return inputs.shape
        classes = self.model.out_features // math.prod(self.positions)
        return torch.Size((*inputs.shape[:-1], classes, *self.positions))

    def ignoring(self) -> Setup:
        """The same, with the rows left out whose label is torch's usual ignore_index."""
        loss = replace(self.loss, ignore_index=True)  # type: ignore[call-arg]
        return replace(self, loss=loss, options={**self.options, "ignore_index": IGNORED})

    def for_targets(self, targets: Tensor) -> Setup:
        """The same, of what such targets are, and without the rows that torch ignores unasked, if a label says so."""
        decided = self.of_targets(PROBABILITIES if targets.is_floating_point() else INDICES)
        return decided.ignoring() if decided.may_ignore and bool((targets == IGNORED).any()) else decided

    def random_data(self, rows: int, generator: torch.Generator, columns: int = 3) -> tuple[Tensor, Any]:
        """Inputs and targets that fit, on the model's device; `columns` is C when there is no model to say so.

        A criterion that is called with several arrays after the outputs has a tuple of them for the targets.

        They are drawn from `generator`, one of the CPU's, so that they are the same wherever the model is.
        """
        like = torch.empty(columns, columns, device="cpu") if self.model is None else self.model.weight
        dtype = like.dtype
        whole = (rows, len(like) // math.prod(self.positions), *self.positions)
        if self.model is None:
            inputs = self.of.draw_outputs(self.loss, whole, 1, generator, dtype)
        else:
            inputs = torch.randn(rows, like.shape[1], generator=generator, device="cpu", dtype=dtype)
        operands = tuple(
            self.of.draw_operand(self.loss, operand, whole, 1, generator, dtype).to(like.device)
            for operand in self.loss.operands
        )
        return inputs.to(like.device), operands[0] if len(operands) == 1 else operands

    def random_grad_output(self, inputs: Tensor, targets: Any, generator: torch.Generator) -> Tensor | None:
        """For reduction="none", a vector that fits the loss of such data."""
        if self.loss.reduction != "none":
            return None
        shape = shape_of(self.loss.per, self.outputs_shape(inputs), 1)
        return torch.randn(shape, generator=generator, device="cpu", dtype=inputs.dtype).to(inputs.device)

    def __str__(self) -> str:
        if self.model is None:
            return self.name
        if self.fused is not None:
            return f"{self.name}({self.model.in_features}, {self.model.out_features})"
        middle = "" if self.before is None else f" + {type(self.before).__name__}"
        return f"Linear({self.model.in_features}, {self.model.out_features}){middle} + {self.name}"


def read(model: Any, criterion: Any, targets: str | None = None, fused: bool = False) -> Setup:
    """Read class and options off the objects. Raises Unsupported, naming the option or the class it cannot derive.

    `targets` says what CrossEntropyLoss is given where no data do: "indices" (the default) or "probabilities". `fused`
    says whether a criterion may hold its own linear layer, whose inputs it then takes.
    """
    criterion = criterion_of(criterion)
    found = read_criterion(criterion)
    loss = found.loss(targets)
    if found.fused is not None:
        model = _own_layer(model, found, fused)
    setup = Setup(
        None,
        found.call,
        loss,
        found.of.name,
        options=found.options(loss),
        given=(model, criterion, targets),
        fused=found.fused,
        positions=found.positions,
        of=found.of,
    )
    if model is None:
        return setup
    parts = read_model(model, found.of)
    return replace(setup, model=parts.linear, before=parts.before, run=parts.run, doubts=parts.doubts)


def _own_layer(model: Any, criterion: Found, fused: bool) -> Any:
    """The linear layer of a criterion that holds one, or is called with the model's weight."""
    name = "nn.LinearCrossEntropyLoss" if criterion.linear is not None else "F.linear_cross_entropy"
    if not fused:
        raise Unsupported(f"{name} holds a linear layer: its gradients are explained, by explain(), and not here.")
    if criterion.linear is None:
        if model is None:
            raise Unsupported(f"{name} is called with a linear layer's weight: explain(torch.nn.Linear(...), {name}).")
        return model
    if model not in (None, criterion.linear):
        raise Unsupported(f"{name} holds its linear layer, and is given one more. Give None: explain(None, criterion).")
    return criterion.linear


def current(setup: Setup) -> Setup:
    """The same, as its model and criterion are now. Raises ValueError where that is another formula."""
    if setup.given is None:
        return setup
    model, criterion, targets = setup.given
    now = read(model, criterion, targets, fused=setup.fused is not None)
    if setup.kind_of_targets is not None:  # of the targets that it was decided for
        now = now.of_targets(setup.kind_of_targets)
    if now.may_ignore and getattr(setup.loss, "ignore_index", False):
        now = now.ignoring()
    if (now.loss, now.bias) != (setup.loss, setup.bias):
        was, found = (f"{each.loss}{'' if each.bias == setup.bias else ', with another bias'}" for each in (setup, now))
        raise ValueError(f"what was explained is {was}; since then it has become {found}. Explain it again.")
    return now
