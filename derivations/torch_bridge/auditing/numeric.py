"""A share against differences of the node's own forward: a check, and no derivation.

The slope of Σ G·f along a random direction v is (f(x + hv) − f(x − hv))/2h up to h², so with h and h/2 that is
extrapolated. Σ g·v must be that, where g is what was handed on. A direction that disagrees is no proof: it may cross a
corner. Then entries are looked at one by one, with narrower steps, and an entry is right where it lies between the
slopes on both sides of a corner. Source of the extrapolation: L. F. Richardson, 1911.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from ..recording.passes import Gradients
from .compared import Share, of_shape
from .forward import Forward, Operand, forward_of
from .named import first_entries, named
from .nodes import NodeAccount
from .seen import seen
from .unchecked import Unchecked

#: Directions that are tried, and entries that are looked at one by one where one of them disagrees.
DIRECTIONS, LOOKED_AT = 3, 64
#: The width of a step, as a part of the largest entry, and how well a slope is then known.
IN_FLOAT64, IN_FLOAT32 = (1e-3, 1e-9), (5e-2, 1e-3)
#: How many roundings a share of the node's own dtype may have, at its size.
ROUNDINGS = 64
#: A result of the forward that is run again may be off by so much of the largest one.
REPLAYED = {torch.float64: 1e-10, torch.float32: 1e-4}


@dataclass(frozen=True)
class _Slopes:
    """Σ G·f as a function of one operand: its slopes."""

    forward: Forward
    at: tuple[Tensor, ...]
    place: int
    arrived: Gradients
    width: float
    coarse: float

    def terms(self, step: float, v: Tensor) -> Tensor:
        """G·f(x + step·v), entry by entry in a row: Σ of these is what the share is the gradient of."""
        moved = [
            each if place != self.place else each + (step * v).to(each.dtype) for place, each in enumerate(self.at)
        ]
        outs = self.forward.run(moved)
        pairs = [(g.double(), out.double()) for g, out in zip(self.arrived, outs, strict=False) if g is not None]
        return torch.cat([torch.where(g == 0, 0.0, g * out).flatten() for g, out in pairs])  # 0·(−∞) counts for nothing

    def along(self, v: Tensor, width: float) -> tuple[float, float, float]:
        """The slope along v, how far it may be off, and the size of its terms.

        Off by what the two steps differ by, and by the roundings of Σ G·f.
        """
        found = []
        for step in (width, width / 2):
            right, left = self.terms(step, v), self.terms(-step, v)
            found.append((right - left) / (2 * step))
        one, two = (float(each.sum()) for each in found)
        rounding = 16 * torch.finfo(self.at[self.place].dtype).eps * float(right.abs().sum()) / width
        return (4 * two - one) / 3, 2 * abs(one - two) + rounding, float(found[1].abs().sum())

    def sides(self, v: Tensor, width: float) -> tuple[float, float]:
        """The slopes to the left and to the right, the smaller first."""
        left, here, right = (float(self.terms(step, v).sum()) for step in (-width, 0.0, width))
        low, high = sorted(((here - left) / width, (right - here) / width))
        return low, high


def checked(node: NodeAccount, call: Any, arrived: Gradients, handed: Gradients) -> NodeAccount:
    """The node, checked by differences. Raises Unchecked."""
    return replace(node, status="numeric", shares=tuple(shares(forward_of(call), arrived, handed)))


def shares(forward: Forward, arrived: Gradients, handed: Gradients) -> list[Share]:
    """A share for each operand that was handed a gradient. Raises Unchecked where the forward cannot be run again."""
    at, (width, coarse) = _replayed(forward)
    found = []
    for slot, got in enumerate(handed):
        if got is None:
            continue
        operand = forward.operands[slot] if slot < len(forward.operands) else None
        if operand is None:
            raise Unchecked(
                f"不知道第 {slot} 个位置是哪个操作数", f"it is not known which operand slot {slot} belongs to"
            )
        if got.shape != operand.value.shape:
            found.append(of_shape(operand.name, slot, got, tuple(operand.value.shape)))
            continue
        scale = max(float(at[operand.place].abs().max()), 1e-3) if got.numel() else 1.0
        slopes = _Slopes(forward, at, operand.place, arrived, width * scale, coarse)
        found.append(_share(slopes, operand, slot, got))
    return found


def _replayed(forward: Forward) -> tuple[tuple[Tensor, ...], tuple[float, float]]:
    """The operands in float64, or in their own dtype where the forward takes no other."""
    runs = False
    for at, how in (
        (tuple(each.double() for each in forward.at), IN_FLOAT64),
        (tuple(each.float() for each in forward.at), IN_FLOAT32),
    ):
        try:
            out = forward.run(at)
        except (RuntimeError, TypeError, NotImplementedError):
            continue
        if forward.results is not None and not _same(out, forward.results):
            raise Unchecked(
                "前向重算的结果不一样：它用了随机数",
                "its forward does not give the same again: it draws random numbers",
            )
        return at, how
    raise Unchecked("前向不能重算", "its forward cannot be run again")


def _same(again: Sequence[Tensor], results: Sequence[Tensor]) -> bool:
    for one, other in zip(again, results, strict=False):
        if one.shape != other.shape or not other.is_floating_point():
            continue
        allowed = REPLAYED.get(other.dtype, 0.05)
        finite = other.isfinite()
        size = other.double()[finite].abs().max() if bool(finite.any()) else 0.0
        if bool(((one.double() - other.double())[finite].abs() > allowed * (size + 1e-30)).any()):
            return False
    return True


def _share(slopes: _Slopes, operand: Operand, slot: int, got: Tensor) -> Share:
    value = got.double()
    share = Share(operand.name, slot, seen(got), got.numel())
    untold = int((~value.isfinite()).sum())
    finite = all(bool(g.isfinite().all()) for g in slopes.arrived if g is not None)
    if not value.numel() or untold or not finite or not bool(slopes.at[slopes.place].isfinite().all()):
        return replace(share, untold=max(untold, 0 if finite else 1))
    eps, worst = torch.finfo(got.dtype).eps, 0.0
    generator = torch.Generator("cpu").manual_seed(slot)
    for _ in range(DIRECTIONS):
        v = torch.randn(value.shape, generator=generator, dtype=torch.float64)
        found, unsure, size = slopes.along(v, slopes.width)
        allowed = (ROUNDINGS * eps + slopes.coarse) * max(size, float((value * v).abs().sum())) + unsure
        worst = max(worst, _part(found - float((value * v).sum()), allowed))
    share = replace(share, part=worst)
    return share if worst <= 1 else _by_entries(slopes, share, value, eps, generator)


def _part(deviation: float, allowed: float) -> float:
    if not math.isfinite(deviation):
        return math.inf
    return abs(deviation) / allowed if allowed else (math.inf if deviation else 0.0)


def _by_entries(slopes: _Slopes, share: Share, value: Tensor, eps: float, generator: torch.Generator) -> Share:
    """One entry after the other: those that disagree are wrong."""
    scale = float(value.abs().max())
    picked = torch.randperm(value.numel(), generator=generator)[:LOOKED_AT].tolist()
    expected, bounds, parts = [], [], []
    corners = 0
    for place in picked:
        v = torch.zeros(value.numel(), dtype=torch.float64)
        v[place] = 1
        mine = float(value.flatten()[place])
        found, allowed, cornered = _entry(slopes, v.reshape(value.shape), mine, eps, scale)
        expected.append(found)
        bounds.append(allowed)
        parts.append(_part(found - mine, allowed))
        corners += cornered
    wrong = sum(part > 1 for part in parts)
    if not wrong:
        return replace(share, part=max(parts), corners=corners)
    worst = max(range(len(picked)), key=parts.__getitem__)
    at = tuple(int(each) for each in torch.unravel_index(torch.tensor(picked[worst]), value.shape))
    some = first_entries(value, picked)
    diagnosis = named(
        some, torch.tensor(expected, dtype=torch.float64), torch.tensor(bounds, dtype=torch.float64), tuple(value.shape)
    )
    return replace(
        share,
        wrong=wrong,
        corners=corners,
        worst=at,
        part=parts[worst],
        got=float(some[worst]),
        expected=expected[worst],
        bound=bounds[worst],
        diagnosis=diagnosis,
    )


def _entry(slopes: _Slopes, v: Tensor, mine: float, eps: float, scale: float) -> tuple[float, float, bool]:
    """The slope at one entry, how far it may be off, and whether it stands at a corner, where both sides are right."""
    found, unsure, size = slopes.along(v, slopes.width)
    allowed = (ROUNDINGS * eps + slopes.coarse) * max(size, scale)
    if abs(found - mine) <= allowed + unsure:
        return found, allowed + unsure, False
    jumps = []
    for narrower in (8, 64):
        again, off, _ = slopes.along(v, slopes.width / narrower)
        if abs(again - mine) <= allowed + off:
            return again, allowed + off, False
        low, high = slopes.sides(v, slopes.width / narrower)
        jumps.append(high - low)
    # What is curved jumps an eighth as far in an eighth of the width; a corner jumps as far.
    if jumps[1] > max(4 * allowed, jumps[0] / 2) and low - allowed <= mine <= high + allowed:
        return mine, allowed, True
    return found, allowed + unsure, False
