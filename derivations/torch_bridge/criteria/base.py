"""What torch's side of a criterion is: how its objects are recognised, read and called, what fits, what to know.

A file of this package is one criterion: a subclass with the decorator `register`. Most say only which loss, module and
function they are; everything else follows from what the loss declares of its options and operands.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from ...losses.base import Loss
from ...losses.declared import Operand, Option, Values
from ...wording import Words
from ..setup.unsupported import Unsupported
from .before import Before
from .draws import draw, of_real, shape_of

SINGLE_OR_DOUBLE = (torch.float64, torch.float32)
#: A call of a criterion that holds its linear layer: (inputs, weight, bias, targets).
Fused = Callable[[Tensor, Tensor, Tensor | None, Tensor], Tensor]


@dataclass(frozen=True)
class Found:
    """What was read off an object: its criterion, the values of its options, and how it is called.

    `call` takes outputs and the operands, in the order of `Loss.operands`. A linear_cross_entropy has `fused` too, and
    `linear`, the layer that it holds, which gives logits at all of `positions`; the function, which holds none, is
    given the model's.
    """

    of: TorchCriterion
    values: Mapping[str, Any]
    call: Callable[..., Tensor]
    fused: Fused | None = None
    linear: nn.Linear | None = None
    positions: tuple[int, ...] = ()

    def loss(self, targets: str | None) -> Loss:
        """The loss as a formula, with targets of that kind. Raises Unsupported for an option that torch refuses."""
        return self.of.formula(self.values, targets)

    def options(self, loss: Loss) -> dict[str, Any]:
        """The values of those options whose letters are in the formula, by torch's names."""
        return {option.name: self.values[option.name] for option in loss.in_use}


@dataclass(frozen=True)
class Data:
    """Numbers for one call, as torch takes them: outputs, the operands and the options in use, by torch's names.

    Classes are at dimension `axis`; `generator` is what more numbers are drawn from.
    """

    outputs: Tensor
    operands: Mapping[str, Tensor]
    options: Mapping[str, Any] = field(default_factory=dict)
    axis: int = 1
    generator: torch.Generator | None = None

    def with_operand(self, name: str, tensor: Tensor) -> Data:
        return replace(self, operands={**self.operands, name: tensor})


@dataclass(frozen=True)
class Edge:
    """A change of ordinary data at which kernels of a criterion go wrong, by a name that tests may leave out.

    `fits` says of which forms of the loss it is one; `of_outputs` that it changes the outputs, which takes a criterion
    without a model.
    """

    name: str
    change: Callable[[Data], Data]
    fits: Callable[[Loss], bool] = lambda loss: True
    of_outputs: bool = False


