"""What takes a mean away and divides by a standard deviation: variances, layer, batch, group and RMS norm.

The mean Ā, the variance V, R = 1/√(V + ε) and the normalised H have names, and their derivatives are lemmas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sympy import Expr, Indexed, IndexedBase, Integer, KroneckerDelta, Mul, Rational, Symbol, sqrt

from ..derivation import Derivation, Plan, derive_lines
from ..index_calculus.expressions import Condition, Context, Definition, Partial
from ..index_calculus.memoised import memoised
from ..index_calculus.rules import (
    chain,
    collapse,
    common,
    count,
    define,
    expand,
    independent,
    lemma,
    linear,
    product,
    pull,
    rename,
    split,
)
from ..index_calculus.symbols import Z, b, c, d, epsilon, n, size_of, sum_over, t, w
from ..options import FLAG
from ..wording import Words
from .base import BEGIN, FREE, LAST, ROUND, Operation
from .letters import A, V
from .registry import register

MEAN, R, H = map(IndexedBase, ("A_bar", "R", "H"))
WORDS = {
    "A": Words("输入", "the inputs"),
    "A_bar": Words("均值", "the mean"),
    "V": Words("方差", "the variance"),
    "R": Words("标准差的倒数", "the inverse of the standard deviation"),
    "H": Words("归一化之后的输入", "the normalised inputs"),
    "w": Words("权重", "the weight"),
    "b": Words("偏置", "the bias"),
}


@dataclass(frozen=True)
class Axes:
    """Which axes there is a mean for, and which it is taken over."""

    rows: tuple[Symbol, ...] = (n,)
    reduced: tuple[Symbol, ...] = (c,)

    @property
    def entry(self) -> Indexed:
        return A[(*self.rows, *self.reduced)]

    @property
    def target(self) -> Indexed:
        return self.entry.xreplace(dict(FREE))

    @property
    def count(self) -> Expr:
        return Mul(*map(size_of, self.reduced))

    @property
    def placeholders(self) -> set[Symbol]:
        return {*self.rows, *self.reduced}

    def over(self, body: Expr) -> Expr:
        return sum_over(body, *self.reduced)

    def stages(self, corrected: Expr | None = None) -> dict[str, Definition]:
        """Ā, V, R and H; with `corrected`, what V divides by, where that is not how many there are."""
        rows = self.rows
        squares = self.over((self.entry - MEAN[rows]) ** 2)
        return {
            "A_bar": Definition(MEAN[rows], self.over(self.entry) / self.count),
            "V": Definition(V[rows], squares / (self.count if corrected is None else corrected)),
            "R": Definition(R[rows], 1 / sqrt(V[rows] + epsilon)),
            "H": Definition(H[(*rows, *self.reduced)], (self.entry - MEAN[rows]) * R[rows]),
        }


PLAIN = Axes()
POSITIVE = (Condition(epsilon, ">", Integer(0)),)


def divides(corrected: Expr) -> tuple[Condition, ...]:
    """That what a variance is divided by is positive."""
    return (Condition(corrected, ">", Integer(0)),)


def _context(axes: Axes, *names: str, corrected: Expr | None = None) -> Context:
    stages = axes.stages(corrected)
    conditions = [*(POSITIVE if "R" in names else ()), *(() if corrected is None else divides(corrected))]
    return Context({name: stages[name] for name in names}).under(*conditions)


#: What a lemma's letters stand for, where the common words say otherwise.
EPSILON = {"epsilon": Words("eps", "eps")}


@memoised
def deviations_add_up(axes: Axes) -> Derivation:
    """Σ_c (A_nc − Ā_n) = 0."""
    return derive_lines(
        title=Words("与均值之差加起来是 0", "the differences from a mean add up to 0"),
        left=axes.over(axes.entry - MEAN[axes.rows]),
        plan=[[split()], [pull.where_possible], [count], [define("A_bar")], [rename.where_possible]],
        context=_context(axes, "A_bar"),
        shown=("A_bar",),
    )


@memoised
def of_mean(axes: Axes) -> Derivation:
    """∂Ā_n/∂A_ij = δ_ni/C."""
    return derive_lines(
        title=Words("均值的导数", "the derivative of a mean"),
        left=Partial(MEAN[axes.rows], axes.target),
        plan=[[define("A_bar")], [linear], [independent], [collapse()]],
        context=_context(axes, "A_bar"),
        targets=axes.target.indices,
        shown=("A_bar",),
    )


@memoised
def of_variance(axes: Axes, corrected: Expr | None = None) -> Derivation:
    """∂V_n/∂A_ij = 2/C (A_nj − Ā_n) δ_ni."""
    mean, adds_up = of_mean(axes), deviations_add_up(axes)
    return derive_lines(
        title=Words("方差的导数", "the derivative of a variance"),
        left=Partial(V[axes.rows], axes.target),
        plan=[
            [define("V")],
            [linear, chain, linear, pull],
            [mean.as_lemma, independent],
            [expand(KroneckerDelta), collapse()],
            [pull.where_possible, adds_up.as_lemma],
        ],
        context=_context(axes, "A_bar", "V", corrected=corrected),
        targets=axes.target.indices,
        shown=("A_bar", "V"),
        lemmas=(adds_up, mean),
    )


@memoised
def of_inverse_deviation(axes: Axes) -> Derivation:
    """∂R_n/∂A_ij = −R_n³/C (A_nj − Ā_n) δ_ni."""
    variance = of_variance(axes)
    cube = lemma(
        (V[axes.rows] + epsilon) ** Rational(-3, 2),
        R[axes.rows] ** 3,
        set(axes.rows),
        Words("R 的定义取立方", "the definition of R, cubed"),
    )
    return derive_lines(
        title=Words("标准差倒数的导数", "the derivative of an inverse standard deviation"),
        left=Partial(R[axes.rows], axes.target),
        plan=[[define("R")], [chain, linear], [variance.as_lemma], [cube]],
        context=_context(axes, "A_bar", "V", "R"),
        targets=axes.target.indices,
        shown=("A_bar", "V", "R"),
        meanings=EPSILON,
        lemmas=(variance,),
    )


@memoised
def of_normalised(axes: Axes) -> Derivation:
    """∂H_nc/∂A_ij = δ_ni (R_n δ_cj − R_n/C − R_n³/C (A_nc − Ā_n)(A_nj − Ā_n))."""
    mean, inverse = of_mean(axes), of_inverse_deviation(axes)
    return derive_lines(
        title=Words("归一化的导数", "the derivative of what is normalised"),
        left=Partial(H[(*axes.rows, *axes.reduced)], axes.target),
        plan=[
            [define("H")],
            [product],
            [linear],
            [mean.as_lemma, independent, inverse.as_lemma],
            [common(KroneckerDelta)],
        ],
        context=_context(axes, "A_bar", "V", "R", "H"),
        targets=axes.target.indices,
        shown=("A_bar", "V", "R", "H"),
        meanings=EPSILON,
        lemmas=(mean, inverse),
    )


class Normalisation(Operation):
    """Z = H·w + b, where H is the normalised A."""

    numbers: ClassVar[Mapping[str, str]] = {"epsilon": "eps"}
    meanings: ClassVar[Mapping[str, Words]] = WORDS
    axes: ClassVar[Axes] = PLAIN
    #: The axes of the weight and of the bias.
    scaled_by: ClassVar[tuple[Symbol, ...]] = (c,)

    affine: bool = True

    @property
    def stages(self) -> dict[str, Definition]:
        return self.axes.stages()

    @property
    def domain(self) -> tuple[Condition, ...]:
        return POSITIVE

    @property
    def definition(self) -> Definition:
        place = self.axes.entry.indices
        own = H[place] * w[self.scaled_by] + b[self.scaled_by] if self.affine else H[place]
        return Definition(Z[place], own)

    @property
    def operands(self) -> Mapping[str, Indexed]:
        scaled = {"w": w[self.scaled_by], "b": b[self.scaled_by]} if self.affine else {}
        return {"A": self.axes.entry, **scaled}

    def lemmas(self, wrt: str) -> Sequence[Derivation]:
        return (of_normalised(self.axes),) if wrt == "A" else ()

    def plan(self, wrt: str) -> Plan:
        if wrt != "A":
            return ([*BEGIN, define("Z")], [*ROUND, *ROUND], *LAST)
        known = of_normalised(self.axes).as_lemma
        return ([*BEGIN, define("Z")], [linear.where_possible], [known], *LAST[1:])


@register
@dataclass(frozen=True, kw_only=True)
class LayerNorm(Normalisation):
    """torch.nn.functional.layer_norm: `Z_nc = H_nc w_c + b_c`, H normalised over c; `affine=False` without w and b."""

    called = Words("layer norm", "layer norm")
    nodes = ("NativeLayerNormBackward0",)

    affine: bool = True

    def __post_init__(self) -> None:
        self.read(affine=FLAG)


@register
@dataclass(frozen=True, kw_only=True)
class BatchNorm(Normalisation):
    """torch.nn.functional.batch_norm in training: `Z_nc = H_nc w_n + b_n`.

    Here n are the channels, and c the samples with their positions, which H is normalised over.
    """

    called = Words("batch norm", "batch norm")
    nodes = (
        "NativeBatchNormBackward0",
        "NativeBatchNormLegitBackward0",
        "NativeBatchNormLegitBackward1",
        "CudnnBatchNormBackward0",
        "BatchNormWithUpdateBackward0",
    )
    scaled_by = (n,)

    affine: bool = True

    def __post_init__(self) -> None:
        self.read(affine=FLAG)


@register
@dataclass(frozen=True, kw_only=True)
class GroupNorm(Normalisation):
    """torch.nn.functional.group_norm: `Z_tncd = H_tncd w_nc + b_nc`.

    Here t are samples, n groups, c the channels of a group and d positions; H is normalised over c and d.
    """

    called = Words("group norm", "group norm")
    nodes = ("NativeGroupNormBackward0",)
    axes = Axes((t, n), (c, d))
    meanings: ClassVar[Mapping[str, Words]] = {**WORDS, "T": Words("样本个数", "the number of samples")}
    scaled_by = (n, c)

    affine: bool = True

    def __post_init__(self) -> None:
        self.read(affine=FLAG)
