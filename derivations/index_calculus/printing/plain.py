"""Formulas in plain Unicode, for terminals and error messages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from ..functions import Layout
from .letters import GREEK
from .printer import Printer

#: Combining marks, as in m̂ for m_hat.
MARKS = {"hat": "\u0302", "tilde": "\u0303", "bar": "\u0304"}
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class Plain(Printer):
    """`Plain(targets)(expr)` is `expr` on one line, as in (2/(N·C)) Σ_n (Z[n,j] - Y[n,j])·X[n,m]."""

    def symbol(self, name: str) -> str:
        letter, _, mark = name.partition("_")
        letter = GREEK.get(letter, letter)
        return unicodedata.normalize("NFC", letter + MARKS.get(mark, mark.translate(SUBSCRIPTS)))

    def subscript(self, name: str, indices: list[str]) -> str:
        return f"{self.symbol(name)}[{','.join(indices)}]"

    def delta(self, first: str, second: str) -> str:
        return f"δ[{first},{second}]"

    def fraction(self, numerator: str, denominator: str) -> str:
        return f"{_group(numerator, '+-/ ')}/{_group(denominator, '·+-/ ')}"

    def power(self, base: str, exponent: str) -> str:
        return f"{base}^{exponent if exponent.isalnum() else f'({exponent})'}"

    def template(self, layout: Layout) -> str:
        return layout.plain

    def operand(self, argument: str) -> str:
        return _group(argument, "/")

    def sum(self, index: str, limits: tuple[str, str] | None) -> str:
        return f"Σ_{index}" if limits is None else f"Σ_{{{index}={'..'.join(limits)}}}".replace(" ", "")

    def partial(self, top: str, bottoms: list[str]) -> str:
        return f"{_order(bottoms)}{top}/{_variables(bottoms)}"

    def operator(self, bottoms: list[str], operand: str) -> str:
        return f"{_order(bottoms)}/{_variables(bottoms)} {operand}"

    def brackets(self, inner: str) -> str:
        return f"({inner})"

    def times(self, factors: list[str]) -> str:
        if len(factors) > 1:
            factors = [_group(factor, "/") for factor in factors]
        printed = factors[0] if factors else ""
        for before, factor in pairwise(factors):
            bare_sign = before.startswith("Σ_") and " " not in before
            printed += (" " if bare_sign or "Σ_" in factor else "·") + factor
        return printed


def _group(part: str, signs: str) -> str:
    """In brackets, if one of the signs stands outside all brackets."""
    return f"({part})" if any(sign in signs for sign in _outside(part)) else part


def _outside(part: str) -> Iterator[str]:
    """The signs outside all brackets, without the stroke of ∂L/∂W."""
    depth = 0
    for sign in re.sub(r"/(?=\(?∂)", "", part):
        depth += (sign in "([") - (sign in ")]")
        if depth == 0:
            yield sign


def _order(bottoms: list[str]) -> str:
    return "∂" if len(bottoms) == 1 else "∂²"


def _variables(bottoms: list[str]) -> str:
    return f"∂{bottoms[0]}" if len(bottoms) == 1 else f"({' '.join(f'∂{bottom}' for bottom in bottoms)})"
