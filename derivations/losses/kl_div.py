"""The Kullback–Leibler divergence of two distributions, torch.nn.KLDivLoss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sympy import Expr, Integer, exp, log

from ..derivation import Plan
from ..index_calculus.expressions import Condition, Context, Definition
from ..index_calculus.rules import (
    chain,
    collapse,
    common,
    define,
    independent,
    linear,
    product,
    pull,
    split,
)
from ..index_calculus.symbols import C, N, Q, Y, c, sum_over
from ..options import FLAG
from ..wording import Words
from .activated import Activated, Activation, log_softmax_of
from .base import REDUCTIONS, TARGETS
from .declared import Operand, Option, Values
from .registry import register

BATCH_MEAN = "batchmean"


@register
@dataclass(frozen=True, kw_only=True)
class KLDiv(Activated):
    """The Kullback–Leibler divergence, torch.nn.KLDivLoss, of log-probabilities Q from the distribution Y.

    `L = 1/N Σ_n Σ_c Y_nc (log Y_nc − Q_nc)` with reduction="batchmean", which is the divergence; "mean" divides by all
    N·C entries. With `log_target` Y are logarithms too: `e^{Y_nc} (Y_nc − Q_nc)`. Where Y is 0, so is its term, as the
    limit has it. `wrt="logits"` goes through the LogSoftmax before it: there it is cross-entropy with probabilities.
    """

    torch_name: ClassVar[str] = "KLDivLoss"
    called: ClassVar[Words] = Words("KL 散度", "KL divergence")
    family: ClassVar[str] = "likelihoods"
    about: ClassVar[Words] = Words(
        "让一个分布接近另一个：知识蒸馏、变分推断",
        "one distribution close to another (Kullback–Leibler): distillation, variational inference",
    )
    declared: ClassVar[tuple[Option, ...]] = (
        Option("log_target", FLAG, words=Words("目标是对数概率", "the targets are log-probabilities"), default=False),
    )
    reductions: ClassVar[tuple[str, ...]] = (*REDUCTIONS, BATCH_MEAN)
    of_outputs: ClassVar[Values] = Values.LOG_PROBABILITIES
    broadcast: ClassVar[tuple[str, ...]] = ("Y",)

    log_target: bool = False

    @property
    def without_hessian(self) -> str:
        return (
            "it is linear in its outputs, so its second derivative is 0. With LogSoftmax before it, its gradient is "
            "that of CrossEntropy(targets='probabilities'): give that."
        )

    @property
    def operands(self) -> tuple[Operand, ...]:
        values = Values.LOG_PROBABILITIES if self.log_target else Values.PROBABILITIES
        return (Operand(TARGETS, self.target_name, values),)

    @property
    def activation(self) -> Activation:
        return log_softmax_of(self.layout)

    def divisor(self, count: Expr) -> Expr:
        return N if self.reduction == BATCH_MEAN else super().divisor(count)

    @property
    def definitions(self) -> dict[str, Definition]:
        y, q = Y[self.entry], Q[self.entry]
        term = exp(y) * (y - q) if self.log_target else y * (log(y) - q)
        return self.with_divisor(
            sum_over(self.incoming(*self.entry) * term, *self.layout.rows, c), self.layout.count * C
        )

    @property
    def context(self) -> Context:
        """The domain is Y > 0 where a logarithm of it is taken."""
        context = super().context
        return context if self.log_target else context.under(Condition(Y[self.entry], ">", Integer(0)))

    @property
    def plan(self) -> Plan:
        return [[define("L"), linear], [independent], [collapse()]]

    @property
    def plan_for_targets(self) -> Plan:
        return [
            [define("L"), linear],
            [product, linear],
            [chain, independent],
            [common(), pull.where_possible],
            [collapse()],
        ]

    @property
    def plan_after_activation(self) -> Plan:
        return [[split(), pull], [collapse(), common().where_possible]]
