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
    """What an option accepts beside a flag, in words, and whether a value of it is in use; None for any other.

    `wanted` says in words what torch takes for it, and `takes` whether a value is that; of tensors the room that
    imports torch knows.
    """

    accepted: str
    reads: Callable[[Any], bool | None]
    wanted: str
    takes: Callable[[Any], bool]

    def __call__(self, owner: str, option: str, given: Any) -> bool:
        """Is the option in use? Raises ValueError where `given` is not of this kind."""
        used = given if isinstance(given, bool) else self.reads(given)
        if used is None:
            raise ValueError(
                f"{owner}({option}={shown(given)}): the option must be True or False{self.accepted}. A formula holds "
                f"for any value; {option}=True says that the option is in use."
            )
        return used


@dataclass(frozen=True)
class Choice:
    """An option that chooses between formulas by its value, which the loss keeps: `Choice(1, 2)`."""

    values: tuple[Any, ...]

    def __init__(self, *values: Any):
        object.__setattr__(self, "values", values)

    def __call__(self, owner: str, option: str, given: Any) -> Any:
        """The value, as it stands among the accepted ones. Raises ValueError for any other."""
        if not self.takes(given):
            raise ValueError(f"{owner}({option}={shown(given)}): the option must be {self.wanted}.")
        return self.values[self.values.index(given)]

    @property
    def wanted(self) -> str:
        *others, last = map(repr, self.values)
        return f"{', '.join(others)} or {last}" if others else last

    def takes(self, given: Any) -> bool:
        return not isinstance(given, bool) and given in self.values


def _numbers(least: float, most: float, words: str, wanted: str) -> Kind:
    """Numbers of a range, in use unless they are 0."""

    def fits(given: Any) -> bool:
        try:
            number = float(given) if isinstance(given, Real) else math.nan
        except OverflowError:  # an integer beyond the largest float, which torch refuses too
            return False
        return math.isfinite(number) and least <= number <= most

    def reads(given: Any) -> bool | None:
        if given is None:
            return False
        return bool(given != 0) if fits(given) else None

    return Kind(words, reads, wanted, lambda given: given is None or fits(given))


def _label(given: Any) -> bool | None:
    return given is not None if given is None or isinstance(given, Integral) else None


def _is_label(given: Any) -> bool:
    return given is None or (isinstance(given, int) and not isinstance(given, bool))


FLAG = Kind("", lambda given: None, "True or False", lambda given: isinstance(given, bool))
TENSOR = Kind("", lambda given: False if given is None else None, "a tensor", lambda given: True)
LABEL = Kind(", or a class label, an integer", _label, "an integer, a class label", _is_label)
PART = _numbers(0, 1, ", or must lie between 0 and 1", "a number between 0 and 1")
AMOUNT = _numbers(0, math.inf, ", or a number that is not below 0", "a number that is not below 0")
POSITIVE = _numbers(math.ulp(0.0), math.inf, ", or a positive number", "a positive number")
NUMBER = _numbers(-math.inf, math.inf, ", or a number", "a number")


def shown(given: Any) -> str:
    """A value in a sentence: itself where it is short, else what it is."""
    text = repr(given)
    return text if len(text) <= 40 and "\n" not in text else f"<{type(given).__name__}>"
