"""Mean absolute error, torch.nn.L1Loss: an outlier pulls no harder than any other entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sympy import Abs, Expr, Symbol

from ..derivation import Plan
from ..index_calculus.symbols import Y, Z, j
from ..wording import Words
from . import piecewise
from .entries import ElementwiseLoss
from .registry import register


@register
@dataclass(frozen=True, kw_only=True)
class L1(ElementwiseLoss):
    """Mean absolute error, torch.nn.L1Loss: `L = 1/(NC) Σ_n Σ_c |Z_nc − Y_nc|`.

    The gradient is a sign. Where an output meets its target there is a corner: any slope from −1 to 1 is a subgradient,
    and torch takes 0, as sgn(0) is.
    """

    torch_name: ClassVar[str] = "L1Loss"
    called: ClassVar[Words] = Words("绝对误差", "absolute error, MAE")
    family: ClassVar[str] = "differences"
    about: ClassVar[Words] = Words(
        "回归：平均绝对误差（MAE），对离群值不敏感", "regression: mean absolute error (MAE), robust to outliers"
    )
    broadcast: ClassVar[tuple[str, ...]] = ("Y",)

    @property
    def without_hessian(self) -> str:
        return piecewise.STRAIGHT

    def of_entry(self, z: Expr, y: Expr, at: tuple[Symbol, ...]) -> Expr:
        return Abs(z - y)

    @property
    def plan(self) -> Plan:
        entry = (*self.layout.free, j)
        return [*piecewise.PLAN, [piecewise.turned(Z[entry] - Y[entry])]]

    @property
    def plan_for_targets(self) -> Plan:
        return piecewise.PLAN
