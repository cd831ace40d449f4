"""Huber's loss, torch.nn.HuberLoss: squares that go on as straight lines.

Written in one piece, a square is taken of the error, less the square of what exceeds the threshold; so the gradient is
the error itself, clipped.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from sympy import Abs, Expr, Integer, Symbol

from ..derivation import Derivation, Plan
from ..index_calculus.expressions import Condition, Context
from ..index_calculus.rules import chain, collapse, common, define, independent, linear, pull
from ..index_calculus.symbols import Y, Z, j
from ..options import POSITIVE
from ..wording import Words
from .declared import Option
from .entries import ElementwiseLoss
from .piecewise import clipped, excess_has_its_sign, inside, positive_part
from .registry import register

Delta = Symbol("Delta")
THRESHOLD = Words("delta，误差超过它时改用直线", "delta, the error beyond which the loss is a straight line")


class Clipped(ElementwiseLoss):
    """½ (u² − max(|u| − threshold, 0)²) for the error u: u²/2 up to the threshold, a straight line from there on."""

    family: ClassVar[str] = "differences"
    broadcast: ClassVar[tuple[str, ...]] = ("Y",)
    #: Where the straight line begins.
    threshold: ClassVar[Symbol]

    @abstractmethod
    def scaled(self, square: Expr) -> Expr:
        """The loss of an entry from half its square."""

    def of_entry(self, z: Expr, y: Expr, at: tuple[Symbol, ...]) -> Expr:
        return self.scaled(((z - y) ** 2 - positive_part(Abs(z - y) - self.threshold) ** 2) / 2)

    @property
    def context(self) -> Context:
        return super().context.under(Condition(self.threshold, ">", Integer(0)))

    @property
    def plan(self) -> Plan:
        return self.clipping(1)

    @property
    def plan_for_targets(self) -> Plan:
        return self.clipping(-1)

    def clipping(self, sign: int) -> Plan:
        """∂L in Z (sign 1) or in Y (−1) ends in Z − Y or in Y − Z, clipped."""
        entry = (*self.layout.free, j)
        return [
            [define("L"), linear],
            [chain, linear, chain.where_possible, linear],
            [chain, linear, independent],
            [common(), pull.where_possible],
            [collapse()],
            [excess_has_its_sign],
            [clipped(sign * (Z[entry] - Y[entry]), self.threshold)],
        ]

    def plan_for_hessian(self, first: Derivation) -> Plan:
        entry = (*self.layout.free, j)
        return [
            [first.as_lemma],
            [linear],
            [chain, linear.where_possible, chain, linear],
            [independent],
            [inside(Z[entry] - Y[entry], self.threshold)],
        ]


@register
@dataclass(frozen=True, kw_only=True)
class Huber(Clipped):
    """Huber's loss, torch.nn.HuberLoss: u²/2 for |u| ≤ δ, else δ (|u| − δ/2), where u = Z_nc − Y_nc; the mean of all.

    In one piece: `L = 1/(NC) Σ ½ (u² − max(|u| − δ, 0)²)`. Its gradient is u, clipped at ±δ, and has no jump.
    """

    torch_name: ClassVar[str] = "HuberLoss"
    called: ClassVar[Words] = Words("Huber 损失", "Huber loss")
    about: ClassVar[Words] = Words(
        "回归：误差小时取平方，大时取绝对值，不怕离群值",
        "regression: squares for small errors, straight lines for outliers",
    )
    declared: ClassVar[tuple[Option, ...]] = (Option("delta", POSITIVE, "Delta", THRESHOLD, default=1.0, always=True),)
    threshold: ClassVar[Symbol] = Delta

    delta: bool | float = True

    def scaled(self, square: Expr) -> Expr:
        return square
