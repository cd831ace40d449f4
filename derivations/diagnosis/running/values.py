"""What an expression may come to: an array, a mask, a shape, a slice, a text, or nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..values.arrays import TooMuchWork
from ..values.lists import Array


@dataclass(frozen=True)
class Mask:
    """An array of 1 and 0 that a comparison made: as an index it chooses entries, else it is a number."""

    array: Array


@dataclass(frozen=True)
class Text:
    """A string, or the name of a dtype: only options take one."""

    word: str


Value = Any  # Array, Mask, Text, tuple, slice, Ellipsis or None


class NoValue(ValueError):
    """What stands here is no number or array, or not the kind of one that is needed; `found` says what it is."""

    def __init__(self, found: str):
        self.found = found
        super().__init__(found)


def described(value: Value) -> str:
    """What a value is, in a word of code."""
    match value:
        case Array():
            return f"array{value.shape}"
        case Mask(array):
            return f"mask{array.shape}"
        case Text(word):
            return repr(word)
        case tuple():
            return "tuple"
        case slice():
            return "slice"
    return "None" if value is None else "..."


def integer(value: Value) -> int:
    """A whole number. Raises NoValue, and TooMuchWork for one that is beyond every size."""
    array = value.array if isinstance(value, Mask) else value
    if not isinstance(array, Array) or len(array.entries) != 1:
        raise NoValue(described(value))
    number = array.entries[0]
    if not math.isfinite(number) or number != int(number):
        raise NoValue(f"{number:g}")
    if abs(number) > 10**9:
        raise TooMuchWork
    return int(number)


def shape_text(shape: tuple[int, ...], sizes: Mapping[int, str]) -> str:
    """(N, C), where the sizes of a trial tell which is which."""
    named = [sizes.get(size, str(size)) for size in shape]
    return f"({named[0]},)" if len(named) == 1 else f"({', '.join(named)})"
