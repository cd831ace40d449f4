"""From torch objects to a setup: which loss, with which options, of which model. What is not supported is said here."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..derivation import Derivation
from ..linear import BIAS, INPUTS, OUTPUTS, WEIGHT
from ..losses import MSE, NLL, BCEWithLogits, CrossEntropy, Loss
from ..losses.base import REDUCTIONS, TARGETS
from ..losses.nll import LOGITS
from ..options import shown
from ..subject import derive

#: Each criterion as a module, as a function, and the options that its loss may have.
FUNCTIONS: dict[Callable[..., Any], type[nn.Module]] = {
    F.mse_loss: nn.MSELoss,
    F.cross_entropy: nn.CrossEntropyLoss,
    F.nll_loss: nn.NLLLoss,
    F.binary_cross_entropy_with_logits: nn.BCEWithLogitsLoss,
}
OPTIONS = ("weight", "pos_weight", "label_smoothing", "ignore_index")
#: A label that torch ignores unless it is told another.
IGNORED = -100

SUPPORTED_CRITERIA = (
    "torch.nn.MSELoss, CrossEntropyLoss, NLLLoss and BCEWithLogitsLoss, their functions in torch.nn.functional, and "
    "functools.partial of those, with every option"
)
SUPPORTED_MODELS = (
    "a torch.nn.Linear, with NLLLoss a torch.nn.Sequential(Linear, LogSoftmax(dim=1)), or None for the loss alone"
)


class Unsupported(ValueError):
    """A model, criterion or option that no derivation covers; the message says what is covered."""


@dataclass(frozen=True)
class Setup:
    """A criterion of a linear model's outputs, or of outputs given as they are (`model` is None).

    `log_softmax` is the module between a linear layer and NLLLoss; `options` holds the values of the loss's options,
    by torch's names.
    """

    model: nn.Linear | None
    criterion: Callable[[Tensor, Tensor], Tensor]
    loss: Loss
    name: str
    log_softmax: nn.LogSoftmax | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

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
        targets = (TARGETS,) if self.loss.real_targets else ()
        if self.model is None:
            return (OUTPUTS, *targets)
        logits = (LOGITS,) if self.log_softmax is not None else ()
        return (WEIGHT, *((BIAS,) if self.bias else ()), INPUTS, *logits, OUTPUTS, *targets)

    @property
    def parameters(self) -> tuple[str, ...]:
        """What `.grad` is filled for by backward(): the parameters, or the outputs when there is no model."""
        return (OUTPUTS,) if self.model is None else self.wrt[: 2 if self.bias else 1]

    @property
    def of_linear(self) -> str:
        """What ∂L/∂Z is called: the outputs of the linear layer, or of nothing, from which all else follows."""
        return LOGITS if self.log_softmax is not None else OUTPUTS

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
        self.check(wrt)
        return derive(self.loss, wrt, bias=self.has_bias)

    @property
    def may_ignore(self) -> bool:
        """Are the targets labels, with nothing said of which are ignored? Then torch ignores its usual one."""
        return not self.loss.real_targets and hasattr(self.loss, "ignore_index") and "ignore_index" not in self.options

    def ignoring(self) -> Setup:
        """The same, with the rows left out whose label is torch's usual ignore_index."""
        loss = replace(self.loss, ignore_index=True)  # type: ignore[call-arg]
        return replace(self, loss=loss, options={**self.options, "ignore_index": IGNORED})

    def for_targets(self, targets: Tensor) -> Setup:
        """The same, without the rows that torch ignores unasked, if a label says so."""
        return self.ignoring() if self.may_ignore and bool((targets == IGNORED).any()) else self

    def random_data(self, rows: int, generator: torch.Generator, columns: int = 3) -> tuple[Tensor, Tensor]:
        """Inputs and targets that fit, on the model's device; `columns` is C when there is no model to say so.

        They are drawn from `generator`, one of the CPU's, so that they are the same wherever the model is.
        """
        like = torch.empty(columns, columns, device="cpu") if self.model is None else self.model.weight
        (classes, features), dtype = like.shape, like.dtype
        inputs = torch.randn(rows, features, generator=generator, device="cpu", dtype=dtype)
        if self.model is None and isinstance(self.loss, NLL):
            inputs = torch.log_softmax(inputs, 1)
        if not self.loss.real_targets:
            targets = torch.randint(classes, (rows,), generator=generator, device="cpu")
        else:
            targets = torch.randn(rows, classes, generator=generator, device="cpu", dtype=dtype)
            if isinstance(self.loss, CrossEntropy):
                targets = torch.softmax(targets, 1)
            elif not isinstance(self.loss, MSE):
                targets = torch.sigmoid(targets)
        return inputs.to(like.device), targets.to(like.device)

    def random_grad_output(self, inputs: Tensor, targets: Tensor, generator: torch.Generator) -> Tensor | None:
        """For reduction="none", a vector that fits the loss of such data."""
        if self.loss.reduction != "none":
            return None
        classes = self.loss.classes_second and self.loss.real_targets
        shape = targets.shape[:1] if classes else targets.shape
        return torch.randn(shape, generator=generator, device="cpu", dtype=inputs.dtype).to(inputs.device)

    def __str__(self) -> str:
        if self.model is None:
            return self.name
        middle = "" if self.log_softmax is None else " + LogSoftmax"
        return f"Linear({self.model.in_features}, {self.model.out_features}){middle} + {self.name}"


