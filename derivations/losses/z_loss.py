"""Cross-entropy with z-loss: the logits' normaliser is kept near 1, as large language models are trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from sympy import Symbol

from ..derivation import Derivation, Plan
from ..index_calculus.expressions import Definition
from ..index_calculus.rules import chain, collapse, common, define, independent, linear, log_quotient, product
from ..index_calculus.symbols import L
from ..options import AMOUNT
from ..softmax import log_sum_exp, log_sum_exp_derivative, softmax, softmax_jacobian
from ..wording import Words
from .cross_entropy import SYMBOLS
from .declared import Option
from .labelled import Labelled
from .registry import register

STRENGTH = Symbol("lambda")


@register
@dataclass(frozen=True, kw_only=True)
class ZLoss(Labelled):
    """Cross-entropy with z-loss (PaLM, 2022): `L = 1/N Σ_n (−log P_{n, y_n} + λ (log Σ_k e^{Z_nk})²)`.

    λ is `strength`. Cross-entropy alone does not change when the same number is added to all logits of a row; the
    second term pulls log Σ e^Z to 0.
    """

    torch_name: ClassVar[str] = "ZLoss"
    called: ClassVar[Words] = Words("z-loss", "z-loss")
    family: ClassVar[str] = "written"
    about: ClassVar[Words] = Words(
        "大语言模型：交叉熵加上 z-loss，让打分不漂移",
        "language models: cross-entropy plus z-loss, against drifting logits",
    )
    declared: ClassVar[tuple[Option, ...]] = (
        Option(
            "strength",
            AMOUNT,
            "lambda",
            Words("strength，z-loss 的强度", "strength, the factor of the z-loss"),
            default=1e-4,
            always=True,
        ),
    )
    strength: bool | float = True

    @property
    def definitions(self) -> dict[str, Definition]:
        total = self.summed(-self.log_probability + STRENGTH * log_sum_exp(self.layout) ** 2)
        return {"L": Definition(L, total / self.divisor(self.layout.count)), "P": softmax(self.layout)}

    @property
    def lemmas(self) -> Sequence[Derivation]:
        return (log_sum_exp_derivative(self.layout),)

    @property
    def plan(self) -> Plan:
        of_log_sum_exp = log_sum_exp_derivative(self.layout).as_lemma
        return [
            [define("L"), define("P")],
            [log_quotient],
            [linear, of_log_sum_exp],
            [chain, of_log_sum_exp],
            [independent, common()],
            [collapse()],
        ]

    @property
    def without_convexity(self) -> str:
        return "its Hessian is positive semidefinite only where 1 + 2·λ·log Σ e^Z is not negative."

    def plan_for_hessian(self, first: Derivation) -> Plan:
        return [
            [first.as_lemma],
            [linear],
            [product],
            [softmax_jacobian(self.layout).as_lemma, log_sum_exp_derivative(self.layout).as_lemma],
            [common().where_possible],
        ]

    @property
    def meanings(self) -> dict[str, Words]:
        return {"P": SYMBOLS["P"]}
