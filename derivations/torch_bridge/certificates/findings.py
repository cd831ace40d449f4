"""What a certificate raises: that a gradient is wrong, or that nothing can be told of it."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import torch

from ...index_calculus.judging.judge import Disagreement, Finding
from ...verdict import SEEN
from ..accounts import exact as exact_values

if TYPE_CHECKING:
    from ...diagnosis.diagnosis import Diagnosis
    from ..testing.trials import Trial
    from .certify import Certificate, Row


class GradientMismatch(Disagreement):
    """A gradient differs from autograd's, or from the exact value, by more than rounding explains.

    Its `details` are the loss, the tensor, the worst index, what was expected, what was given, the bound and the seed.
    `diagnosis` says which mistake explains it, where somebody has looked; `trial` is what assert_gradient tried.
    Details whose names are in `unseen` are for programs, and not printed.
    """

    __module__ = "derivations"  # where people import it from, and what pytest prints before the message
    diagnosis: Diagnosis | None = None
    trial: Trial | None = None
    unseen: Collection[str] = ()

    def __str__(self) -> str:
        seen = {name: value for name, value in self.details.items() if name not in self.unseen}
        return Finding.__str__(Finding(self.subject, **seen))


class CannotTell(Finding):
    """An AssertionError: nothing disagrees, but rounding may hide a mistake at every entry, so nothing is shown either.

    It is no GradientMismatch: whoever expects one has not found a mistake. Its `details` are the loss, the tensor, what
    would have been seen, what to do, and the seed.
    """

    __module__ = "derivations"


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


def numbers(certificate: Certificate, row: Row, given: str = "closed form") -> dict[str, Any]:
    """The worst entry of a tensor that disagrees, and what it takes to see it again. `given` names what was found."""
    entry = f"{row.wrt}[{', '.join(map(str, row.worst))}]"
    return dict(
        loss=str(certificate.setup.loss),
        tensor=row.wrt,
        index=f"{entry}, one of {row.wrong} wrong of {row.entries}",
        expected=f"{row.autograd[row.worst].item()!r} (autograd)",
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
