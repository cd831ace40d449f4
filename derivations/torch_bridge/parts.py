"""A large batch in parts of its samples, so that what is worked out in float64 needs no more memory than a part.

A loss that is a sum over samples has a gradient whose rows need their own sample alone, and numbers that all share: N,
and the divisor S. Those are taken from the whole batch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from sympy import Sum
from torch import Tensor

from ..closed_form.program import Line, array_names
from ..index_calculus.matrix import Diagonal, MatMul, Matrix, Scale, Total
from ..index_calculus.symbols import N
from .batch import Batch

if TYPE_CHECKING:
    from .certify import Row

#: How many entries of the outputs are worked out at once: what a processor keeps close to it.
ENTRIES = 2**17
#: How many samples a part has at least where a model has that many features.
ROWS = 32
EVERYTHING = slice(None)


def parts(batch: Batch) -> list[slice]:
    """Ranges of samples that together are all of them; one where samples are not apart."""
    shape = batch.outputs_shape
    apart = batch.by_class or batch.common == batch.targets.shape == shape
    model = batch.setup.model  # each part adds to a sum of the weight's shape, which should not cost more than the part
    least = 1 if model is None else min(ROWS, model.in_features)
    return ranges(shape, least) if len(shape) > 1 and apart else [EVERYTHING]


def ranges(shape: torch.Size, least: int = 1) -> list[slice]:
    """Ranges of so many rows of an array at least, which together are all."""
    step = max(1, least, ENTRIES // max(1, shape[1:].numel()))
    if not shape or shape[0] <= step:
        return [EVERYTHING]
    return [slice(start, min(start + step, shape[0])) for start in range(0, shape[0], step)]


def part_of(batch: Batch, samples: slice) -> Batch:
    """Those samples of a batch."""
    if samples == EVERYTHING:
        return batch
    count = samples.stop - samples.start

    def of_samples(option: Any) -> Any:
        """An option with an entry for each entry of the outputs is cut as they are."""
        whole = isinstance(option, Tensor) and not batch.by_class and option.dim() == len(batch.common)
        return option[samples] if whole and option.shape[0] == batch.common[0] else option

    options = {name: of_samples(value) for name, value in batch.setup.options.items()}
    return replace(
        batch,
        setup=replace(batch.setup, options=options),
        inputs=batch.inputs[samples],
        targets=batch.targets[samples],
        grad_output=None if batch.grad_output is None else batch.grad_output[samples],
        outputs_shape=torch.Size((count, *batch.outputs_shape[1:])),
        common=torch.Size((count, *batch.common[1:])),
    )


def joined(parts: Sequence[tuple[int, Row]], found: Tensor, expected: Tensor) -> Row:
    """One account of a tensor from those of its rows, each with where it begins."""
    start, worst = max(
        parts, key=lambda part: (part[1].wrong > 0, part[1].part if part[1].wrong else part[1].deviation)
    )
    rows = [row for _, row in parts]
    if len(rows) == 1:
        return worst
    told = [row.sharpest for row in rows if row.sharpest]  # 0 is a part whose entries are all known to be 0
    return replace(
        worst,
        closed_form=found,
        autograd=expected,
        worst=(start + worst.worst[0], *worst.worst[1:]),
        deviation=max(row.deviation for row in rows),
        part=max(row.part for row in rows),
        entries=sum(row.entries for row in rows),
        wrong=sum(row.wrong for row in rows),
        blunt=sum(row.blunt for row in rows),
        sharpest=min(told, default=0.0),
        condition=max((row.condition for row in rows if row.condition == row.condition), default=math.nan),
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
