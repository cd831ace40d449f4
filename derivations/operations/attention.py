"""Attention in three stages: scores S, probabilities P, and what they make of the values V."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from sympy import Indexed, IndexedBase, KroneckerDelta, exp

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
    linear,
    product,
    pull,
    regroup,
    through,
)
from ..index_calculus.symbols import C, G, L, P, U, Z, c, d, i, mu, n, p, s, sum_over, t
from ..wording import Words
from .base import BEGIN, LAST, ROUND, Operation
from .letters import A, B, V, alpha
from .registry import register

SCORES = IndexedBase("S")
WORDS = {
    "A": Words("queries", "the queries"),
    "B": Words("keys", "the keys"),
    "V": Words("values", "the values"),
    "mu": Words("掩码，加在分数上", "the mask, which is added to the scores"),
    "S": Words("分数", "the scores"),
    "P": Words("每个 query 对各个 key 的概率", "the probabilities of the keys, for each query"),
    "U": Words("传到 P 的梯度", "the gradient that arrives at P"),
    "T": Words("key 的个数", "the number of keys"),
}


def scores() -> Definition:
    """S_nt := α Σ_d A_nd B_td + μ_nt"""
    return Definition(SCORES[n, t], alpha * sum_over(A[n, d] * B[t, d], d) + mu[n, t])


def probabilities() -> Definition:
    """P_nt := e^{S_nt} / Σ_p e^{S_np}"""
    return Definition(P[n, t], exp(SCORES[n, t]) / sum_over(exp(SCORES[n, p]), p))


@memoised
def of_probabilities() -> Derivation:
    """∂P_nt/∂S_is = P_nt (δ_ts − P_ns) δ_ni, the scores taken as variables."""
    return derive_lines(
        title=Words("softmax 的 Jacobian", "the Jacobian of softmax"),
        left=Partial(P[n, t], SCORES[i, s]),
        plan=[
            [define("P")],
            [product, chain, linear],
            [chain, independent],
            [collapse()],
            [fold(probabilities())],
            [common()],
        ],
        context=Context({"P": probabilities()}),
        targets=(i, s),
        shown=("P",),
    )


def result() -> Definition:
    """Z_nc := Σ_t P_nt V_tc"""
    return Definition(Z[n, c], sum_over(P[n, t] * V[t, c], t))


def arriving() -> Definition:
    """U_nt := Σ_c G_nc V_tc"""
    return Definition(U[n, t], sum_over(G[n, c] * V[t, c], c))


@memoised
def gradient_of_scores() -> Derivation:
    """∂L/∂S_is = P_is (U_is − Σ_t P_it U_it), the scores taken as variables."""
    jacobian = of_probabilities()
    total = Definition(L, sum_over(G[n, c] * Z[n, c], n, c))
    return derive_lines(
        title=Words("传到分数的梯度", "the gradient that arrives at the scores"),
        left=Partial(L, SCORES[i, s]),
        plan=[
            [define("L"), linear],
            [define("Z"), linear.where_possible],
            [jacobian.as_lemma],
            [regroup(C), fold(arriving())],
            [expand(KroneckerDelta), collapse()],
            [pull, common()],
        ],
        context=Context({"L": total, "Z": result(), "P": probabilities(), "U": arriving()}),
        targets=(i, s),
        shown=("L", "Z", "P", "U"),
        lemmas=(jacobian,),
    )


@register
class Attention(Operation):
    """torch.nn.functional.scaled_dot_product_attention: `Z_nc = Σ_t P_nt V_tc`, P = softmax of S = α A Bᵀ + μ.

    Here n are queries, t keys, d and c the features of keys and of values; batches and heads stay outside. μ is what a
    mask adds, and −inf where nothing is to be seen.
    """

    called = Words("注意力", "attention")
    nodes = (
        "ScaledDotProductFlashAttentionForCpuBackward0",
        "ScaledDotProductFlashAttentionBackward0",
        "ScaledDotProductEfficientAttentionBackward0",
        "ScaledDotProductCudnnAttentionBackward0",
        "ScaledDotProductFusedAttentionOverrideableBackward0",
    )
    numbers: ClassVar[Mapping[str, str]] = {"alpha": "scale"}
    meanings: ClassVar[Mapping[str, Words]] = WORDS

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"A": A[n, d], "B": B[t, d], "V": V[t, c]}

    @property
    def definition(self) -> Definition:
        return result()

    @property
    def stages(self) -> dict[str, Definition]:
        return {"P": probabilities(), "S": scores(), "U": arriving()}

    @property
    def of_scores(self) -> Derivation:
        """∂L/∂S_is = P_is (U_is − Σ_t P_it U_it)."""
        return gradient_of_scores()

    def lemmas(self, wrt: str) -> Sequence[Derivation]:
        return () if wrt == "V" else (self.of_scores,)

    def plan(self, wrt: str) -> Plan:
        if wrt == "V":
            return ([*BEGIN, define("Z")], [*ROUND], *LAST)
        return ([through(SCORES[n, t])], [self.of_scores.as_lemma, define("S")], [*ROUND], *LAST)
