"""The cosine of two rows, torch.nn.CosineEmbeddingLoss: alike rows point the same way, others do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sympy import Expr, IndexedBase, Rational, sqrt

from ..derivation import Derivation, Plan, derive_lines
from ..index_calculus.expressions import Context, Definition, Partial
from ..index_calculus.memoised import memoised
from ..index_calculus.rules import (
    chain,
    collapse,
    common,
    define,
    expand,
    fold,
    independent,
    lemma,
    linear,
    product,
    pull,
)
from ..index_calculus.symbols import Y, Z, c, i, j, n, sum_over
from ..linear import OUTPUTS
from ..options import NUMBER
from ..wording import Words
from .base import TARGETS
from .declared import Operand, Option, Per, Values
from .hinge_embedding import MARGIN, rho
from .piecewise import active_at_the_margin, positive_part
from .poisson_nll import eta
from .registry import register
from .rows import RowLoss

INPUT2 = "input2"
OTHER_ROWS = Words("input2，要比较的另一批行", "input2, the rows to compare with")
#: The rows that Z is compared with; the cosine between the two; the length of a row, and of the other.
Zother, chi, F, Fother = map(IndexedBase, ("Zother", "chi", "F", "Fother"))
#: What torch adds to the square of a length: 1e-12 as float32 has it, whatever the dtype (aten/native/Loss.cpp).
TINY = Definition(eta, Rational(2305843, 2**61))

COSINE = Definition(chi[n], sum_over(Z[n, c] * Zother[n, c], c) / (F[n] * Fother[n]))
LENGTHS = {
    "F": Definition(F[n], sqrt(sum_over(Z[n, c] ** 2, c) + eta)),
    "Fother": Definition(Fother[n], sqrt(sum_over(Zother[n, c] ** 2, c) + eta)),
}


@memoised
def length_derivative(rows: IndexedBase, length: str) -> Derivation:
    """∂F_n/∂Z_ij = Z_nj δ_ni / F_n: a length grows along its row."""
    definition = LENGTHS[length]
    inverse = lemma(1 / definition.right, 1 / definition.left, {n}, Words("长度的定义取倒数", "a length, inverted"))
    return derive_lines(
        title=Words("长度的导数", "the derivative of a length"),
        left=Partial(definition.left, rows[i, j]),
        plan=[[define(length)], [chain, linear, chain, linear.where_possible], [independent], [collapse(), inverse]],
        context=Context({length: definition}),
        targets=(i, j),
        shown=(length,),
    )


@memoised
def cosine_derivative(rows: IndexedBase, length: str) -> Derivation:
    """∂χ_n/∂Z_ij = (Z'_nj/(F_n F'_n) − χ_n Z_nj/F_n²) δ_ni; for `rows` Z' the same with Z and Z' exchanged."""
    of_length = length_derivative(rows, length)
    return derive_lines(
        title=Words("余弦的导数", "the derivative of a cosine"),
        left=Partial(chi[n], rows[i, j]),
        plan=[
            [define("chi"), linear],
            [product, chain, linear],
            [of_length.as_lemma, independent],
            [collapse()],
            [expand(), fold(COSINE), common()],
        ],
        context=Context({"chi": COSINE, **LENGTHS}),
        targets=(i, j),
        shown=("chi", *LENGTHS),
        lemmas=(of_length,),
    )


@register
@dataclass(frozen=True, kw_only=True)
class CosineEmbedding(RowLoss):
    """The cosine of two rows, torch.nn.CosineEmbeddingLoss, with Y_n = 1 for rows that are alike and −1 for others.

    `L = 1/(2N) Σ_n ((1 + Y_n)(1 − χ_n) + (1 − Y_n) max(χ_n − ρ, 0))`, where χ_n is the cosine between Z_n and the row
    Z'_n of `input2`, and ρ is `margin`. torch adds η to the squares of both lengths, 1e-12 as float32 has it:
    a row of zeros has the cosine 0, and a large gradient. At χ = ρ there is a corner, where torch takes the slope 1 of
    the maximum.
    """

    torch_name: ClassVar[str] = "CosineEmbeddingLoss"
    called: ClassVar[Words] = Words("余弦相似度损失", "cosine similarity loss")
    family: ClassVar[str] = "geometry"
    about: ClassVar[Words] = Words(
        "度量学习、句向量：两个向量的余弦相似度",
        "metric learning, sentence embeddings: cosine similarity of two vectors",
    )
    drawn_at: ClassVar[Mapping[str, tuple[float, ...]]] = {"Z": (0, 1), "Zother": (1, 0)}
    declared: ClassVar[tuple[Option, ...]] = (Option("margin", NUMBER, "rho", MARGIN, default=0.0, always=True),)

    margin: bool | float = True

    @property
    def without_hessian(self) -> str:
        return "it is not convex, and its Hessian is not derived."

    @property
    def operands(self) -> tuple[Operand, ...]:
        return (
            Operand(INPUT2, Zother.label.name, words=OTHER_ROWS),
            Operand(TARGETS, self.target_name, Values.SIGNS, Per.ROW),
        )

    @property
    def definitions(self) -> dict[str, Definition]:
        alike: Expr = (1 + Y[n]) * (1 - chi[n])
        of_row = (alike + (1 - Y[n]) * positive_part(chi[n] - rho)) / 2
        return {"L": self.over_rows(of_row), "chi": COSINE, **LENGTHS, "eta": TINY}

    def derivative_for(self, wrt: str) -> Derivation:
        return cosine_derivative(Z, "F") if wrt == OUTPUTS else cosine_derivative(Zother, "Fother")

    @property
    def lemmas(self) -> Sequence[Derivation]:
        return (self.derivative_for(OUTPUTS), self.derivative_for(INPUT2))

    @property
    def plan(self) -> Plan:
        return self.plan_for(OUTPUTS)

    def plan_for(self, operand: str) -> Plan:
        return [
            [define("L"), linear],
            [chain, linear],
            [self.derivative_for(operand).as_lemma],
            [common(), pull.where_possible],
            [collapse()],
            [active_at_the_margin()],
        ]

    @property
    def meanings(self) -> dict[str, Words]:
        return {
            "Zother": OTHER_ROWS,
            "chi": Words("两行的余弦相似度", "the cosine similarity of the two rows"),
            "eta": Words(
                "加在长度平方上的小常数：按 float32 存放的 1e-12",
                "what is added to the square of a length: 1e-12 as float32 has it",
            ),
            "F": Words("Z 每一行的长度", "the length of each row of Z"),
            "Fother": Words("input2 每一行的长度", "the length of each row of input2"),
        }
