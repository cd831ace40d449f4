"""What a certificate raises: that a gradient is wrong, or that nothing can be told of it."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from ...index_calculus.judging.judge import Disagreement, Finding

if TYPE_CHECKING:
    from ...diagnosis.diagnosis import Diagnosis


class GradientMismatch(Disagreement):
    """A gradient differs from autograd's, or from the exact value, by more than rounding explains.

    Its `details` are the loss, the tensor, the worst index, what was expected, what was given, the bound and the seed.
    `diagnosis` says which mistake explains it, where somebody has looked; `trial` is what assert_gradient tried.
    Details whose names are in `unseen` are for programs, and not printed.
    """

    __module__ = "derivations"  # where people import it from, and what pytest prints before the message
    diagnosis: Diagnosis | None = None
    trial: Any = None  # a Trial of testing/trials.py, which knows of certificates, not they of it
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
