"""Binary cross-entropy of probabilities, torch.nn.BCELoss: what is left of it when the sigmoid belongs to the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sympy import Integer, log

from ..derivation import Plan
from ..index_calculus.expressions import Condition, Context, Definition
from ..index_calculus.rules import Rule, chain, collapse, common, define, independent, lemma, linear, sign
from ..index_calculus.symbols import C, Y, c, sigma, sum_over, w
from ..options import TENSOR
from ..wording import Words
from .activated import Activated, Activation, sigmoid_of
from .base import TARGETS
from .declared import Operand, Option, Per, Values
from .mse import ENTRY_WEIGHT
from .registry import register


@register
@dataclass(frozen=True, kw_only=True)
class BCE(Activated):
    """Binary cross-entropy of probabilities, torch.nn.BCELoss, whose outputs are probabilities σ.

    `L = −1/(NC) Σ w_nc (Y_nc log σ_nc + (1 − Y_nc) log(1 − σ_nc))`; `wrt="logits"` goes through the Sigmoid before it,
    and is BCEWithLogits. The formulas hold for 0 < σ < 1. Beyond, torch computes something else: no logarithm counts as
    less than −100, and the gradient divides by no less than 1e-12, so that at σ = 0 it is not that of the value.
    """

    torch_name: ClassVar[str] = "BCELoss"
    called: ClassVar[Words] = Words("二元交叉熵", "binary cross-entropy")
    family: ClassVar[str] = "likelihoods"
    about: ClassVar[Words] = Words(
        "二分类、多标签：输出是概率，接在 Sigmoid 后面",
        "binary and multi-label classification, of probabilities: after Sigmoid",
    )
    declared: ClassVar[tuple[Option, ...]] = (Option("weight", TENSOR, "w", ENTRY_WEIGHT, per=Per.ENTRY),)
    of_outputs: ClassVar[Values] = Values.UNIT
    broadcast: ClassVar[tuple[str, ...]] = ("w",)

    weight: bool = False

    @property
    def without_hessian(self) -> str:
        return "with Sigmoid before it, it is BCEWithLogits: give that, with the same options."

    @property
    def operands(self) -> tuple[Operand, ...]:
        return (Operand(TARGETS, self.target_name, Values.UNIT),)

    @property
    def activation(self) -> Activation:
        return sigmoid_of(self.layout)

    @property
    def definitions(self) -> dict[str, Definition]:
        entry, rows = self.entry, self.layout.rows
        y, probability = Y[entry], sigma[entry]
        likelihood = y * log(probability) + (1 - y) * log(1 - probability)
        weighted = self.incoming(*entry) * (w[entry] if self.weight else 1) * likelihood
        return self.with_divisor(-sum_over(weighted, *rows, c), self.layout.count * C)

    @property
    def context(self) -> Context:
        probability = sigma[self.entry]
        return super().context.under(Condition(probability, ">", Integer(0)), Condition(probability, "<", Integer(1)))

    @property
    def plan(self) -> Plan:
        return [
            [define("L"), linear],
            [chain, linear],
            [independent, common()],
            [self.one_fraction],
            [collapse(), sign],
        ]

    @property
    def one_fraction(self) -> Rule:
        """Y/σ − (1 − Y)/(1 − σ) = (Y − σ)/(σ (1 − σ))."""
        entry = self.entry
        y, probability = Y[entry], sigma[entry]
        return lemma(
            y / probability - (1 - y) / (1 - probability),
            (y - probability) / (probability * (1 - probability)),
            set(entry),
            Words("通分", "over a common denominator"),
        )

    @property
    def plan_for_targets(self) -> Plan:
        return [[define("L"), linear], [independent, common()], [collapse()]]

    @property
    def meanings(self) -> dict[str, Words]:
        return {"w": ENTRY_WEIGHT, **super().meanings}
