"""The exact values of what a node hands on: from the definition of its operation, by dual numbers, and no derivation.

They are rationals, or of 50 digits where there are roots, exponentials and the like, as in certificates.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import torch
from torch import Tensor

from ...derivation import Derivation
from ...index_calculus.expressions import Context
from ...index_calculus.judging.enclosures import Enclosing
from ...index_calculus.judging.evaluator import Evaluator
from ...index_calculus.symbols import LABELS, size_of
from ..accounts.exact_values import Exact, distance, sure_values
from ..binding import Bound
from ..recording.passes import Gradients
from ..shapes import Like
from .compared import Share

#: Of how many entries a tensor may be; each is computed with by itself.
MOST = 256


def exact_share(part: Bound, letter: str, derivation: Derivation, arrived: Gradients) -> list[Exact]:
    """The exact share of an operand, entry by entry, in the order of the operand's entries.

    Raises ValueError for tensors of more than MOST entries, and for numbers that are not finite.
    """
    arriving = part.result([None if each is None else each.double() for each in arrived])
    arrays = {name: laid(tensor.double()) for name, (tensor, laid) in part.operands.items()}
    arrays |= {**part.given, "G": arriving}
    largest = max(each.numel() for each in arrays.values())
    if largest > MOST:
        raise ValueError(
            f"exact=True takes tensors of at most {MOST} entries; {part.operation} has one of {largest:,} here. Audit "
            f"a smaller example, or without exact=True."
        )
    apart = [_of_one(arrays, place) for place in range(len(arriving))] if part.batched else [arrays]
    found = [each for one in apart for each in _entries(part, letter, derivation, one)]
    places = torch.arange(len(found), dtype=torch.float64).reshape(arrays[letter].shape)
    return [found[int(place)] for place in part.handed_back(letter, places).flatten().tolist()]


def from_exact(share: Share, got: Like, value: Like, bound: Like, exact: Sequence[Exact]) -> Share:
    """The share with its exact values; it is wrong where torch or the formula is farther from them than its bound.

    `value` is what the formula comes to, `bound` how far any evaluation may be off, both in the operand's shape.
    """
    limits = bound.expand(got.shape).flatten().tolist()
    parts = {
        side: [_part(each, number, limit) for each, number, limit in zip(exact, numbers, limits, strict=True)]
        for side, numbers in (
            ("torch", got.double().flatten().tolist()),
            ("formula", value.expand(got.shape).flatten().tolist()),
        )
    }
    wrong = sum(max(each) > 1 for each in zip(*parts.values(), strict=True))
    farthest = {side: max(each, default=0.0) for side, each in parts.items()}
    return replace(share, exact=tuple(exact), from_exact=farthest, wrong=max(share.wrong, wrong))


def _part(exact: Exact, number: float, bound: float) -> float:
    """How far a number is from its exact value, as a part of the bound; 0 where there is none, or none is known."""
    far = distance(exact, number)
    if not far or far != far:
        return 0.0
    return far / bound if bound else math.inf


def _of_one(arrays: dict[str, Tensor], place: int) -> dict[str, Tensor]:
    """Of a batch, one."""
    return {name: each[place] if each.dim() > 2 else each for name, each in arrays.items()}


def _entries(part: Bound, letter: str, derivation: Derivation, arrays: dict[str, Tensor]) -> list[Exact]:
    operation = part.operation
    entries = {name: entry.indices for name, entry in operation.operands.items()}
    entries["G"] = operation.definition.placeholders
    sizes = {
        size_of(index): size
        for name, indices in entries.items()
        for index, size in zip(indices, arrays[name].shape, strict=True)
    }
    points = [
        {index: place + 1 for index, place in zip(derivation.targets, at, strict=True)}
        for at in itertools.product(*map(range, arrays[letter].shape))
    ]
    value = _values(arrays, part)

    def with_digits(digits: int | None) -> Evaluator:
        arguments = sizes, Context(derivation.context.definitions), value
        return Evaluator(*arguments) if digits is None else Enclosing(*arguments, digits)

    return sure_values(with_digits, derivation.left, points, derivation.result)


def _values(arrays: dict[str, Tensor], part: Bound) -> Callable[[str, Sequence[int]], Fraction]:
    """The value of an entry, by its indices counted from 1. Labels are counted from 1, too, and in torch from 0."""
    listed = {name: each.tolist() for name, each in arrays.items()}

    def value(name: str, at: Sequence[int]) -> Fraction:
        number: Any = part.numbers[name] if name in part.numbers else listed[name]
        for place, size in zip(at, arrays[name].shape if name in arrays else (), strict=True):
            number = number[0 if size == 1 else place - 1]
        if not math.isfinite(number):
            raise ValueError(f"exact=True takes finite numbers; given {number} in {name}. Audit without it.")
        return Fraction(number) + (1 if name in LABELS else 0)

    return value
