"""What losses of class labels share: a label for each row, the classes second, and log P at the label."""

from __future__ import annotations

from typing import ClassVar

from sympy import Expr, log

from ..index_calculus.symbols import P, sum_over, y
from .base import TARGETS, Loss
from .declared import Operand, Per, Values

LABELS = Operand(TARGETS, "y", Values.LABELS, Per.ROW)


class Labelled(Loss):
    """A loss of each row and its class label, with the classes at dimension 1."""

    per: ClassVar[Per] = Per.ROW
    classes_second: ClassVar[bool] = True
    target_name: ClassVar[str] = LABELS.letter

    @property
    def operands(self) -> tuple[Operand, ...]:
        return (LABELS,)

    @property
    def log_probability(self) -> Expr:
        """log P_{n, y_n}"""
        rows = self.layout.rows
        return log(P[self.layout.place(rows, y[rows])])

    def summed(self, of_row: Expr) -> Expr:
        """Σ_n of what each row adds to the loss, times what backward receives for it."""
        rows = self.layout.rows
        return sum_over(self.incoming(*rows) * of_row, *rows)
