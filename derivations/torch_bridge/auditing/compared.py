"""What one operand was handed, compared entry by entry with what it should be."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ...verdict import AGREES, CANNOT_TELL, DISAGREES, Verdict
from ..shapes import Like
from .seen import Seen, seen

if TYPE_CHECKING:
    from ...derivation import Derivation
    from ...diagnosis.diagnosis import Diagnosis
    from ..accounts.exact_values import Exact

#: An entry is blunt when its bound is more than this part of its value: a wrong factor could hide there.
BLUNT = 0.1


@dataclass(frozen=True)
class Share:
    """What a node handed on to one operand. Entries are indexed from 0, as in torch.

    - `operand`: its letter in the operation's formula, or its name in torch; `slot`: its place among the node's edges.
    - `entries` counts what was handed on, `wrong` the entries beyond their bound, `untold` those that are no finite
      number here or by the formula, `blunt` those whose bound is too wide to catch a wrong factor, `corners` those at
      which a slope is a matter of convention, so that either side is right.
    - `worst` is the index of the entry that uses the largest `part` of its bound; there torch handed on `got` where
      `expected` follows from the operation, up to `bound`.
    - `derivation`: where it was derived. `handed`: what was handed on, in full where it is small.
    - `exact`: the exact values, entry by entry in their order, where they were asked for: Fractions, or numbers of 50
      digits; `from_exact`: how far "torch" and "formula" are from them at most, as a part of the bound.
    - `diagnosis`: what is wrong, where something is.
    """

    operand: str
    slot: int
    handed: Seen
    entries: int
    wrong: int = 0
    untold: int = 0
    blunt: int = 0
    corners: int = 0
    worst: tuple[int, ...] = ()
    part: float = 0.0
    got: float = math.nan
    expected: float = math.nan
    bound: float = math.nan
    exact: tuple[Exact, ...] = field(default=(), repr=False, compare=False)
    from_exact: Mapping[str, float] = field(default_factory=dict, repr=False, compare=False)
    derivation: Derivation | None = field(default=None, repr=False, compare=False)
    diagnosis: Diagnosis | None = field(default=None, repr=False, compare=False)

    @property
    def verdict(self) -> Verdict:
        """ "disagrees" if an entry is beyond its bound, "cannot tell" if one is not a finite number, else "agrees"."""
        if self.wrong:
            return DISAGREES
        return CANNOT_TELL if self.untold else AGREES


def compared(
    operand: str, slot: int, got: Like, expected: Like, bound: Like, corners: int = 0, derivation: Any = None
) -> Share:
    """A share from torch's `got` and, in float64, what it should be and by how much it may be off, entry by entry.

    Where torch has an infinity or nan and the formula too, or no bound, nothing is told; where only torch has one, the
    entry is wrong.
    """
    handed, found = seen(got), got.detach().double().cpu()
    if not found.numel():
        return Share(operand, slot, handed, 0, derivation=derivation)
    finite = found.isfinite() & expected.isfinite()
    same = found == expected
    told = finite & bound.isfinite()
    untold = ~told & ~(same & finite) & ~(expected.isfinite() & bound.isfinite())
    deviation = (found - expected).abs()
    part = torch.where(same & finite, 0.0, deviation / bound).nan_to_num(nan=math.inf, posinf=math.inf)
    part = torch.where(untold, 0.0, part)
    wrong = part > 1
    place = int(part.argmax())
    at = tuple(int(each) for each in torch.unravel_index(torch.tensor(place), found.shape))
    blunt = told & (bound > BLUNT * expected.abs()) & (expected != 0)
    share = Share(
        operand,
        slot,
        handed,
        found.numel(),
        int(wrong.sum()),
        int(untold.sum()),
        int(blunt.sum()),
        corners,
        at,
        float(part.flatten()[place]),
        float(found.flatten()[place]),
        float(expected.flatten()[place]),
        float(bound.flatten()[place]),
        derivation=derivation,
    )
    if not share.wrong:
        return share
    from dataclasses import replace

    from .named import named

    return replace(share, diagnosis=named(found, expected, bound))


def of_shape(operand: str, slot: int, got: Tensor, shape: tuple[int, ...]) -> Share:
    """A share that is wrong everywhere: it has another shape than its operand."""
    from .named import of_shapes

    diagnosis = of_shapes(tuple(got.shape), shape)
    return Share(operand, slot, seen(got), got.numel(), max(got.numel(), 1), diagnosis=diagnosis)
