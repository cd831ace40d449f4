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
    pull,
    rename,
    split,
)
from ..index_calculus.symbols import C, L, Layout, Z, c, k, sum_over
from ..options import PART, POSITIVE
from ..softmax import log_sum_exp_derivative, logits_of, softmax
from ..wording import Words
from .cross_entropy import SYMBOLS
from .declared import Operand, Option
from .labelled import LABELS, Labelled
from .registry import register

tau, zeta = Symbol("tau"), Symbol("zeta")
#: The teacher's logits, its softened probabilities, and the student's.
Zteacher, R, Psoft = map(IndexedBase, ("Zteacher", "R", "Psoft"))
TEMPERATURE = Words("temperature，蒸馏的温度", "temperature, that of the distillation")
MIXED = Words("mixing，老师所占的比重", "mixing, the teacher's part")


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
def teacher_adds_up(layout: Layout) -> Derivation:
    """Σ_c R_nc = 1."""
    definition = softened(R, Zteacher, layout)
    return derive_lines(
        title=Words("老师每一行的概率之和是 1", "the teacher's probabilities of a row add up to 1"),
        left=sum_over(definition.left, c),
        plan=[[define("R")], [pull, rename]],
        context=Context({"R": definition}),
        shown=("R",),
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
        "知识蒸馏：学生同时学标签和老师的软标签",
        "knowledge distillation: a student learns labels and a teacher's soft ones",
    )
    declared: ClassVar[tuple[Option, ...]] = (
        Option("temperature", POSITIVE, "tau", TEMPERATURE, default=2.0, always=True),
        Option("mixing", PART, "zeta", MIXED, default=0.5, always=True),
    )
    temperature: bool | float = True
    mixing: bool | float = True

    @property
    def without_hessian(self) -> str:
        return "it is a mixture of cross-entropies, and its Hessian is a mixture of theirs: ask for CrossEntropy's."

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
    def lemmas(self) -> Sequence[Derivation]:
        return (
            log_sum_exp_derivative(self.layout),
            softened_derivative(self.layout),
            teacher_adds_up(self.layout),
        )

    @property
    def plan(self) -> Plan:
        return [
            [define("L"), define("P", "Psoft")],
            [log_quotient, linear],
            [*(each.as_lemma for each in self.lemmas[:2]), independent],
            [common(), pull, common().where_possible, collapse(*self.layout.rows)],
            [split(C), pull],
            [collapse(), teacher_adds_up(self.layout).as_lemma],
        ]

    @property
    def meanings(self) -> dict[str, Words]:
        return {
            "P": SYMBOLS["P"],
            "Psoft": Words("学生带温度的概率", "the student's probabilities, softened"),
            "R": Words("老师带温度的概率", "the teacher's probabilities, softened"),
            "Zteacher": Words("老师的打分", "the teacher's logits"),
        }