class TorchCriterion:
    """One criterion of torch.

    - `loss`: its formula, a class of `losses`.
    - `module`: its class in torch.nn; where torch has none, one defined in the same file as people write it. Its
      attributes hold the values of the options.
    - `functions`: the same in torch.nn.functional.
    - `before`: what a model must end in, where the criterion does not take what a linear layer gives.
    - `mistaken`: what a model may end in by mistake, and what to do about it, in a sentence.
    - `whole_targets`: does torch take targets that are whole numbers, in the dtype of the outputs?
    - `true_and_false`: does it take True and False among those?
    - `one_dtype`: does its backward refuse targets of another dtype than the outputs'?
    - `broadcasts_targets`: does torch broadcast them with the outputs? With weights for each entry we refuse it.
    - `needs_layer`: does it hold a linear layer, or is it called with one? Then it computes what another does.
    - `may_overflow`: may it give nan for finite numbers, being computed as somebody wrote it and in no stable form?
    - `fewest_columns`: with fewer, the gradient is 0 whatever the numbers are, and no test tells anything.
    - `edges`: at which data its kernels go wrong, beside those of every criterion.
    - `dtypes`: those that it has kernels for, on a CPU at least.
    - `magnitude`: what the inputs of its accounts are multiplied by, where its formula holds for outputs near 0 alone.
    """

    loss: ClassVar[type[Loss]]
    module: ClassVar[type[nn.Module]]
    functions: ClassVar[tuple[Callable[..., Any], ...]] = ()
    before: ClassVar[Before | None] = None
    mistaken: ClassVar[tuple[tuple[type[nn.Module], str], ...]] = ()
    whole_targets: ClassVar[bool] = False
    true_and_false: ClassVar[bool] = True
    one_dtype: ClassVar[bool] = False
    broadcasts_targets: ClassVar[bool] = False
    needs_layer: ClassVar[bool] = False
    may_overflow: ClassVar[bool] = False
    fewest_columns: ClassVar[int] = 1
    edges: ClassVar[tuple[Edge, ...]] = ()
    dtypes: ClassVar[tuple[torch.dtype, ...]] = (*SINGLE_OR_DOUBLE, torch.bfloat16, torch.float16)
    magnitude: ClassVar[float] = 1.0

    @property
    def name(self) -> str:
        return self.module.__name__

    @property
    def is_of_torch(self) -> bool:
        return getattr(nn, self.name, None) is self.module

    @property
    def declared(self) -> tuple[Option, ...]:
        """The options that its objects have."""
        return self.loss.declared

    # Reading

    def of_module(self, module: nn.Module) -> Found:
        """What a module says. An option that the module does not have is at its default."""
        values = {option.name: getattr(module, option.name, option.default) for option in self.declared}
        return Found(self, {"reduction": getattr(module, "reduction", "mean"), **values}, module)

    def of_function(self, function: Callable[..., Tensor], named: Mapping[str, Any]) -> Found:
        """What a function, or a partial of one, says: `named` are its options with their values, defaults too."""
        values = {option.name: named.get(option.name, option.default) for option in self.declared}
        return Found(self, {"reduction": reduction_of(named), **values}, function)

    def check(self, values: Mapping[str, Any]) -> None:
        """Raise Unsupported for a value that torch would refuse at the call."""
        if values["reduction"] not in self.loss.reductions:
            accepted = ", ".join(map(repr, self.loss.reductions))
            raise Unsupported(
                f"{self.name}(reduction={values['reduction']!r}) is unknown to torch. Accepted: {accepted}."
            )
        for option in self.declared:
            self.check_option(option, values[option.name])

    def check_option(self, option: Option, value: Any) -> None:
        """Raise Unsupported for a value of one option that is not of its kind."""
        given = f"{self.name}({option.name}={value!r}) must be"
        if option.is_tensor and not isinstance(value, Tensor | None):
            raise Unsupported(f"{given} a tensor: torch.tensor({value!r}).")
        if not option.kind.takes(value) or (option.always and value is None):
            raise Unsupported(f"{given} {option.kind.wanted}.")

    def formula(self, values: Mapping[str, Any], targets: str | None) -> Loss:
        """The loss of such options, with targets of that kind. Raises Unsupported for what torch refuses."""
        if targets is not None and not self.loss.kinds_of_targets:
            raise Unsupported(f"targets={targets!r} has no meaning for {self.name}. Leave it out.")
        return self.made(values["reduction"], self.fields(values, targets))

    def made(self, reduction: str, fields: Mapping[str, Any]) -> Loss:
        """The loss with such fields."""
        return self.loss(reduction=reduction, **fields)

    def fields(self, values: Mapping[str, Any], targets: str | None) -> dict[str, Any]:
        """The fields of the loss beside its reduction."""
        fields = {option.name: option.field_of(values[option.name]) for option in self.declared}
        if not self.loss.kinds_of_targets:
            return fields
        if targets not in (None, *self.loss.kinds_of_targets):
            accepted = ", ".join(map(repr, self.loss.kinds_of_targets))
            raise Unsupported(f"targets={targets!r} is unknown. Accepted: {accepted}.")
        return {**fields, "targets": targets or self.loss.kinds_of_targets[0]}

    # Data

    def draw_outputs(
        self, loss: Loss, shape: tuple[int, ...], axis: int, generator: torch.Generator, dtype: torch.dtype
    ) -> Tensor:
        """Outputs that the criterion may be given, on the CPU."""
        return of_real(loss.of_outputs, draw(Values.REAL, shape, 1, generator, dtype), axis)

    def draw_operand(
        self,
        loss: Loss,
        operand: Operand,
        outputs: tuple[int, ...],
        axis: int,
        generator: torch.Generator,
        dtype: torch.dtype,
    ) -> Tensor:
        """An operand that fits outputs of such a shape, on the CPU."""
        classes = outputs[axis] if outputs else 1
        shape = shape_of(operand.per, outputs, axis)
        return self.telling(operand, draw(operand.values, shape, classes, generator, dtype, axis))

    def telling(self, operand: Operand, drawn: Tensor) -> Tensor:
        """What was drawn for an operand, or changed where it would tell nothing of any gradient."""
        return drawn

    def check_data(self, loss: Loss, outputs: torch.Size, dtype: torch.dtype, operands: Mapping[str, Tensor]) -> None:
        """Raise ValueError for operands that torch refuses beside outputs of such a shape and dtype.

        Their kinds and shapes were looked at: this is for what only this criterion refuses.
        """

    def check_outputs(self, outputs: Tensor) -> None:
        """Raise ValueError for outputs that torch refuses by their values, where no model computes them."""

    def shared(self, loss: Loss, outputs: torch.Size, common: torch.Size) -> tuple[Callable[..., Tensor], int] | None:
        """Where torch divides by another number than the formula does for outputs of that shape: the losses, and it.

        `common` is that shape after broadcasting. None where the formula is right.
        """
        return None

    def view(self, operand: Operand, given: torch.Size, outputs: torch.Size) -> torch.Size:
        """The shape that torch gives an operand before it broadcasts it with outputs of such a shape.

        Raises ValueError for one that it refuses.
        """
        return given

    def terms(self, values: Mapping[str, Tensor], options: Mapping[str, Any]) -> Tensor:
        """The largest number that a usual form of each entry's loss holds: by default a product, z y, or z − y.

        `values` are the outputs and the operands with as many entries, by name.
        """
        return torch.stack(torch.broadcast_tensors(*values.values())).abs().sum(0) + 1

    # What a reader should know

    def unlike(self, loss: Loss, rows: Data, wrt: str) -> Tensor | None:
        """Where torch's gradient in the outputs or an operand is not the formula's, a matrix of True; None for nowhere.

        Nothing is told there by comparing the two; `notes` say what torch does.
        """
        return None

    def notes(self, loss: Loss, rows: Data, has_model: bool) -> Iterator[Words]:
        """A sentence for each surprise in these data, given as matrices of the formulas: rows, then classes."""
        yield from ()


@cache
def defaults(function: Callable[..., Any]) -> dict[str, Any]:
    """The options of a function and their defaults; `linear_bias` is no option, but the model's."""
    parameters = inspect.signature(function).parameters
    return {
        name: parameter.default
        for name, parameter in parameters.items()
        if parameter.default is not inspect.Parameter.empty and name != "linear_bias"
    }


def reduction_of(values: Mapping[str, Any]) -> Any:
    """The deprecated size_average and reduce win over reduction, and each is True where only the other is given."""
    average, reduce = values.get("size_average"), values.get("reduce")
    if average is None and reduce is None:
        return values["reduction"]
    if reduce is not None and not reduce:
        return "none"
    return "mean" if average is None or average else "sum"
