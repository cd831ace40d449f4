"""A tensor in a line: one number with all its digits, a small tensor in full, a large one as its shape and 2-norm."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

from .marks import minus

if TYPE_CHECKING:
    from ..torch_bridge.auditing.seen import Seen

#: Digits of a number by itself, and of one among others.
ALONE, AMONG = 8, 4


def tensor_text(seen: Seen, most: int = sys.maxsize) -> str:
    """Such as `[[0.529], [0.5215]]`, or `8 × 64, ‖·‖ = 1.5`; of more than `most` entries always the latter."""
    if seen.values is None or math.prod(seen.shape) > most:
        return minus(f"{shape_text(seen)}, ‖·‖ = {seen.norm:.{AMONG}g}")
    digits = ALONE if math.prod(seen.shape) == 1 else AMONG
    return minus(_written(seen.values, digits))


def shape_text(seen: Seen) -> str:
    """Such as `8 × 64`; of a number, nothing."""
    return " × ".join(map(str, seen.shape))


def _written(values: object, digits: int) -> str:
    if isinstance(values, list):
        return f"[{', '.join(_written(each, digits) for each in values)}]"
    return f"{values:.{digits}g}"
