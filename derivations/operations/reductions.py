"""What reduces: n are the axes that are kept, c those that are reduced, taken together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sympy import Abs, Indexed, IndexedBase, Integer, exp, log, sign, sqrt

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
    lemma,
    linear,
    product,
)
from ..index_calculus.symbols import C, P, Q, Z, c, i, j, k, mu, n, sum_over
from ..wording import Words
from .base import BEGIN, LAST, Operation
from .letters import A
from .registry import register

TRIANGLE = Words("三角形的掩码，k ≤ c 时 μ_ck 为 1，否则为 0", "a triangle, μ_ck is 1 for k ≤ c and 0 elsewhere")


class Reduction(Operation):
    """A function of each row of A, or of all of A, where n has size 1."""

    meanings: ClassVar[Mapping[str, Words]] = {"A": Words("操作数", "the operand")}

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"A": A[n, c]}


@register
class Sum(Reduction):
    """torch.sum: `Z_n = Σ_c A_nc`."""

    called = Words("求和", "the sum")
    nodes = ("SumBackward0", "SumBackward1")

    @property
    def definition(self) -> Definition:
        return Definition(Z[n], sum_over(A[n, c], c))


@register
class Mean(Reduction):
    """torch.mean: `Z_n = 1/C Σ_c A_nc`."""

    called = Words("均值", "the mean")
    nodes = ("MeanBackward0", "MeanBackward1")

    @property
    def definition(self) -> Definition:
        return Definition(Z[n], sum_over(A[n, c], c) / C)


@register
class Product(Reduction):
    """torch.prod of numbers other than 0: `Z_n = μ_n e^{Σ_c log |A_nc|}`, where μ_n is 1 or −1, the product's sign."""

    called = Words("连乘", "the product of all")
    nodes = ("ProdBackward0", "ProdBackward1")
    meanings: ClassVar[Mapping[str, Words]] = {
        **Reduction.meanings,
        "mu": Words("积的符号，1 或 −1", "the sign of the product, 1 or −1"),
    }

    @property
    def definition(self) -> Definition:
        return Definition(Z[n], mu[n] * exp(sum_over(log(Abs(A[n, c])), c)))

    @property
    def domain(self) -> tuple[Condition, ...]:
        return (Condition(A[n, c], "≠", Integer(0)),)

    def ending(self, wrt: str) -> Plan:
        own, entry = self.definition, A[n, c]
        title = Words("绝对值除以自己的符号就是这个数", "a number is its sign times its absolute value")
        return ([fold(own), lemma(sign(entry) / Abs(entry), 1 / entry, {n, c}, title)],)


@register
@dataclass(frozen=True, kw_only=True)
class VectorNorm(Reduction):
    """torch.linalg.vector_norm of order 2: `Z_n = √(Σ_c A_nc²)`, where that is not 0; or of `order` 1: `Σ_c |A_nc|`."""

    called = Words("范数", "the norm")
    nodes = ("LinalgVectorNormBackward0", "NormBackward0", "NormBackward1", "NormBackward2", "NormBackward3")
    corner = Words(
        "范数为 0 时，或者 1 阶时元素为 0，torch 取 0", "where the norm, or of order 1 the entry, is 0, torch takes 0"
    )
    any_number = ("order",)

    order: int = 2

    def __post_init__(self) -> None:
        known = {str(each): each for each in (2, 1)}
        self.choose("order", str(self.order), tuple(known))
        object.__setattr__(self, "order", known[str(self.order)])

    @property
    def definition(self) -> Definition:
        if self.order == 1:
            return Definition(Z[n], sum_over(Abs(A[n, c]), c))
        return Definition(Z[n], sqrt(sum_over(A[n, c] ** 2, c)))

    @property
    def domain(self) -> tuple[Condition, ...]:
        return () if self.order == 1 else (Condition(Z[n], ">", Integer(0)),)

    def ending(self, wrt: str) -> Plan:
        own = self.definition
        title = Words("范数的定义取倒数", "the norm's definition, inverted")
        return () if self.order == 1 else ([lemma(1 / own.right, 1 / own.left, {n}, title)],)


@memoised
def softmax_jacobian() -> Derivation:
    """∂P_nc/∂A_ij = P_nc (δ_cj − P_nj) δ_ni."""
    return derive_lines(
        title=Words("softmax 的 Jacobian", "the Jacobian of softmax"),
        left=Partial(P[n, c], A[i, j]),
        plan=[
            [define("P")],
            [product, chain, linear],
            [chain, independent],
            [collapse()],
            [fold(probabilities())],
            [common()],
        ],
        context=Context({"P": probabilities()}),
        targets=(i, j),
        shown=("P",),
    )


