"""The L2 penalty, λ/2 Σ W²: what weight decay is when it is written as a part of the loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sympy import Rational, Symbol

from ..derivation import Derivation, derive_lines
from ..index_calculus.expressions import Context, Definition, Partial
from ..index_calculus.rules import chain, collapse, define, independent, linear
from ..index_calculus.symbols import L, W, c, d, sum_over
from ..linear import TENSOR_OF, WEIGHT
from ..subject import Subject
from ..wording import Words

STRENGTH = Symbol("lambda")


@dataclass(frozen=True, kw_only=True)
class L2Penalty(Subject):
    """The L2 penalty, `L = λ/2 Σ_c Σ_d W_cd²`: its gradient is what SGD's weight_decay adds."""

    @property
    def wrt(self) -> tuple[str, ...]:
        return (WEIGHT,)

    def derivation(self, wrt: str, **options: Any) -> Derivation:
        tensor = TENSOR_OF[wrt]
        return derive_lines(
            title=Words("L2 惩罚项的 ∂L/∂W", "the L2 penalty: ∂L/∂W"),
            left=Partial(L, tensor.entry),
            plan=[[define("L"), linear], [chain], [independent], [collapse()]],
            context=Context({"L": Definition(L, STRENGTH * Rational(1, 2) * sum_over(W[c, d] ** 2, c, d))}),
            targets=tensor.free,
            shown=("L",),
            symbols={"lambda": Words("惩罚的强度，即 weight_decay", "the strength of the penalty, weight_decay")},
        )

    def __str__(self) -> str:
        return "L2Penalty"
