"""Negative log-likelihood, torch.nn.NLLLoss: what is left of cross-entropy when log-softmax belongs to the model.

Its outputs are log-probabilities, named Q here; Z are the logits before torch.nn.LogSoftmax.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..derivation import Derivation, Plan, derive_lines
from ..index_calculus.expressions import Definition
from ..index_calculus.rules import collapse, define, independent, linear, log_quotient, name
from ..index_calculus.symbols import L, Q, mu, sum_over, w, y
from ..softmax import log_softmax
from ..wording import Words
from .activated import LOGITS, Activated, Activation, log_softmax_of
from .cross_entropy import CLASS_WEIGHT, IGNORE_INDEX, SYMBOLS, CrossEntropy, mask
from .declared import Operand, Option, Per, Values
from .labelled import LABELS
from .registry import register

__all__ = ["LOGITS", "NLL"]


@register
@dataclass(frozen=True, kw_only=True)
class NLL(Activated):
    """Negative log-likelihood, torch.nn.NLLLoss: `L = −1/S Σ_n w_{y_n} Q_{n, y_n}`, where Q are log-probabilities.

    The mean divides by `S = Σ_n w_{y_n}`, over the rows that are not ignored. `wrt="logits"` goes through the
    LogSoftmax before it.
    """

    torch_name: ClassVar[str] = "NLLLoss"
    family: ClassVar[str] = "likelihoods"
    called: ClassVar[Words] = Words("负对数似然", "negative log-likelihood")
    about: ClassVar[Words] = Words("多分类：接在 LogSoftmax 后面", "multi-class classification, after LogSoftmax")
    declared: ClassVar[tuple[Option, ...]] = (CLASS_WEIGHT, IGNORE_INDEX)
    of_outputs: ClassVar[Values] = Values.LOG_PROBABILITIES
    per: ClassVar[Per] = Per.ROW
    target_name: ClassVar[str] = "y"
    classes_second: ClassVar[bool] = True

    weight: bool = False
    ignore_index: bool | int = False

    @property
    def operands(self) -> tuple[Operand, ...]:
        return (LABELS,)

    @property
    def as_cross_entropy(self) -> CrossEntropy:
        """The criterion that takes the logits and does all of it."""
        return CrossEntropy(
            weight=self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            extra_dimensions=self.extra_dimensions,
        )

    @property
    def definitions(self) -> dict[str, Definition]:
        rows = self.layout.rows
        counted = self.incoming(*rows) * (mu[rows] if self.ignore_index else 1) * (w[y[rows]] if self.weight else 1)
        total = -sum_over(counted * Q[self.layout.place(rows, y[rows])], *rows)
        named = self.with_divisor(total, self.as_cross_entropy.count())
        return {**named, "mu": mask(self.layout)} if self.ignore_index else named

    @property
    def plan(self) -> Plan:
        return [[define("L"), linear], [independent], [collapse()]]

    @property
    def without_hessian(self) -> str:
        return (
            "it is linear in its outputs, so its second derivative is 0. With LogSoftmax before it, it is "
            "CrossEntropy: give that, with the same options."
        )

    @property
    def activation(self) -> Activation:
        return log_softmax_of(self.layout)

    @property
    def meanings(self) -> dict[str, Words]:
        return {**SYMBOLS, **super().meanings}

    def equals_cross_entropy(self) -> Derivation:
        """That LogSoftmax and NLLLoss together are CrossEntropyLoss: its formula, rewritten until it is this one."""
        entropy = self.as_cross_entropy
        own = Definition(Q[self.entry], log_softmax(self.layout).right)
        inserted = [] if entropy.is_plain else [[define("A"), *entropy.simple_divisor], [collapse()]]
        context = entropy.context.extended(Q=own)
        return derive_lines(
            title=Words(f"{entropy} 等于 LogSoftmax 加 {self}", f"{entropy} is LogSoftmax followed by {self}"),
            left=L,
            plan=[[define("L")], *inserted, [define("P")], [log_quotient], [name(own)]],
            context=context,
            shown=tuple(entropy.definitions),
            meanings=self.meanings,
        )
