"""Cross-entropy with a safe mean: over the rows that a mask keeps, and 0 where it keeps none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from sympy import Expr, IndexedBase, Max

from ..derivation import Derivation, Plan
from ..index_calculus.expressions import Context, Definition
from ..index_calculus.rules import collapse, common, define, independent, linear, log_quotient, sign
from ..index_calculus.symbols import L, S, sum_over
from ..softmax import log_sum_exp_derivative, softmax, softmax_jacobian
from ..wording import Words
from .cross_entropy import SYMBOLS
from .declared import Operand, Per, Values
from .labelled import LABELS, Labelled
from .registry import register

#: 1 in the rows that count, else 0.
B = IndexedBase("B")
MASK = Words("mask，计入的行是 1，其余是 0", "mask, 1 in the rows that count, else 0")


@register
@dataclass(frozen=True, kw_only=True)
class MaskedCrossEntropy(Labelled):
    """Cross-entropy with a safe mean: `L = −1/S Σ_n B_n log P_{n, y_n}`, with S = max(Σ_n B_n, 1) and `mask` B.

    Where the mask keeps no row, the loss and its gradient are 0; CrossEntropyLoss with ignore_index is 0/0 there, which
    is not a number.
    """

    torch_name: ClassVar[str] = "MaskedCrossEntropy"
    called: ClassVar[Words] = Words("带掩码的交叉熵", "masked cross-entropy")
    family: ClassVar[str] = "written"
    about: ClassVar[Words] = Words(
        "序列与填充（padding）：只对没遮住的行求平均，全遮住时是 0，不是 nan",
        "sequences, padding: the mean of the rows that count, and 0, not nan, where none does",
    )
    curved_by_softmax: ClassVar[bool] = True

    @property
    def operands(self) -> tuple[Operand, ...]:
        return (
            LABELS,
            Operand("mask", B.label.name, Values.BITS, Per.ROW, words=MASK),
        )

    def divisor(self, count: Expr) -> Expr:
        kept = Max(sum_over(B[self.layout.rows], *self.layout.rows), 1)
        return kept if self.reduction == "mean" else super().divisor(count)

    @property
    def definitions(self) -> dict[str, Definition]:
        total = -self.summed(B[self.layout.rows] * self.log_probability)
        divisor = self.divisor(self.layout.count)
        if self.reduction != "mean":
            return {"L": Definition(L, total), "P": softmax(self.layout)}
        return {"L": Definition(L, total / S), "S": Definition(S, divisor), "P": softmax(self.layout)}

    @property
    def context(self) -> Context:
        return Context(self.definitions)  # S ≥ 1

    @property
    def lemmas(self) -> Sequence[Derivation]:
        return (log_sum_exp_derivative(self.layout),)

    @property
    def plan(self) -> Plan:
        return [
            [define("L"), define("P")],
            [log_quotient, sign],
            [linear],
            [*(each.as_lemma for each in self.lemmas), independent],
            [common()],
            [collapse()],
        ]

    def plan_for_hessian(self, first: Derivation) -> Plan:
        return [[first.as_lemma], [linear], [softmax_jacobian(self.layout).as_lemma]]

    @property
    def meanings(self) -> dict[str, Words]:
        return {
            "B": MASK,
            "P": SYMBOLS["P"],
            "S": Words("除数：计入的行数，至少是 1", "the divisor: how many rows count, at least 1"),
        }
