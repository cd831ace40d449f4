"""What every criterion is: a formula for L in terms of the outputs Z, and a plan for ∂L/∂Z."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cache
from typing import ClassVar

from .. import linear
from ..derivation import Derivation, Plan, derive_lines
from ..index_calculus import rules
from ..index_calculus.expressions import Context, Definition, Partial
from ..index_calculus.symbols import TENSORS, L, Tensor
from ..wording import Words

#: Derives ∂L/∂Z of any loss built from sums, products, powers, exp and log of the entries of Z.
GENERAL_PLAN: Plan = [
    [rules.define("L"), rules.linear],
    [rules.chain.where_possible, rules.product.where_possible, rules.linear.where_possible],
    [rules.chain.where_possible, rules.linear.where_possible],
    [rules.independent],
    [rules.common.where_possible, rules.collapse()],
    [rules.pull.where_possible],
]


class Loss(ABC):
    """A criterion. Subclasses are frozen dataclasses whose fields are its options, named as in torch."""

    #: The class name in torch.nn.
    torch_name: ClassVar[str]
    #: The tensor that holds the targets: "Y" for real ones, "y" for class labels.
    target_name: ClassVar[str] = "Y"

    @property
    @abstractmethod
    def definitions(self) -> dict[str, Definition]:
        """By name: "L", a scalar in terms of Z and the targets, and whatever its formula uses."""

    @property
    def plan(self) -> Plan:
        """The lines of ∂L/∂Z, as rules."""
        return GENERAL_PLAN

    @property
    def lemmas(self) -> Sequence[Derivation]:
        """The derivations that the plan uses as rules."""
        return ()

    @property
    def target(self) -> Tensor:
        return TENSORS[self.target_name]

    @property
    def context(self) -> Context:
        return Context(self.definitions)

    def __str__(self) -> str:
        return f"{self.torch_name}()"


@cache
def derive(loss: Loss, wrt: str = linear.OUTPUTS, bias: bool = True) -> Derivation:
    """The derivation of ∂L/∂`wrt` for a loss of a linear model, for symbolic N, D, C; no torch needed.

    `wrt` is "outputs" (Z), "weight" (W), "bias" (b) or "inputs" (X). `bias` says whether the model has one.
    Raises ValueError for another `wrt`, and Disagreement when a line is not equal to the one before.
    """
    if wrt not in linear.TENSOR_OF:
        accepted = ", ".join(repr(each) for each in linear.TENSOR_OF)
        raise ValueError(f"wrt={wrt!r} is not something a gradient of {loss} is derived for. Accepted: {accepted}.")
    if wrt == linear.BIAS and not bias:
        raise ValueError("wrt='bias', but the model has no bias. Ask for 'weight', 'inputs' or 'outputs'.")
    tensor = linear.TENSOR_OF[wrt]
    title = Words(f"{loss.torch_name} 的 ∂L/∂{tensor.name}", f"{loss.torch_name}: ∂L/∂{tensor.name}")
    if wrt == linear.OUTPUTS:
        return derive_lines(
            title=title,
            left=Partial(L, tensor.entry),
            plan=loss.plan,
            context=loss.context,
            targets=tensor.free,
            shown=tuple(loss.definitions),
            lemmas=loss.lemmas,
        )
    return linear.gradient(wrt, derive(loss, linear.OUTPUTS), loss.context, title, bias)
