"""The linear model Z = X Wᵀ + b, and the three vector-Jacobian products of it, for any loss of Z.

Source of the convention: torch.nn.Linear. X is (N, D), W is (C, D), b is (C,), Z is (N, C); with extra positions, X is
(N, T, D) and Z is (N, T, C), or (N, C, T) for a loss that wants its classes second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Expr

from .derivation import Derivation, derive_lines
from .index_calculus.expressions import Context, Definition, Partial, names_in
from .index_calculus.memoised import memoised
from .index_calculus.rules import Rule, collapse, define, independent, linear, name, pull, through
from .index_calculus.symbols import G, L, Layout, Tensor, W, X, Z, b, c, d, j, k, m, r, sum_over
from .options import FLAG
from .subject import Subject
from .wording import Words

#: The public names of what a gradient of the loss of a linear model can be taken with respect to.
WEIGHT, BIAS, INPUTS, OUTPUTS = "weight", "bias", "inputs", "outputs"
PLAIN = Layout()


def tensors(layout: Layout = PLAIN) -> dict[str, Tensor]:
    """The arrays of a linear model, by their public names."""
    return {
        WEIGHT: Tensor("W", (j, m)),
        BIAS: Tensor("b", (j,)),
        INPUTS: Tensor("X", (*layout.free, m)),
        OUTPUTS: Tensor("Z", layout.place(layout.free, j)),
    }


TENSOR_OF = tensors()


def second_tensors(layout: Layout = PLAIN) -> dict[str, Tensor]:
    """The same arrays with the indices of a second entry, for second derivatives."""
    return {
        WEIGHT: Tensor("W", (k, r)),
        BIAS: Tensor("b", (k,)),
        INPUTS: Tensor("X", (*layout.others, r)),
        OUTPUTS: Tensor("Z", layout.place(layout.others, k)),
    }


def outputs(bias: bool = True, layout: Layout = PLAIN) -> Definition:
    """Z_nc := Σ_d X_nd W_cd, plus b_c with a bias."""
    product = sum_over(X[(*layout.rows, d)] * W[c, d], d)
    return Definition(Z[layout.place(layout.rows, c)], product + b[c] if bias else product)


@memoised
def local_derivative(wrt: str, bias: bool = True, layout: Layout = PLAIN) -> Derivation:
    """∂Z/∂W, ∂Z/∂b or ∂Z/∂X: the lemma that every gradient of a linear model uses."""
    tensor = tensors(layout)[wrt]
    definition = outputs(bias, layout)
    return derive_lines(
        title=Words(f"线性层对 {tensor.name} 的导数", f"the linear layer's derivative in {tensor.name}"),
        left=Partial(definition.left, tensor.entry),
        plan=[[define("Z")], [linear], [independent], [collapse().where_possible]],
        context=Context({"Z": definition}),
        targets=tensor.free,
        shown=("Z",),
    )


def gradient(
    wrt: str,
    of_outputs: Derivation,
    context: Context,
    title: Words,
    bias: bool = True,
    layout: Layout = PLAIN,
    meanings: Mapping[str, Words] | None = None,
) -> Derivation:
    """∂L/∂W, ∂L/∂b or ∂L/∂X from G = ∂L/∂Z: the chain rule through Z, one lemma, one δ.

    `of_outputs` is the derivation of ∂L/∂Z; `context` holds the loss's definitions.
    """
    tensor = tensors(layout)[wrt]
    local = local_derivative(wrt, bias, layout)
    place = layout.place(layout.rows, c)
    naming = name(Definition(G[place], Partial(L, Z[place])))
    plan: Sequence[Sequence[Rule]] = [
        [through(Z[place])],
        [naming, local.as_lemma],
        [collapse()],
        [define("G"), pull.where_possible],
    ]
    return derive_lines(
        title=title,
        left=Partial(L, tensor.entry),
        plan=plan,
        context=context.extended(Z=outputs(bias, layout), G=named_gradient(of_outputs)),
        targets=tensor.free,
        lemmas=(local, of_outputs),
        meanings=meanings,
    )


def in_terms_of_outputs(derivation: Derivation) -> Expr:
    """The last line of a gradient in which G has its name: Σ_n G_nj X_nm for ∂L/∂W."""
    return next(step.expr for step in reversed(derivation.steps) if G.label.name in names_in(step.expr))


def named_gradient(of_outputs: Derivation) -> Definition:
    """G_ij := what ∂L/∂Z_ij was derived to be."""
    return Definition(G[of_outputs.targets], of_outputs.result)


@dataclass(frozen=True, kw_only=True)
class Linear(Subject):
    """torch.nn.Linear by itself: what it makes of the gradient G that comes back to its outputs.

    `wrt` is "weight" (GᵀX), "bias" (the sum of G's rows) or "inputs" (GW).
    """

    bias: bool = True
    extra_dimensions: bool = False

    def __post_init__(self) -> None:
        self.read(bias=FLAG, extra_dimensions=FLAG)

    @property
    def wrt(self) -> tuple[str, ...]:
        return (WEIGHT, BIAS, INPUTS) if self.bias else (WEIGHT, INPUTS)

    def derivation(self, wrt: str, **options: Any) -> Derivation:
        """The vector-Jacobian product: the gradient of Σ G_nc Z_nc, in which G is held fixed."""
        layout = Layout(self.extra_dimensions)
        tensor, definition = tensors(layout)[wrt], outputs(self.bias, layout)
        place = layout.place(layout.rows, c)
        local = local_derivative(wrt, self.bias, layout)
        return derive_lines(
            title=Words(f"线性层把 G 传给 {tensor.name}", f"the linear layer passes G to {tensor.name}"),
            left=Partial(L, tensor.entry),
            plan=[[define("L"), linear], [local.as_lemma], [collapse()]],
            context=Context({"L": Definition(L, sum_over(G[place] * Z[place], *layout.rows, c)), "Z": definition}),
            targets=tensor.free,
            shown=("L", "Z"),
            lemmas=(local,),
            meanings={"G": Words("传回到 Z 的向量", "the vector that comes back to Z")},
        )

    def without(self, wrt: str) -> str:
        return "wrt='bias', but the layer has no bias." if wrt == BIAS else super().without(wrt)

    def __str__(self) -> str:
        return f"Linear(bias={self.bias})"
