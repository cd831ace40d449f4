"""The smooth margin of two classes, torch.nn.SoftMarginLoss: the logistic loss for labels ±1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sympy import Expr, Symbol, exp, log

from ..derivation import Derivation, Plan
from ..index_calculus.expressions import Definition
from ..index_calculus.rules import chain, collapse, define, divide, fold, independent, lemma, linear, pull
from ..index_calculus.symbols import Y, Z, sigma
from ..wording import Words
from .base import TARGETS
from .declared import Operand, Values
from .entries import ElementwiseLoss
from .registry import register


@register
@dataclass(frozen=True, kw_only=True)
class SoftMargin(ElementwiseLoss):
    """The logistic loss for labels ±1, torch.nn.SoftMarginLoss: `L = 1/(NC) Σ log(1 + e^{−Y_nc Z_nc})`.

    It is BCEWithLogits with the target (1 + Y)/2. The gradient is written with σ := 1/(1 + e^{YZ}), the probability of
    the other label: no exponential of a large number is taken.
    """

    torch_name: ClassVar[str] = "SoftMarginLoss"
    called: ClassVar[Words] = Words("逻辑损失", "logistic loss")
    family: ClassVar[str] = "margins"
    about: ClassVar[Words] = Words(
        "二分类：标签是 ±1 的逻辑回归", "binary classification: logistic regression with labels ±1"
    )
    broadcast: ClassVar[tuple[str, ...]] = ("Y",)

    @property
    def operands(self) -> tuple[Operand, ...]:
        return (Operand(TARGETS, self.target_name, Values.SIGNS),)

    def of_entry(self, z: Expr, y: Expr, at: tuple[Symbol, ...]) -> Expr:
        return log(1 + exp(-y * z))

    @property
    def other(self) -> Definition:
        """σ_nc := 1/(1 + e^{Y_nc Z_nc})"""
        return Definition(sigma[self.entry], 1 / (1 + exp(Y[self.entry] * Z[self.entry])))

    @property
    def definitions(self) -> dict[str, Definition]:
        return {**super().definitions, "sigma": self.other}

    @property
    def plan(self) -> Plan:
        return [
            [define("L"), linear],
            [chain, linear],
            [chain, linear],
            [independent],
            [collapse(), pull.where_possible],
            [divide],
            [fold(self.other)],
        ]

    def plan_for_hessian(self, first: Derivation) -> Plan:
        z, y, other = Z[self.entry], Y[self.entry], self.other
        slope = lemma(
            exp(y * z) * other.right**2,
            other.left * (1 - other.left),
            set(self.entry),
            Words("e^a/(1 + e^a)² = σ(1 − σ)", "e^a/(1 + e^a)² = σ(1 − σ)"),
        )
        return [[first.as_lemma], [linear], [define("sigma")], [chain, linear, chain, linear], [independent], [slope]]

    @property
    def meanings(self) -> dict[str, Words]:
        return {"sigma": Words("sigmoid(−YZ)，标签判反的概率", "sigmoid(−YZ), the probability of the other label")}
