"""At which entries a step overflows on the way, so that one account has no number where the gradient is one.

In float16 a square overflows from 256 on, and a division by a small variance before the division by N·C: torch and the
printed code take such steps in another order. Neither shows anything of the other there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import log
from typing import Any

import torch
from torch import Tensor

from ..accounts import evaluate
from ..accounts.evaluate import is_real
from ..batch.arrays import Batch, values_in_float64
from ..rounding.bounds import bounds
from .unlike import unlike


@dataclass(frozen=True, kw_only=True)
class InFloat64(Batch):
    """The same numbers in float64, on the CPU."""

    @cached_property
    def of_loss(self) -> dict[str, Any]:
        return values_in_float64(super().of_loss)

    @cached_property
    def of_model(self) -> dict[str, Tensor]:
        return values_in_float64(super().of_model)

    @classmethod
    def of(cls, batch: Batch) -> InFloat64:
        given = {name: getattr(batch, name) for name in batch.__dataclass_fields__}
        one = cls(**given)
        incoming = None if batch.grad_output is None else batch.grad_output.cpu().double()
        operands = values_in_float64(batch.operands)
        return replace(one, inputs=batch.inputs.detach().cpu().double(), operands=operands, grad_output=incoming)


def overflowed(batch: Batch, found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """By tensor, where True says that the two accounts are not to be compared: at least one of them has no number.

    Where the other has one, the closed form has it in float64 too, within the bound: what is merely wrong is not
    excused. Where neither has one, and both are alike, the gradient is a number all the same, as the closed form has
    it in float64, or nothing says that it is none: there is no wider dtype than float64. Nothing where numbers that
    were given are not finite, or all of ordinary size: then nothing overflows.
    """
    lost = {wrt: value.isfinite() & expected[wrt].isfinite() for wrt, value in found.items()}
    asked = [wrt for wrt, both in lost.items() if not bool(both.all())]
    if not asked or not batch.is_finite or _is_ordinary(batch):
        return {}
    exact, limits = evaluate.gradients(InFloat64.of(batch), asked), bounds(batch, asked)
    places = {
        wrt: _where(found[wrt], expected[wrt], exact[wrt], limits[wrt].of_two(found[wrt].dtype), unlike(batch, wrt))
        for wrt in asked
    }
    return {wrt: place for wrt, place in places.items() if bool(place.any())}


def _is_ordinary(batch: Batch) -> bool:
    """Are all numbers too small for a square or an exponential to overflow, and too large for what divides by them?"""
    largest = log(torch.finfo(batch.inputs.dtype).max)
    real = [batch.outputs(exact=True), *(each for each in batch.everything if isinstance(each, float) or is_real(each))]
    sizes = torch.cat([torch.as_tensor(each, dtype=torch.float64, device="cpu").detach().flatten() for each in real])
    sizes = sizes[sizes != 0].abs()
    return bool(((sizes < largest / 2) & (sizes > 2 / largest**2)).all())


def _where(found: Tensor, expected: Tensor, exact: Tensor, bound: Tensor, known: Tensor | None) -> Tensor:
    """What is `known` to be unlike is told by its own note, and an infinite bound allows whatever is no number."""
    largest, is_widest = torch.finfo(found.dtype).max, found.dtype == torch.float64
    found, expected = found.cpu().double(), expected.cpu().double()
    alike = (found == expected) & found.isinf()
    both = alike & (exact.isinf() if is_widest else (exact.abs() + bound < largest) & ~bound.isinf())
    turned = (found == -expected) & (exact.abs() <= bound)  # either sign may come out
    neither = ~found.isfinite() & ~expected.isfinite() & (turned | (found.isnan() ^ expected.isnan()))
    number = found.where(found.isfinite(), expected)
    one = (found.isfinite() ^ expected.isfinite()) & ((number - exact).abs() <= bound)
    unbound = bound.isnan() & ~(found.isfinite() & expected.isfinite())  # the bound has overflowed too
    place = both | unbound | ((neither | one) & ~bound.isinf())
    return place if known is None else place & ~known
