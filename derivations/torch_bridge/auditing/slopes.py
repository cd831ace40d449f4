"""Slopes of Σ G·f along a direction, by central differences.

(f(x + hv) − f(x − hv))/2h is the slope up to h², so with h and h/2 that is extrapolated (L. F. Richardson, 1911).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..recording.passes import Gradients
from .forward import Forward


@dataclass(frozen=True)
class Slopes:
    """Σ G·f as a function of one operand: its slopes."""

    forward: Forward
    at: tuple[Tensor, ...]
    place: int
    arrived: Gradients
    width: float
    coarse: float

    def terms(self, step: float, v: Tensor) -> Tensor:
        """G·f(x + step·v), entry by entry in a row: Σ of these is what the share is the gradient of."""
        moved = [
            each if place != self.place else each + (step * v).to(each.dtype) for place, each in enumerate(self.at)
        ]
        outs = self.forward.run(moved)
        pairs = [(g.double(), out.double()) for g, out in zip(self.arrived, outs, strict=False) if g is not None]
        return torch.cat([torch.where(g == 0, 0.0, g * out).flatten() for g, out in pairs])  # 0·(−∞) counts for nothing

    def along(self, v: Tensor, width: float) -> tuple[float, float, float]:
        """The slope along v, how far it may be off, and the size of its terms.

        Off by what the two steps differ by, and by the roundings of Σ G·f.
        """
        found = []
        for step in (width, width / 2):
            right, left = self.terms(step, v), self.terms(-step, v)
            found.append((right - left) / (2 * step))
        one, two = (float(each.sum()) for each in found)
        rounding = 4 * torch.finfo(self.at[self.place].dtype).eps * float(right.abs().sum()) / width
        return (4 * two - one) / 3, 2 * abs(one - two) + rounding, float(found[1].abs().sum())

    def sides(self, v: Tensor, width: float) -> tuple[float, float]:
        """The slopes to the left and to the right, the smaller first."""
        left, here, right = (float(self.terms(step, v).sum()) for step in (-width, 0.0, width))
        low, high = sorted(((here - left) / width, (right - here) / width))
        return low, high
