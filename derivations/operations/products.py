"""Products of matrices. Batches that every array has, in front, stay outside of a formula, but for those of bmm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from sympy import Expr, Indexed

from ..index_calculus.expressions import Definition
from ..index_calculus.symbols import W, Z, b, c, d, n, sum_over, t
from ..options import FLAG
from ..wording import Words
from .base import Operation
from .letters import A, B, E, alpha, beta
from .registry import register

BATCHES = Words("有几批", "the number of batches")
FACTORS = {"A": Words("左边的因子", "the left factor"), "B": Words("右边的因子", "the right factor")}


class OfFactors(Operation):
    """A product of A and B, and perhaps something added to it."""

    meanings: ClassVar[Mapping[str, Words]] = FACTORS


@register
class MatMul(OfFactors):
    """torch.mm: `Z_nc = Σ_d A_nd B_dc`."""

    called = Words("矩阵乘法", "the matrix product")
    nodes = ("MmBackward0",)

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"A": A[n, d], "B": B[d, c]}

    @property
    def definition(self) -> Definition:
        return Definition(Z[n, c], sum_over(A[n, d] * B[d, c], d))


@register
class BatchedMatMul(OfFactors):
    """torch.bmm: `Z_tnc = Σ_d A_tnd B_tdc`."""

    called = Words("成批的矩阵乘法", "the batched matrix product")
    nodes = ("BmmBackward0",)
    meanings: ClassVar[Mapping[str, Words]] = {**FACTORS, "T": BATCHES}

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"A": A[t, n, d], "B": B[t, d, c]}

    @property
    def definition(self) -> Definition:
        return Definition(Z[t, n, c], sum_over(A[t, n, d] * B[t, d, c], d))


@register
class MatVec(OfFactors):
    """torch.mv: `Z_n = Σ_d A_nd B_d`."""

    called = Words("矩阵乘向量", "the product of a matrix and a vector")
    nodes = ("MvBackward0",)

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"A": A[n, d], "B": B[d]}

    @property
    def definition(self) -> Definition:
        return Definition(Z[n], sum_over(A[n, d] * B[d], d))


@register
class Dot(OfFactors):
    """torch.dot: `Z = Σ_d A_d B_d`, a number; written with n of size 1."""

    called = Words("点积", "the dot product")
    nodes = ("DotBackward0",)

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"A": A[n, d], "B": B[n, d]}

    @property
    def definition(self) -> Definition:
        return Definition(Z[n], sum_over(A[n, d] * B[n, d], d))


@register
@dataclass(frozen=True, kw_only=True)
class AddMm(OfFactors):
    """torch.addmm, which nn.Linear calls: `Z_nc = β b_c + α Σ_d A_nd B_dc`.

    `added` says what b is: "row", a bias, the same for each row; or "matrix", a number for each entry, then called E.
    """

    called = Words("addmm", "addmm")
    nodes = ("AddmmBackward0",)
    numbers: ClassVar[Mapping[str, str]] = {"alpha": "alpha", "beta": "beta"}
    meanings: ClassVar[Mapping[str, Words]] = {
        **FACTORS,
        "b": Words("偏置", "the bias"),
        "E": Words("加上去的矩阵", "the matrix that is added"),
    }

    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {"added": ("row", "matrix")}

    added: str = "row"

    def __post_init__(self) -> None:
        self.check()

    @property
    def operands(self) -> Mapping[str, Indexed]:
        first = {"b": b[c]} if self.added == "row" else {"E": E[n, c]}
        return {**first, "A": A[n, d], "B": B[d, c]}

    @property
    def definition(self) -> Definition:
        first = b[c] if self.added == "row" else E[n, c]
        return Definition(Z[n, c], beta * first + alpha * sum_over(A[n, d] * B[d, c], d))


@register
class AddBmm(OfFactors):
    """torch.baddbmm: `Z_tnc = β E_tnc + α Σ_d A_tnd B_tdc`."""

    called = Words("baddbmm", "baddbmm")
    nodes = ("BaddbmmBackward0",)
    numbers: ClassVar[Mapping[str, str]] = {"alpha": "alpha", "beta": "beta"}
    meanings: ClassVar[Mapping[str, Words]] = {
        **FACTORS,
        "E": Words("加上去的数组", "the array that is added"),
        "T": BATCHES,
    }

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"E": E[t, n, c], "A": A[t, n, d], "B": B[t, d, c]}

    @property
    def definition(self) -> Definition:
        return Definition(Z[t, n, c], beta * E[t, n, c] + alpha * sum_over(A[t, n, d] * B[t, d, c], d))


@register
class AddAllBmm(OfFactors):
    """torch.addbmm: `Z_nc = β E_nc + α Σ_t Σ_d A_tnd B_tdc`."""

    called = Words("addbmm", "addbmm")
    nodes = ("AddbmmBackward0",)
    numbers: ClassVar[Mapping[str, str]] = {"alpha": "alpha", "beta": "beta"}
    meanings: ClassVar[Mapping[str, Words]] = {
        **FACTORS,
        "E": Words("加上去的矩阵", "the matrix that is added"),
        "T": BATCHES,
    }

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"E": E[n, c], "A": A[t, n, d], "B": B[t, d, c]}

    @property
    def definition(self) -> Definition:
        return Definition(Z[n, c], beta * E[n, c] + alpha * sum_over(A[t, n, d] * B[t, d, c], t, d))


@register
class AddMv(OfFactors):
    """torch.addmv: `Z_n = β E_n + α Σ_d A_nd B_d`."""

    called = Words("addmv", "addmv")
    nodes = ("AddmvBackward0",)
    numbers: ClassVar[Mapping[str, str]] = {"alpha": "alpha", "beta": "beta"}
    meanings: ClassVar[Mapping[str, Words]] = {**FACTORS, "E": Words("加上去的向量", "the vector that is added")}

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"E": E[n], "A": A[n, d], "B": B[d]}

    @property
    def definition(self) -> Definition:
        return Definition(Z[n], beta * E[n] + alpha * sum_over(A[n, d] * B[d], d))


@register
class AddOuter(OfFactors):
    """torch.addr: `Z_nc = β E_nc + α A_n B_c`."""

    called = Words("addr", "addr")
    nodes = ("AddrBackward0",)
    numbers: ClassVar[Mapping[str, str]] = {"alpha": "alpha", "beta": "beta"}
    meanings: ClassVar[Mapping[str, Words]] = {**FACTORS, "E": Words("加上去的矩阵", "the matrix that is added")}

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"E": E[n, c], "A": A[n], "B": B[c]}

    @property
    def definition(self) -> Definition:
        return Definition(Z[n, c], beta * E[n, c] + alpha * A[n] * B[c])


@register
@dataclass(frozen=True, kw_only=True)
class Affine(OfFactors):
    """torch.nn.functional.linear as one node: `Z_nc = Σ_d A_nd W_cd + b_c`, with `bias=False` without b."""

    called = Words("线性层", "the linear layer")
    nodes = ("LinearBackward0",)
    meanings: ClassVar[Mapping[str, Words]] = {
        "A": Words("输入", "the inputs"),
        "W": Words("权重", "the weights"),
        "b": Words("偏置", "the bias"),
    }

    bias: bool = True

    def __post_init__(self) -> None:
        self.read(bias=FLAG)

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"A": A[n, d], "W": W[c, d], **({"b": b[c]} if self.bias else {})}

    @property
    def definition(self) -> Definition:
        product: Expr = sum_over(A[n, d] * W[c, d], d)
        return Definition(Z[n, c], product + b[c] if self.bias else product)


@register
class MultiplyAdd(Operation):
    """torch.addcmul, of tensors of one shape: `Z_n = E_n + α A_n B_n`."""

    called = Words("addcmul", "addcmul")
    nodes = ("AddcmulBackward0",)
    numbers: ClassVar[Mapping[str, str]] = {"alpha": "value"}
    meanings: ClassVar[Mapping[str, Words]] = {**FACTORS, "E": Words("加上去的张量", "the tensor that is added")}

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"E": E[n], "A": A[n], "B": B[n]}

    @property
    def definition(self) -> Definition:
        return Definition(Z[n], E[n] + alpha * A[n] * B[n])


@register
class DivideAdd(MultiplyAdd):
    """torch.addcdiv, of tensors of one shape: `Z_n = E_n + α A_n/B_n`, for B ≠ 0."""

    called = Words("addcdiv", "addcdiv")
    nodes = ("AddcdivBackward0",)

    @property
    def definition(self) -> Definition:
        return Definition(Z[n], E[n] + alpha * A[n] / B[n])
