"""What is wrong with a share, where all its entries have it in common: a factor, a sign, a transpose, zeros."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import torch

from ...diagnosis.diagnosis import Diagnosis
from ...diagnosis.mistake import Mistake
from ...diagnosis.wording.sentences import sentence
from ...verdict import DISAGREES
from ...words import Words
from ..shapes import Like

#: A ratio is recognised as a fraction of numbers up to this.
SMALL = 12
CONSTANT = Words(
    "前向在这里是常数，斜率是 0；这可能是直通估计（straight-through）。",
    "The forward is constant there, so its slope is 0: a straight-through estimator?",
)


def named(got: Like, expected: Like, bound: Like, shape: tuple[int, ...] | None = None) -> Diagnosis:
    """What all entries have in common; `shape` is the operand's, where entries are but some of it.

    Of float64 tensors; `bound` is how far each entry may be off.
    """
    entries = got.numel()
    numbers: dict[str, Any] = {"entries": entries}
    mistakes: list[Mistake] = []
    told = got.isfinite() & expected.isfinite() & bound.isfinite()
    if not bool(told.all()):
        return _diagnosis([Mistake.of("not finite", rows=int((~told).sum()), which="")], {}, 0, entries, NOT_FINITE)
    if not bool(expected.any()):
        return _diagnosis([], {}, 0, entries, CONSTANT)
    if not bool(got.any()):
        mistakes = [Mistake.of("zero")]
    elif (factor := _factor(got, expected, bound)) is not None:
        sizes = _sizes(got.shape if shape is None else torch.Size(shape))
        mistakes, numbers = [_of_factor(factor, sizes)], {**numbers, "ratio": f"{factor:.7g}"}
        if mistakes[0].key == "divisor":
            numbers["sizes"] = ", ".join(f"{name} = {size}" for name, size in sizes.items())
    elif got.dim() == 2 and got.shape[0] == got.shape[1] and _within(got.T, expected, bound):
        mistakes = [Mistake.of("transposed")]
    return _diagnosis(mistakes, numbers, entries if mistakes else 0, entries)


NOT_FINITE = Words(
    "torch 传出了无穷大或 nan，公式给出的却是有限的数。", "Torch hands on inf or nan where the formula is finite."
)


def of_shapes(given: tuple[int, ...], wanted: tuple[int, ...]) -> Diagnosis:
    return _diagnosis([Mistake.of("shape", given=given, expected=wanted)], {}, 0, 1)


def _diagnosis(
    mistakes: list[Mistake], numbers: dict[str, Any], explained: int, entries: int, said: Words | None = None
) -> Diagnosis:
    words = sentence(DISAGREES, mistakes, numbers=numbers) if said is None else said
    return Diagnosis(DISAGREES, words, tuple(mistakes), numbers=numbers, explained=explained, entries=entries)


def _within(got: Like, expected: Like, bound: Like) -> bool:
    return bool(((got - expected).abs() <= bound).all())


def _factor(got: Like, expected: Like, bound: Like) -> float | None:
    """The number that everything is multiplied by."""
    place = int(expected.abs().argmax())
    factor = float(got.flatten()[place] / expected.flatten()[place])
    # The ratio is known as well as the entry that it was read from.
    unsure = float(bound.flatten()[place]) / float(expected.abs().flatten()[place])
    allowed = (1 + abs(factor)) * bound + (1 + abs(factor)) * unsure * expected.abs()
    return factor if _within(got, factor * expected, allowed) else None


def _sizes(shape: torch.Size) -> dict[str, int]:
    """The sizes that divisors may be made of: N and C of a matrix, N of all else."""
    if len(shape) == 2:
        return {"N": shape[0], "C": shape[1]}
    return {"N": shape.numel()}


def _of_factor(factor: float, sizes: dict[str, int]) -> Mistake:
    products = {name: size for name, size in sizes.items() if size > 1}
    if len(products) > 1:
        products["N·C"] = sizes["N"] * sizes["C"]
    for name, size in products.items():
        if _near(factor, size):
            return Mistake.of("divisor", right=name, wrong="1")
        if _near(factor, 1 / size):
            return Mistake.of("divisor", right="1", wrong=name)
    if _near(factor, -1):
        return Mistake.of("sign")
    fraction = Fraction(factor).limit_denominator(SMALL)
    return Mistake.of("factor", times=fraction if fraction and _near(factor, float(fraction)) else f"{factor:.4g}")


def _near(value: float, other: float) -> bool:
    return abs(value - other) <= 1e-4 * abs(other)
