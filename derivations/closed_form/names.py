"""What code calls the letters of the formulas, and in which order a function takes them: asked of the registry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..losses.registry import letters, registered

#: Arrays that formulas of every criterion use, in the order in which functions take them.
FIRST = ("G", "X", "W", "b", "Z", "Q", "sigma", "Y", "y")


def names() -> Mapping[str, str]:
    """By letter, the names in code that are not the letter itself; a view that stays current."""
    return letters()


def name_of(letter: str) -> str:
    """What code calls a letter."""
    return names().get(letter, letter)


def weights() -> set[str]:
    """The letters of options that are arrays."""
    return {option.letter for kind in registered() for option in kind.declared if option.is_tensor}


def in_order(given: Iterable[str]) -> list[str]:
    """Letters in the order in which a function takes them: common arrays, what is declared, then anything else."""
    places = {letter: place for place, letter in enumerate((*FIRST, *names()))}
    return sorted(given, key=lambda letter: (places.get(letter, len(places)), letter))
