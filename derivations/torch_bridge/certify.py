"""Certificates: the closed form against autograd, entry by entry, within a bound that follows from the formula.

Two evaluations a and b of one gradient agree when |a − b| ≤ eps·κ + 2·s·κ₀ at each entry, and one agrees with the exact
value within half of that; what κ and κ₀ are and where they come from stands in rounding.py and bound.py.
"""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy
import torch
from torch import Tensor

from ..index_calculus.judge import Disagreement
from ..wording import Words
from . import truth
from .batch import Batch
from .evaluate import Bound, bounds
from .notes import is_undefined, notes
from .read import Setup

#: An entry is blunt when its bound is more than this part of its value: a wrong factor could hide there.
BLUNT = 0.1


class GradientMismatch(Disagreement):
    """A gradient differs from autograd's, or from the exact value, by more than rounding explains.

    Its `details` are the loss, the tensor, the worst index, what was expected, what was given, the bound and the seed.
    """


@dataclass(frozen=True)
class Row:
    """One tensor's account. Entries are indexed from 0, as in torch.

    - `deviation`: the largest |closed form − autograd|, in units of eps·κ; `worst` is its index, `bound` and `kappa`
      are the bound and κ there. `part`: the largest part of its bound that a deviation uses.
    - `entries` counts all entries, `wrong` those beyond the bound, `blunt` those whose bound is too wide to catch a
      wrong factor.
    - `condition`: the largest κ/|g| among the others. A relative mistake smaller than a few times that many eps would
      not be seen.
    - `exact` holds the truth by index when it was asked for, `from_exact` how far each side is from it at most, in
      units of eps·κ.
    """

    wrt: str
    closed_form: Tensor
    autograd: Tensor
    worst: tuple[int, ...]
    deviation: float
    bound: float
    part: float
    entries: int
    wrong: int
    blunt: int
    condition: float
    kappa: float
    exact: Mapping[tuple[int, ...], Any] = field(default_factory=dict)
    from_exact: Mapping[str, float] = field(default_factory=dict)

    @property
    def agrees(self) -> bool:
        """Whether every entry is within its bound."""
        return self.wrong == 0

    @property
    def sharp(self) -> int:
        """Entries at which agreement means something."""
        return self.entries - self.blunt


@dataclass(frozen=True)
class Certificate:
    """The two accounts of one computation, side by side. `bool(certificate)` says whether they agree.

    `rows` hold a Row for each tensor, `loss` what torch computed, `exact_loss` the true value (a Fraction, or an mpmath
    number with 50 digits) when it was asked for. `conditions` say what it takes to see the same numbers again: seed,
    dtype, shape, device, versions and threads. `notes` name what may surprise, in both languages. Made by
    `Explanation.certify`.
    """

    setup: Setup
    rows: tuple[Row, ...]
    loss: float
    exact_loss: Any
    conditions: Mapping[str, str]
    notes: tuple[Words, ...] = ()

    def __bool__(self) -> bool:
        return all(row.agrees for row in self.rows)

    @property
    def worst(self) -> float:
        """The largest deviation of all, in units of eps·κ."""
        return max(row.deviation for row in self.rows)

    def require(self) -> Certificate:
        """This certificate, or GradientMismatch when the two accounts disagree."""
        if not self:
            raise self.mismatch()
        return self

    def mismatch(self) -> GradientMismatch:
        """What is wrong, at the worst entry of the first tensor that disagrees."""
        row = next(row for row in self.rows if not row.agrees)
        entry = f"{row.wrt}[{', '.join(map(str, row.worst))}]"
        others = ", torch.autograd and the exact value" if row.exact else " and torch.autograd"
        return GradientMismatch(
            f"{self.setup}: the closed form of ∂loss/∂{row.wrt}{others} disagree",
            loss=str(self.setup.loss),
            tensor=row.wrt,
            index=f"{entry}, one of {row.wrong} wrong of {row.entries}",
            expected=f"{row.autograd[row.worst].item()!r} (autograd)",
            got=f"{row.closed_form[row.worst].item()!r} (closed form)",
            exact=truth.show(row.exact[row.worst]) if row.exact else None,
            bound=f"{row.bound:.3g}",
            note=" ".join(note.en for note in self.notes) or None,
            **self.conditions,
        )

    def __str__(self) -> str:
        from ..display import certificate_text

        return certificate_text(self, "en")

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> tuple[dict, dict]:
        from ..display import certificate_bundle

        return certificate_bundle(self)


