"""Several right classes, torch.nn.MultiLabelMarginLoss: each of them keeps a margin of 1 to each of the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from sympy import IndexedBase, KroneckerDelta

from ..derivation import Plan
from ..index_calculus.expressions import Definition
from ..index_calculus.rules import chain, collapse, common, define, expand, independent, linear, pull, rename
from ..index_calculus.symbols import C, Z, c, k, n, sum_over
from ..wording import Words
from .base import TARGETS
from .declared import Operand, Values
from .piecewise import STRAIGHT, positive_part
from .registry import register
from .rows import RowLoss

M = IndexedBase("M")


@register
@dataclass(frozen=True, kw_only=True)
class MultiLabelMargin(RowLoss):
    """Several right classes, torch.nn.MultiLabelMarginLoss, with M_nc = 1 for the right ones of row n, else 0.

    `L = 1/N Σ_n 1/C Σ_c Σ_k M_nc (1 − M_nk) max(1 − Z_nc + Z_nk, 0)`. torch takes the right classes of a row as labels,
    up to the first −1. Where two classes are just 1 apart there is a corner; torch takes the slope 0 there.
    """

    torch_name: ClassVar[str] = "MultiLabelMarginLoss"
    called: ClassVar[Words] = Words("多标签铰链损失", "multi-label hinge loss")
    family: ClassVar[str] = "margins"
    about: ClassVar[Words] = Words(
        "多标签分类：正确的类别都排在前面", "multi-label classification: the right classes rank above the others"
    )
    drawn_at: ClassVar[Mapping[str, tuple[float, ...]]] = {"M": (1, 0, 0)}
    target_name: ClassVar[str] = "M"

    @property
    def without_hessian(self) -> str:
        return STRAIGHT

    @property
    def operands(self) -> tuple[Operand, ...]:
        return (Operand(TARGETS, self.target_name, Values.CLASS_SETS),)

    @property
    def definitions(self) -> dict[str, Definition]:
        missing = 1 - Z[n, c] + Z[n, k]
        return {"L": self.over_rows(sum_over(M[n, c] * (1 - M[n, k]) * positive_part(missing), c, k) / C)}

    @property
    def plan(self) -> Plan:
        return [
            [define("L"), linear],
            [chain, linear],
            [independent, common()],
            [pull, collapse(n)],
            [expand(KroneckerDelta)],
            [collapse(), pull, rename],
        ]

    @property
    def meanings(self) -> dict[str, Words]:
        return {"M": Words("1（第 n 行的正确类别）或 0（其余的类别）", "1 for the right classes of row n, else 0")}
