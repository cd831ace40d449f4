"""What the parts of a formula look like, whatever they are printed on."""

from __future__ import annotations

from abc import ABC, abstractmethod

from ..functions import Layout


class Parts(ABC):
    """`latex.py` and `plain.py` fill these in; a `Printer` puts them together."""

    @abstractmethod
    def symbol(self, name: str) -> str: ...

    @abstractmethod
    def subscript(self, name: str, indices: list[str]) -> str: ...

    @abstractmethod
    def delta(self, first: str, second: str) -> str: ...

    @abstractmethod
    def fraction(self, numerator: str, denominator: str) -> str: ...

    @abstractmethod
    def power(self, base: str, exponent: str) -> str: ...

    @abstractmethod
    def sum(self, index: str, limits: tuple[str, str] | None) -> str:
        """The sign of a sum; `limits` is None where they are the usual ones and may be left out."""

    @abstractmethod
    def template(self, layout: Layout) -> str:
        """How a function is written, with places for its argument."""

    def operand(self, argument: str) -> str:
        """What stands behind the name of a function without brackets."""
        return argument

    @abstractmethod
    def partial(self, top: str, bottoms: list[str]) -> str: ...

    @abstractmethod
    def operator(self, bottoms: list[str], operand: str) -> str: ...

    @abstractmethod
    def brackets(self, inner: str) -> str: ...

    @abstractmethod
    def times(self, factors: list[str]) -> str: ...

    def relation(self, sign: str) -> str:
        """A sign between two formulas: = ≠ > ≥ < ≤ ⟺."""
        return sign

    def row(self, formulas: list[str]) -> str:
        """Several formulas on one line."""
        return ", ".join(formulas)

    def where(self, formula: str, condition: str) -> str:
        """A formula, and for which indices it is meant."""
        return f"{formula} ({condition})"
