"""Cross-entropy of logits that are scaled or capped first, as language models and contrastive ones do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from sympy import Integer, KroneckerDelta, Symbol, exp, tanh

from ..derivation import Derivation, Plan, derive_lines
from ..index_calculus.expressions import Condition, Context, Definition, Partial
from ..index_calculus.memoised import memoised
from ..index_calculus.rules import (
    Rule,
    chain,
    collapse,
    common,
    define,
    fold,
    independent,
    lemma,
    linear,
    log_quotient,
    pull,
    sign,
)
from ..index_calculus.symbols import L, Layout, P, U, Z, c, j, k, sum_over, y
from ..options import POSITIVE
from ..softmax import logits_of
from ..wording import Words
from .cross_entropy import SYMBOLS
from .declared import Option
from .labelled import Labelled
from .registry import register

kappa, omega = Symbol("kappa"), Symbol("omega")


def capped(layout: Layout) -> Definition:
    """U_nc := κ tanh(ω Z_nc / κ)"""
    place = layout.place(layout.rows, c)
    return Definition(U[place], kappa * tanh(omega * Z[place] / kappa))


@memoised
def capped_derivative(layout: Layout) -> Derivation:
    """∂U_nc/∂Z_ij = ω (1 − U_nc²/κ²) δ_ni δ_cj"""
    definition, logits = capped(layout), logits_of(layout)
    value = lemma(
        definition.right / kappa,
        definition.left / kappa,
        set(definition.placeholders),
        Words("U 的定义除以 κ", "U, divided by κ"),
    )
    return derive_lines(
        title=Words("压缩后的打分的导数", "the derivative of the capped logits"),
        left=Partial(definition.left, logits.entry),
        plan=[[define("U")], [linear], [chain, linear], [independent], [value]],
        context=Context({"U": definition}),
        targets=logits.free,
        shown=("U",),
    )


@register
@dataclass(frozen=True, kw_only=True)
class CappedCrossEntropy(Labelled):
    """Cross-entropy of capped logits: `L = −1/N Σ_n log P_{n, y_n}`, where P is softmax(U) and U = κ tanh(ωZ/κ).

    κ is `softcap`: no logit is larger (Gemma 2). ω is `scale`, as for the cosines of contrastive learning. The gradient
    of cross-entropy is multiplied by ω (1 − U²/κ²), which vanishes where a logit is at the cap.
    """

    torch_name: ClassVar[str] = "CappedCrossEntropy"
    called: ClassVar[Words] = Words("打分压缩（logit softcapping）", "logit softcapping")
    family: ClassVar[str] = "written"
    about: ClassVar[Words] = Words(
        "大语言模型：打分先缩放，再用 tanh 压进 ±κ 之间",
        "language models: logits are scaled, then kept between ±κ by tanh",
    )
    declared: ClassVar[tuple[Option, ...]] = (
        Option(
            "softcap", POSITIVE, "kappa", Words("softcap，打分的上限", "softcap, the cap"), default=30.0, always=True
        ),
        Option(
            "scale",
            POSITIVE,
            "omega",
            Words("scale，打分乘的系数", "scale, the factor of the logits"),
            default=1.0,
            always=True,
        ),
    )
    softcap: bool | float = True
    scale: bool | float = True

    @property
    def without_hessian(self) -> str:
        return "it is not convex, and its Hessian is not derived."

    @property
    def definitions(self) -> dict[str, Definition]:
        return {
            "L": Definition(L, -self.summed(self.log_probability) / self.divisor(self.layout.count)),
            "P": self.probabilities,
            "U": capped(self.layout),
        }

    @property
    def probabilities(self) -> Definition:
        """P_nc := e^{U_nc} / Σ_k e^{U_nk}"""
        top, below = (exp(U[self.layout.place(self.layout.rows, column)]) for column in (c, k))
        return Definition(P[self.entry], top / sum_over(below, k))

    @property
    def context(self) -> Context:
        return super().context.under(Condition(kappa, ">", Integer(0)))

    @property
    def lemmas(self) -> Sequence[Derivation]:
        return (capped_derivative(self.layout),)

    @property
    def plan(self) -> Plan:
        of_logits = capped_derivative(self.layout).as_lemma
        return [
            [define("L"), define("P")],
            [log_quotient, sign],
            [linear, chain, linear, chain],
            [of_logits],
            [collapse(), fold(self.probabilities)],
            [self.at_the_label, common()],
            [collapse().where_possible, pull.where_possible],
        ]

    @property
    def at_the_label(self) -> Rule:
        """The slope at the label, times δ: it may be written at the class that δ picks."""
        rows = self.layout.free
        label, entry = y[rows], self.layout.place(rows, j)
        slope, delta = (1 - U[self.layout.place(rows, label)] ** 2 / kappa**2), KroneckerDelta(j, label)
        return lemma(
            slope * delta,
            (1 - U[entry] ** 2 / kappa**2) * delta,
            {*rows, j},
            Words("δ 不为 0 之处，两个下标相等", "where δ is not 0, its indices are equal"),
        )

    @property
    def meanings(self) -> dict[str, Words]:
        return {"P": SYMBOLS["P"], "U": Words("压缩后的打分", "the capped logits")}
