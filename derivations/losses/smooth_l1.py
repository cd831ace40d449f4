"""Smooth L1, torch.nn.SmoothL1Loss: absolute errors, with a parabola where they are small."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sympy import Expr, Symbol

from ..options import POSITIVE
from ..wording import Words
from .declared import Option
from .huber import Clipped
from .registry import register

beta = Symbol("beta")
THRESHOLD = Words("beta，误差超过它时改用直线", "beta, the error beyond which the loss is a straight line")


@register
@dataclass(frozen=True, kw_only=True)
class SmoothL1(Clipped):
    """Smooth L1, torch.nn.SmoothL1Loss: u²/(2β) for |u| < β, else |u| − β/2: Huber's loss with δ = β, divided by β.

    Its gradient is u/β, clipped at ±1. For beta=0 torch computes L1Loss: ask for that.
    """

    torch_name: ClassVar[str] = "SmoothL1Loss"
    called: ClassVar[Words] = Words("平滑 L1 损失", "smooth L1 loss")
    about: ClassVar[Words] = Words(
        "回归、目标检测的边框：光滑的 L1，对离群值不敏感",
        "regression, bounding boxes: L1 that is smooth at 0, robust to outliers",
    )
    declared: ClassVar[tuple[Option, ...]] = (Option("beta", POSITIVE, "beta", THRESHOLD, default=1.0, always=True),)
    threshold: ClassVar[Symbol] = beta

    beta: bool | float = True

    def scaled(self, square: Expr) -> Expr:
        return square / self.threshold
