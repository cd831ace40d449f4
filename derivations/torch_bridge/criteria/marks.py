"""What numbers look like: probabilities, their logarithms, sums near a number."""

from __future__ import annotations

import math

import torch
from torch import Tensor

#: As many outputs may all lie between 0 and 1 by chance.
FEW = 8
#: How far from 1 a sum of probabilities may be, that somebody rounded.
NEAR = 1e-3


def close(sums: Tensor, to: float, within: float = NEAR) -> bool:
    """Are all of them near that number?"""
    return not bool(((sums - to).abs() > within).any())


def of_probabilities(rows: Tensor) -> bool:
    """Is each row (N, C) a probability distribution?"""
    rows, within = _widened(rows)
    return bool(((rows >= 0).all(1) & ((rows.sum(1) - 1).abs() <= within)).all())


def of_log_probabilities(rows: Tensor) -> bool:
    """Do the exponentials of each row (N, C) add up to 1?"""
    rows, within = _widened(rows)
    return close(rows.logsumexp(1), 0.0, within)


def _widened(rows: Tensor) -> tuple[Tensor, float]:
    """The rows in a dtype to add them up in, and how far a sum of what was rounded to their own may be off."""
    within = NEAR + torch.finfo(rows.dtype).eps * math.log(max(rows.shape[1], 2))
    return rows.float() if rows.element_size() < 4 else rows, within
