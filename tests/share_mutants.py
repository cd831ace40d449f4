"""What a node hands on, changed in ten ways: each a wrong gradient, unless it is what it was."""

from __future__ import annotations

import torch
from torch import Tensor


def largest_zeroed(g: Tensor) -> Tensor:
    changed = g.flatten().clone()
    changed[g.abs().argmax()] = 0
    return changed.reshape(g.shape)


def swapped(g: Tensor) -> Tensor:
    changed = g.flatten().clone()
    changed[:2] = changed[:2].flip(0)
    return changed.reshape(g.shape)


def transposed(g: Tensor) -> Tensor:
    square = g.dim() >= 2 and g.shape[-1] == g.shape[-2]
    return g.transpose(-1, -2).contiguous() if square else g


MUTANTS = {
    "sign": torch.neg,
    "twice": lambda g: 2 * g,
    "one percent": lambda g: 1.01 * g,
    "a hundredth of that": lambda g: 1.0001 * g,
    "the largest entry 0": largest_zeroed,
    "two entries exchanged": swapped,
    "transposed": transposed,
    "divided by n": lambda g: g / g.numel(),
    "the mean taken away": lambda g: g - g.mean(),
    "zeros": torch.zeros_like,
}
