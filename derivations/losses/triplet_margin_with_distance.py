"""Triplets with a distance of one's own, torch.nn.TripletMarginWithDistanceLoss: here with the one torch takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sympy import Rational

from ..index_calculus.expressions import Definition
from ..options import FLAG, POSITIVE
from ..wording import Words
from .declared import Option
from .hinge_embedding import MARGIN
from .poisson_nll import eta
from .registry import register
from .triplet_margin import EPS, SWAP, Triplets


@register
@dataclass(frozen=True, kw_only=True)
class TripletMarginWithDistance(Triplets):
    """Triplets, torch.nn.TripletMarginWithDistanceLoss, without a distance_function: torch then takes the Euclidean.

    It is TripletMargin with η = 1e-6, what torch.nn.PairwiseDistance adds to every difference. Another distance has
    another gradient.
    """

    torch_name: ClassVar[str] = "TripletMarginWithDistanceLoss"
    called: ClassVar[Words] = Words("可换距离的三元组损失", "triplet loss with a distance")
    about: ClassVar[Words] = Words("度量学习：距离可以自己选", "metric learning: with a distance of your choice")
    declared: ClassVar[tuple[Option, ...]] = (
        Option("margin", POSITIVE, "rho", MARGIN, default=1.0, always=True),
        Option("swap", FLAG, words=SWAP, default=False),
    )

    margin: bool | float = True
    swap: bool = False

    @property
    def definitions(self) -> dict[str, Definition]:
        return {**super().definitions, "eta": Definition(eta, Rational(1, 10**6))}

    @property
    def meanings(self) -> dict[str, Words]:
        return {**super().meanings, "eta": EPS}
