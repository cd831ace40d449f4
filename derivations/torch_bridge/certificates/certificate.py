"""A certificate: the two accounts of one computation side by side, its verdict, and what it raises."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch

from ...looks import Shown
from ...verdict import AGREES, CANNOT_TELL, DISAGREES, SEEN, Verdict, every
from ...wording import Words
from ..accounts import exact_values
from ..batch.batch import Batch
from ..setup.setup import Setup
from .findings import CannotTell, GradientMismatch
from .rows import Row

if TYPE_CHECKING:
    from ...diagnosis.diagnosis import Diagnosis


@dataclass(frozen=True)
class Certificate(Shown):
    """The two accounts of one computation, side by side. `bool(certificate)` is True where they agree, and only there.

    `rows` hold a Row for each tensor, `loss` what torch computed, `exact_loss` the true value when it was asked for: a
    Fraction, or an mpmath number that has and prints 50 digits, whatever `mpmath.mp` is set to; nan where the loss is
    not defined. Such a number is no instance of `mpmath.mpf`; `mpmath.mpf(exact_loss)` is one, with the digits set
    there. `conditions` say what it takes to see the same numbers again: seed, dtype, shape, device, versions and
    threads. `notes` name what may surprise, in both languages. Made by `Explanation.certify`.
    """

    setup: Setup
    rows: tuple[Row, ...]
    loss: float
    exact_loss: Any
    conditions: Mapping[str, str]
    notes: tuple[Words, ...] = ()
    batch: Batch | None = field(default=None, repr=False, compare=False)

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

    @cached_property
    def diagnosis(self) -> Diagnosis | None:
        """What is wrong with the first tensor that disagrees, as `derivations.diagnose` says it; None where none does.

        Of autograd's account where that is not the criterion's gradient, else of the other one.
        """
        if self.verdict != DISAGREES or self.batch is None:
            return None
        from ..diagnosing.searched import of_two  # only where something is wrong

        row = self._first(DISAGREES)
        return of_two(self.batch, row.wrt, row.autograd, row.closed_form)

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


def mismatch(certificate: Certificate, row: Row) -> GradientMismatch:
    """What is wrong, at the worst entry of a tensor that disagrees."""
    diagnosis = certificate.diagnosis
    found = GradientMismatch(
        f"{certificate.setup}: the closed form of ∂loss/∂{row.wrt}{_others(row)} disagree",
        diagnosis=None if diagnosis is None else diagnosis.sentence.en,
        **numbers(certificate, row),
    )
    found.diagnosis = diagnosis
    return found


def numbers(
    certificate: Certificate, row: Row, given: str = "closed form", expected: str = "autograd"
) -> dict[str, Any]:
    """The worst entry of a tensor that disagrees, and what it takes to see it again.

    `given` names what was found, `expected` what it was compared with.
    """
    entry = f"{row.wrt}[{', '.join(map(str, row.worst))}]"
    return dict(
        loss=str(certificate.setup.loss),
        tensor=row.wrt,
        index=f"{entry}, one of {row.wrong} wrong of {row.entries}",
        expected=f"{row.autograd[row.worst].item()!r} ({expected})",
        got=f"{row.closed_form[row.worst].item()!r} ({given})",
        exact=exact_values.show(row.exact[row.worst]) if row.exact else None,
        bound=f"{row.bound:.3g}",
        note=_note(certificate),
        **certificate.conditions,
    )


def doubt(certificate: Certificate, row: Row, wanted: float = SEEN) -> CannotTell:
    """How wrong a tensor could be that neither agrees nor disagrees, and what would tell a factor wrong by `wanted`."""
    return CannotTell(
        f"{certificate.setup}: whether the closed form of ∂loss/∂{row.wrt}{_others(row)} agree cannot be told",
        loss=str(certificate.setup.loss),
        tensor=row.wrt,
        seen=f"a factor wrong by {row.sharpest:.0%} or more" if math.isfinite(row.sharpest) else "no wrong factor",
        needed=f"a factor wrong by {wanted:.0%}",
        sharp=f"{row.sharp} of {row.entries} entries",
        largest=f"{row.autograd.abs().max().item():.3g} (autograd)",
        bound=f"{row.bound:.3g}",
        do=_advice(row),
        note=_note(certificate),
        **certificate.conditions,
    )


def _others(row: Row) -> str:
    return ", torch.autograd and the exact value" if row.exact else " and torch.autograd"


def _note(certificate: Certificate) -> str | None:
    return " ".join(note.en for note in certificate.notes) or None


def _advice(row: Row) -> str:
    if not bool(row.autograd.isfinite().any()):
        return "give data at which the gradient is a number"
    narrower = [] if row.autograd.dtype == torch.float64 else ["float64"]
    return f"give {', '.join([*narrower, 'data with a larger gradient'])} or fewer terms to a sum"
