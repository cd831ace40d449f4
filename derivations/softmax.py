"""softmax, log-softmax and log-sum-exp along the classes: the definition of P, and their Jacobians."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sympy import exp, log

from .derivation import Derivation, derive_lines
from .index_calculus.expressions import Context, Definition, Partial
from .index_calculus.memoised import memoised
from .index_calculus.rules import chain, collapse, common, define, fold, independent, linear, product, pull, rename
from .index_calculus.symbols import Layout, P, Q, Tensor, Z, c, j, k, sum_over
from .subject import Subject
from .wording import Words

CLASSES_SECOND = Layout(classes_second=True)


def softmax(layout: Layout = CLASSES_SECOND) -> Definition:
    """P_nc := e^{Z_nc} / Σ_k e^{Z_nk}"""
    top, below = (exp(Z[layout.place(layout.rows, column)]) for column in (c, k))
    return Definition(P[layout.place(layout.rows, c)], top / sum_over(below, k))


def log_softmax(layout: Layout = CLASSES_SECOND) -> Definition:
    """Q_nc := Z_nc − log Σ_k e^{Z_nk}"""
    return Definition(Q[layout.place(layout.rows, c)], Z[layout.place(layout.rows, c)] - log_sum_exp(layout))


def log_sum_exp(layout: Layout = CLASSES_SECOND) -> Any:
    """log Σ_k e^{Z_nk}"""
    return log(sum_over(exp(Z[layout.place(layout.rows, k)]), k))


SOFTMAX = softmax()


@memoised
def log_sum_exp_derivative(layout: Layout = CLASSES_SECOND) -> Derivation:
    """∂ log Σ_k e^{Z_nk} / ∂Z_ij = P_nj δ_ni: the derivative of log-sum-exp is softmax."""
    logits = logits_of(layout)
    return derive_lines(
        title=Words("log-sum-exp 的导数是 softmax", "the derivative of log-sum-exp is softmax"),
        left=Partial(log_sum_exp(layout), logits.entry),
        plan=[[chain], [linear, chain], [independent], [collapse()], [fold(softmax(layout))]],
        context=Context({"P": softmax(layout)}),
        targets=logits.free,
        shown=("P",),
    )


@memoised
def log_softmax_jacobian(layout: Layout = CLASSES_SECOND) -> Derivation:
    """∂Q_nc/∂Z_ij = (δ_cj − P_nj) δ_ni for Q = log softmax Z."""
    logits, of_log_sum_exp = logits_of(layout), log_sum_exp_derivative(layout)
    return derive_lines(
        title=Words("log-softmax 的 Jacobian", "the Jacobian of log-softmax"),
        left=Partial(log_softmax(layout).left, logits.entry),
        plan=[[define("Q")], [linear], [of_log_sum_exp.as_lemma, independent], [common()]],
        context=Context({"Q": log_softmax(layout), "P": softmax(layout)}),
        targets=logits.free,
        shown=("Q", "P"),
        lemmas=(of_log_sum_exp,),
    )


@memoised
def softmax_jacobian(layout: Layout = CLASSES_SECOND) -> Derivation:
    """∂P_nc/∂Z_ij = P_nc (δ_cj − P_nj) δ_ni."""
    logits = logits_of(layout)
    return derive_lines(
        title=Words("softmax 的 Jacobian", "the Jacobian of softmax"),
        left=Partial(softmax(layout).left, logits.entry),
        plan=[
            [define("P")],
            [product, chain, linear],
            [chain, independent],
            [collapse()],
            [fold(softmax(layout))],
            [common()],
        ],
        context=Context({"P": softmax(layout)}),
        targets=logits.free,
        shown=("P",),
    )


def probabilities_add_up(layout: Layout = CLASSES_SECOND) -> Derivation:
    """Σ_c P_nc = 1."""
    return rows_add_up("P", softmax(layout))


@memoised
def rows_add_up(name: str, probabilities: Definition) -> Derivation:
    """That the entries of a row add up to 1, of a softmax by any name."""
    return derive_lines(
        title=Words("每一行的概率之和是 1", "the probabilities of a row add up to 1"),
        left=sum_over(probabilities.left, c),
        plan=[[define(name)], [pull, rename]],
        context=Context({name: probabilities}),
        shown=(name,),
    )


def logits_of(layout: Layout) -> Tensor:
    return Tensor("Z", layout.place(layout.free, j))


@dataclass(frozen=True)
class _RowFunction(Subject):
    """A function of the logits, row by row."""

    @property
    def wrt(self) -> tuple[str, ...]:
        return ("logits",)

    def __str__(self) -> str:
        return type(self).__name__


class Softmax(_RowFunction):
    """torch.nn.Softmax along the classes, P = softmax(Z): its Jacobian `∂P_nc/∂Z_ij`, for `wrt="logits"`."""

    def derivation(self, wrt: str, **options: Any) -> Derivation:
        return softmax_jacobian()


class LogSoftmax(_RowFunction):
    """torch.nn.LogSoftmax along the classes, Q = log softmax(Z): its Jacobian `∂Q_nc/∂Z_ij`, for `wrt="logits"`."""

    def derivation(self, wrt: str, **options: Any) -> Derivation:
        return log_softmax_jacobian()


class LogSumExp(_RowFunction):
    """torch.logsumexp along the classes: its derivative, which is softmax, for `wrt="logits"`."""

    def derivation(self, wrt: str, **options: Any) -> Derivation:
        return log_sum_exp_derivative()
