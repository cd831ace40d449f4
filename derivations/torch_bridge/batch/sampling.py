"""A sample of entries: so many rows of each tensor that about as many entries are compared as were asked for.

A row of outputs, inputs or targets is a sample of the batch, a row of weight or bias a class. Whole rows are drawn, as
a row shares most of what its bound takes: a softmax over the classes, a sum over the batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ...wording import Words
from .parts import EVERYTHING, Rows


def check(entries: Any, seed: Any, exact: bool) -> None:
    """Raises ValueError for what is no number of entries, and for what a sample cannot be drawn from or held to."""
    if entries is None:
        return
    if isinstance(entries, bool) or not isinstance(entries, int) or entries < 1:
        raise ValueError(
            f"entries={entries!r} is no number of entries. Accepted: a positive integer, about how many entries of "
            "each tensor are compared. Leave it out to compare them all."
        )
    if exact:
        raise ValueError(
            f"entries={entries} with exact=True: exact values are worked out for every entry. Give one of the two, "
            "and fewer samples for exact values."
        )
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
        raise ValueError(f"seed={seed!r} cannot draw a sample of entries. Accepted: an integer, or no seed.")


def drawn(shapes: Mapping[str, torch.Size], entries: int | None, seed: int) -> dict[str, Rows]:
    """Which rows of each tensor are compared: about `entries` entries, and one row at least. Ascending indices.

    Tensors with as many rows share theirs, as far as each goes.
    """
    orders: dict[int, Tensor] = {}
    chosen: dict[str, Rows] = {}
    for wrt, shape in shapes.items():
        rows = shape[0] if shape and shape.numel() else 0
        wanted = rows if entries is None else -(-entries * rows // max(shape.numel(), 1))
        if wanted >= rows:
            chosen[wrt] = EVERYTHING
            continue
        if rows not in orders:
            orders[rows] = torch.randperm(rows, generator=torch.Generator("cpu").manual_seed(seed), device="cpu")
        chosen[wrt] = orders[rows][:wanted].sort().values
    return chosen


def said(compared: int, among: int, seed: int) -> str:
    """For the conditions of a certificate."""
    return f"{compared} of {among}, chosen with seed {seed}"


def note(compared: int, among: int, seed: int) -> Words:
    return Words(
        f"{among} 个元素里只比较了 {compared} 个：每个张量取若干整行，由种子 {seed} 随机抽出。其余元素没有比较，"
        "结论也不涉及它们。",
        f"Only {compared} of {among} entries were compared: whole rows of each tensor, chosen at random with seed "
        f"{seed}. The others were not compared, and the verdict says nothing of them.",
    )
