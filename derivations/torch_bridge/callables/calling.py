"""How somebody's function is called: with tensors or numpy arrays, labels or one-hot rows, W either way round.

`assert_gradient` gives tensors, in the order (outputs, targets) or (inputs, weight, bias, targets), with W as torch has
it. What is handed in as homework often takes something else, and is right.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...linear import BIAS, INPUTS, OUTPUTS, WEIGHT
from ...losses.base import TARGETS
from .signatures import GRAD_OUTPUT, NAMES, ONE_HOT

ARRAYS = (TORCH, NUMPY) = ("torch", "numpy")
LABELS = (INDICES, ONE_HOT_ROWS, PROBABILITIES) = ("indices", "one-hot", "probabilities")
#: W as torch has it, (C, D); as (D, C), for X @ W; and one output, whose W is a vector and whose b is a number.
WEIGHTS = (AS_TORCH, TRANSPOSED, VECTOR) = ("(C, D)", "(D, C)", "vector")
#: Of the data that a form is tried with: no two alike, so that what does not fit is an error.
SAMPLES, FEATURES = 7, 5
#: What many functions do not take, and need not.
EXTRA_DIMENSIONS, IGNORED_LABELS, EMPTY_BATCH = "extra dimensions", "ignored labels", "empty batch"


@dataclass(frozen=True)
class Form:
    """What a function takes and gives: the arrays' kind, the targets', the way W stands, and each argument's role."""

    arguments: Mapping[str, str]
    arrays: str = TORCH
    targets: str | None = None
    weight: str | None = None
    classes: int = 3
    classes_fixed: bool = False

    @property
    def of_inputs(self) -> bool:
        """Does it hold the linear layer?"""
        return WEIGHT in self.arguments.values()

    def model(self) -> nn.Linear | None:
        """The linear layer whose gradients it gives, the same each time."""
        if not self.of_inputs:
            return None
        outputs = 1 if self.weight == VECTOR else self.classes
        layer = nn.Linear(FEATURES, outputs, bias=BIAS in self.arguments.values(), dtype=torch.float64)
        generator = torch.Generator().manual_seed(0)
        with torch.no_grad():
            for each in layer.parameters():
                each.uniform_(-0.5, 0.5, generator=generator)
        return layer

    def shapes(self) -> list[tuple[int, ...]]:
        """Matrices: of the outputs, or of the inputs where there is a model."""
        if self.of_inputs:
            return [(SAMPLES, FEATURES), (1, FEATURES), (33, FEATURES)]
        classes = () if self.classes_fixed else ((1, 2), (4, 1), (64, 10))
        return [(5, self.classes), *classes]

    def adapted(self, fn: Callable[..., Any], wrt: Sequence[str] = ()) -> Callable[..., Any]:
        """`fn` as `assert_gradient` calls it; `wrt` says of what the gradients are that it returns."""

        order = (INPUTS, WEIGHT, BIAS, TARGETS) if self.of_inputs else (OUTPUTS, TARGETS)

        def call(*given: Any) -> Any:
            roles = dict(zip((*order, GRAD_OUTPUT), given, strict=False))
            like = roles[INPUTS if self.of_inputs else OUTPUTS]
            returned = fn(*(self._to_them(roles.get(role), role, like) for role in self.arguments.values()))
            if not self.of_inputs:
                return self._from_them(_without_the_loss(returned), OUTPUTS, like)
            if isinstance(returned, Tensor) and returned.ndim == 0 and not wrt:
                return returned  # the loss
            named = _named(returned, wrt, bias=roles.get(BIAS) is not None)
            return {role: self._from_them(each, role, like) for role, each in named.items()}

        call.__name__ = getattr(fn, "__name__", call.__name__)
        names = [*order, *([GRAD_OUTPUT] if GRAD_OUTPUT in self.arguments.values() else [])]
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD  # which arguments there are is asked for
        call.__signature__ = inspect.Signature([inspect.Parameter(each, kind) for each in names])  # type: ignore[attr-defined]
        return call

    def _to_them(self, value: Any, role: str, like: Tensor) -> Any:
        if value is None:
            return torch.ones((), dtype=like.dtype) if role == GRAD_OUTPUT else None
        if role == TARGETS and self.targets == ONE_HOT_ROWS:
            value = functional.one_hot(value, self.classes if self.of_inputs else like.shape[1]).to(like.dtype)
            value = value.movedim(-1, 1)
        if role == WEIGHT and self.weight == TRANSPOSED:
            value = value.T
        if self.weight == VECTOR and role in (WEIGHT, BIAS):
            value = value[0]
        if self.weight == VECTOR and role == TARGETS:
            value = value[..., 0]
        return _as_numpy(value) if self.arrays == NUMPY else value

    def _from_them(self, value: Any, role: str, like: Tensor) -> Any:
        """As a tensor, of the outputs' dtype where it is not one yet: lists have none, and numpy's code minds none."""
        if not isinstance(value, Tensor):
            try:
                value = torch.as_tensor(value, dtype=like.dtype)
            except (TypeError, ValueError, RuntimeError):
                return value  # it is said what it is
        if role == WEIGHT and self.weight == TRANSPOSED and value.ndim == 2:
            value = value.T
        if self.weight == VECTOR and role in (WEIGHT, BIAS) and value.ndim == (1 if role == WEIGHT else 0):
            value = value[None]
        return value


def _as_numpy(value: Tensor) -> Any:
    found = value.detach().numpy()
    return found[()] if found.ndim == 0 else found


def _without_the_loss(returned: Any) -> Any:
    """The gradient, of a pair (loss, gradient)."""
    pair = isinstance(returned, tuple) and len(returned) == 2 and _dimensions(returned[0]) == 0
    return returned[1] if pair else returned


