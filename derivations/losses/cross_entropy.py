"""Cross-entropy, torch.nn.CrossEntropyLoss, for class indices: −log of the probability of the right class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from sympy import log

from ..derivation import Derivation, Plan
from ..index_calculus.expressions import Definition
from ..index_calculus.rules import collapse, common, define, independent, linear, log_quotient, sign
from ..index_calculus.symbols import L, N, P, n, sum_over, y
from ..softmax import SOFTMAX, log_sum_exp_derivative
from .base import Loss


@dataclass(frozen=True)
class CrossEntropy(Loss):
    """L = −1/N Σ_n log P_{n, y_n}, where P = softmax(Z) row by row."""

    torch_name: ClassVar[str] = "CrossEntropyLoss"
    target_name: ClassVar[str] = "y"

    @property
    def definitions(self) -> dict[str, Definition]:
        return {"L": Definition(L, -sum_over(log(P[n, y[n]]), n) / N), "P": SOFTMAX}

    @property
    def lemmas(self) -> Sequence[Derivation]:
        return (log_sum_exp_derivative(),)

    @property
    def plan(self) -> Plan:
        return [
            [define("L"), define("P")],
            [log_quotient, sign],
            [linear],
            [log_sum_exp_derivative().as_lemma, independent],
            [common],
            [collapse()],
        ]
