"""A large batch in parts of its samples, so that what is worked out in float64 needs no more memory than a part.

A loss that is a sum over samples has a gradient whose rows need their own sample alone, and numbers that all share: N,
and the divisor S. Those are taken from the whole batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from sympy import Sum
from torch import Tensor

from ...closed_form.passes import Line
from ...closed_form.uses import array_names
from ...index_calculus.matrices.nodes import Diagonal, MatMul, Matrix, Scale, Total
from ...index_calculus.symbols import N
from ...linear import BIAS, WEIGHT
from .arrays import Batch

#: How many entries of the outputs are worked out at once: what a processor keeps close to it.
ENTRIES = 2**17
#: How many samples a part has at least where a model has that many features.
ROWS = 16
EVERYTHING = slice(None)
#: Which rows of an array: a range of them, or the indices of some, which ascend.
Rows = slice | Tensor


def parts(batch: Batch, chosen: Mapping[str, Rows] | None = None) -> list[Rows]:
    """Parts of the samples, which together are all that the chosen rows need; one where samples are not apart."""
    shape = batch.outputs_shape
    model = batch.setup.model  # each part adds to a sum of the weight's shape, which should not cost more than the part
    least = 1 if model is None else min(ROWS, model.in_features)
    every: list[Rows] = ranges(shape, least) if len(shape) > 1 and batch.is_apart else [EVERYTHING]
    some = [each for each in (chosen or {}).values() if isinstance(each, Tensor)]
    if every == [EVERYTHING] or not chosen or len(some) < len(chosen) or not {WEIGHT, BIAS}.isdisjoint(chosen):
        return every
    needed = torch.cat(some).unique()
    return [needed[rows] for rows in ranges(torch.Size((len(needed), *shape[1:])))]


def ranges(shape: torch.Size, least: int = 1) -> list[Rows]:
    """Ranges of so many rows of an array at least, which together are all."""
    step = max(1, least, ENTRIES // max(1, shape[1:].numel()))
    if not shape or shape[0] <= step:
        return [EVERYTHING]
    return [slice(start, min(start + step, shape[0])) for start in range(0, shape[0], step)]


def place(rows: Rows, at: int) -> int:
    """Where a row stands in the whole array."""
    return int(rows[at]) if isinstance(rows, Tensor) else (rows.start or 0) + at


def among(samples: Rows, chosen: Rows) -> tuple[Rows, Rows] | None:
    """The chosen rows that are in a part: which of the whole array, and which of the part's. None if none are."""
    if isinstance(chosen, slice) or samples == EVERYTHING:
        return samples, EVERYTHING
    of_part = samples if isinstance(samples, Tensor) else torch.arange(samples.start, samples.stop, device="cpu")
    at = torch.isin(of_part, chosen).nonzero()[:, 0]
    return (of_part[at], at) if len(at) else None


def part_of(batch: Batch, samples: Rows) -> Batch:
    """Those samples of a batch."""
    if samples == EVERYTHING:
        return batch
    inputs = batch.inputs[samples]

    def of_samples(option: Any) -> Any:
        """An option with an entry for each entry of the outputs is cut as they are."""
        whole = isinstance(option, Tensor) and not batch.by_class and option.dim() == len(batch.common)
        return option[samples] if whole and option.shape[0] == batch.common[0] else option

    options = {name: of_samples(value) for name, value in batch.setup.options.items()}
    operands = {name: each[samples] for name, each in batch.operands.items()}
    return replace(
        batch,
        setup=replace(batch.setup, options=options),
        inputs=inputs,
        operands=operands,
        views={name: torch.Size((len(inputs), *shape[1:])) for name, shape in batch.views.items()},
        grad_output=None if batch.grad_output is None else batch.grad_output[samples],
        outputs_shape=torch.Size((len(inputs), *batch.outputs_shape[1:])),
        common=torch.Size((len(inputs), *batch.common[1:])),
    )


def shared_lines(lines: Sequence[Line]) -> list[Line] | None:
    """The lines that the numbers shared by all samples need; None where others need more than their own sample too."""
    numbers = {name for name, node in lines if node.shape == ()}
    needed, found = set(numbers), list[Line]()
    for name, node in reversed(lines):
        if name in needed:
            needed |= array_names(node)
            found.insert(0, (name, node))
    if all(name in numbers or _is_of_samples(node) for name, node in lines):
        return found
    return None


def _is_of_samples(node: Matrix) -> bool:
    """Does each row need its own sample alone?"""
    match node:
        case Total():
            return False
        case Scale(_, coefficient) if coefficient.has(Sum):
            return False
        case MatMul(left, right) if not isinstance(left, Diagonal) and not isinstance(right, Diagonal):
            if left.shape[-1] == N:
                return False
    return all(map(_is_of_samples, node.parts))
