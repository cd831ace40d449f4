"""Mean squared error, torch.nn.MSELoss: the mean over all entries, not over the N rows.

The functional form, torch.nn.functional.mse_loss, takes a weight for each entry; its mean divides by their sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sympy import Expr, Symbol

from ..derivation import Derivation, Plan
from ..index_calculus.rules import chain, collapse, define, independent, linear, pull
from ..index_calculus.symbols import c, sum_over, w
from ..options import TENSOR
from ..wording import Words
from .declared import Option, Per
from .entries import ElementwiseLoss
from .registry import register

ENTRY_WEIGHT = Words("weight，每个元素的权重", "weight, one for each entry")

PLAN: Plan = [
    [define("L"), linear],
    [chain, linear],
    [independent],
    [collapse(), pull.where_possible],
]


@register
@dataclass(frozen=True, kw_only=True)
class MSE(ElementwiseLoss):
    """Mean squared error, torch.nn.MSELoss: `L = 1/(NC) Σ_n Σ_c (Z_nc − Y_nc)²`.

    `weight` is for the functional form, which takes a weight for each entry: `1/S Σ w_nc (Z_nc − Y_nc)²`, where the
    mean divides by `S = Σ w_nc`.
    """

    torch_name: ClassVar[str] = "MSELoss"
    family: ClassVar[str] = "differences"
    called: ClassVar[Words] = Words("均方误差", "mean squared error")
    about: ClassVar[Words] = Words("回归：预测实数", "regression: predicting real numbers")
    declared: ClassVar[tuple[Option, ...]] = (Option("weight", TENSOR, "w", ENTRY_WEIGHT, per=Per.ENTRY),)

    weight: bool = False

    @property
    def broadcast(self) -> tuple[str, ...]:  # type: ignore[override]
        """With a weight, torch would divide by the weights before they are broadcast: then all are of one shape."""
        return () if self.weight else ("Y",)

    def of_entry(self, z: Expr, y: Expr, at: tuple[Symbol, ...]) -> Expr:
        return w[at] * (z - y) ** 2 if self.weight else (z - y) ** 2

    def count(self) -> Expr:
        return sum_over(w[self.entry], *self.layout.rows, c) if self.weight else super().count()

    @property
    def plan(self) -> Plan:
        return PLAN

    @property
    def plan_for_targets(self) -> Plan:
        return PLAN

    def plan_for_hessian(self, first: Derivation) -> Plan:
        return [[first.as_lemma], [linear], [independent]]

    @property
    def meanings(self) -> dict[str, Words]:
        return {
            "S": Words("除数，即权重之和", "the divisor, the sum of the weights"),
            "w": ENTRY_WEIGHT,
        }