def certify(
    batch: Batch,
    found: Mapping[str, Tensor],
    expected: Mapping[str, Tensor],
    loss: float,
    exact: bool = False,
    seed: int | None = None,
    limits: Mapping[str, Bound] | None = None,
) -> Certificate:
    """Compare `found` (closed form) with `expected` (autograd), each within its bound.

    `limits` are the bounds, computed here where they are left out. Where the loss is not defined, since its weights
    add up to 0, what is nan on one side tells nothing.
    """
    if limits is None:
        limits = bounds(batch, tuple(found)) if batch.common.numel() else {}
    rows, undefined = [], is_undefined(batch)
    for wrt, value in found.items():
        truths = truth.gradient(batch, wrt, value.shape) if exact else {}
        zeros = torch.zeros(value.shape, dtype=torch.float64, device="cpu")
        nothing = Bound(zeros, zeros)
        rows.append(_row(wrt, value, expected[wrt], limits.get(wrt, nothing), undefined, truths))
    return Certificate(
        setup=batch.setup,
        rows=tuple(rows),
        loss=loss,
        exact_loss=truth.loss(batch) if exact else None,
        conditions=conditions(batch.inputs, seed),
        notes=notes(batch),
    )


def conditions(inputs: Tensor, seed: int | None) -> dict[str, str]:
    """What it takes to see the same numbers again."""
    return {
        "seed": str(torch.initial_seed() if seed is None else seed),
        "dtype": str(inputs.dtype).removeprefix("torch."),
        "shape": str(tuple(inputs.shape)),
        "device": str(inputs.device),
        "torch": torch.__version__,
        "sympy": sympy.__version__,
        "python": platform.python_version(),
        "threads": str(torch.get_num_threads()),
    }


def _row(
    wrt: str,
    found: Tensor,
    expected: Tensor,
    limit: Bound,
    undefined: bool,
    exact: Mapping[tuple[int, ...], Any],
) -> Row:
    precision = torch.finfo(found.dtype)
    kappa, bound = _or_infinite(limit.kappa), _or_infinite(limit.of_two(found.dtype))
    a, b = found.cpu().double(), expected.cpu().double()
    finite = a.isfinite() & b.isfinite()
    same = (a == b) | (a.isnan() & b.isnan())
    # One side overflows where the other is just below the largest number of its dtype.
    largest = torch.where(a.isinf(), b.abs(), a.abs()) + bound >= precision.max
    same = same | ((a.isinf() ^ b.isinf()) & largest & bound.isfinite() & (a.sign() == b.sign()))
    if undefined:
        same = same | ~finite
    difference = torch.where(same, torch.zeros_like(a), (a - b).abs())
    wrong = ~(same | (finite & (difference <= bound)))
    of_one = _or_infinite(limit.of_one(found.dtype)) if exact else bound
    for at, value in exact.items():
        wrong[at] |= any(truth.distance(value, side[at].item()) > of_one[at].item() for side in (a, b))
    unit_of = precision.eps * kappa
    # Where κ is 0 nothing rounds: any difference there is infinitely many eps·κ.
    units = torch.where(same, torch.zeros_like(a), _or_infinite(difference / unit_of))
    blunt = ~finite | (bound > BLUNT * b.abs())
    if not a.numel():
        return Row(wrt, found, expected, (), 0.0, 0.0, 0.0, 0, 0, 0, math.nan, math.nan)
    part = torch.where(same, torch.zeros_like(a), _or_infinite(difference / bound))
    ranking = torch.where(wrong, part, -1.0) if bool(wrong.any()) else units
    worst = tuple(int(each) for each in torch.unravel_index(ranking.argmax(), ranking.shape))
    sharp = ~blunt & (b != 0)
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
        condition=(kappa / b.abs())[sharp].max().item() if bool(sharp.any()) else math.nan,
        kappa=kappa[worst].item(),
        exact=exact,
        from_exact={
            side: max(_in_units(truth.distance(exact[at], value[at].item()), unit_of[at].item()) for at in exact)
            for side, value in ((("closed form", a), ("autograd", b)) if exact else ())
        },
    )


def _or_infinite(array: Tensor) -> Tensor:
    """What is no number is as large as can be."""
    return array.nan_to_num(nan=torch.inf, posinf=torch.inf)


def _in_units(distance: float, unit: float) -> float:
    """Where κ is 0 nothing rounds: no distance is none, any other infinitely many units."""
    if distance == 0:
        return 0.0
    return distance / unit if unit else math.inf
