"""A loss of one's own as a criterion of torch: its formula as torch code, which autograd differentiates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import torch
from sympy import Expr
from torch import Tensor, nn

from ...closed_form.named_axes.nodes import Program
from ...closed_form.named_axes.reading import program
from ...closed_form.named_axes.writing import source
from ...index_calculus.expressions import Context
from ...index_calculus.symbols import Y, Z, c, n
from ...linear import OUTPUTS
from ...losses.base import TARGETS, Loss
from ...losses.declared import Option
from ...losses.elementwise import OUTPUT, TARGET, Elementwise
from ...wording import Words
from ..rounding.named_axes import evaluate
from ..rounding.precision import Precision
from ..setup.unsupported import Unsupported
from .base import Data, TorchCriterion
from .written import reduced


class ElementwiseCriterion(nn.Module):
    """`criterion(outputs, targets)` of an `Elementwise`; its parameters are attributes, by their names.

    Raises Unsupported for a parameter without a value, or with a name that a module has a use for.
    """

    def __init__(self, loss: Elementwise):
        super().__init__()
        for name in loss.parameters:
            if name not in loss.values:
                raise Unsupported(
                    f"{loss.name}: {name} has no value to compute with. Give it one, as a default of the formula "
                    f"(lambda z, y, {name}=1.0: …), or values={{{name!r}: 1.0}}."
                )
            if hasattr(self, name) or name == "reduction":
                raise Unsupported(f"{loss.name}: modules of torch use the name {name}. Call the parameter otherwise.")
            setattr(self, name, loss.values[name])
        self.loss, self.reduction = loss, loss.reduction

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        if not targets.is_floating_point():
            targets = targets.to(outputs.dtype)
        numbers = {each.letter: getattr(self, each.name) for each in self.loss.declared}
        of_entries, taken = _of_entries(self.loss.expression)
        arrays = dict(zip("ZY", torch.broadcast_tensors(outputs, targets), strict=True))
        losses = of_entries(**{name: each for name, each in {**arrays, **numbers}.items() if name in taken})
        return reduced(losses, self.reduction)

    def extra_repr(self) -> str:
        values = (f"{each}={getattr(self, each)}" for each in self.loss.parameters)
        return ", ".join((repr(self.loss.name), *values, f"reduction={self.reduction!r}"))


class TorchElementwise(TorchCriterion):
    """What is known of one of them."""

    loss = Elementwise
    module = ElementwiseCriterion
    whole_targets = True
    broadcasts_targets = True

    def __init__(self, loss: Elementwise):
        self.own = loss

    @property
    def name(self) -> str:
        return self.own.name

    @property
    def declared(self) -> tuple[Option, ...]:
        return self.own.declared

    def made(self, reduction: str, fields: Mapping[str, Any]) -> Loss:
        return replace(self.own, reduction=reduction)

    def terms(self, values: Mapping[str, Tensor], options: Mapping[str, Any]) -> Tensor:
        """The loss itself, and what its evaluation may be off by, in roundings."""
        outputs, targets = torch.broadcast_tensors(values[OUTPUTS], values[TARGETS])
        arrays = {"Z": outputs.reshape(-1, 1), "Y": targets.reshape(-1, 1)}
        arrays |= {each.letter: torch.tensor(float(options[each.name]), dtype=torch.float64) for each in self.declared}
        (found,) = evaluate(_program(self.own.expression), Precision(torch.float64), arrays).values()
        off = torch.zeros_like(found.value) if found.off.error is None else found.off.error
        return (1 + found.value.abs() + off).reshape(outputs.shape)

    def notes(self, loss: Loss, rows: Data, has_model: bool) -> Iterator[Words]:
        values = {each.name: rows.options[each.name] for each in self.declared}
        criterion = ElementwiseCriterion(replace(self.own, values=values, reduction="none"))
        with torch.no_grad():
            lost = ~criterion(rows.outputs, rows.operands[TARGETS]).isfinite()
        if bool(lost.any()):
            yield Words(
                f"损失有 {int(lost.sum())} 项是 nan 或无穷大：公式在那里没有定义，或者算的时候溢出了，"
                "梯度因此看不出对错。溢出可以换一种写法避免，例如 log(1 + exp(u))。",
                f"{int(lost.sum())} terms of the loss are nan or infinite: the formula is not defined there, or "
                "overflows on the way, so that nobody can tell whether gradients are right. Another way to write it "
                "may not overflow, such as log(1 + exp(u)).",
            )


def criterion_of(given: Any) -> Any:
    """A loss of one's own as a module; anything else as it is."""
    return ElementwiseCriterion(given) if isinstance(given, Elementwise) else given


def known_as(criterion: ElementwiseCriterion) -> TorchElementwise:
    """What is known of such a module."""
    return TorchElementwise(criterion.loss)


def _program(expression: Expr) -> Program:
    """The formula of an entry as one over arrays."""
    return program({"loss": (expression.xreplace({OUTPUT: Z[n, c], TARGET: Y[n, c]}), (n, c))}, Context({}))


@cache
def _of_entries(expression: Expr) -> tuple[Callable[..., Tensor], frozenset[str]]:
    """The formula as a function of tensors, and the letters that it takes them by."""
    made = _program(expression)
    namespace: dict[str, Any] = {"torch": torch}
    exec(compile(source(made), "<loss>", "exec"), namespace)
    return namespace["gradients"], frozenset(made.given)
