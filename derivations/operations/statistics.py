"""Variances and what is divided by a root of squares: var, std, RMS norm; and batch norm with running statistics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sympy import Indexed, Integer, sqrt

from ..derivation import Derivation, Plan, derive_lines
from ..index_calculus.expressions import Condition, Context, Definition, Partial
from ..index_calculus.memoised import memoised
from ..index_calculus.rules import chain, collapse, define, independent, lemma, linear
from ..index_calculus.symbols import C, Z, b, c, epsilon, i, j, n, sum_over, w
from ..options import FLAG
from ..wording import Words
from .base import BEGIN, LAST, ROUND, Operation
from .letters import A, V, alpha
from .normalisation import EPSILON, MEAN, PLAIN, POSITIVE, WORDS, R, divides, of_variance
from .reductions import Reduction
from .registry import register

DIVISOR = C - alpha


class OfVariance(Reduction):
    """A function of the variance of each row, Σ_c (A_nc − Ā_n)²/(C − α)."""

    numbers: ClassVar[Mapping[str, str]] = {"alpha": "correction"}
    meanings: ClassVar[Mapping[str, Words]] = {name: WORDS[name] for name in ("A", "A_bar", "V")}

    @property
    def stages(self) -> dict[str, Definition]:
        stages = PLAIN.stages(DIVISOR)
        return {name: stages[name] for name in ("A_bar", "V")}

    @property
    def domain(self) -> tuple[Condition, ...]:
        return divides(DIVISOR)

    def lemmas(self, wrt: str) -> Sequence[Derivation]:
        return (of_variance(PLAIN, DIVISOR),)


@register
class Variance(OfVariance):
    """torch.var: `Z_n = Σ_c (A_nc − Ā_n)²/(C − α)`, where α is the correction, 1 for what is called unbiased."""

    called = Words("方差", "the variance")
    nodes = ("VarBackward0",)

    @property
    def definition(self) -> Definition:
        return Definition(Z[n], V[n])

    def plan(self, wrt: str) -> Plan:
        return ([*BEGIN, define("Z")], [of_variance(PLAIN, DIVISOR).as_lemma], *LAST[1:])


@register
class StandardDeviation(OfVariance):
    """torch.std: the root of the variance, where that is not 0."""

    called = Words("标准差", "the standard deviation")
    nodes = ("StdBackward0",)
    corner = Words("标准差为 0 时，torch 取 0", "where the standard deviation is 0, torch takes 0")

    @property
    def definition(self) -> Definition:
        return Definition(Z[n], sqrt(V[n]))

    @property
    def domain(self) -> tuple[Condition, ...]:
        return (*super().domain, Condition(V[n], ">", Integer(0)))

    def plan(self, wrt: str) -> Plan:
        title = Words("标准差的定义取倒数", "the standard deviation's definition, inverted")
        inverse = lemma(1 / sqrt(V[n]), 1 / Z[n], {n}, title)
        known = of_variance(PLAIN, DIVISOR).as_lemma
        return ([*BEGIN, define("Z")], [chain, linear.where_possible], [known], *LAST[1:], [inverse])


def inverse_root() -> Definition:
    """R_n := 1/√(1/C Σ_c A_nc² + ε)"""
    return Definition(R[n], 1 / sqrt(sum_over(A[n, c] ** 2, c) / C + epsilon))


@memoised
def of_inverse_root() -> Derivation:
    """∂R_n/∂A_ij = −R_n³/C A_nj δ_ni."""
    own = inverse_root()
    cube = lemma(own.right**3, own.left**3, {n}, Words("R 的定义取立方", "the definition of R, cubed"))
    return derive_lines(
        title=Words("均方根倒数的导数", "the derivative of an inverse root mean square"),
        left=Partial(R[n], A[i, j]),
        plan=[[define("R")], [chain, linear], [chain, independent], [collapse(), cube]],
        context=Context({"R": own}).under(*POSITIVE),
        targets=(i, j),
        shown=("R",),
        meanings=EPSILON,
    )


@register
@dataclass(frozen=True, kw_only=True)
class RmsNorm(Operation):
    """torch.nn.functional.rms_norm as one node: `Z_nc = A_nc R_n w_c`, R = 1/√(1/C Σ_c A_nc² + ε)."""

    called = Words("RMS norm", "RMS norm")
    nodes = ("FusedRmsNormBackward0",)
    numbers: ClassVar[Mapping[str, str]] = {"epsilon": "eps"}
    meanings: ClassVar[Mapping[str, Words]] = {
        "A": WORDS["A"],
        "R": Words("均方根的倒数", "the inverse of the root mean square"),
        "w": WORDS["w"],
    }

    affine: bool = True

    def __post_init__(self) -> None:
        self.read(affine=FLAG)

    @property
    def stages(self) -> dict[str, Definition]:
        return {"R": inverse_root()}

    @property
    def domain(self) -> tuple[Condition, ...]:
        return POSITIVE

    @property
    def definition(self) -> Definition:
        return Definition(Z[n, c], A[n, c] * R[n] * (w[c] if self.affine else 1))

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"A": A[n, c], **({"w": w[c]} if self.affine else {})}

    def plan(self, wrt: str) -> Plan:
        if wrt == "w":
            return ([*BEGIN, define("Z")], [*ROUND], *LAST)
        return ([*BEGIN, define("Z")], [*ROUND], [of_inverse_root().as_lemma, independent], *LAST[1:])

    def lemmas(self, wrt: str) -> Sequence[Derivation]:
        return (of_inverse_root(),) if wrt == "A" else ()


@register
@dataclass(frozen=True, kw_only=True)
class BatchNormEval(Operation):
    """torch.nn.functional.batch_norm with running statistics: `Z_nc = (A_nc − Ā_n) R_n w_n + b_n`, R = 1/√(V + ε).

    Here n are the channels, and c the samples with their positions; Ā and V are given.
    """

    called = Words("用运行统计量的 batch norm", "batch norm with running statistics")
    nodes = ("NativeBatchNormBackward0", "NativeBatchNormLegitNoTrainingBackward0", "BatchNormNoUpdateBackward0")
    numbers: ClassVar[Mapping[str, str]] = {"epsilon": "eps"}
    meanings: ClassVar[Mapping[str, Words]] = {
        **{name: WORDS[name] for name in ("A", "R", "w", "b")},
        "A_bar": Words("运行均值", "the running mean"),
        "V": Words("运行方差", "the running variance"),
    }

    affine: bool = True

    def __post_init__(self) -> None:
        self.read(affine=FLAG)

    @property
    def stages(self) -> dict[str, Definition]:
        return {"R": Definition(R[n], 1 / sqrt(V[n] + epsilon))}

    @property
    def domain(self) -> tuple[Condition, ...]:
        return (*POSITIVE, Condition(V[n], ">", Integer(0)))

    @property
    def definition(self) -> Definition:
        normalised = (A[n, c] - MEAN[n]) * R[n]
        return Definition(Z[n, c], normalised * w[n] + b[n] if self.affine else normalised)

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"A": A[n, c], **({"w": w[n], "b": b[n]} if self.affine else {})}
