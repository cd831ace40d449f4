"""Evaluations against the exact value, counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from derivations.torch_bridge import truth
from derivations.torch_bridge.evaluate import bounds

from .batches import Given
from .evaluations import Association, Evaluation
from .machine import Machine, Overflowed


@dataclass
class Tally:
    """Entries tried and those outside of their bound; the largest part of a bound that was used, and by what."""

    tried: int = 0
    sharp: int = 0
    outside: int = 0
    part: float = 0.0
    overflowed: int = 0
    by: str = ""
    found: list[str] = field(default_factory=list)

    def add(self, value: Tensor, exact: Tensor, limit: Tensor, by: str) -> None:
        distance = (value.double() - exact).abs()
        # What is no number in the exact value is undefined, and what is no number beside it has overflowed.
        told = exact.isfinite() & value.isfinite()
        self.overflowed += int((~told).sum())
        distance, limit, exact = distance[told], limit.expand_as(told)[told], exact[told]
        if not distance.numel():
            return
        self.tried += distance.numel()
        self.sharp += int((limit <= 0.1 * exact.abs()).sum())
        wrong = ~(distance <= limit)
        part = torch.where(distance == 0, 0.0, distance / limit).nan_to_num(nan=torch.inf)
        self.outside += int(wrong.sum())
        worst = int(part.argmax())
        if wrong.any():
            self.found.append(
                f"{by}: {part[worst]:.3g} of the bound; {distance[worst]:.3g} from {exact[worst]:.6g}, "
                f"bound {limit[worst]:.3g}; {int(wrong.sum())} of {distance.numel()}"
            )
        if part[worst] > self.part:
            self.part, self.by = float(part[worst]), by

    def __iadd__(self, other: Tally) -> Tally:
        if other.part > self.part:
            self.part, self.by = other.part, other.by
        for name in ("tried", "sharp", "outside", "overflowed"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.found += other.found
        return self


def limits(given: Given, wrt: Iterable[str]) -> dict[str, Tensor]:
    """How far one evaluation may lie from the exact value, by gradient."""
    found = bounds(given.batch, tuple(wrt))
    return {name: each.of_one(given.inputs.dtype) for name, each in found.items()}


def exact_values(given: Given) -> dict[str, Tensor]:
    """In float64 by torch's own backward, which is exact beside narrower dtypes; for float64 itself, the truth."""
    found = given.to(torch.float64).by_torch()
    if given.kind == "NLL" and given.weight is None:
        found.pop("inputs", None)
    if given.inputs.dtype != torch.float64:
        return found
    batch = given.batch
    for name, value in found.items():
        for at, number in truth.gradient(batch, name, value.shape).items():
            value[at] = float(number)
    return found


def tried(given: Given, machines: Iterable[Machine], ways: Iterable[Association], name: str = "") -> Tally:
    """Every machine with the ways in turn, and torch's own backward."""
    tally = Tally()
    if given.overflows:
        return tally
    exact = exact_values(given)
    limit = {each: value.nan_to_num(nan=torch.inf) for each, value in limits(given, exact).items()}
    for wrt, value in given.by_torch().items():
        tally.add(value, exact[wrt], limit[wrt], f"{name}, {wrt}, torch")
    for machine, way in zip(machines, ways, strict=False):
        try:
            for wrt, value in Evaluation(given, machine, way).gradients():
                tally.add(value, exact[wrt], limit[wrt], f"{name}, {wrt}, {machine}, {way}")
        except Overflowed:
            tally.overflowed += 1
    return tally
