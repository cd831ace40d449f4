"""Certificates: the closed form against autograd, entry by entry, within a bound that follows from the formula.

Two evaluations a and b of one gradient agree when |a − b| ≤ eps·κ + 2·s·κ₀ at each entry, and one agrees with the exact
value within half of that; what κ and κ₀ are and where they come from stands in rounding.py and bound.py.

There are three verdicts. An entry beyond its bound disagrees. A tensor within its bounds *agrees* only where a mistake
would have been seen. Suppose that a is f times a right evaluation a₀, for which |a₀ − b| ≤ bound. Then |f − 1|·|a₀| =
|a − a₀| ≤ |a − b| + bound, and |a₀| ≥ |b| − bound; where b is the wrong one, |b₀| ≥ |a| − bound. So f is no farther
from 1 than (|a − b| + bound)/(min(|a|, |b|) − bound), and by eps more where f·a₀ was rounded. A factor common to all
entries is seen at the entry where that is least. If it is not less than SEEN there, the verdict is "cannot tell",
unless every entry is exactly 0 because the formula makes it so.
"""

from __future__ import annotations

import math
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy
import torch
from torch import Tensor

from ..verdict import AGREES, CANNOT_TELL, DISAGREES, Verdict, every
from ..wording import Words
from . import truth
from .batch import Batch
from .bounds import Bound, bounds, bounds_in_parts
from .findings import SEEN, CannotTell, GradientMismatch, doubt, mismatch
from .notes import is_undefined, is_zero, notes
from .parts import EVERYTHING, joined, ranges
from .read import Setup

#: An entry is blunt when its bound is more than this part of its value: a wrong factor could hide there.
BLUNT = 0.1


