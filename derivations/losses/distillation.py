"""Knowledge distillation: a student learns from the labels and from a teacher's softened probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from sympy import IndexedBase, Integer, Symbol, exp, log

from ..derivation import Derivation, Plan, derive_lines
from ..index_calculus.expressions import Condition, Context, Definition, Partial
from ..index_calculus.memoised import memoised
from ..index_calculus.rules import (
    chain,
    collapse,
    common,
    define,
    fold,
    independent,
    linear,
    log_quotient,
    product,
    pull,
    split,
)
from ..index_calculus.symbols import C, L, Layout, Z, c, k, sum_over
from ..options import PART, POSITIVE
from ..softmax import log_sum_exp_derivative, logits_of, rows_add_up, softmax, softmax_jacobian
from ..wording import Words
from .cross_entropy import SYMBOLS
from .declared import Operand, Option
from .labelled import LABELS, Labelled
from .registry import register

tau, zeta = Symbol("tau"), Symbol("zeta")
#: The teacher's logits, its softened probabilities, and the student's.
Zteacher, R, Psoft = map(IndexedBase, ("Zteacher", "R", "Psoft"))
TEMPERATURE = Words("temperature，蒸馏的温度", "temperature, what logits are divided by")
MIXED = Words("mixing，老师所占的比重", "mixing, the teacher's share")


def softened(name: IndexedBase, logits: IndexedBase, layout: Layout) -> Definition:
    """softmax(Z/τ), by a name of its own."""
    top, below = (exp(logits[layout.place(layout.rows, column)] / tau) for column in (c, k))
    return Definition(name[layout.place(layout.rows, c)], top / sum_over(below, k))


@memoised
def softened_derivative(layout: Layout) -> Derivation:
    """∂ log Σ_k e^{Z_nk/τ} / ∂Z_ij = P'_nj δ_ni / τ, with P' = softmax(Z/τ)."""
    logits, definition = logits_of(layout), softened(Psoft, Z, layout)
    scaled = sum_over(exp(Z[layout.place(layout.rows, k)] / tau), k)
    return derive_lines(
        title=Words("带温度的 log-sum-exp 的导数", "the derivative of log-sum-exp with a temperature"),
        left=Partial(log(scaled), logits.entry),
        plan=[[chain], [linear, chain, linear], [independent], [collapse()], [fold(definition)]],
        context=Context({"Psoft": definition}),
        targets=logits.free,
        shown=("Psoft",),
    )


@memoised
def softened_jacobian(layout: Layout) -> Derivation:
    """∂P'_nc/∂Z_ij = P'_nc (δ_cj − P'_nj) δ_ni / τ."""
    logits, definition = logits_of(layout), softened(Psoft, Z, layout)
    return derive_lines(
        title=Words("带温度的 softmax 的 Jacobian", "the Jacobian of softmax with a temperature"),
        left=Partial(definition.left, logits.entry),
        plan=[
            [define("Psoft")],
            [product, chain, linear],
            [chain, linear, independent],
            [collapse()],
            [fold(definition)],
            [common()],
        ],
        context=Context({"Psoft": definition}),
        targets=logits.free,
        shown=("Psoft",),
    )


@register
@dataclass(frozen=True, kw_only=True)
class Distillation(Labelled):
    """Knowledge distillation (Hinton et al. 2015): cross-entropy and a Kullback–Leibler divergence, mixed.

    `L = 1/N Σ_n ((1 − ζ) (−log P_{n, y_n}) + ζ τ² Σ_c R_nc (log R_nc − log P'_nc))`, where R and P' are softmax(Z/τ) of
    the teacher and of the student, τ is `temperature` and ζ is `mixing`. τ² keeps the two parts' gradients of one size.
    The teacher is held fixed: no gradient is taken in its logits.
    """

    torch_name: ClassVar[str] = "DistillationLoss"
    called: ClassVar[Words] = Words("知识蒸馏", "knowledge distillation")
    family: ClassVar[str] = "written"
    about: ClassVar[Words] = Words(
        "模型压缩：学生模型既学标签，也学老师的软标签",
        "model compression: a student learns from labels and from a teacher's soft ones",
    )
    declared: ClassVar[tuple[Option, ...]] = (
        Option("temperature", POSITIVE, "tau", TEMPERATURE, default=2.0, always=True),
        Option("mixing", PART, "zeta", MIXED, default=0.5, always=True),
    )
    temperature: bool | float = True
    mixing: bool | float = True

    @property
    def operands(self) -> tuple[Operand, ...]:
        return (
            Operand("teacher", "Zteacher", words=Words("老师的打分", "the teacher's logits")),
            LABELS,
        )

    @property
    def wrt(self) -> tuple[str, ...]:
        return tuple(each for each in super().wrt if each != "teacher")

    @property
    def definitions(self) -> dict[str, Definition]:
        entry = self.entry
        taught = sum_over(R[entry] * (log(R[entry]) - log(Psoft[entry])), c)
        total = self.summed((1 - zeta) * -self.log_probability + zeta * tau**2 * taught)
        return {
            "L": Definition(L, total / self.divisor(self.layout.count)),
            "P": softmax(self.layout),
            "Psoft": softened(Psoft, Z, self.layout),
            "R": softened(R, Zteacher, self.layout),
        }

    @property
    def context(self) -> Context:
        return super().context.under(Condition(tau, ">", Integer(0)))

    @property
    def teacher_adds_up(self) -> Derivation:
        """Σ_c R_nc = 1."""
        return rows_add_up("R", softened(R, Zteacher, self.layout))

    @property
    def without_convexity(self) -> str:
        return "it is a mixture of two cross-entropies, which are convex: ask for CrossEntropy's."

    @property
    def lemmas(self) -> Sequence[Derivation]:
        return (
            log_sum_exp_derivative(self.layout),
            softened_derivative(self.layout),
            self.teacher_adds_up,
        )

    @property
    def plan(self) -> Plan:
        return [
            [define("L"), define("P", "Psoft")],
            [log_quotient, linear],
            [*(each.as_lemma for each in self.lemmas[:2]), independent],
            [common(), pull, common().where_possible, collapse(*self.layout.rows)],
            [split(C), pull],
            [collapse(), self.teacher_adds_up.as_lemma],
        ]

    def plan_for_hessian(self, first: Derivation) -> Plan:
        return [
            [first.as_lemma],
            [linear],
            [softmax_jacobian(self.layout).as_lemma, softened_jacobian(self.layout).as_lemma],
            [common().where_possible],
        ]

    @property
    def meanings(self) -> dict[str, Words]:
        return {
            "P": SYMBOLS["P"],
            "Psoft": Words("学生带温度的概率", "the student's probabilities, softened"),
            "R": Words("老师带温度的概率", "the teacher's probabilities, softened"),
            "Zteacher": Words("老师的打分", "the teacher's logits"),
        }