def _named(returned: Any, wrt: Sequence[str], bias: bool) -> dict[str, Any]:
    """The gradients by name: by a mapping's own names, or by what people put first; a loss before them is left out."""
    if isinstance(returned, Mapping):
        return {_role_of(str(name)): each for name, each in returned.items()}
    several = list(returned) if isinstance(returned, tuple) else [returned]
    dimensions = [_dimensions(each) for each in several]
    if bias and not wrt and dimensions in ([0, 1], [1, 2]):  # db, dW
        several.reverse()
    elif len(several) > 1 and dimensions[0] == 0:
        del several[0]
    names = [*wrt] or [WEIGHT, *([BIAS] if bias else []), INPUTS]
    return dict(zip(names, several, strict=False))


def _dimensions(value: Any) -> int:
    return getattr(value, "ndim", 1 if isinstance(value, list) else 0)


def _role_of(name: str) -> str:
    """That of dW, grad_W, W_grad, db, …"""
    bare = name.lower().removeprefix("grad_").removesuffix("_grad")
    short = bare.removeprefix("d") if len(bare) == 2 else bare
    return next((role for role, names in NAMES.items() if short in names), name)


def forms(
    fn: Callable[..., Any],
    arguments: Mapping[str, str],
    labels: bool,
    targets: str | None,
    arrays: str | None,
    classes: int | None = None,
) -> Iterator[Form]:
    """The forms that a function may have, the likeliest first. `labels`: does the criterion take labels?"""
    names = {role: name for name, role in arguments.items()}
    kinds: tuple[str | None, ...] = (targets,) if targets or not labels else (INDICES, ONE_HOT_ROWS)
    if not targets and labels and names[TARGETS].lower() in ONE_HOT:
        kinds = (ONE_HOT_ROWS, INDICES)
    ways: tuple[str | None, ...] = (None,)
    if WEIGHT in names:
        ways = (AS_TORCH, TRANSPOSED)
        if not labels:  # a regression with one output: w and y are vectors
            ways = (VECTOR, *ways) if names[WEIGHT].islower() else (*ways, VECTOR)
    for each, kind, way in product((arrays,) if arrays else _arrays(fn), kinds, ways):
        yield Form(arguments, each, kind, way, classes or 3, classes is not None)


def _arrays(fn: Callable[..., Any]) -> tuple[str, ...]:
    """What its file imports: numpy arrays come first where that is numpy and not torch."""
    inside = getattr(inspect.unwrap(fn), "__globals__", {})
    imported = {_package(each) for each in inside.values()}
    return (NUMPY, TORCH) if NUMPY in imported and TORCH not in imported else (TORCH, NUMPY)


def _package(value: Any) -> str:
    name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    return name.partition(".")[0] if isinstance(name, str) else ""


def fitting(fn: Callable[..., Any], tried: Sequence[Form], criterion: nn.Module) -> tuple[Form, Any]:
    """The first of the forms with which it runs, and what it returned. Raises what the first raised where none does."""
    first: Exception | None = None
    for form in tried:
        try:
            return form, form.adapted(fn)(*_data(form, criterion))
        except Exception as wrong:  # whatever somebody's code does with arrays that it does not expect
            first = first or wrong
    assert first is not None
    raise first


def refused(
    fn: Callable[..., Any], form: Form, criterion: nn.Module, ignored: int | None, returns: str = "gradient"
) -> list[str]:
    """What it raises an error for, of what many functions do not take, by these names: a loss in its backward too."""
    found = []
    for name, data in (
        (EXTRA_DIMENSIONS, _data(form, criterion, extra=(2,))),
        (IGNORED_LABELS, _data(form, criterion, ignored=ignored)),
        (EMPTY_BATCH, _data(form, criterion, samples=0)),
    ):
        try:
            if returns == "loss":
                form.adapted(fn)(data[0].requires_grad_(), *data[1:]).sum().backward()
            else:
                form.adapted(fn)(*data)
        except Exception:  # as above
            found.append(name)
    return found


def _data(
    form: Form,
    criterion: nn.Module,
    extra: tuple[int, ...] = (),
    ignored: int | None = None,
    samples: int = SAMPLES,
) -> list[Any]:
    """Small numbers of the form, as `assert_gradient` gives them."""
    generator = torch.Generator().manual_seed(0)

    def draw(*shape: int) -> Tensor:
        return torch.rand(shape, generator=generator, dtype=torch.float64)

    model = form.model()
    classes = model.out_features if model else form.classes
    rows = (samples, *extra)
    outputs = (*rows, classes) if model and form.targets is None else (samples, classes, *extra)
    targets = draw(*outputs)
    if form.targets in (INDICES, ONE_HOT_ROWS):
        targets = torch.arange(samples * prod(extra)).reshape(rows) % classes
        if ignored is not None:
            targets[0] = ignored
    incoming = [draw(*(outputs if form.targets is None else rows))] if criterion.reduction == "none" else []
    if model is None:
        return [draw(*outputs), targets, *incoming]
    bias = None if model.bias is None else model.bias.detach()
    return [draw(*rows, FEATURES), model.weight.detach(), bias, targets, *incoming]


def returned_by(form: Form, returned: Any, reduction: str) -> str:
    """What a function returned, as `assert_gradient` calls it, by its shape."""
    if form.of_inputs:
        return "gradients" if isinstance(returned, dict) else "loss"
    whole = (SAMPLES, form.classes)
    apart = () if reduction != "none" else whole if form.targets is None else whole[:1]
    alike = isinstance(returned, Tensor) and returned.shape == apart
    return "loss" if alike and apart != whole else "gradient"
