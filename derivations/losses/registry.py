"""The criteria there are. A module of this package registers its own; everything that lists criteria asks here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from ..index_calculus.symbols import INDEX_LETTERS, SIZES
from .base import Loss

#: The letters that formulas of every criterion use for the same thing, and the two that no array may have: δ and π.
COMMON = {*"XWbZYyPGAQLSvVU", "mu", "sigma", "U_bar", "delta", "pi", "e"}
Kind = TypeVar("Kind", bound=type[Loss])

_REGISTERED: dict[str, type[Loss]] = {}


def register(kind: Kind) -> Kind:
    """Make a criterion known, by its name in torch; a decorator of its class.

    Raises ValueError where one of its letters stands for something else already.
    """
    for option in kind.declared:
        if option.letter:
            _check_letter(kind, option.letter, option.name)
    _REGISTERED[kind.torch_name] = kind
    return kind


def registered() -> tuple[type[Loss], ...]:
    """Every criterion, in the order in which the modules of this package are read."""
    return tuple(_REGISTERED.values())


def letters() -> dict[str, str]:
    """What code and torch call each letter of an option."""
    return {option.letter: option.name for option in _options() if option.letter}


def _options() -> Iterator:
    for kind in _REGISTERED.values():
        yield from kind.declared


def _check_letter(kind: type[Loss], letter: str, name: str) -> None:
    taken = {each.name for each in SIZES} | {each for letters in INDEX_LETTERS.values() for each in letters} | COMMON
    if letter in taken:
        raise ValueError(f"{kind.__name__}.{name}: the letter {letter} is taken. Choose one that formulas do not use.")
    other = next((each.name for each in _options() if each.letter == letter and each.name != name), None)
    if other is not None:
        raise ValueError(f"{kind.__name__}.{name}: the letter {letter} stands for {other} already. Choose another.")
