"""The ranking of two outputs, torch.nn.MarginRankingLoss: one should be larger than the other, by a margin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sympy import Expr, Symbol

from ..derivation import Plan
from ..options import NUMBER
from ..wording import Words
from . import piecewise
from .base import TARGETS
from .cosine_embedding import INPUT2, Zother
from .declared import Operand, Option, Values
from .entries import ElementwiseLoss
from .hinge_embedding import MARGIN, rho
from .registry import register

OTHER = Words("input2，要比较的另一个输出", "input2, the outputs to compare with")


@register
@dataclass(frozen=True, kw_only=True)
class MarginRanking(ElementwiseLoss):
    """The ranking of two outputs, torch.nn.MarginRankingLoss: where Y_nc is 1 the first should be larger.

    `L = 1/(NC) Σ max(ρ − Y_nc (Z_nc − Z'_nc), 0)`, where Z' is `input2` and ρ is `margin`. At the margin there is a
    corner, where torch takes the slope of the pairs that count.
    """

    torch_name: ClassVar[str] = "MarginRankingLoss"
    called: ClassVar[Words] = Words("间隔排序损失", "margin ranking loss")
    family: ClassVar[str] = "margins"
    about: ClassVar[Words] = Words("排序：两个打分谁该更高", "ranking: which of two scores should be higher")
    declared: ClassVar[tuple[Option, ...]] = (Option("margin", NUMBER, "rho", MARGIN, default=0.0, always=True),)
    broadcast: ClassVar[tuple[str, ...]] = ("Zother", "Y")

    margin: bool | float = True

    @property
    def operands(self) -> tuple[Operand, ...]:
        return (
            Operand(INPUT2, Zother.label.name, words=OTHER),
            Operand(TARGETS, self.target_name, Values.SIGNS),
        )

    def of_entry(self, z: Expr, y: Expr, at: tuple[Symbol, ...]) -> Expr:
        return piecewise.positive_part(rho - y * (z - Zother[at]))

    @property
    def without_hessian(self) -> str:
        return piecewise.STRAIGHT

    @property
    def plan(self) -> Plan:
        return [*piecewise.PLAN, [piecewise.active_at_the_margin()]]

    def plan_for(self, operand: str) -> Plan:
        return self.plan

    @property
    def meanings(self) -> dict[str, Words]:
        return {"Zother": OTHER, "rho": MARGIN}
