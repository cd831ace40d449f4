"""What arrives at a node is the sum of what was handed to it, up to the sum's rounding; else a hook changed it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any

import torch
from torch import Tensor

from ..recording.passes import Pass


@dataclass(frozen=True)
class Changed:
    """An edge at which something else arrived than was handed on.

    `node` is the node at which it arrived, by its name, or the leaf by its own; `module` where that was called;
    `index` is the entry that differs most, where `got` arrived and `expected` was handed on, up to `bound`.
    """

    node: str
    module: str
    index: tuple[int, ...]
    got: float
    expected: float
    bound: float


def changed(one: Pass, named: Callable[[Any], tuple[str, str]]) -> Iterator[Changed]:
    """The edges of a backward() whose sums do not add up; `named` gives a node's name and module."""
    arrived = {each.node: each.arrived for each in one.visits}
    handed: dict[tuple[Any, int], list[Tensor]] = {}
    for visit in one.visits:
        for (node, place), share in zip(visit.node.next_functions, visit.handed, strict=True):
            if node is not None and share is not None:
                handed.setdefault((node, place), []).append(share)
    for (node, place), shares in handed.items():
        there = arrived.get(node, [])
        got = there[place] if place < len(there) else None
        if got is None:
            continue  # a leaf that nobody asked for
        found = _different(got, shares)
        if found is not None:
            index, *numbers = found
            yield Changed(*named(node), index, *numbers)


def _different(got: Tensor, shares: list[Tensor]) -> tuple[tuple[int, ...], float, float, float] | None:
    """The worst entry at which `got` is not the sum of `shares`, within the rounding of that sum in any order."""
    value, terms = dense(got).double(), [dense(each).double() for each in shares]
    precision = torch.finfo(got.dtype)
    total, size = reduce(torch.add, terms), reduce(torch.add, map(torch.abs, terms))
    casts = any(each.dtype != got.dtype for each in shares)
    allowed = (len(terms) - 1 + casts) * (precision.eps / 2 * size * (1 + precision.eps) + precision.smallest_normal)
    if got.dtype == torch.float64:
        allowed = 2 * allowed  # our own sum rounds as well
    same = (value == total) | (value.isnan() & total.isnan())
    off = torch.where(same, 0.0, (value - total).abs() - allowed).nan_to_num(nan=torch.inf)
    if not off.numel() or float(off.max()) <= 0:
        return None
    place = int(off.argmax())
    index = tuple(int(each) for each in torch.unravel_index(torch.tensor(place), value.shape))
    return index, float(value[index]), float(total[index]), float(allowed[index])


def dense(tensor: Tensor) -> Tensor:
    """A sparse gradient, as an embedding may hand on, with its zeros."""
    return tensor if tensor.layout == torch.strided else tensor.to_dense()
