"""Evaluations against the exact value, counted."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from unittest.mock import patch

import torch
from torch import Tensor

from derivations.torch_bridge.accounts import exact_values
from derivations.torch_bridge.rounding import bounds

from .batches import CRITERIA, DATA, Given, Sizes, given
from .evaluations import ASSOCIATIONS, Association, Evaluation
from .machine import Machine, Overflowed
from .orders import ORDERS, compensated

#: An entry is told something where its bound is at most this part of it.
SHARP = 0.1
#: Up to how many terms are added one by one in Python.
LOOPED = 8192


@dataclass
class Tally:
    """Entries tried, those told sharply and those outside of their bound; the largest part of a bound that was used,
    and by what; and one line for each evaluation that is outside."""

    tried: int = 0
    sharp: int = 0
    outside: int = 0
    part: float = 0.0
    by: str = ""
    found: list[str] = field(default_factory=list)

    def add(self, value: Tensor, exact: Tensor, limit: Tensor, by: str) -> None:
        distance = (value.double() - exact).abs()
        # What is no number in the exact value is undefined, and what is no number beside a number has overflowed.
        told = exact.isfinite() & value.isfinite()
        distance, limit, exact = distance[told], limit.expand_as(told)[told], exact[told]
        if not distance.numel():
            return
        part = torch.where(distance == 0, 0.0, distance / limit)
        wrong, worst = ~(distance <= limit), int(part.argmax())
        self.tried += distance.numel()
        self.sharp += int((limit <= SHARP * exact.abs()).sum())
        if part[worst] > self.part:
            self.part, self.by = float(part[worst]), by
        if wrong.any():
            self.outside += int(wrong.sum())
            self.found.append(
                f"{by}: {int(wrong.sum())} of {len(wrong)} outside; at worst {part[worst]:.3g} of the bound, "
                f"{distance[worst]:.3g} for {limit[worst]:.3g}, from {exact[worst]:.6g}"
            )

    def __iadd__(self, other: Tally) -> Tally:
        if other.part > self.part:
            self.part, self.by = other.part, other.by
        self.tried, self.sharp = self.tried + other.tried, self.sharp + other.sharp
        self.outside, self.found = self.outside + other.outside, self.found + other.found
        return self


def limits(given: Given, wrt: Iterable[str]) -> dict[str, Tensor]:
    """How far one evaluation may lie from the exact value, by gradient; what is no number is no limit."""
    found = bounds.bounds(given.batch, tuple(wrt))
    return {name: each.of_one(given.inputs.dtype).nan_to_num(nan=torch.inf) for name, each in found.items()}


def true_gradients(given: Given) -> dict[str, Tensor]:
    """In float64 by torch's own backward, which is exact beside narrower dtypes; for float64 itself, the truth."""
    found = given.to(torch.float64).by_torch()
    if given.inputs.dtype == torch.float64:
        batch = given.batch
        for name, value in found.items():
            for at, number in exact_values.gradient(batch, name, value.shape).items():
                value[at] = float(number)
    return found


def tried(given: Given, ways: Iterable[tuple[Machine, Association]], name: str = "") -> Tally:
    """Each machine with its way, and torch's own backward."""
    tally = Tally()
    if given.overflows:
        return tally
    exact = true_gradients(given)
    limit = limits(given, exact)
    for wrt, value in given.by_torch().items():
        tally.add(value, exact[wrt], limit[wrt], f"{name}, {wrt}, torch")
    for machine, way in ways:
        try:
            for wrt, value in Evaluation(given, machine, way).gradients():
                tally.add(value, exact[wrt], limit[wrt], f"{name}, {wrt}, {machine}, {way}")
        except Overflowed:
            pass
    return tally


def campaign(
    sizes: Sizes,
    dtype: torch.dtype,
    seed: int = 0,
    ways: int = 4,
    wide: bool = False,
    criteria: Sequence[str] = CRITERIA,
    data: Sequence[str] = tuple(DATA),
    associations: Sequence[Association] = ASSOCIATIONS,
) -> Tally:
    """Every criterion with the next of the data, in some of the ways, with a model and without.

    In bfloat16 and float16, `wide` says that sums and functions are worked out in float32, as the bound assumes where a
    trial on the device finds it so; without, everything is rounded in the dtype, and the bound is to assume no more.
    """
    generator, tally = random.Random(seed), Tally()
    products = ("wide",) if wide else ("rounded", "wide") if max(sizes) > LOOPED else ("rounded", "fused", "wide")
    orders = [each for each in ORDERS if each is not compensated or max(sizes) <= LOOPED]
    assumed = nullcontext() if wide else patch.object(bounds, "wider", lambda *_: None)
    with assumed:
        for place, criterion in enumerate(criteria):
            for model in (True, False):
                kind = data[(place + seed + model) % len(data)]
                chosen = [
                    (
                        Machine(dtype, generator.choice(orders), generator.choice(products)),
                        generator.choice(associations),
                    )
                    for _ in range(ways)
                ]
                name = f"{criterion}, {kind}, {sizes}, {str(dtype)[6:]}, {'model' if model else 'outputs'}"
                tally += tried(given(criterion, kind, sizes, dtype, seed + place, model), chosen, name)
    return tally
