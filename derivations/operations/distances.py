"""Distances of rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from sympy import Indexed, Integer, sqrt

from ..derivation import Plan
from ..index_calculus.expressions import Condition, Definition
from ..index_calculus.rules import lemma
from ..index_calculus.symbols import Z, c, d, n, sum_over
from ..wording import Words
from .base import Operation
from .letters import A, B
from .registry import register


@register
class Cdist(Operation):
    """torch.cdist with p = 2: `Z_nc = √(Σ_d (A_nd − B_cd)²)`, where that is not 0."""

    called = Words("两两之间的距离", "the distances of each from each")
    nodes = ("CdistBackward0", "EuclideanDistBackward0")
    corner = Words("距离为 0 时，torch 取 0", "where a distance is 0, torch takes 0")
    meanings: ClassVar[Mapping[str, Words]] = {
        "A": Words("第一组行", "the first rows"),
        "B": Words("第二组行", "the second rows"),
    }

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"A": A[n, d], "B": B[c, d]}

    @property
    def definition(self) -> Definition:
        return Definition(Z[n, c], sqrt(sum_over((A[n, d] - B[c, d]) ** 2, d)))

    @property
    def domain(self) -> tuple[Condition, ...]:
        return (Condition(Z[n, c], ">", Integer(0)),)

    def ending(self, wrt: str) -> Plan:
        own = self.definition
        title = Words("距离的定义取倒数", "a distance's definition, inverted")
        return ([lemma(1 / own.right, 1 / own.left, {n, c}, title)],)
