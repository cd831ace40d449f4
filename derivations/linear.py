"""The linear model Z = X Wᵀ + b, and the three vector-Jacobian products of it, for any loss of Z.

Source of the convention: torch.nn.Linear. X is (N, D), W is (C, D), b is (C,), Z is (N, C).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from .derivation import Derivation, derive_lines
from .index_calculus.expressions import Context, Definition, Partial
from .index_calculus.rules import Rule, collapse, define, independent, linear, name, pull, through
from .index_calculus.symbols import TENSORS, G, L, W, X, Z, b, c, d, n, sum_over
from .wording import Words

#: The public names of what a gradient of the loss of a linear model can be taken with respect to.
WEIGHT, BIAS, INPUTS, OUTPUTS = "weight", "bias", "inputs", "outputs"
TENSOR_OF = {WEIGHT: TENSORS["W"], BIAS: TENSORS["b"], INPUTS: TENSORS["X"], OUTPUTS: TENSORS["Z"]}


def outputs(bias: bool = True) -> Definition:
    """Z_nc := Σ_d X_nd W_cd, plus b_c with a bias."""
    product = sum_over(X[n, d] * W[c, d], d)
    return Definition(Z[n, c], product + b[c] if bias else product)


@cache
def local_derivative(wrt: str, bias: bool = True) -> Derivation:
    """∂Z/∂W, ∂Z/∂b or ∂Z/∂X: the lemma that every gradient of a linear model uses."""
    tensor = TENSOR_OF[wrt]
    return derive_lines(
        title=Words(f"线性层对 {tensor.name} 的导数", f"the linear layer's derivative in {tensor.name}"),
        left=Partial(Z[n, c], tensor.entry),
        plan=[[define("Z")], [linear], [independent], [collapse().where_possible]],
        context=Context({"Z": outputs(bias)}),
        targets=tensor.free,
        shown=("Z",),
    )


def gradient(wrt: str, of_outputs: Derivation, context: Context, title: Words, bias: bool = True) -> Derivation:
    """∂L/∂W, ∂L/∂b or ∂L/∂X from G = ∂L/∂Z: the chain rule through Z, one lemma, one δ.

    `of_outputs` is the derivation of ∂L/∂Z; `context` holds the loss's definitions.
    """
    tensor = TENSOR_OF[wrt]
    local = local_derivative(wrt, bias)
    naming = name(Definition(G[n, c], Partial(L, Z[n, c])))
    plan: Sequence[Sequence[Rule]] = [
        [through(Z[n, c])],
        [naming, local.as_lemma],
        [collapse()],
        [define("G"), pull.where_possible],
    ]
    return derive_lines(
        title=title,
        left=Partial(L, tensor.entry),
        plan=plan,
        context=context.extended(Z=outputs(bias), G=named_gradient(of_outputs)),
        targets=tensor.free,
        lemmas=(local, of_outputs),
    )


def named_gradient(of_outputs: Derivation) -> Definition:
    """G_ij := what ∂L/∂Z_ij was derived to be."""
    return Definition(G[of_outputs.targets], of_outputs.result)
