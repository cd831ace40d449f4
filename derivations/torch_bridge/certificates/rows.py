"""One tensor's account: closed form and autograd compared entry by entry, each entry within its own bound."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from ...verdict import AGREES, CANNOT_TELL, DISAGREES, SEEN, Verdict
from ..accounts import exact_values
from ..batch.parts import Rows, place
from ..rounding.bounds import Bound
from ..shapes import Like

#: An entry is blunt when its bound is more than this part of its value: a wrong factor could hide there.
BLUNT = 0.1


@dataclass(frozen=True)
class Row:
    """One tensor's account. Entries are indexed from 0, as in torch.

    - `deviation`: the largest |closed form − autograd|, in units of eps·κ; `worst` is its index, `bound` and `kappa`
      are the bound and κ there. `part`: the largest part of its bound that a deviation uses.
    - `entries` counts the entries that were compared, `wrong` those beyond the bound, `blunt` those whose bound is too
      wide to catch a wrong factor.
    - `sharpest`: a common factor that is wrong by this part, or by more, would have been seen. 0 where every entry is
      exactly 0 as the formula has it, or there is none; inf where no factor would have been seen.
    - `corners` counts the entries at which a jump of the formula lies within rounding: either side may come out there,
      and the bound is as wide.
    - `condition`: the largest κ/|g| among the others. A relative mistake smaller than a few times that many eps would
      not be seen.
    - `exact` holds the truth by index when it was asked for: a Fraction, or an mpmath number; nan where the loss is
      not defined. `from_exact`: how far each side is from it at most, in units of eps·κ.
    - `overflowed` entries are no number on one side, or on both, although all that was given is finite and the gradient
      may be one: nothing is told there.
    """

    wrt: str
    closed_form: Like
    autograd: Like
    worst: tuple[int, ...]
    deviation: float
    bound: float
    part: float
    entries: int
    wrong: int
    blunt: int
    sharpest: float
    condition: float
    kappa: float
    corners: int = 0
    exact: Mapping[tuple[int, ...], Any] = field(default_factory=dict)
    from_exact: Mapping[str, float] = field(default_factory=dict)
    overflowed: int = 0

    @property
    def verdict(self) -> Verdict:
        """ "disagrees" if an entry is beyond its bound; "agrees" if none is and a mistake would have been seen."""
        if self.wrong:
            return DISAGREES
        return AGREES if self.sharpest < SEEN and not self.overflowed else CANNOT_TELL

    @property
    def among(self) -> int:
        """How many entries the tensor has: more than were compared, where that was a sample."""
        return self.autograd.numel()

    @property
    def sharp(self) -> int:
        """Entries at which agreement means something."""
        return self.entries - self.blunt

    @property
    def zero(self) -> bool:
        """Whether every entry is exactly 0, as the formula has it."""
        return self.sharpest == 0 and self.wrong == 0 and not bool(self.autograd.any())


def row_of(
    wrt: str,
    found: Like,
    expected: Like,
    limit: Bound,
    undefined: bool = False,
    zero: bool = False,
    exact: Mapping[tuple[int, ...], Any] | None = None,
    unlike: Tensor | None = None,
) -> Row:
    """Compare `found` (closed form) with `expected` (autograd), both of one shape, and with the exact values if given.

    `undefined`: what is nan on one side tells nothing. `zero`: the formula is 0 whatever the data are. `unlike` is True
    where torch is known to compute something else, so that nothing is told.
    """
    if not found.numel():
        return Row(wrt, found, expected, (), 0.0, 0.0, 0.0, 0, 0, 0, 0.0, math.nan, math.nan)
    exact, precision = exact or {}, torch.finfo(found.dtype)
    kappa, bound = limit.kappa, limit.of_two(found.dtype)
    a, b = found.cpu().double(), expected.cpu().double()
    difference, size, unit_of = (a - b).abs_(), b.abs(), precision.eps * kappa
    smaller, same, known = torch.minimum(a.abs(), size), None, False
    sides = {"closed form": a, "autograd": b} if exact else {}
    of_one = _or_infinite(limit.of_one(found.dtype)) if exact else bound
    off = {side: exact_values.distances(exact, each, of_one, precision.max) for side, each in sides.items()}
    if unlike is not None:
        off = {side: each.masked_fill(unlike, 0.0) for side, each in off.items()}
    # Most tensors are all numbers, and all their entries round; the others take a dozen looks at each entry more.
    if exact or zero or unlike is not None or not (_are_finite(difference, size, bound) and unit_of.min() > 0):
        anything = bound.isinf() & limit.by_rules  # as where a divisor may be rounded to 0, and the rest to nan
        kappa, bound = _or_infinite(kappa), _or_infinite(bound)
        unit_of, finite = precision.eps * kappa, a.isfinite() & b.isfinite()
        same = (a == b) | (a.isnan() & b.isnan())
        # One side overflows where the other is just below the largest number of its dtype.
        largest = torch.where(a.isinf(), b.abs(), a.abs()) + bound >= precision.max
        same = same | ((a.isinf() ^ b.isinf()) & largest & bound.isfinite() & (a.sign() == b.sign()))
        same = same | (anything & ~finite)
        if undefined:
            same = same | ~finite
        if unlike is not None:
            same, finite = same | unlike, finite & ~unlike
        if exact:  # Where there is no truth, neither is wrong, and that they are alike tells nothing.
            untrue = off["autograd"].isnan()
            same, finite = same | untrue, finite & ~untrue
        # What nothing rounds, or the formula makes 0 whatever the data are, is known, and not only within a bound.
        # Where 0 was found the truth, if asked for, must be 0: what underflows is rounded too.
        unrounded = (kappa == 0) & (a != 0) if exact else kappa == 0
        known = bool((finite & (a == b) & (_exactly_zero(a, exact, zero) | unrounded)).all())
        # From here on nan is what tells nothing: it is within no bound, and no bound is sharp there.
        difference, size, smaller = (torch.where(finite, each, torch.nan) for each in (difference, size, smaller))
        difference = torch.where(same, 0.0, difference)
    wrong = ~(difference <= bound)
    for each in off.values():
        wrong |= each > of_one
    # Where κ is 0 nothing rounds: any difference there is infinitely many eps·κ.
    units, part = (_in(difference, each, same) for each in (unit_of, bound))
    blunt, margin = ~(bound <= BLUNT * size), smaller - bound
    factor = (difference + bound).div_(margin).add_(precision.eps)
    condition = (kappa / size).masked_fill_(blunt | (size == 0), -1.0).max().item()
    ranking = torch.where(wrong, part, -1.0) if bool(wrong.any()) else units
    worst = _place(int(ranking.argmax()), ranking.shape)
    return Row(
        wrt=wrt,
        closed_form=found,
        autograd=expected,
        worst=worst,
        deviation=units.max().item(),
        bound=bound[worst].item(),
        part=part.max().item(),
        entries=found.numel(),
        wrong=int(wrong.sum()),
        blunt=int(blunt.sum()),
        sharpest=0.0 if known else factor.masked_fill_(~(margin > 0), torch.inf).min().item(),
        condition=math.nan if condition < 0 else condition,
        kappa=kappa[worst].item(),
        corners=0 if limit.open is None else int((limit.open > 0).sum()),
        exact=exact,
        from_exact={side: _in_units(each, unit_of).max().item() for side, each in off.items()},
    )


def _place(number: int, shape: torch.Size) -> tuple[int, ...]:
    """The index of an entry from its number; torch.unravel_index takes longer than all else that is asked of a row."""
    at: list[int] = []
    for size in reversed(shape):
        number, rest = divmod(number, size)
        at.append(rest)
    return tuple(reversed(at))


def _are_finite(*arrays: Tensor) -> bool:
    """Is there neither nan nor ±inf in arrays that are not negative?"""
    return all(math.isfinite(each.max().item()) for each in arrays)


def _in(difference: Like, unit: Like, same: Like | None) -> Like:
    """A difference in such units: none where two are the same, and as much as can be where it is no number."""
    units = difference / unit
    return units if same is None else torch.where(same, 0.0, _or_infinite(units))


def _exactly_zero(found: Like, exact: Mapping[tuple[int, ...], Any], zero: bool) -> Like:
    """Where 0 was found, and the formula or the truth is 0."""
    if not exact:
        return (found == 0) & zero
    true = torch.tensor([exact_values.is_zero(value) for value in exact.values()], device=found.device).reshape(
        found.shape
    )
    return (found == 0) & (true | zero)


def _or_infinite(array: Like) -> Like:
    """What is no number is as large as can be."""
    return array.nan_to_num(nan=torch.inf, posinf=torch.inf)


def _in_units(distance: Like, unit: Like) -> Like:
    """Where κ is 0 nothing rounds: no distance is none, any other infinitely many units."""
    return torch.where(distance == 0, 0.0, distance / unit)


def joined(parts: Sequence[tuple[Rows, Row]], found: Like, expected: Like) -> Row:
    """One account of a tensor from those of some of its rows, or all, each with the rows that it is of."""
    of, worst = max(parts, key=lambda part: (part[1].wrong > 0, part[1].part if part[1].wrong else part[1].deviation))
    rows = [row for _, row in parts]
    told = [row.sharpest for row in rows if row.sharpest]  # 0 is a part whose entries are all known to be 0
    return replace(
        worst,
        closed_form=found,
        autograd=expected,
        worst=(place(of, worst.worst[0]), *worst.worst[1:]) if worst.worst else (),
        deviation=max(row.deviation for row in rows),
        part=max(row.part for row in rows),
        entries=sum(row.entries for row in rows),
        wrong=sum(row.wrong for row in rows),
        blunt=sum(row.blunt for row in rows),
        corners=sum(row.corners for row in rows),
        sharpest=min(told, default=0.0),
        condition=max((row.condition for row in rows if row.condition == row.condition), default=math.nan),
    )
