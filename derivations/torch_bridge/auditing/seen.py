"""What is kept of a tensor to be shown: all of a small one, of a large one its shape and size."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from ..dtypes import dtype_name

#: A tensor with more entries than this is shown by its shape and norm.
SHOWN_ENTRIES = 12


@dataclass(frozen=True)
class Seen:
    """A tensor as it was: shape, dtype, 2-norm, whether all of it is finite, and its entries where they are few."""

    shape: tuple[int, ...]
    dtype: str
    norm: float
    finite: bool
    values: Any = None

    def data(self) -> dict[str, Any]:
        """As JSON takes it; what is not finite is None there."""
        norm = self.norm if math.isfinite(self.norm) else None
        values = self.values if self.finite else None
        return {"shape": [*self.shape], "dtype": self.dtype, "norm": norm, "finite": self.finite, "values": values}


def seen(tensor: Tensor) -> Seen:
    """What is kept of it."""
    value = tensor.detach().cpu()
    value = value if value.is_floating_point() else value.double()
    few = value.numel() <= SHOWN_ENTRIES
    return Seen(
        tuple(tensor.shape),
        dtype_name(tensor.dtype),
        float(value.double().norm()) if value.numel() else 0.0,
        bool(value.isfinite().all()),
        value.tolist() if few else None,
    )
