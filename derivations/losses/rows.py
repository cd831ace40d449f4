"""Criteria with one loss for each row, of outputs with two dimensions: torch takes no extra positions there."""

from __future__ import annotations

from typing import ClassVar

from sympy import Expr

from ..index_calculus.expressions import Definition
from ..index_calculus.symbols import L, N, n, sum_over
from .base import Loss
from .declared import Per


class RowLoss(Loss):
    """A criterion whose loss is a mean, or a sum, over the rows. A subclass gives the loss of row n.

    Raises ValueError for `extra_dimensions`, which torch refuses.
    """

    per: ClassVar[Per] = Per.ROW

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.extra_dimensions:
            raise ValueError(
                f"{type(self).__name__}(extra_dimensions=True): torch takes outputs of shape (N, C) here, or (C,). "
                "Leave extra_dimensions out."
            )

    def over_rows(self, of_row: Expr) -> Definition:
        """L := 1/S Σ_n v_n · (the loss of row n)"""
        return Definition(L, sum_over(self.incoming(n) * of_row, n) / self.divisor(N))
