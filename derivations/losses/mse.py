"""Mean squared error, torch.nn.MSELoss: the mean over all N·C entries, not over the N rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..derivation import Plan
from ..index_calculus.expressions import Definition
from ..index_calculus.rules import chain, collapse, define, independent, linear, pull
from ..index_calculus.symbols import C, L, N, Y, Z, c, n, sum_over
from .base import Loss


@dataclass(frozen=True)
class MSE(Loss):
    """L = 1/(NC) Σ_n Σ_c (Z_nc − Y_nc)²."""

    torch_name: ClassVar[str] = "MSELoss"

    @property
    def definitions(self) -> dict[str, Definition]:
        return {"L": Definition(L, sum_over((Z[n, c] - Y[n, c]) ** 2, n, c) / (N * C))}

    @property
    def plan(self) -> Plan:
        return [
            [define("L"), linear],
            [chain, linear],
            [independent],
            [collapse(), pull.where_possible],
        ]
