"""Options as torch writes them, read as flags: a formula holds for any weight or rate, and knows only which are in use.

True and False say so themselves; what else an option accepts is its kind. None, as torch has it, is not in use. What is
left of an option is True or False, so that equal options make equal subjects: a label of 1, which equals True, is
remembered as nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any


@dataclass(frozen=True)
class Kind:
    """What an option accepts beside a flag, in words, and whether a value of it is in use; None for any other."""

    accepted: str
    reads: Callable[[Any], bool | None]

    def __call__(self, owner: str, option: str, given: Any) -> bool:
        """Is the option in use? Raises ValueError where `given` is not of this kind."""
        used = given if isinstance(given, bool) else self.reads(given)
        if used is None:
            raise ValueError(
                f"{owner}({option}={shown(given)}): the option must be True or False{self.accepted}. A formula holds "
                f"for any value; {option}=True says that the option is in use."
            )
        return used


def _numbers(least: float, most: float) -> Callable[[Any], bool | None]:
    """Numbers of a range, in use unless they are 0."""

    def reads(given: Any) -> bool | None:
        if given is None:
            return False
        fits = isinstance(given, Real) and math.isfinite(given) and least <= float(given) <= most
        return bool(given != 0) if fits else None

    return reads


def _label(given: Any) -> bool | None:
    return given is not None if given is None or isinstance(given, Integral) else None


FLAG = Kind("", lambda given: None)
TENSOR = Kind("", lambda given: False if given is None else None)
LABEL = Kind(", or a class label, an integer", _label)
PART = Kind(", or must lie between 0 and 1", _numbers(0, 1))
AMOUNT = Kind(", or a number that is not below 0", _numbers(0, math.inf))
NUMBER = Kind(", or a number", _numbers(-math.inf, math.inf))


def shown(given: Any) -> str:
    """A value in a sentence: itself where it is short, else what it is."""
    text = repr(given)
    return text if len(text) <= 40 and "\n" not in text else f"<{type(given).__name__}>"
