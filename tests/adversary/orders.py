"""Ways to add up the first axis of a tensor. Each rounds every partial sum to the tensor's dtype."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def sequential(terms: Tensor) -> Tensor:
    """((t₁ + t₂) + t₃) + …; torch's cumsum would add in a wider dtype."""
    if terms.dtype != torch.bfloat16:  # numpy, which adds in the dtype itself, has no bfloat16
        with np.errstate(over="ignore", invalid="ignore"):
            return torch.from_numpy(np.add.accumulate(terms.numpy(), axis=0)[-1:].copy())[0]
    total = terms[0]
    for term in terms[1:].unbind():
        total = total + term
    return total


def backwards(terms: Tensor) -> Tensor:
    return sequential(terms.flip(0))


def shuffled(terms: Tensor) -> Tensor:
    order = torch.randperm(len(terms), generator=torch.Generator().manual_seed(len(terms)))
    return sequential(terms[order])


def ascending(terms: Tensor) -> Tensor:
    """The negative terms first, so that partial sums grow as large as they can before they cancel."""
    return sequential(terms.sort(0).values)


def smallest_first(terms: Tensor) -> Tensor:
    return sequential(terms.take_along_dim(terms.abs().argsort(0), 0))


def largest_first(terms: Tensor) -> Tensor:
    return sequential(terms.take_along_dim(terms.abs().argsort(0, descending=True), 0))


def pairwise(terms: Tensor) -> Tensor:
    while len(terms) > 1:
        odd = terms[len(terms) & ~1 :]
        terms = torch.cat((terms[0:-1:2] + terms[1::2], odd))
    return terms[0]


def _padded(terms: Tensor, length: int) -> Tensor:
    """With zeros at the end, which add nothing, up to a multiple of `length`."""
    missing = -len(terms) % length
    return torch.cat((terms, terms.new_zeros(missing, *terms.shape[1:])))


def blocked(length: int):
    """Blocks of neighbours added apart, then the sums of the blocks."""

    def add(terms: Tensor) -> Tensor:
        blocks = _padded(terms, length).unflatten(0, (-1, length))
        return sequential(sequential(blocks.transpose(0, 1)))

    add.__name__ = f"blocks of {length}"
    return add


def lanes(width: int):
    """Every `width`-th term to one accumulator, as vector units do, and these added in pairs."""

    def add(terms: Tensor) -> Tensor:
        return pairwise(sequential(_padded(terms, width).unflatten(0, (-1, width))))

    add.__name__ = f"{width} lanes"
    return add


def compensated(terms: Tensor) -> Tensor:
    """Neumaier 1974: what each addition loses is added up beside the sum."""
    total, lost = torch.zeros_like(terms[0]), torch.zeros_like(terms[0])
    for term in terms.unbind():
        following = total + term
        kept, other = (
            torch.where(total.abs() >= term.abs(), total, term),
            torch.where(total.abs() >= term.abs(), term, total),
        )
        lost = lost + ((kept - following) + other)
        total = following
    return total + lost


def of_torch(terms: Tensor) -> Tensor:
    return terms.sum(0)


ORDERS = (
    sequential,
    backwards,
    shuffled,
    ascending,
    smallest_first,
    largest_first,
    pairwise,
    blocked(7),
    blocked(64),
    blocked(256),
    lanes(8),
    compensated,
    of_torch,
)
