"""The multi-class hinge, torch.nn.MultiMarginLoss: the right class keeps a margin to every other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sympy import KroneckerDelta

from ..derivation import Plan
from ..index_calculus.expressions import Definition
from ..index_calculus.functions import step
from ..index_calculus.rules import chain, collapse, common, define, fold, independent, linear, pull, split
from ..index_calculus.symbols import C, Z, c, n, sum_over, w, y
from ..options import NUMBER, Choice
from ..wording import Words
from .cross_entropy import CLASS_WEIGHT, SYMBOLS
from .declared import Operand, Option
from .hinge_embedding import MARGIN, rho
from .labelled import LABELS
from .piecewise import STRAIGHT, H, excess_has_its_sign, positive_part
from .registry import register
from .rows import RowLoss

POWER = Words("p，铰链的次数，1 或 2", "p, the power of the hinge, 1 or 2")


@register
@dataclass(frozen=True, kw_only=True)
class MultiMargin(RowLoss):
    """The multi-class hinge, torch.nn.MultiMarginLoss, for p = 1 or p = 2, with w `weight` and ρ `margin`.

    `L = 1/N Σ_n w_{y_n}/C Σ_{c ≠ y_n} max(ρ − Z_{n, y_n} + Z_nc, 0)^p`. Where a class stands at the margin itself, the
    loss with p = 1 has a corner; torch takes the slope 0 there, as if the class no longer counted.
    """

    torch_name: ClassVar[str] = "MultiMarginLoss"
    called: ClassVar[Words] = Words("多分类铰链损失", "multi-class hinge loss")
    family: ClassVar[str] = "margins"
    about: ClassVar[Words] = Words(
        "多分类：支持向量机（SVM）", "multi-class classification: support vector machines (SVM)"
    )
    declared: ClassVar[tuple[Option, ...]] = (
        Option("p", Choice(1, 2), words=POWER, default=1),
        Option("margin", NUMBER, "rho", MARGIN, default=1.0, always=True),
        CLASS_WEIGHT,
    )
    target_name: ClassVar[str] = "y"

    p: int = 1
    margin: bool | float = True
    weight: bool = False

    @property
    def without_hessian(self) -> str:
        return STRAIGHT if self.p == 1 else "its slopes have jumps, and its Hessian is not derived."

    @property
    def operands(self) -> tuple[Operand, ...]:
        return (LABELS,)

    @property
    def definitions(self) -> dict[str, Definition]:
        others, missing = 1 - KroneckerDelta(c, y[n]), rho - Z[n, y[n]] + Z[n, c]
        weight = w[y[n]] if self.weight else 1
        slope = step(missing) if self.p == 1 else 2 * positive_part(missing)
        return {
            "L": self.over_rows(weight / C * sum_over(others * positive_part(missing) ** self.p, c)),
            "H": Definition(H[n, c], others * slope),
        }

    @property
    def plan(self) -> Plan:
        hinge = self.definitions["H"]
        slopes = [chain] if self.p == 1 else [chain, chain, excess_has_its_sign]
        return [
            [define("L"), linear],
            [*slopes, linear, fold(hinge)],
            [independent, common()],
            [pull, collapse(n)],
            [split(), pull.where_possible],
            [collapse()],
        ]

    @property
    def meanings(self) -> dict[str, Words]:
        return {
            "w": SYMBOLS["w"],
            "H": Words("铰链的斜率，正确的类别处为 0", "the slope of each hinge, 0 for the right class"),
        }
