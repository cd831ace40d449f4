"""Criteria with one loss for each entry of Z: a subclass gives the loss of one entry."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from sympy import Expr, Symbol

from ..index_calculus.expressions import Definition
from ..index_calculus.symbols import C, Y, Z, c, sum_over
from .base import Loss


class ElementwiseLoss(Loss):
    """A criterion whose loss is a sum over the entries of Z, each with a target of its own."""

    #: −1 for a loss that is a likelihood with a minus before the sum.
    sign: ClassVar[int] = 1

    @abstractmethod
    def of_entry(self, z: Expr, y: Expr, at: tuple[Symbol, ...]) -> Expr:
        """The loss of one entry z of Z with its target y, up to `sign`; `at` are their indices."""

    def count(self) -> Expr:
        """What a mean divides by."""
        return self.layout.count * C

    @property
    def definitions(self) -> dict[str, Definition]:
        loss = self.of_entry(Z[self.entry], Y[self.entry], self.entry)
        total = self.sign * sum_over(self.incoming(*self.entry) * loss, *self.layout.rows, c)
        return self.with_divisor(total, self.count())
