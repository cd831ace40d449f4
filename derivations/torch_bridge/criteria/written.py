"""What criteria share that torch has no class of, and that are written here as people write them."""

from __future__ import annotations

from torch import Tensor, nn


class Written(nn.Module):
    """A criterion with a reduction: "mean", "sum" or "none"."""

    def __init__(self, reduction: str = "mean"):
        super().__init__()
        self.reduction = reduction


def reduced(losses: Tensor, reduction: str) -> Tensor:
    """The losses as they are, (N,) or (N, C), or one number: their sum or their mean."""
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.mean()
