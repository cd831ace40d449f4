"""What dtypes are called: in sentences, on pages, and in data."""

from __future__ import annotations

import torch


def dtype_name(dtype: torch.dtype) -> str:
    """Torch's name without the module: "float32"."""
    return str(dtype).removeprefix("torch.")
