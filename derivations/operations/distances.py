"""Distances of rows, and rows of a given length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from sympy import Indexed, IndexedBase, Integer, sqrt

from ..derivation import Derivation, Plan, derive_lines
from ..index_calculus.expressions import Condition, Context, Definition, Partial
from ..index_calculus.memoised import memoised
from ..index_calculus.rules import chain, collapse, define, independent, lemma, linear
from ..index_calculus.symbols import Z, c, d, i, j, n, sum_over
from ..wording import Words
from .base import BEGIN, LAST, ROUND, Operation
from .letters import A, B
from .registry import register

R = IndexedBase("R")


@register
class WeightNorm(Operation):
    """torch's weight norm as one node: `Z_nc = B_n R_n A_nc`, R = 1/√(Σ_c A_nc²), where that is not 0."""

    called = Words("weight norm", "weight norm")
    nodes = ("WeightNormInterfaceBackward0",)
    meanings: ClassVar[Mapping[str, Words]] = {
        "A": Words("方向，每行一个", "the directions, one in each row"),
        "B": Words("长度", "the lengths"),
        "R": Words("每行长度的倒数", "the inverse of the length of each row"),
    }

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"A": A[n, c], "B": B[n]}

    @property
    def stages(self) -> dict[str, Definition]:
        return {"R": inverse_length()}

    @property
    def definition(self) -> Definition:
        return Definition(Z[n, c], B[n] * R[n] * A[n, c])

    @property
    def domain(self) -> tuple[Condition, ...]:
        return (Condition(R[n], ">", Integer(0)),)

    def lemmas(self, wrt: str) -> Sequence[Derivation]:
        return (of_inverse_length(),) if wrt == "A" else ()

    def plan(self, wrt: str) -> Plan:
        if wrt == "B":
            return super().plan(wrt)
        known = of_inverse_length().as_lemma
        return ([*BEGIN, define("Z")], [*ROUND], [known, independent], *LAST[1:])


def inverse_length() -> Definition:
    """R_n := 1/√(Σ_c A_nc²)"""
    return Definition(R[n], 1 / sqrt(sum_over(A[n, c] ** 2, c)))


@memoised
def of_inverse_length() -> Derivation:
    """∂R_n/∂A_ij = −R_n³ A_nj δ_ni."""
    own = inverse_length()
    cube = lemma(own.right**3, own.left**3, {n}, Words("R 的定义取立方", "the definition of R, cubed"))
    return derive_lines(
        title=Words("长度倒数的导数", "the derivative of an inverse length"),
        left=Partial(R[n], A[i, j]),
        plan=[[define("R")], [chain, linear], [chain, independent], [collapse(), cube]],
        context=Context({"R": own}).under(Condition(R[n], ">", Integer(0))),
        targets=(i, j),
        shown=("R",),
    )


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
