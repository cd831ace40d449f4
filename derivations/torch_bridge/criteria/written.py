"""What modules that people write have in common."""

from __future__ import annotations

from torch import Tensor


def reduced(losses: Tensor, reduction: str) -> Tensor:
    """Their mean or sum, or all of them for "none"."""
    if reduction == "none":
        return losses
    return losses.mean() if reduction == "mean" else losses.sum()
