"""The hinge on a distance, torch.nn.HingeEmbeddingLoss: pairs that belong together come close, others keep a margin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sympy import Expr, Symbol

from ..derivation import Plan
from ..options import NUMBER
from ..wording import Words
from . import piecewise
from .base import TARGETS
from .declared import Operand, Option, Values
from .entries import ElementwiseLoss
from .registry import register

rho = Symbol("rho")
MARGIN = Words("margin，间隔", "margin")


@register
@dataclass(frozen=True, kw_only=True)
class HingeEmbedding(ElementwiseLoss):
    """The hinge on a distance, torch.nn.HingeEmbeddingLoss, with Y_nc = 1 for what is alike and −1 for what is not.

    `L = 1/(2NC) Σ ((1 + Y_nc) Z_nc + (1 − Y_nc) max(ρ − Z_nc, 0))`, where ρ is `margin`: the distance Z itself, or what
    is missing to the margin. At Z = ρ there is a corner; torch takes the slope −1 there, as if the pair still counted.
    """

    torch_name: ClassVar[str] = "HingeEmbeddingLoss"
    called: ClassVar[Words] = Words("铰链嵌入损失", "hinge embedding loss")
    family: ClassVar[str] = "margins"
    about: ClassVar[Words] = Words(
        "度量学习、相似度：输出是距离，标签是 ±1", "metric learning, similarity: of distances, with labels ±1"
    )
    declared: ClassVar[tuple[Option, ...]] = (Option("margin", NUMBER, "rho", MARGIN, default=1.0, always=True),)
    broadcast: ClassVar[tuple[str, ...]] = ("Y",)

    margin: bool | float = True

    @property
    def without_hessian(self) -> str:
        return piecewise.STRAIGHT

    @property
    def operands(self) -> tuple[Operand, ...]:
        return (Operand(TARGETS, self.target_name, Values.SIGNS),)

    def of_entry(self, z: Expr, y: Expr, at: tuple[Symbol, ...]) -> Expr:
        return ((1 + y) * z + (1 - y) * piecewise.positive_part(rho - z)) / 2

    @property
    def plan(self) -> Plan:
        return [*piecewise.PLAN, [piecewise.active_at_the_margin()]]
