"""The three verdicts on a comparison. What told nothing is no agreement."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

AGREES: Final = "agrees"
DISAGREES: Final = "disagrees"
CANNOT_TELL: Final = "cannot tell"
Verdict = Literal["agrees", "disagrees", "cannot tell"]
#: A tensor agrees only if a common factor that is wrong by this part would have been seen at one entry at least.
#: Where both sides are equal that is an entry whose bound is a tenth of its value, a sharp one.
SEEN = 1 / 9
#: What people's own kernels are held to, who may try as many data as it takes.
SEEN_IN_TESTS = 0.05
#: How the command ends.
EXIT_CODES: dict[Verdict, int] = {AGREES: 0, DISAGREES: 1, CANNOT_TELL: 3}


def every(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict on parts that must all agree. Without any there is nothing that could agree."""
    found = set(verdicts)
    if DISAGREES in found:
        return DISAGREES
    return AGREES if found == {AGREES} else CANNOT_TELL


def some(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict on one thing that was tried several times: one try must tell, and none may disagree."""
    found = set(verdicts)
    if DISAGREES in found:
        return DISAGREES
    return AGREES if AGREES in found else CANNOT_TELL
