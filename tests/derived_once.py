"""What one of the test processes has derived, the others read: a derivation is read in a fiftieth of the time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from derivations.derivation import Derivation
from derivations.handed_on import Folder
from derivations.subject import Subject


def kept_in(path: Path, carry_out: Callable[..., Derivation]) -> Callable[..., Derivation]:
    """`carry_out`, but for what a process that tests the same code has left in the folder.

    It is not named in the environment: what tests start may run other code than they do.
    """
    folder = Folder(path)

    def read_or_carried_out(subject: Subject, wrt: str, **options: Any) -> Derivation:
        derivation = folder.read(subject, wrt, options)
        if derivation is None:
            derivation = carry_out(subject, wrt, **options)
            folder.leave(subject, wrt, options, derivation)
        return derivation

    return read_or_carried_out
