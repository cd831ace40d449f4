"""What is wrong with a gradient, of tensors: the batch as a case, the criterion as a problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ..diagnosis.diagnosis import Diagnosis
from ..verdict import DISAGREES
from ..words import Words
from .batch import Batch

if TYPE_CHECKING:
    from ..explanation import Explanation


def diagnose(
    given: Any,
    explanation: Explanation,
    inputs: Any,
    targets: Any,
    wrt: str | None = None,
    grad_output: Any = None,
    precision: torch.dtype | None = None,
) -> Diagnosis:
    """What is wrong with `given`, which should be ∂loss/∂`wrt` at these data; or that it is right."""
    raise NotImplementedError


def diagnosed(tried: Sequence[tuple[Batch, Mapping[str, Tensor]]], wrt: str) -> Diagnosis:
    """What one mistake explains the gradients in `wrt` that were given for each of several batches of one criterion.

    Each is a batch and the gradients given for it by name; the first of them is the one that disagreed.
    """
    return Diagnosis(DISAGREES, Words("不对，常见的错误都解释不了。", "Different, and no common mistake explains it."))
