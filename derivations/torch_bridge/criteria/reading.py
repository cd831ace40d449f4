"""A criterion of torch, read off: its class in torch.nn, the values of its options, and the loss that it computes."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...losses import MSE, NLL, BCEWithLogits, CrossEntropy, Loss
from ...losses.base import REDUCTIONS
from .. import vendor
from ..setup.hooks import doubts, refuse_hooks
from ..setup.unsupported import Unsupported

#: Each criterion as a module, as a function, and the options that its loss may have.
FUNCTIONS: dict[Callable[..., Any], type[nn.Module]] = {
    F.mse_loss: nn.MSELoss,
    F.cross_entropy: nn.CrossEntropyLoss,
    F.nll_loss: nn.NLLLoss,
    F.binary_cross_entropy_with_logits: nn.BCEWithLogitsLoss,
    F.linear_cross_entropy: nn.LinearCrossEntropyLoss,
}
OPTIONS = ("weight", "pos_weight", "label_smoothing", "ignore_index")
TENSORS = ("weight", "pos_weight")
#: A label that torch ignores unless it is told another.
IGNORED = -100
KINDS_OF_TARGETS = (INDICES, PROBABILITIES) = ("indices", "probabilities")
#: A call of a criterion that holds its linear layer: (inputs, weight, bias, targets).
Fused = Callable[[Tensor, Tensor, Tensor | None, Tensor], Tensor]

SUPPORTED_CRITERIA = (
    "torch.nn.MSELoss, CrossEntropyLoss, NLLLoss, BCEWithLogitsLoss and LinearCrossEntropyLoss, their functions in "
    "torch.nn.functional, and functools.partial of those, with every option"
)
#: What to take in place of criteria that are often met.
INSTEAD: dict[Any, str] = {
    nn.BCELoss: "BCEWithLogitsLoss takes the logits, before the sigmoid",
    F.binary_cross_entropy: "F.binary_cross_entropy_with_logits takes the logits, before the sigmoid",
}


@dataclass(frozen=True)
class Criterion:
    """What was read off a criterion: its class in torch.nn, its options' values, and how it is called.

    `call` takes outputs and targets. A linear_cross_entropy has `fused` too, and `linear`, the layer that it holds,
    which gives logits at all of `positions`; the function, which holds none, is given the model's.
    """

    kind: type[nn.Module]
    values: Mapping[str, Any]
    call: Callable[[Tensor, Tensor], Tensor]
    fused: Fused | None = None
    linear: nn.Linear | None = None
    positions: tuple[int, ...] = ()

    def loss(self, targets: str | None) -> Loss:
        """The loss as a formula, with targets of that kind. Raises Unsupported for an option that torch refuses."""
        return READERS[self.kind]({**self.values, "name": self.kind.__name__}, targets)

    def options(self, loss: Loss) -> dict[str, Any]:
        """The values of those options that the loss has in use, by torch's names."""
        return {name: self.values[name] for name in OPTIONS if getattr(loss, name, False)}


def read_criterion(criterion: Any) -> Criterion:
    """Read class and options off a criterion. Raises Unsupported for what is none of those covered, by name."""
    if isinstance(criterion, nn.Module):  # without torch.compile, which computes the same
        criterion = vendor.compiled(criterion) or criterion
    found = _of_module(criterion) if type(criterion) in READERS else _of_function(criterion)
    _check_values(found.kind.__name__, found.values)
    return found


def _of_module(criterion: nn.Module) -> Criterion:
    kind = type(criterion)
    refuse_hooks(criterion)
    if names := doubts(criterion, kind.forward):
        raise Unsupported(
            f"{kind.__name__} has {names[0]}, and may no longer be the loss that its name says. Take it off, or give a "
            f"new {kind.__name__}."
        )
    values = {name: getattr(criterion, name, None) for name in ("reduction", *OPTIONS)}
    if kind is nn.LinearCrossEntropyLoss:
        fused = functools.partial(_with_own_layer, criterion)
        positions = tuple(getattr(criterion, "out_features", ()))
        return Criterion(kind, values, _apart(values), fused, criterion.linear, positions)  # type: ignore[arg-type]
    return Criterion(kind, values, criterion)


def _of_function(criterion: Any) -> Criterion:
    function, given = criterion, {}
    if isinstance(criterion, functools.partial):
        function, given = criterion.func, criterion.keywords
        if criterion.args:
            raise Unsupported(f"{criterion!r} fixes positional arguments, the outputs. Give options by keyword only.")
    if not _is_one_of(function, FUNCTIONS):
        raise Unsupported(_refusal(criterion))
    defaults = _defaults(function)
    if unknown := [name for name in given if name not in defaults]:
        accepted = ", ".join(defaults)
        raise Unsupported(f"{function.__name__} has no option {unknown[0]!r} to be fixed. Accepted: {accepted}.")
    named = {**defaults, **given}
    values = {name: named.get(name) for name in OPTIONS} | {"reduction": _reduction(named)}
    if function is F.linear_cross_entropy:
        fused = functools.partial(_with_given_layer, criterion)
        return Criterion(nn.LinearCrossEntropyLoss, values, _apart(values), fused)
    return Criterion(FUNCTIONS[function], values, criterion)


def _is_one_of(function: Any, table: Mapping[Any, Any]) -> bool:
    try:
        return function in table
    except TypeError:  # unhashable: no function at all
        return False


@cache
def _defaults(function: Callable[..., Any]) -> dict[str, Any]:
    """The options of a function and their defaults; `linear_bias` is no option, but the model's."""
    parameters = inspect.signature(function).parameters
    return {
        name: each.default
        for name, each in parameters.items()
        if each.default is not inspect.Parameter.empty and name != "linear_bias"
    }