@dataclass(frozen=True)
class Row:
    """One tensor's account. Entries are indexed from 0, as in torch.

    - `deviation`: the largest |closed form − autograd|, in units of eps·κ; `worst` is its index, `bound` and `kappa`
      are the bound and κ there. `part`: the largest part of its bound that a deviation uses.
    - `entries` counts all entries, `wrong` those beyond the bound, `blunt` those whose bound is too wide to catch a
      wrong factor.
    - `sharpest`: a common factor that is wrong by this part, or by more, would have been seen. 0 where every entry is
      exactly 0 as the formula has it, or there is none; inf where no factor would have been seen.
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
    sharpest: float
    condition: float
    kappa: float
    exact: Mapping[tuple[int, ...], Any] = field(default_factory=dict)
    from_exact: Mapping[str, float] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """ "disagrees" if an entry is beyond its bound; "agrees" if none is and a mistake would have been seen."""
        if self.wrong:
            return DISAGREES
        return AGREES if self.sharpest < SEEN else CANNOT_TELL

    @property
    def sharp(self) -> int:
        """Entries at which agreement means something."""
        return self.entries - self.blunt

    @property
    def zero(self) -> bool:
        """Whether every entry is exactly 0, as the formula has it."""
        return self.sharpest == 0 and self.wrong == 0 and not bool(self.autograd.any())


@dataclass(frozen=True)
class Certificate:
    """The two accounts of one computation, side by side. `bool(certificate)` is True where they agree, and only there.

    `rows` hold a Row for each tensor, `loss` what torch computed, `exact_loss` the true value (a Fraction, or an mpmath
    number that has and prints 50 digits, whatever `mpmath.mp` is set to) when it was asked for. `conditions` say what
    it takes to see the same numbers again: seed, dtype, shape, device, versions and threads. `notes` name what may
    surprise, in both languages. Made by `Explanation.certify`.
    """

    setup: Setup
    rows: tuple[Row, ...]
    loss: float
    exact_loss: Any
    conditions: Mapping[str, str]
    notes: tuple[Words, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """ "disagrees" if a row does, "agrees" if every row does, and "cannot tell" otherwise."""
        return every(row.verdict for row in self.rows)

    def __bool__(self) -> bool:
        return self.verdict == AGREES

    @property
    def worst(self) -> float:
        """The largest deviation of all, in units of eps·κ."""
        return max((row.deviation for row in self.rows), default=0.0)

    def require(self) -> Certificate:
        """This certificate where the two accounts agree. Raises GradientMismatch where they do not, else CannotTell."""
        if self.verdict == DISAGREES:
            raise self.mismatch()
        if self.verdict == CANNOT_TELL:
            raise self.doubt()
        return self

    def mismatch(self) -> GradientMismatch:
        """What is wrong, at the worst entry of the first tensor that disagrees. Raises ValueError where none does."""
        return mismatch(self, self._first(DISAGREES))

    def doubt(self) -> CannotTell:
        """Why nothing can be told of the first tensor of which that is so. Raises ValueError where there is none."""
        return doubt(self, self._first(CANNOT_TELL))

    def _first(self, verdict: Verdict) -> Row:
        for row in self.rows:
            if row.verdict == verdict:
                return row
        raise ValueError(f"There is no such tensor here: the verdict is {self.verdict!r}.")

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
    """Compare `found` (closed form) with `expected` (autograd), each within its bound: a large batch in parts.

    `limits` are the bounds, computed here where they are left out. Where the loss is not defined, since its weights
    add up to 0, what is nan on one side tells nothing.
    """
    undefined, rows = is_undefined(batch), dict[str, list[tuple[int, Row]]]()
    truths = {wrt: truth.gradient(batch, wrt, value.shape) if exact else {} for wrt, value in found.items()}
    zero = {wrt: is_zero(batch, wrt) for wrt in found}
    for wrt, part, limit in _limits(batch, found, limits, exact):
        one, other = (each[part] if each.dim() else each for each in (found[wrt], expected[wrt]))
        row = _row(wrt, one, other, limit, undefined, zero[wrt], truths[wrt])
        rows.setdefault(wrt, []).append((part.start or 0, row))
    return Certificate(
        setup=batch.setup,
        rows=tuple(joined(rows[wrt], value, expected[wrt]) for wrt, value in found.items()),
        loss=loss,
        exact_loss=truth.loss(batch) if exact else None,
        conditions=conditions(batch.inputs, seed),
        notes=notes(batch),
    )


def _limits(
    batch: Batch, found: Mapping[str, Tensor], limits: Mapping[str, Bound] | None, exact: bool
) -> Iterator[tuple[str, slice, Bound]]:
    """Of which tensor, which of its rows, and their bound; whole where exact values are wanted."""
    if limits is None and batch.common.numel() == 0:
        none = {wrt: torch.zeros(value.shape, dtype=torch.float64, device="cpu") for wrt, value in found.items()}
        limits = {wrt: Bound(each, each) for wrt, each in none.items()}
    if limits is None and exact:
        limits = bounds(batch, tuple(found))
    if limits is not None:
        yield from ((wrt, EVERYTHING, limits[wrt]) for wrt in found)
        return
    for wrt, part, limit in bounds_in_parts(batch, tuple(found)):
        if part != EVERYTHING:
            yield wrt, part, limit
        else:
            for rows in ranges(limit.kappa.shape):
                yield wrt, rows, limit.at(rows)


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
    zero: bool,
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
        return Row(wrt, found, expected, (), 0.0, 0.0, 0.0, 0, 0, 0, 0.0, math.nan, math.nan)
    # What nothing rounds, or the formula makes 0 whatever the data are, is known, and not only within a bound.
    known = finite & (a == b) & (_exactly_zero(a, exact, zero) | (kappa == 0))
    margin = torch.minimum(a.abs(), b.abs()) - bound
    factor = (difference + bound) / margin + precision.eps
    seen = torch.where(finite & (margin > 0), factor, torch.inf)
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
        sharpest=0.0 if bool(known.all()) else seen.min().item(),
        condition=(kappa / b.abs())[sharp].max().item() if bool(sharp.any()) else math.nan,
        kappa=kappa[worst].item(),
        exact=exact,
        from_exact={
            side: max(_in_units(truth.distance(exact[at], value[at].item()), unit_of[at].item()) for at in exact)
            for side, value in ((("closed form", a), ("autograd", b)) if exact else ())
        },
    )


def _exactly_zero(found: Tensor, exact: Mapping[tuple[int, ...], Any], zero: bool) -> Tensor:
    """Where 0 was found, and the formula or the truth is 0."""
    true = torch.full(found.shape, zero)
    for at, value in exact.items():
        true[at] |= value == 0
    return true & (found == 0)


def _or_infinite(array: Tensor) -> Tensor:
    """What is no number is as large as can be."""
    return array.nan_to_num(nan=torch.inf, posinf=torch.inf)


def _in_units(distance: float, unit: float) -> float:
    """Where κ is 0 nothing rounds: no distance is none, any other infinitely many units."""
    if distance == 0:
        return 0.0
    return distance / unit if unit else math.inf
