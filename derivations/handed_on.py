"""Derivations that one process hands on to others: one is read in a fiftieth of the time that it takes to derive it.

A build of the site does so. Its ledger derives what its pages and lessons show, too, and they read what it has left,
in a folder that goes with the build. Lessons leave nothing, since each may change what it likes.
"""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .derivation import Derivation

READ, LEAVE = "DERIVATIONS_READ", "DERIVATIONS_LEAVE"
"""Environment variables: the folder that is read from, and the one that is written to."""


class Folder:
    """Derivations as files, each under what it was derived from."""

    def __init__(self, path: Path | str):
        self.path = Path(path)

    def read(self, subject: Any, wrt: str, options: Mapping[str, Any]) -> Derivation | None:
        """What somebody has left, if so."""
        path = self._place(subject, wrt, options)
        if path is None or not path.exists():
            return None
        derivation: Derivation = pickle.loads(path.read_bytes())
        return derivation

    def leave(self, subject: Any, wrt: str, options: Mapping[str, Any], derivation: Derivation) -> None:
        """Whoever reads finds all of it, or nothing."""
        if (path := self._place(subject, wrt, options)) is not None:
            unfinished = path.with_suffix(f".{os.getpid()}")
            unfinished.write_bytes(pickle.dumps(derivation))
            unfinished.replace(path)

    def _place(self, subject: Any, wrt: str, options: Mapping[str, Any]) -> Path | None:
        """None for what somebody else defines, who may call two things by one name, or what cannot be written."""
        if not type(subject).__module__.startswith(f"{__package__}."):
            return None
        try:
            key = pickle.dumps((subject, wrt, sorted(options.items())))
        except (pickle.PicklingError, AttributeError, TypeError):
            return None
        return self.path / hashlib.sha256(key).hexdigest()


def named(variable: str) -> Folder | None:
    """The folder that an environment variable names."""
    return Folder(path) if (path := os.environ.get(variable)) else None