def _refusal(criterion: Any) -> str:
    """What is wrong with something that is no criterion of ours, and what to do."""
    shown = repr(criterion) if len(repr(criterion)) <= 200 else f"a {type(criterion).__name__}"
    if vendor.is_compiled_function(criterion):
        return f"the criterion is {shown} of torch.compile. Give the function that was compiled."
    if isinstance(criterion, type):
        shown = f"{criterion.__name__}, a class"
        if criterion in READERS:
            return f"the criterion is {shown}. Make one of it: {criterion.__name__}()."
    if isinstance(criterion, nn.Linear | nn.Sequential):
        return f"the criterion is {shown}, a model. The model comes first: explain(model, criterion)."
    if isinstance(criterion, Loss):
        return f"the criterion is the formula {criterion}, which is for derive(). explain() takes {SUPPORTED_CRITERIA}."
    for kind in READERS:
        if isinstance(criterion, kind):
            name = type(criterion).__name__
            return f"the criterion is a {name}, which may compute another loss than {kind.__name__}. Give torch's own."
    key = type(criterion) if isinstance(criterion, nn.Module) else criterion
    instead = f"{INSTEAD[key]}. " if _is_one_of(key, INSTEAD) else ""
    return f"the criterion is {shown}. {instead}Supported: {SUPPORTED_CRITERIA}."


def _with_own_layer(criterion: nn.Module, x: Tensor, weight: Tensor, bias: Tensor | None, y: Tensor) -> Tensor:
    parameters = {"linear.weight": weight} if bias is None else {"linear.weight": weight, "linear.bias": bias}
    return torch.func.functional_call(criterion, parameters, (x, y))


def _with_given_layer(function: Any, x: Tensor, weight: Tensor, bias: Tensor | None, y: Tensor) -> Tensor:
    return function(x, weight, y, linear_bias=bias)


def _apart(values: Mapping[str, Any]) -> Callable[[Tensor, Tensor], Tensor]:
    """Cross-entropy of the outputs: what linear_cross_entropy is documented to equal, with its ignore_index."""
    ignored = IGNORED if values["ignore_index"] is None else values["ignore_index"]
    given = {name: values[name] for name in ("weight", "reduction", "label_smoothing")}
    return functools.partial(F.cross_entropy, ignore_index=ignored, **given)


def _reduction(values: Mapping[str, Any]) -> Any:
    """The deprecated size_average and reduce win over reduction, and each is True where only the other is given."""
    average, reduce = values.get("size_average"), values.get("reduce")
    if average is None and reduce is None:
        return values["reduction"]
    if reduce is not None and not reduce:
        return "none"
    return "mean" if average is None or average else "sum"


def _check_values(name: str, values: Mapping[str, Any]) -> None:
    """Raise Unsupported for a value that torch would refuse at the call."""
    if values["reduction"] not in REDUCTIONS:
        accepted = ", ".join(map(repr, REDUCTIONS))
        raise Unsupported(f"{name}(reduction={values['reduction']!r}) is unknown to torch. Accepted: {accepted}.")
    for each in TENSORS:
        if not isinstance(values[each], Tensor | None):
            raise Unsupported(f"{name}({each}={values[each]!r}) must be a tensor: torch.tensor({values[each]!r}).")
    ignored, smoothing = values["ignore_index"], values["label_smoothing"]
    if ignored is not None and (not isinstance(ignored, int) or isinstance(ignored, bool)):
        raise Unsupported(f"{name}(ignore_index={ignored!r}) must be an integer, a class label.")
    if smoothing is not None and (not isinstance(smoothing, int | float) or not 0 <= smoothing <= 1):
        raise Unsupported(f"{name}(label_smoothing={smoothing!r}) must be a number between 0 and 1.")


def _common(values: Mapping[str, Any], targets: str | None) -> dict[str, Any]:
    if targets is not None and "CrossEntropy" not in values["name"]:
        raise Unsupported(f"targets={targets!r} has no meaning for {values['name']}. Leave it out.")
    return {"reduction": values["reduction"], "weight": values["weight"] is not None}


def _mse(values: Mapping[str, Any], targets: str | None) -> Loss:
    return MSE(**_common(values, targets))


def _cross_entropy(values: Mapping[str, Any], targets: str | None) -> Loss:
    if targets not in (None, *KINDS_OF_TARGETS):
        raise Unsupported(f"targets={targets!r} is unknown. Accepted: {', '.join(map(repr, KINDS_OF_TARGETS))}.")
    name, by_index, ignored = values["name"], targets != PROBABILITIES, values["ignore_index"]
    refused = ignored is not None and (ignored >= 0 or name == "LinearCrossEntropyLoss")
    if not by_index and refused:
        raise Unsupported(
            f"{name}(ignore_index={ignored}): a row of probabilities names no class to ignore, and torch refuses it. "
            "Leave ignore_index out."
        )
    return CrossEntropy(
        **_common(values, targets),
        targets=PROBABILITIES if not by_index else INDICES,
        ignore_index=by_index and ignored not in (None, IGNORED),
        label_smoothing=values["label_smoothing"],
    )


def _nll(values: Mapping[str, Any], targets: str | None) -> Loss:
    return NLL(**_common(values, targets), ignore_index=values["ignore_index"] != IGNORED)


def _bce(values: Mapping[str, Any], targets: str | None) -> Loss:
    return BCEWithLogits(**_common(values, targets), pos_weight=values["pos_weight"] is not None)


READERS: dict[type[nn.Module], Callable[[Mapping[str, Any], str | None], Loss]] = {
    nn.MSELoss: _mse,
    nn.CrossEntropyLoss: _cross_entropy,
    nn.NLLLoss: _nll,
    nn.BCEWithLogitsLoss: _bce,
    nn.LinearCrossEntropyLoss: _cross_entropy,
}
