"""Criteria of what an activation makes of the logits Z: of probabilities, or of their logarithms.

Their outputs have a letter of their own, and the gradient of a linear model goes through the activation; `wrt="logits"`
is that of the logits before it.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

from sympy import Expr

from ..derivation import Derivation, Plan, derive_lines
from ..index_calculus.expressions import Context, Definition, Partial
from ..index_calculus.rules import collapse, sign, through
from ..index_calculus.symbols import L, Layout, Tensor
from ..linear import OUTPUTS
from ..sigmoid import sigmoid, sigmoid_derivative
from ..softmax import log_softmax, log_softmax_jacobian, softmax
from ..subject import derive
from ..wording import Words
from .base import Loss
from .declared import said

LOGITS = "logits"


@dataclass(frozen=True)
class Activation:
    """What stands between the logits Z and a criterion.

    - `letter`: what its results are called; `definitions`: that letter's, and what its derivative speaks of.
    - `jacobian`: ∂ of an entry of the results by an entry of Z.
    - `meanings`: the results and the logits, in words.
    """

    letter: str
    definitions: dict[str, Definition]
    jacobian: Derivation
    meanings: dict[str, Words]


def log_softmax_of(layout: Layout) -> Activation:
    """LogSoftmax along the classes: Q are log-probabilities."""
    return Activation(
        "Q",
        {"Q": log_softmax(layout), "P": softmax(layout)},
        log_softmax_jacobian(layout),
        {
            "Q": Words("LogSoftmax 的输出，也就是对数概率", "the output of LogSoftmax, log-probabilities"),
            "Z": Words("LogSoftmax 之前的打分", "the array of logits before LogSoftmax"),
        },
    )


def sigmoid_of(layout: Layout) -> Activation:
    """Sigmoid: σ are probabilities, each for itself."""
    return Activation(
        "sigma",
        {"sigma": sigmoid(layout)},
        sigmoid_derivative(layout),
        {
            "sigma": Words("Sigmoid 的输出，也就是概率", "the output of Sigmoid, probabilities"),
            "Z": Words("Sigmoid 之前的打分", "the array of logits before Sigmoid"),
        },
    )


class Activated(Loss):
    """A criterion of the results of an activation. `wrt="outputs"` are those, "logits" what it was given."""

    @property
    @abstractmethod
    def activation(self) -> Activation:
        """What stands between the logits and the criterion."""

    @property
    def output(self) -> Expr:
        """The entry of the outputs where it is summed over."""
        return Tensor(self.activation.letter, self.entry).entry

    @property
    def wrt(self) -> tuple[str, ...]:
        outputs, *others = super().wrt
        return (outputs, LOGITS, *others)

    def tensor(self, wrt: str) -> Tensor:
        if wrt == OUTPUTS:
            return Tensor(self.activation.letter, super().tensor(OUTPUTS).free)
        return super().tensor(OUTPUTS if wrt == LOGITS else wrt)

    @property
    def meanings(self) -> dict[str, Words]:
        return {**super().meanings, **self.activation.meanings}

    @property
    def context(self) -> Context:
        return super().context.extended(**self.activation.definitions)

    def derivation(self, wrt: str, bias: bool = True, **options: Any) -> Derivation:
        return self.of_logits() if wrt == LOGITS else super().derivation(wrt, bias, **options)

    @property
    def plan_after_activation(self) -> Plan:
        """The last lines of ∂L/∂Z."""
        return [[sign.where_possible]]

    def of_logits(self) -> Derivation:
        """∂L/∂Z: the chain rule through the outputs."""
        logits, of_outputs, jacobian = self.tensor(LOGITS), derive(self, OUTPUTS), self.activation.jacobian
        return derive_lines(
            title=self.title(LOGITS),
            left=Partial(L, logits.entry),
            plan=[
                [through(self.output)],
                [of_outputs.as_lemma, jacobian.as_lemma],
                [collapse()],
                *self.plan_after_activation,
            ],
            context=self.context,
            targets=logits.free,
            shown=(*self.definitions, *self.activation.definitions),
            lemmas=(of_outputs, jacobian),
            meanings=said((*self.declared, *self.operands)) | self.meanings,
        )
