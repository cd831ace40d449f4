"""What puts entries where an array of positions says: joined, added, put."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from sympy import Indexed, KroneckerDelta

from ..index_calculus.expressions import Definition
from ..index_calculus.symbols import Z, c, mu, n, sum_over, y
from ..wording import Words
from .base import Operation
from .letters import A, B, E, alpha
from .picking import POSITIONS
from .registry import register

PLACES = Words("位置，每个元素放到哪里", "positions, where each entry is put")


@register
class Concatenate(Operation):
    """torch.cat and stack, for one of what is joined: `Z_n = μ_n A_{y_n} + E_n`, where E is what the others bring."""

    called = Words("拼接", "joining")
    nodes = ("CatBackward0", "StackBackward0")
    meanings: ClassVar[Mapping[str, Words]] = {
        "A": Words("被拼接的张量之一", "one of the tensors that are joined"),
        "y": POSITIONS,
        "mu": Words("掩码，结果取自 A 的地方为 1，否则为 0", "the mask, 1 where the result is taken from A, else 0"),
        "E": Words("其他张量带来的部分", "what the other tensors bring"),
    }

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"A": A[c]}

    @property
    def definition(self) -> Definition:
        return Definition(Z[n], mu[n] * A[y[n]] + E[n])


@register
class ScatterAdd(Operation):
    """torch.scatter_add, index_add, and index_put that accumulates: `Z_c = A_c + α Σ_n B_n δ(y_n, c)`."""

    called = Words("加到指定位置", "adding at positions")
    nodes = (
        "ScatterAddBackward0",
        "IndexAddBackward0",
        "IndexPutBackward0",
        "IndexPutImplBackward0",
        "UnsafeIndexPutBackward0",
    )
    numbers: ClassVar[Mapping[str, str]] = {"alpha": "alpha"}
    meanings: ClassVar[Mapping[str, Words]] = {
        "A": Words("被加的张量", "what is added to"),
        "B": Words("要加的元素", "what is added"),
        "y": PLACES,
    }

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"A": A[c], "B": B[n]}

    @property
    def definition(self) -> Definition:
        return Definition(Z[c], A[c] + alpha * sum_over(B[n] * KroneckerDelta(y[n], c), n))


@register
class Scatter(Operation):
    """torch.scatter, masked_scatter and slices that are assigned: `Z_c = μ_c A_c + Σ_n B_n δ(y_n, c)`.

    Here μ is 0 where something is put, and no two are put in one place.
    """

    called = Words("放到指定位置", "putting at positions")
    nodes = ("ScatterBackward0", "SelectScatterBackward0", "SliceScatterBackward0", "IndexCopyBackward0")
    meanings: ClassVar[Mapping[str, Words]] = {
        "A": Words("原来的张量", "what is put into"),
        "B": Words("放进去的元素", "what is put"),
        "y": PLACES,
        "mu": Words("掩码，没有被盖住的地方为 1，否则为 0", "the mask, 0 where something is put and 1 elsewhere"),
    }

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"A": A[c], "B": B[n]}

    @property
    def definition(self) -> Definition:
        return Definition(Z[c], mu[c] * A[c] + sum_over(B[n] * KroneckerDelta(y[n], c), n))
