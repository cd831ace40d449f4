"""Binary cross-entropy of logits, torch.nn.BCEWithLogitsLoss: each entry is a decision of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from sympy import Expr, Symbol, log

from ..derivation import Derivation, Plan
from ..index_calculus.expressions import Definition
from ..index_calculus.rules import collapse, common, define, expand, independent, linear, log_quotient, pull, sign
from ..index_calculus.symbols import c, q, sigma, w
from ..options import TENSOR
from ..sigmoid import complement, log_sigmoid_derivative, sigmoid, sigmoid_derivative
from ..wording import Words
from .base import TARGETS
from .declared import Operand, Option, Per, Values
from .entries import ElementwiseLoss
from .mse import ENTRY_WEIGHT
from .registry import register

POSITIVE_WEIGHT = Words("pos_weight，每个类别正例的权重", "pos_weight, one for each class's positive entries")


@register
@dataclass(frozen=True, kw_only=True)
class BCEWithLogits(ElementwiseLoss):
    """Binary cross-entropy, torch.nn.BCEWithLogitsLoss, with σ the sigmoid of Z.

    `L = −1/(NC) Σ_n Σ_c w_nc (q_c Y_nc log σ_nc + (1 − Y_nc) log(1 − σ_nc))`, where w is `weight` and q is
    `pos_weight`. The mean is over all entries, whatever the weights.
    """

    torch_name: ClassVar[str] = "BCEWithLogitsLoss"
    family: ClassVar[str] = "likelihoods"
    called: ClassVar[Words] = Words("二元交叉熵", "binary cross-entropy")
    about: ClassVar[Words] = Words("二分类、多标签：输出是打分", "binary and multi-label classification, of logits")
    declared: ClassVar[tuple[Option, ...]] = (
        Option("weight", TENSOR, "w", ENTRY_WEIGHT, per=Per.ENTRY),
        Option("pos_weight", TENSOR, "q", POSITIVE_WEIGHT, per=Per.CLASS),
    )
    sign: ClassVar[int] = -1
    broadcast: ClassVar[tuple[str, ...]] = ("w", "q")

    weight: bool = False
    pos_weight: bool = False

    @property
    def operands(self) -> tuple[Operand, ...]:
        return (Operand(TARGETS, self.target_name, Values.UNIT),)

    def of_entry(self, z: Expr, y: Expr, at: tuple[Symbol, ...]) -> Expr:
        likelihood = (q[c] if self.pos_weight else 1) * y * log(sigma[at]) + (1 - y) * log(1 - sigma[at])
        return (w[at] if self.weight else 1) * likelihood

    @property
    def definitions(self) -> dict[str, Definition]:
        return {**super().definitions, "sigma": sigmoid(self.layout)}

    @property
    def plan(self) -> Plan:
        both = [log_sigmoid_derivative(self.layout, flipped).as_lemma for flipped in (False, True)]
        return [
            [define("L"), linear],
            both,
            [common()],
            [collapse()],
            [sign],
            [] if self.pos_weight else [expand(), common().where_possible],
        ]

    @property
    def plan_for_targets(self) -> Plan:
        lines: Plan = [[define("L"), linear], [independent], [common()], [collapse(), pull.where_possible]]
        # Without pos_weight the two logarithms differ by Z itself.
        return (
            lines if self.pos_weight else [*lines, [complement(self.layout).as_lemma, define("sigma")], [log_quotient]]
        )

    def plan_for_hessian(self, first: Derivation) -> Plan:
        of_sigmoid = sigmoid_derivative(self.layout)
        return [[first.as_lemma], [linear], [of_sigmoid.as_lemma], [common().where_possible]]

    @property
    def lemmas(self) -> Sequence[Derivation]:
        return (log_sigmoid_derivative(self.layout), log_sigmoid_derivative(self.layout, True))

    @property
    def meanings(self) -> dict[str, Words]:
        return {
            "w": ENTRY_WEIGHT,
            "q": POSITIVE_WEIGHT,
            "sigma": Words("sigmoid(Z)", "sigmoid(Z)"),
        }
