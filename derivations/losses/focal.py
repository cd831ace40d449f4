"""Focal loss of logits: binary cross-entropy in which examples that are already right count less."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from sympy import Expr, Integer, Symbol, exp, log

from ..derivation import Derivation, Plan
from ..index_calculus.expressions import Definition
from ..index_calculus.rules import chain, collapse, common, define, linear, product
from ..index_calculus.symbols import sigma
from ..options import AMOUNT, PART
from ..sigmoid import log_sigmoid_derivative, sigmoid
from ..wording import Words
from .base import TARGETS
from .declared import Operand, Option, Values
from .entries import ElementwiseLoss
from .registry import register

gamma, alpha = Symbol("gamma"), Symbol("alpha")
FOCUS = Words("gamma，易分样本的权重下降得多快", "gamma, how fast the weight of easy examples falls")
BALANCE = Words("alpha，正例的权重；负例是 1 − alpha", "alpha, the weight of positives; negatives have 1 − alpha")


@register
@dataclass(frozen=True, kw_only=True)
class Focal(ElementwiseLoss):
    """Focal loss of logits (Lin et al. 2017), for labels Y of 0 or 1, with σ the sigmoid of Z.

    `L = −1/(NC) Σ (α Y_nc (1 − σ_nc)^γ log σ_nc + (1 − α) (1 − Y_nc) σ_nc^γ log(1 − σ_nc))`: the probability of the
    other label, to the power γ, is the weight. Without alpha both labels count alike; γ = 0 is BCEWithLogits. It is
    what torchvision's sigmoid_focal_loss computes for such labels. It is not convex.
    """

    torch_name: ClassVar[str] = "FocalLoss"
    called: ClassVar[Words] = Words("焦点损失", "focal loss")
    family: ClassVar[str] = "written"
    about: ClassVar[Words] = Words(
        "类别不平衡、目标检测：少算易分的样本", "class imbalance, object detection: easy examples count less"
    )
    declared: ClassVar[tuple[Option, ...]] = (
        Option("gamma", AMOUNT, "gamma", FOCUS, default=2.0, always=True),
        Option("alpha", PART, "alpha", BALANCE, samples=(0.25,)),
    )
    sign: ClassVar[int] = -1

    gamma: bool | float = True
    alpha: bool | float = False

    @property
    def without_hessian(self) -> str:
        return "it is not convex, and its Hessian is not derived."

    @property
    def operands(self) -> tuple[Operand, ...]:
        return (Operand(TARGETS, self.target_name, Values.BITS),)

    def of_entry(self, z: Expr, y: Expr, at: tuple[Symbol, ...]) -> Expr:
        right, wrong = log(sigma[at]), log(1 - sigma[at])
        positive, negative = (alpha, 1 - alpha) if self.alpha else (Integer(1), Integer(1))
        return positive * y * exp(gamma * wrong) * right + negative * (1 - y) * exp(gamma * right) * wrong

    @property
    def definitions(self) -> dict[str, Definition]:
        return {**super().definitions, "sigma": sigmoid(self.layout)}

    @property
    def lemmas(self) -> Sequence[Derivation]:
        return (log_sigmoid_derivative(self.layout), log_sigmoid_derivative(self.layout, True))

    @property
    def plan(self) -> Plan:
        of_logarithms = [each.as_lemma for each in self.lemmas]
        return [
            [define("L"), linear],
            [product, *of_logarithms],
            [chain, linear, *of_logarithms],
            [common()],
            [collapse()],
        ]

    @property
    def meanings(self) -> dict[str, Words]:
        return {"sigma": Words("sigmoid(Z)", "sigmoid(Z)")}
