"""Losses that torch records as one node: of each entry, and then all of them apart, added up, or their mean."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from sympy import Abs, Expr, Indexed, Integer, Symbol, exp, log

from ..derivation import Plan
from ..index_calculus.expressions import Condition, Definition
from ..index_calculus.functions import plus
from ..index_calculus.rules import common
from ..index_calculus.symbols import N, S, Z, c, i, mu, n, q, sum_over, w, y
from ..losses.piecewise import clipped, excess_has_its_sign
from ..wording import Words
from .base import Operation
from .letters import A, B, beta
from .registry import register

TOTAL = Symbol("Z")
REDUCED: Mapping[str, tuple[str, ...]] = {"reduction": ("mean", "sum", "none")}
OUTPUTS = Words("输出", "the outputs")
TARGETS = Words("目标", "the targets")


@dataclass(frozen=True, kw_only=True)
class Criterion(Operation):
    """A loss of each entry, n; `reduction` is "mean", "sum" or "none"."""

    meanings: ClassVar[Mapping[str, Words]] = {"A": OUTPUTS, "B": TARGETS}

    choices: ClassVar[Mapping[str, tuple[str, ...]]] = REDUCED

    reduction: str = "mean"

    def __post_init__(self) -> None:
        self.check()

    @abstractmethod
    def of(self, a: Expr, b: Expr) -> Expr:
        """The loss of an entry."""

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"A": A[n], "B": B[n]}

    @property
    def definition(self) -> Definition:
        own = self.of(A[n], B[n])
        if self.reduction == "none":
            return Definition(Z[n], own)
        return Definition(TOTAL, sum_over(own, n) / (N if self.reduction == "mean" else 1))


@register
@dataclass(frozen=True, kw_only=True)
class MseLoss(Criterion):
    """torch.nn.functional.mse_loss: the mean of `(A − B)²`."""

    called = Words("均方误差", "the mean squared error")
    nodes = ("MseLossBackward0",)

    def of(self, a: Expr, b: Expr) -> Expr:
        return (a - b) ** 2


@register
@dataclass(frozen=True, kw_only=True)
class BceLoss(Criterion):
    """torch.nn.functional.binary_cross_entropy, of probabilities: the mean of `−w (B log A + (1 − B) log(1 − A))`.

    For 0 < A < 1; torch takes no logarithm for less than −100.
    """

    called = Words("二元交叉熵", "binary cross-entropy")
    nodes = ("BinaryCrossEntropyBackward0",)
    meanings: ClassVar[Mapping[str, Words]] = {
        "A": Words("概率", "the probabilities"),
        "B": TARGETS,
        "w": Words("weight，不给就是 1", "weight, 1 if left out"),
    }

    @property
    def domain(self) -> tuple[Condition, ...]:
        return (Condition(A[n], ">", Integer(0)), Condition(A[n], "<", Integer(1)))

    def of(self, a: Expr, b: Expr) -> Expr:
        return -w[n] * (b * log(a) + (1 - b) * log(1 - a))


@register
@dataclass(frozen=True, kw_only=True)
class BceWithLogitsLoss(Criterion):
    """torch.nn.functional.binary_cross_entropy_with_logits.

    It is the mean of `w ((1 − B) A + (1 + (q − 1) B) log(1 + e^−A))`.
    """

    called = Words("对打分的二元交叉熵", "binary cross-entropy of logits")
    nodes = ("BinaryCrossEntropyWithLogitsBackward0",)
    meanings: ClassVar[Mapping[str, Words]] = {
        "A": Words("打分", "the logits"),
        "B": TARGETS,
        "w": Words("weight，不给就是 1", "weight, 1 if left out"),
        "q": Words("pos_weight，不给就是 1", "pos_weight, 1 if left out"),
    }

    def of(self, a: Expr, b: Expr) -> Expr:
        return w[n] * ((1 - b) * a + (1 + (q[n] - 1) * b) * log(1 + exp(-a)))


class Clipped(Criterion):
    """Squares that go on as straight lines where |A − B| exceeds β."""

    @abstractmethod
    def scaled(self, square: Expr) -> Expr:
        """The loss of an entry from half its square."""

    @property
    def domain(self) -> tuple[Condition, ...]:
        return (Condition(beta, ">", Integer(0)),)

    def of(self, a: Expr, b: Expr) -> Expr:
        return self.scaled(((a - b) ** 2 - plus(Abs(a - b) - beta) ** 2) / 2)

    def ending(self, wrt: str) -> Plan:
        u = A[i] - B[i] if wrt == "A" else B[i] - A[i]
        return ([excess_has_its_sign.where_possible, common().where_possible, clipped(u, beta).where_possible],)


@register
@dataclass(frozen=True, kw_only=True)
class HuberLoss(Clipped):
    """torch.nn.functional.huber_loss: the mean of `(u² − max(|u| − β, 0)²)/2` for u = A − B."""

    called = Words("Huber 损失", "Huber's loss")
    nodes = ("HuberLossBackward0",)
    numbers: ClassVar[Mapping[str, str]] = {"beta": "delta"}

    def scaled(self, square: Expr) -> Expr:
        return square


@register
@dataclass(frozen=True, kw_only=True)
class SmoothL1Loss(Clipped):
    """torch.nn.functional.smooth_l1_loss with β > 0: the mean of `(u² − max(|u| − β, 0)²)/(2β)` for u = A − B."""

    called = Words("smooth L1 损失", "the smooth L1 loss")
    nodes = ("SmoothL1LossBackward0",)
    numbers: ClassVar[Mapping[str, str]] = {"beta": "beta"}

    def scaled(self, square: Expr) -> Expr:
        return square / beta


@register
@dataclass(frozen=True, kw_only=True)
class SoftMarginLoss(Criterion):
    """torch.nn.functional.soft_margin_loss: the mean of `log(1 + e^{−BA})`; torch differentiates by A alone."""

    called = Words("soft margin 损失", "the soft margin loss")
    nodes = ("SoftMarginLossBackward0",)

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"A": A[n]}

    def of(self, a: Expr, b: Expr) -> Expr:
        return log(1 + exp(-b * a))


@register
@dataclass(frozen=True, kw_only=True)
class NllLoss(Operation):
    """torch.nn.functional.nll_loss: `−Σ_n w_{y_n} μ_n A_{n, y_n}`, over S = Σ_n w_{y_n} μ_n for the mean.

    Here n are samples with their positions, and μ is 0 where y is ignored.
    """

    called = Words("负对数似然", "the negative log-likelihood")
    nodes = ("NllLossBackward0", "NllLoss2DBackward0")
    meanings: ClassVar[Mapping[str, Words]] = {
        "A": Words("对数概率", "the log-probabilities"),
        "y": Words("类别", "the class labels"),
        "w": Words("weight，不给就是 1", "weight, 1 if left out"),
        "mu": Words(
            "掩码，标签是 ignore_index 的地方为 0，其余为 1", "the mask, 0 where the label is ignore_index, else 1"
        ),
        "S": Words("算数的权重之和", "the sum of the weights that count"),
    }

    choices: ClassVar[Mapping[str, tuple[str, ...]]] = REDUCED

    reduction: str = "mean"

    def __post_init__(self) -> None:
        self.check()

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"A": A[n, c]}

    @property
    def stages(self) -> dict[str, Definition]:
        return {"S": Definition(S, sum_over(w[y[n]] * mu[n], n))} if self.reduction == "mean" else {}

    @property
    def domain(self) -> tuple[Condition, ...]:
        return (Condition(S, "≠", Integer(0)),) if self.reduction == "mean" else ()

    @property
    def definition(self) -> Definition:
        own = -w[y[n]] * mu[n] * A[n, y[n]]
        if self.reduction == "none":
            return Definition(Z[n], own)
        return Definition(TOTAL, sum_over(own, n) / (S if self.reduction == "mean" else 1))
