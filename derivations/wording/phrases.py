"""Formulas inside sentences, and lists of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sympy import Basic, Expr

from ..index_calculus.printing.latex import Latex
from ..index_calculus.printing.printer import Printer
from ..words import LANGUAGES, Words

__all__ = ["LANGUAGES", "Show", "Words", "en", "plural", "shown", "zh"]

PLURALS = {"index": "indices"}


@dataclass(frozen=True)
class Show:
    """Prints formulas inside a sentence: `show(a)`, or `show(a, b)` for a = b; `wrap` marks them as formulas."""

    printer: Printer
    wrap: Callable[[str], str] = str

    def __call__(self, *sides: Basic) -> str:
        return self.wrap(" = ".join(self.printer(side) for side in sides))

    def law(self, latex: str, plain: str) -> str:
        return self.wrap(latex if isinstance(self.printer, Latex) else plain)


def shown(parts: Iterable[Basic], show: Show) -> list[str]:
    """Each part once, without its sign: a sentence speaks of Y, not of −Y."""
    return list(dict.fromkeys(show(_unsigned(part)) for part in parts))


def _unsigned(part: Expr) -> Expr:
    coefficient, rest = part.as_coeff_Mul()
    return abs(coefficient) * rest


def zh(parts: Sequence[str]) -> str:
    return "、".join(parts)


def en(parts: Sequence[str]) -> str:
    return " and ".join(parts) if len(parts) <= 2 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def plural(parts: Sequence[str], noun: str) -> str:
    return noun if len(parts) == 1 else PLURALS.get(noun, f"{noun}s")
