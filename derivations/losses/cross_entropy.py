"""Cross-entropy, torch.nn.CrossEntropyLoss, with all its options: one theorem, specialised.

Every variant is L = −1/S Σ_n Σ_c A_nc log P_nc, and its gradient is ∂L/∂Z_ij = (P_ij Σ_c A_ic − A_ij)/S wherever S ≠ 0.
The options choose A and S. Source of the formulas: torch's documentation and its behaviour; in particular S is the sum
of the class weights of the rows that count for class indices, smoothed or not; for probabilities, the number of rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from sympy import Expr, Integer, KroneckerDelta, Sum, log

from ..derivation import Derivation, Plan, derive_lines
from ..index_calculus.expressions import Condition, Context, Definition, Partial
from ..index_calculus.memoised import memoised
from ..index_calculus.rules import (
    Rule,
    collapse,
    common,
    count,
    define,
    independent,
    linear,
    log_quotient,
    pull,
    sign,
    split,
)
from ..index_calculus.symbols import A, C, L, Layout, P, S, Y, c, epsilon, iota, mu, sum_over, w, y
from ..options import LABEL, PART, TENSOR
from ..softmax import CLASSES_SECOND, log_sum_exp_derivative, logits_of, softmax, softmax_jacobian
from ..wording import Words
from .base import TARGETS, Loss
from .declared import Operand, Option, Per, Values
from .labelled import LABELS
from .registry import register

WEIGHTS = Words("weight，每个类别的权重", "weight, one for each class")
CLASS_WEIGHT = Option("weight", TENSOR, "w", WEIGHTS, per=Per.CLASS)
IGNORED_LABEL = Words("ignore_index，不计入的标签", "ignore_index, the label that is left out")
IGNORE_INDEX = Option("ignore_index", LABEL, "iota", IGNORED_LABEL, default=-100, samples=(1,))
SMOOTHING = Option(
    "label_smoothing",
    PART,
    "epsilon",
    Words("label_smoothing，标签平滑", "label_smoothing"),
    default=0.0,
    samples=(0.1,),
)
SYMBOLS = {
    "A": Words("目标：类别 c 在第 n 行的分量", "the targets: what class c counts for in row n"),
    "P": Words("逐行 softmax 得到的概率", "softmax of the logits, row by row"),
    "S": Words("除数：参与平均的各行的权重之和", "the divisor: the weights of the rows that count, added up"),
    "w": Words("weight，每个类别的权重", "weight, one for each class"),
    "mu": Words("0（标签等于 ignore_index 的行）或 1（其余的行）", "0 in rows whose label is ignore_index, else 1"),
}


def loss_of(layout: Layout) -> Definition:
    """L := −1/S Σ_n Σ_c A_nc log P_nc"""
    place = layout.place(layout.rows, c)
    return Definition(L, -sum_over(A[place] * log(P[place]), *layout.rows, c) / S)


@memoised
def theorem(layout: Layout = CLASSES_SECOND) -> Derivation:
    """∂L/∂Z_ij = (P_ij Σ_c A_ic − A_ij)/S for every A and every S ≠ 0 that do not depend on Z."""
    logits, of_log_sum_exp = logits_of(layout), log_sum_exp_derivative(layout)
    return derive_lines(
        title=Words("交叉熵定理", "the cross-entropy theorem"),
        left=Partial(L, logits.entry),
        plan=[
            [define("L"), define("P")],
            [log_quotient],
            [linear],
            [of_log_sum_exp.as_lemma, independent],
            [common(KroneckerDelta), collapse(*layout.rows)],
            [split(), pull, collapse()],
            [sign],
        ],
        context=Context({"L": loss_of(layout), "P": softmax(layout)}).under(Condition(S, "≠", Integer(0))),
        targets=logits.free,
        shown=("L", "P"),
        lemmas=(of_log_sum_exp,),
        meanings={**SYMBOLS, "S": Words("任意不为 0 的除数", "any divisor but 0")},
    )


@register
@dataclass(frozen=True, kw_only=True)
class CrossEntropy(Loss):
    """Cross-entropy, torch.nn.CrossEntropyLoss: `L = −1/S Σ_n Σ_c A_nc log P_nc`, where P is softmax(Z), row by row.

    A and S are what the options choose; with no option it is `−1/N Σ_n log P_{n, y_n}`. `targets` is "indices" or
    "probabilities". `label_smoothing` may be given as a number from 0 to 1, `ignore_index` as the label, 0 among them;
    the formulas hold for any. Raises ValueError for other values, and for `ignore_index` with probabilities, as torch
    does.
    """

    torch_name: ClassVar[str] = "CrossEntropyLoss"
    family: ClassVar[str] = "likelihoods"
    called: ClassVar[Words] = Words("交叉熵", "cross-entropy")
    about: ClassVar[Words] = Words("多分类：输出是打分", "multi-class classification, of logits")
    declared: ClassVar[tuple[Option, ...]] = (CLASS_WEIGHT, IGNORE_INDEX, SMOOTHING)
    per: ClassVar[Per] = Per.ROW
    curved_by_softmax: ClassVar[bool] = True
    kinds_of_targets: ClassVar[tuple[str, ...]] = ("indices", "probabilities")
    classes_second: ClassVar[bool] = True

    targets: str = "indices"
    weight: bool = False
    ignore_index: bool | int = False
    label_smoothing: bool | float = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.ignore_index and not self.by_index:
            raise ValueError(
                "CrossEntropy(ignore_index=True, targets='probabilities'): a row of probabilities names no class to "
                "ignore. Use targets='indices', or leave ignore_index out."
            )

    @property
    def by_index(self) -> bool:
        return self.targets == "indices"

    @property
    def target_name(self) -> str:  # type: ignore[override]
        return "y" if self.by_index else "Y"

    @property
    def operands(self) -> tuple[Operand, ...]:
        return (LABELS if self.by_index else Operand(TARGETS, "Y", Values.PROBABILITIES),)

    @property
    def is_plain(self) -> bool:
        """Class indices and no option but a reduction: then each row has one term, and no A is needed."""
        return self.by_index and not (self.weight or self.ignore_index or self.label_smoothing)

    @property
    def definitions(self) -> dict[str, Definition]:
        rows = self.layout.rows
        if self.is_plain:
            right = self.layout.place(rows, y[rows])
            total = -sum_over(self.incoming(*rows) * log(P[right]), *rows)
            return {**self.with_divisor(total, self.layout.count), "P": softmax(self.layout)}
        named = {"L": loss_of(self.layout), "A": Definition(A[self.entry], self.target())}
        named["S"] = Definition(S, self.divisor(self.count()))
        if self.ignore_index:
            named["mu"] = mask(self.layout)
        return {**named, "P": softmax(self.layout)}

    def target(self) -> Expr:
        """A_nc: the target, smoothed, weighted by its class, and 0 in the rows that are ignored."""
        rows = self.layout.rows
        counted = self.incoming(*rows) * (mu[rows] if self.ignore_index else 1)
        weight = w[c] if self.weight else Integer(1)
        uniform = epsilon / C * weight
        if self.by_index:
            hard = KroneckerDelta(c, y[rows]) * (w[y[rows]] if self.weight else 1)
            return counted * ((1 - epsilon) * hard + uniform if self.label_smoothing else hard)
        soft = Y[self.entry]
        return counted * weight * ((1 - epsilon) * soft + epsilon / C if self.label_smoothing else soft)

    def count(self) -> Expr:
        """S for the mean: the class weights of the rows that count, summed; the number of rows for probabilities."""
        rows = self.layout.rows
        if not self.by_index or not (self.weight or self.ignore_index):
            return self.layout.count
        return sum_over((mu[rows] if self.ignore_index else 1) * (w[y[rows]] if self.weight else 1), *rows)

    @property
    def plan(self) -> Plan:
        if self.is_plain:
            of_log_sum_exp = log_sum_exp_derivative(self.layout)
            return [
                [define("L"), define("P")],
                [log_quotient, sign],
                [linear],
                [of_log_sum_exp.as_lemma, independent],
                [common(KroneckerDelta)],
                [collapse()],
            ]
        return [[theorem(self.layout).as_lemma], *self.inserted_target]

    def plan_for_hessian(self, first: Derivation) -> Plan:
        jacobian = softmax_jacobian(self.layout).as_lemma
        if self.is_plain:
            return [[first.as_lemma], [linear], [jacobian]]
        return [[theorem(self.layout).as_lemma], [linear], [jacobian], *self.inserted_target]

    @property
    def inserted_target(self) -> Plan:
        """The lines that put A in and take its sum over the classes."""
        return [
            [define("A"), *self.simple_divisor],
            [pull.where_possible, split().where_possible, pull.where_possible],
            [collapse().where_possible, count.where_possible],
            [common().where_possible],
        ]

    @property
    def simple_divisor(self) -> list[Rule]:
        """S inserted, where it is a number or a count of rows and so needs no name."""
        return [] if isinstance(self.definitions["S"].right, Sum) else [define("S")]

    @property
    def plan_for_targets(self) -> Plan:
        named = [define("A")] if "A" in self.definitions else []
        return [[define("L"), *named, *self.simple_divisor, linear], [independent], [collapse(), pull.where_possible]]

    @property
    def lemmas(self) -> Sequence[Derivation]:
        return (log_sum_exp_derivative(self.layout),) if self.is_plain else (theorem(self.layout),)

    @property
    def meanings(self) -> dict[str, Words]:
        return SYMBOLS

    @property
    def context(self) -> Context:
        """The definitions; the domain is S ≠ 0 where S is a sum that can vanish."""
        context = Context(self.definitions)
        vanishes = "S" in context.definitions and isinstance(context.definitions["S"].right, Sum)
        return context.under(Condition(S, "≠", Integer(0))) if vanishes else context


def mask(layout: Layout) -> Definition:
    """μ_n := 1 − δ_{y_n, ι}: 0 in the rows whose label is ignore_index. (Such a label need not name a class.)"""
    return Definition(mu[layout.rows], 1 - KroneckerDelta(y[layout.rows], iota))
