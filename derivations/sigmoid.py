"""The sigmoid σ: its definition, its derivative, and why it is a softmax over two classes."""

from __future__ import annotations

from sympy import exp, log

from .derivation import Derivation, derive_lines
from .index_calculus.expressions import Context, Definition, Partial
from .index_calculus.memoised import memoised
from .index_calculus.rules import chain, define, divide, fold, independent, lemma, linear, name, together
from .index_calculus.symbols import Layout, P, U, Z, c, n, sigma
from .linear import PLAIN
from .softmax import logits_of
from .wording import Words


def sigmoid(layout: Layout = PLAIN) -> Definition:
    """σ_nc := 1 / (1 + e^{−Z_nc})"""
    place = layout.place(layout.rows, c)
    return Definition(sigma[place], 1 / (1 + exp(-Z[place])))


@memoised
def complement(layout: Layout = PLAIN) -> Derivation:
    """1 − σ_nc = e^{−Z_nc} / (1 + e^{−Z_nc})."""
    definition = sigmoid(layout)
    return derive_lines(
        title=Words("1 − σ 也是一个分数", "1 − σ as a fraction"),
        left=1 - definition.left,
        plan=[[define("sigma")], [together]],
        context=Context({"sigma": definition}),
        shown=("sigma",),
    )


@memoised
def sigmoid_derivative(layout: Layout = PLAIN) -> Derivation:
    """∂σ_nc/∂Z_ij = σ_nc (1 − σ_nc) δ_ni δ_cj."""
    definition, logits, other = sigmoid(layout), logits_of(layout), complement(layout)
    return derive_lines(
        title=Words("σ 的导数", "the derivative of σ"),
        left=Partial(definition.left, logits.entry),
        plan=[
            [define("sigma")],
            [chain, linear],
            [chain, linear],
            [independent],
            [lemma(other.result, other.left, set(definition.placeholders), other.title), fold(definition)],
        ],
        context=Context({"sigma": definition}),
        targets=logits.free,
        shown=("sigma",),
        lemmas=(other,),
    )


@memoised
def log_sigmoid_derivative(layout: Layout = PLAIN, flipped: bool = False) -> Derivation:
    """∂ log σ_nc/∂Z_ij = (1 − σ_nc) δ_ni δ_cj; `flipped`: ∂ log(1 − σ_nc)/∂Z_ij = −σ_nc δ_ni δ_cj."""
    definition, logits, of_sigmoid = sigmoid(layout), logits_of(layout), sigmoid_derivative(layout)
    inner = 1 - definition.left if flipped else definition.left
    text = "log(1 − σ)" if flipped else "log σ"
    return derive_lines(
        title=Words(f"{text} 的导数", f"the derivative of {text}"),
        left=Partial(log(inner), logits.entry),
        plan=[[chain, linear.where_possible], [of_sigmoid.as_lemma]],
        context=Context({"sigma": definition}),
        targets=logits.free,
        shown=("sigma",),
        lemmas=(of_sigmoid,),
    )


@memoised
def two_class_softmax() -> Derivation:
    """`P_n2 = σ_n` for two classes, where σ is the sigmoid of the difference `Z_n2 − Z_n1`."""
    difference = Definition(U[n], Z[n, 2] - Z[n, 1])
    own = Definition(sigma[n], 1 / (1 + exp(-U[n])))
    two = Definition(P[n, c], exp(Z[n, c]) / (exp(Z[n, 1]) + exp(Z[n, 2])))
    return derive_lines(
        title=Words("两个类别的 softmax 就是 sigmoid", "softmax over two classes is the sigmoid"),
        left=P[n, 2],
        plan=[[define("P")], [divide], [name(difference, sign=-1)], [fold(own)]],
        context=Context({"P": two, "U": difference, "sigma": own}),
        shown=("P", "U", "sigma"),
        meanings={"U": Words("两个打分之差", "the difference of the two logits")},
    )
