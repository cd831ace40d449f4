"""Colour for a terminal: titles stand out, reasons step back, verdicts catch the eye. Without it, the same text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


def _painted(code: int) -> Callable[[Colour, str], str]:
    return lambda self, text: f"\x1b[{code}m{text}\x1b[0m" if self.on and text else text


@dataclass(frozen=True)
class Colour:
    """What a word is decides its colour; `on` decides whether there is any."""

    on: bool

    title = _painted(1)  # bold
    quiet = _painted(2)  # dim
    bad = _painted(31)  # red
    good = _painted(32)  # green
    unsure = _painted(33)  # yellow
    name = _painted(36)  # cyan


NO_COLOUR = Colour(on=False)
