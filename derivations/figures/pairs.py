"""Words as a lesson gives them: a pair, Chinese and English."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..wording import Words

#: (Chinese, English)
Pair = tuple[str, str]


def pair(given: object, what: str) -> Words:
    """The words of a pair (zh, en). Raises ValueError for anything else: a drawing says all in both languages."""
    if (
        not isinstance(given, tuple | list)
        or len(given) != 2
        or not all(isinstance(part, str) and part.strip() for part in given)
    ):
        raise ValueError(
            f"{what}={given!r} is not a pair of words. Give (Chinese, English): two strings, neither empty."
        )
    return Words(*given)


def pair_or_name(given: object, what: str) -> Words:
    """The same, or one string for what is written alike in both languages, such as the name of a tensor."""
    return Words(given, given) if isinstance(given, str) and given.strip() else pair(given, what)


def numbers(given: Any, what: str) -> tuple[float, ...]:
    """A sequence of numbers as floats. Raises TypeError where it is none."""
    try:
        return tuple(float(number) for number in given)
    except (TypeError, ValueError) as reason:
        raise TypeError(f"{what} is not a sequence of numbers ({reason}). Give a list of floats.") from None


def shape(matrix: Sequence[Sequence[float]]) -> str:
    lengths = sorted({len(row) for row in matrix})
    return f"{len(matrix)} rows of {' and '.join(map(str, lengths)) or 'no'} values"


def one_of(given: str, accepted: tuple[str, ...], what: str) -> str:
    if given not in accepted:
        raise ValueError(f"{what}={given!r} is not known. Accepted: {', '.join(map(repr, accepted))}.")
    return given
