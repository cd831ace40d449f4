"""Formulas in LaTeX, for KaTeX and MathJax alike."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from sympy import Symbol

from ..functions import Layout
from .letters import GREEK, MARKS_AFTER, parted
from .printer import Printer

COMMANDS = {
    **{name: rf"\{name}" for name in GREEK},
    "epsilon": r"\varepsilon",
}
#: Names with a mark: m_hat is m with a hat.
MARKS = {"hat": r"\hat{{{}}}", "tilde": r"\tilde{{{}}}", "bar": r"\bar{{{}}}", "max": r"{}^{{\max}}"}
RELATIONS = {"≠": r"\ne", "≥": r"\ge", "≤": r"\le", "⟺": r"\iff"}
PARTIAL = r"\partial"
TRANSPOSED = r"^{\top}"


class Latex(Printer):
    """`Latex(targets)(expr)` is the LaTeX of `expr`."""

    def symbol(self, name: str) -> str:
        letter, after = parted(name)
        if after:
            return f"{{{letter}{MARKS_AFTER[after][0]}}}"
        letter, _, mark = name.partition("_")
        letter = COMMANDS.get(letter, letter)
        if mark in MARKS:
            return MARKS[mark].format(letter)
        return f"{letter}_{{{mark}}}" if mark else letter

    def subscript(self, name: str, indices: list[str]) -> str:
        """An index stands below the mark of its letter, not behind it; as a group, so that a power may follow."""
        letter, after = parted(name)
        if after:
            return f"{{{letter}{MARKS_AFTER[after][0]}_{{{_join(indices)}}}}}"
        return f"{self.symbol(name)}_{{{_join(indices)}}}"

    def delta(self, first: str, second: str) -> str:
        return rf"\delta_{{{_join([first, second])}}}"

    def fraction(self, numerator: str, denominator: str) -> str:
        return rf"\frac{{{numerator}}}{{{denominator}}}"

    def power(self, base: str, exponent: str) -> str:
        return f"{base}^{{{exponent}}}"

    def template(self, layout: Layout) -> str:
        return layout.latex

    def sum(self, index: str, limits: tuple[str, str] | None) -> str:
        return rf"\sum_{{{index}}}" if limits is None else rf"\sum_{{{index}={limits[0]}}}^{{{limits[1]}}}"

    def relation(self, sign: str) -> str:
        return RELATIONS.get(sign, sign)

    def row(self, formulas: list[str]) -> str:
        return r",\quad ".join(formulas)

    def where(self, formula: str, condition: str) -> str:
        return rf"{formula}\quad ({condition})"

    def partial(self, top: str, bottoms: list[str]) -> str:
        return rf"\frac{{{_order(bottoms)} {top}}}{{{_variables(bottoms)}}}"

    def operator(self, bottoms: list[str], operand: str) -> str:
        return rf"\frac{{{_order(bottoms)}}}{{{_variables(bottoms)}}} {operand}"

    def brackets(self, inner: str) -> str:
        size = r"\Bigl", r"\Bigr"
        if r"\sum" not in inner and r"\frac" not in inner:
            return f"({inner})"
        return f"{size[0]}({inner}{size[1]})"

    def times(self, factors: list[str]) -> str:
        printed = factors[0] if factors else ""
        for before, factor in pairwise(factors):
            printed += (" " if _close(before, factor) else r"\,") + factor
        return printed


class InlineLatex(Latex):
    """LaTeX for a line of text: ∂Z/∂W with a stroke, sums without limits."""

    def __init__(self, targets: Sequence[Symbol] = ()):
        super().__init__(targets, full_limits=False)

    def partial(self, top: str, bottoms: list[str]) -> str:
        return f"{_order(bottoms)} {top} / {_variables(bottoms)}"


def _order(bottoms: list[str]) -> str:
    return PARTIAL if len(bottoms) == 1 else f"{PARTIAL}^{{{len(bottoms)}}}"


def _variables(bottoms: list[str]) -> str:
    return r"\,".join(f"{PARTIAL} {bottom}" for bottom in bottoms)


def _close(before: str, factor: str) -> bool:
    """Does the field write these two without a thin space between them?"""
    letters = len(before) == 1 and len(factor) == 1
    number = before.isdigit() or before == r"\frac{1}{2}"
    return letters or number or before.startswith(r"\sum") or factor.startswith((r"\sum", "(", r"\Bigl("))


def _join(indices: list[str]) -> str:
    return "".join(indices) if all(len(index) == 1 for index in indices) else r",\,".join(indices)
