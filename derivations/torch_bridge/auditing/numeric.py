"""A share against differences of the node's own forward: a check, and no derivation.

The slope of Σ G·f along a random direction v must be Σ g·v, where g is what was handed on. A direction that disagrees
is no proof: it may cross a corner. Then entries are looked at one by one, with narrower steps, and an entry is right
where it lies between the slopes on both sides of a corner.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..recording.passes import Gradients
from .compared import Share, of_shape
from .forward import Forward, Operand, forward_of
from .named import named
from .nodes import NodeAccount
from .seen import seen
from .slopes import Slopes
from .unchecked import Unchecked

#: Directions that are tried, and entries that are looked at one by one where one of them disagrees.
DIRECTIONS, LOOKED_AT = 3, 64
#: The width of a step, as a part of the largest entry, and how well a slope is then known.
IN_FLOAT64, IN_FLOAT32 = (1e-3, 1e-9), (5e-2, 3e-5)
#: How many roundings a share of the node's own dtype may have, at its size.
ROUNDINGS = 64
#: A result of the forward that is run again may be off by so much of the largest one.
REPLAYED = {torch.float64: 1e-10, torch.float32: 1e-4}


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
        slopes = Slopes(forward, at, operand.place, arrived, width * scale, coarse)
        found.append(_share(slopes, operand, slot, got))
    return found


def _replayed(forward: Forward) -> tuple[tuple[Tensor, ...], tuple[float, float]]:
    """The operands in float64, or in float32 where the forward takes no other, or draws other numbers then."""
    runs = False
    for at, how in (
        (tuple(each.double() for each in forward.at), IN_FLOAT64),
        (tuple(each.float() for each in forward.at), IN_FLOAT32),
    ):
        try:
            out = forward.run(at)
        except (RuntimeError, TypeError, NotImplementedError):
            continue
        if _same(out, forward.results):
            return at, how
        runs = True
    if runs:
        raise Unchecked(
            "前向重算的结果不一样：它用了随机数", "its forward does not give the same again: it draws random numbers"
        )
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


def _share(slopes: Slopes, operand: Operand, slot: int, got: Tensor) -> Share:
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
        worst = max(worst, _direction(slopes, value, v, eps))
    share = replace(share, part=worst)
    return share if worst <= 1 else _by_entries(slopes, share, value, eps, generator)


def _part(deviation: float, allowed: float) -> float:
    if not math.isfinite(deviation):
        return math.inf
    return abs(deviation) / allowed if allowed else (math.inf if deviation else 0.0)


def _by_entries(slopes: Slopes, share: Share, value: Tensor, eps: float, generator: torch.Generator) -> Share:
    """One entry after the other: those that disagree are wrong."""
    scale = float(value.abs().max())
    places, more = _doubtful(slopes, value, eps, generator)
    looked = [_entry(slopes, _one(value, place), float(value.flatten()[place]), eps, scale) for place in places]
    got, expected, bounds = (
        value.flatten()[places],
        torch.tensor([each.slope for each in looked], dtype=torch.float64),
        torch.tensor([each.allowed for each in looked], dtype=torch.float64),
    )
    parts = [_part(float(off), float(bound)) for off, bound in zip(expected - got, bounds, strict=True)]
    share = replace(share, part=max(parts, default=0.0), corners=sum(each.corner for each in looked))
    wrong = sum(part > 1 for part in parts)
    if not wrong:
        return replace(share, untold=int(more))
    worst = max(range(len(places)), key=parts.__getitem__)
    if len(places) == value.numel():
        got, expected, bounds = (each.reshape(value.shape) for each in (got, expected, bounds))
    return replace(
        share,
        wrong=wrong,
        worst=tuple(int(each) for each in torch.unravel_index(torch.tensor(places[worst]), value.shape)),
        got=float(got.flatten()[worst]),
        expected=looked[worst].slope,
        bound=looked[worst].allowed,
        diagnosis=named(got, expected, bounds, tuple(value.shape)),
    )


def _one(value: Tensor, place: int) -> Tensor:
    """The direction of one entry."""
    v = torch.zeros(value.numel(), dtype=torch.float64)
    v[place] = 1
    return v.reshape(value.shape)


def _doubtful(slopes: Slopes, value: Tensor, eps: float, generator: torch.Generator) -> tuple[list[int], bool]:
    """The entries to look at: all of a small tensor, else those in the halves, of halves, whose direction disagrees.

    And whether there are more of them than are looked at.
    """
    if value.numel() <= LOOKED_AT:
        return [*range(value.numel())], False
    found: list[int] = []
    waiting = [torch.randperm(value.numel(), generator=generator)]
    while waiting and len(found) < LOOKED_AT:
        some = waiting.pop()
        if len(some) == 1:
            found.append(int(some))
            continue
        for half in some.tensor_split(2):
            v = torch.zeros(value.numel(), dtype=torch.float64)
            v[half] = torch.randn(len(half), generator=generator, dtype=torch.float64)
            if _direction(slopes, value, v.reshape(value.shape), eps) > 1:
                waiting.append(half)
    return found, bool(waiting)


def _direction(slopes: Slopes, value: Tensor, v: Tensor, eps: float) -> float:
    """What part of its bound the slope along a direction differs by."""
    found, unsure, size = slopes.along(v, slopes.width)
    allowed = (ROUNDINGS * eps + slopes.coarse) * max(size, float((value * v).abs().sum())) + unsure
    return _part(found - float((value * v).sum()), allowed)


class _Looked(NamedTuple):
    """One entry: the slope there, how far it may be off, and whether it stands at a corner, so either side is right."""

    slope: float
    allowed: float
    corner: bool = False


def _entry(slopes: Slopes, v: Tensor, mine: float, eps: float, scale: float) -> _Looked:
    found, unsure, size = slopes.along(v, slopes.width)
    allowed = (ROUNDINGS * eps + slopes.coarse) * max(size, scale)
    if abs(found - mine) <= allowed + unsure:
        return _Looked(found, allowed + unsure)
    jumps = []
    for narrower in (8, 64):
        again, off, _ = slopes.along(v, slopes.width / narrower)
        if abs(again - mine) <= allowed + off:
            return _Looked(again, allowed + off)
        low, high = slopes.sides(v, slopes.width / narrower)
        jumps.append(high - low)
    # What is curved jumps an eighth as far in an eighth of the width; a corner jumps as far.
    if jumps[1] > max(4 * allowed, jumps[0] / 2) and low - allowed <= mine <= high + allowed:
        return _Looked(mine, allowed, corner=True)
    return _Looked(found, allowed + unsure)
