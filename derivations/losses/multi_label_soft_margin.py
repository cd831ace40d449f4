"""Several labels at once, torch.nn.MultiLabelSoftMarginLoss: binary cross-entropy of logits, averaged over each row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sympy import log

from ..derivation import Derivation, Plan
from ..index_calculus.expressions import Definition
from ..index_calculus.symbols import C, Y, c, sigma, sum_over, w
from ..sigmoid import sigmoid
from ..wording import Words
from .base import TARGETS, Loss
from .bce import BCEWithLogits
from .cross_entropy import CLASS_WEIGHT, SYMBOLS
from .declared import Operand, Option, Per, Values
from .registry import register


@register
@dataclass(frozen=True, kw_only=True)
class MultiLabelSoftMargin(Loss):
    """Several labels at once, torch.nn.MultiLabelSoftMarginLoss, with σ the sigmoid of Z: a loss for each row.

    `L = −1/N Σ_n 1/C Σ_c w_c (Y_nc log σ_nc + (1 − Y_nc) log(1 − σ_nc))`, where w is `weight`. So "sum" still averages
    over the classes, and "none" leaves one loss for each row.
    """

    torch_name: ClassVar[str] = "MultiLabelSoftMarginLoss"
    called: ClassVar[Words] = Words("多标签交叉熵", "multi-label cross-entropy")
    family: ClassVar[str] = "margins"
    about: ClassVar[Words] = Words(
        "多标签分类：每个类别各判一次", "multi-label classification: each class is decided for itself"
    )
    declared: ClassVar[tuple[Option, ...]] = (CLASS_WEIGHT,)
    per: ClassVar[Per] = Per.ROW
    composed: ClassVar[tuple[str, ...]] = (TARGETS,)

    weight: bool = False

    @property
    def operands(self) -> tuple[Operand, ...]:
        return (Operand(TARGETS, self.target_name, Values.UNIT),)

    @property
    def definitions(self) -> dict[str, Definition]:
        entry, rows = self.entry, self.layout.rows
        y, probability = Y[entry], sigma[entry]
        likelihood = (w[c] if self.weight else 1) * (y * log(probability) + (1 - y) * log(1 - probability))
        of_row = sum_over(likelihood, c) / C
        total = -sum_over(self.incoming(*rows) * of_row, *rows)
        return {**self.with_divisor(total, self.layout.count), "sigma": sigmoid(self.layout)}

    @property
    def as_bce(self) -> BCEWithLogits:
        """The criterion of the same terms, whose derivation reads alike."""
        return BCEWithLogits(extra_dimensions=self.extra_dimensions)

    @property
    def plan(self) -> Plan:
        return self.as_bce.plan

    @property
    def plan_for_targets(self) -> Plan:
        return self.as_bce.plan_for_targets

    def plan_for_hessian(self, first: Derivation) -> Plan:
        return self.as_bce.plan_for_hessian(first)

    @property
    def meanings(self) -> dict[str, Words]:
        return self.as_bce.meanings | {"w": SYMBOLS["w"]}
