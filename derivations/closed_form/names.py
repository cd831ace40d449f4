"""What code calls the letters of the formulas, and in which order a function takes them.

Options have torch's names, which each criterion declares; v is what backward() is given. Other letters are names.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..losses.declared import Option, Per
from ..losses.registry import letters, registered
from ..options import LABEL

#: What backward() is given, by its letter and by its name.
INCOMING = {"v": "grad_output"}
#: Arrays that formulas of every criterion use, in the order in which functions take them; what others have follows.
FIRST = ("G", "X", "W", "b", "Z", "Q", "Y", "y")


def names() -> dict[str, str]:
    """By letter, the names that are not the letter itself."""
    return letters() | INCOMING


def name_of(letter: str) -> str:
    """What code calls a letter."""
    return names().get(letter, letter)


def in_order(given: Iterable[str]) -> list[str]:
    """Letters in the order in which a function takes them: arrays, what backward() is given, numbers, a label."""
    options = {option.letter: option for kind in registered() for option in kind.declared if option.letter}
    declared = list(options)

    def place(letter: str) -> tuple[int, int, str]:
        if letter in FIRST:
            return 0, FIRST.index(letter), letter
        if letter in INCOMING:
            return 3, 0, letter
        if letter not in options:
            return 1, 0, letter
        return _rank(options[letter]), declared.index(letter), letter

    return sorted(given, key=place)


def _rank(option: Option) -> int:
    if option.per is not Per.ONE:
        return 2
    return 5 if option.kind is LABEL else 4