def read(model: nn.Module | None, criterion: Callable[..., Any], targets: str | None = None) -> Setup:
    """Read class and options off the objects. Raises Unsupported, naming the option or the class it cannot derive.

    `targets` says what CrossEntropyLoss is given: "indices" (the default) or "probabilities".
    """
    kind, values = _values(criterion)
    loss = READERS[kind](values, targets)
    linear, log_softmax = _model(model, loss)
    options = {name: values[name] for name in OPTIONS if getattr(loss, name, False)}
    return Setup(linear, criterion, loss, kind.__name__, log_softmax, options)


def _model(model: nn.Module | None, loss: Loss) -> tuple[nn.Linear | None, nn.LogSoftmax | None]:
    if model is None:
        return None, None
    if isinstance(loss, NLL):
        parts = list(model) if isinstance(model, nn.Sequential) else [model]
        linear, log_softmax = parts if len(parts) == 2 else (None, None)
        if type(linear) is nn.Linear and type(log_softmax) is nn.LogSoftmax and log_softmax.dim in (1, -1):
            return linear, log_softmax
        raise Unsupported(
            f"NLLLoss wants log-probabilities, and the model is {model!r}. Supported: torch.nn.Sequential(Linear, "
            "LogSoftmax(dim=1)), or None for the loss alone."
        )
    if type(model) is not nn.Linear:
        raise Unsupported(f"the model is a {type(model).__name__}. Supported: {SUPPORTED_MODELS}.")
    return model, None


def _values(criterion: Callable[..., Any]) -> tuple[type[nn.Module], dict[str, Any]]:
    """The criterion's class in torch.nn and the values of its options."""
    if isinstance(criterion, nn.Module) and type(criterion) in READERS:
        return type(criterion), {name: getattr(criterion, name, None) for name in ("reduction", *OPTIONS)}
    function, given = criterion, {}
    if isinstance(criterion, functools.partial):
        function, given = criterion.func, criterion.keywords
        if criterion.args:
            raise Unsupported(f"{criterion!r} fixes positional arguments, the outputs. Give options by keyword only.")
    if function not in FUNCTIONS:
        raise Unsupported(f"the criterion is {criterion!r}. Supported: {SUPPORTED_CRITERIA}.")
    defaults = {name: each.default for name, each in inspect.signature(function).parameters.items()}
    values = {**defaults, **given}
    values["reduction"] = _reduction(values)
    return FUNCTIONS[function], {name: values.get(name) for name in ("reduction", *OPTIONS)}


def _reduction(values: Mapping[str, Any]) -> str:
    """The deprecated size_average and reduce win over reduction, and each is True where only the other is given."""
    average, reduce = values.get("size_average"), values.get("reduce")
    if average is None and reduce is None:
        return str(values["reduction"])
    if reduce is not None and not reduce:
        return "none"
    return "mean" if average is None or average else "sum"


def _common(values: Mapping[str, Any], targets: str | None, name: str) -> dict[str, Any]:
    if targets is not None and name != "CrossEntropyLoss":
        raise Unsupported(f"targets={targets!r} has no meaning for {name}. Leave it out.")
    if values["reduction"] not in REDUCTIONS:
        accepted = ", ".join(map(repr, REDUCTIONS))
        raise Unsupported(f"{name}(reduction={values['reduction']!r}) is unknown to torch. Accepted: {accepted}.")
    return {"reduction": values["reduction"], "weight": values.get("weight") is not None}


def _mse(values: Mapping[str, Any], targets: str | None) -> Loss:
    return MSE(**_common(values, targets, "MSELoss"))


def _cross_entropy(values: Mapping[str, Any], targets: str | None) -> Loss:
    if targets not in (None, "indices", "probabilities"):
        raise Unsupported(f"targets={targets!r} is unknown. Accepted: 'indices', 'probabilities'.")
    by_index = targets != "probabilities"
    if not by_index and values["ignore_index"] >= 0:
        raise Unsupported(
            f"CrossEntropyLoss(ignore_index={values['ignore_index']}): a row of probabilities names no class to "
            "ignore, and torch refuses it. Leave ignore_index out."
        )
    return CrossEntropy(
        **_common(values, targets, "CrossEntropyLoss"),
        targets="indices" if by_index else "probabilities",
        ignore_index=by_index and values["ignore_index"] != IGNORED,
        label_smoothing=values["label_smoothing"],
    )


def _nll(values: Mapping[str, Any], targets: str | None) -> Loss:
    return NLL(**_common(values, targets, "NLLLoss"), ignore_index=values["ignore_index"] != IGNORED)


def _bce(values: Mapping[str, Any], targets: str | None) -> Loss:
    return BCEWithLogits(
        **_common(values, targets, "BCEWithLogitsLoss"), pos_weight=values.get("pos_weight") is not None
    )


READERS: dict[type[nn.Module], Callable[[Mapping[str, Any], str | None], Loss]] = {
    nn.MSELoss: _mse,
    nn.CrossEntropyLoss: _cross_entropy,
    nn.NLLLoss: _nll,
    nn.BCEWithLogitsLoss: _bce,
}