def probabilities(letter: IndexedBase = P) -> Definition:
    """P_nc := e^{A_nc} / Σ_k e^{A_nk}"""
    return Definition(letter[n, c], exp(A[n, c]) / sum_over(exp(A[n, k]), k))


@register
class LogSumExp(Reduction):
    """torch.logsumexp: `Z_n = log Σ_c e^{A_nc}`."""

    called = Words("log-sum-exp", "log-sum-exp")
    nodes = ("LogsumexpBackward0",)

    @property
    def definition(self) -> Definition:
        return Definition(Z[n], log(sum_over(exp(A[n, k]), k)))

    @property
    def stages(self) -> dict[str, Definition]:
        return {"P": probabilities()}

    def ending(self, wrt: str) -> Plan:
        return ([fold(probabilities())],)


@register
class Softmax(Reduction):
    """torch.softmax along c: `P_nc = e^{A_nc} / Σ_k e^{A_nk}`."""

    called = Words("softmax", "softmax")
    nodes = ("SoftmaxBackward0", "SafeSoftmaxBackward0")

    @property
    def definition(self) -> Definition:
        return probabilities()

    def lemmas(self, wrt: str) -> Sequence[Derivation]:
        return (softmax_jacobian(),)

    def plan(self, wrt: str) -> Plan:
        return ([*BEGIN, softmax_jacobian().as_lemma], *LAST[1:])


@register
class LogSoftmax(Reduction):
    """torch.log_softmax along c: `Q_nc = A_nc − log Σ_k e^{A_nk}`."""

    called = Words("log-softmax", "log-softmax")
    nodes = ("LogSoftmaxBackward0",)

    @property
    def definition(self) -> Definition:
        return Definition(Q[n, c], A[n, c] - log(sum_over(exp(A[n, k]), k)))

    @property
    def stages(self) -> dict[str, Definition]:
        return {"P": probabilities()}

    def ending(self, wrt: str) -> Plan:
        return ([fold(probabilities())],)


@register
class LogCumulativeSumExp(Reduction):
    """torch.logcumsumexp along c: `Z_nc = log Σ_k μ_ck e^{A_nk}`, where μ_ck is 1 for k ≤ c and else 0."""

    called = Words("累计的 log-sum-exp", "the cumulative log-sum-exp")
    nodes = ("LogcumsumexpBackward0",)
    meanings: ClassVar[Mapping[str, Words]] = {**Reduction.meanings, "mu": TRIANGLE}

    @property
    def definition(self) -> Definition:
        return Definition(Z[n, c], log(sum_over(mu[c, k] * exp(A[n, k]), k)))

    @property
    def domain(self) -> tuple[Condition, ...]:
        return (Condition(mu[c, k], "≥", Integer(0)), Condition(sum_over(mu[c, k], k), ">", Integer(0)))


@register
class CumulativeSum(Reduction):
    """torch.cumsum along c: `Z_nc = Σ_k μ_ck A_nk`, where μ_ck is 1 for k ≤ c and else 0."""

    called = Words("累计和", "the cumulative sum")
    nodes = ("CumsumBackward0",)
    meanings: ClassVar[Mapping[str, Words]] = {
        **Reduction.meanings,
        "mu": TRIANGLE,
    }

    @property
    def definition(self) -> Definition:
        return Definition(Z[n, c], sum_over(mu[c, k] * A[n, k], k))


@register
class Largest(Reduction):
    """torch.amax and amin, and max() and min() of all: `Z_n = Σ_c μ_nc A_nc`.

    μ says which entries are taken, in equal parts: 1 over their number for those that are largest, or smallest, and 0
    for the rest. It is constant but where two entries change places.
    """

    called = Words("最大值", "the largest entry")
    nodes = ("AmaxBackward0", "AminBackward0", "MaxBackward1", "MinBackward1", "MedianBackward0")
    corner = Words(
        "几个元素并列最大时，torch 平均分给它们", "where several entries are largest, torch gives each an equal part"
    )
    meanings: ClassVar[Mapping[str, Words]] = {
        **Reduction.meanings,
        "mu": Words("取哪些元素，并列时各占一份", "which entries are taken, in equal parts"),
    }

    @property
    def definition(self) -> Definition:
        return Definition(Z[n], sum_over(mu[n, c] * A[n, c], c))
