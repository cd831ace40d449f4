"""Formulas in plain Unicode, for terminals and error messages."""

from __future__ import annotations

from .printing import Printer

LETTERS = {"epsilon": "ε", "lambda": "λ", "mu": "μ", "sigma": "σ"}


class Plain(Printer):
    """`Plain(targets)(expr)` is `expr` on one line, as in (2/(N·C)) Σ_n (Z[n,j] - Y[n,j])·X[n,m]."""

    def symbol(self, name: str) -> str:
        return LETTERS.get(name, name)

    def subscript(self, name: str, indices: list[str]) -> str:
        return f"{self.symbol(name)}[{','.join(indices)}]"

    def delta(self, first: str, second: str) -> str:
        return f"δ[{first},{second}]"

    def fraction(self, numerator: str, denominator: str) -> str:
        return f"({_group(numerator)}/{_group(denominator)})"

    def power(self, base: str, exponent: str) -> str:
        return f"{base}^{exponent}"

    def exponential(self, argument: str) -> str:
        return f"exp({argument})"

    def logarithm(self, argument: str) -> str:
        return f"log {argument}"

    def sum(self, index: str, low: str, high: str) -> str:
        return f"Σ_{index}"

    def partial(self, top: str, bottom: str) -> str:
        return f"∂{top}/∂{bottom}"

    def operator(self, bottom: str, operand: str) -> str:
        return f"∂/∂{bottom} {operand}"

    def brackets(self, inner: str) -> str:
        return f"({inner})"

    def times(self, factors: list[str]) -> str:
        printed = ""
        for factor in factors:
            separator = "" if not printed else " " if printed.split()[-1].startswith("Σ_") or "Σ_" in factor else "·"
            printed += separator + factor
        return printed


def _group(part: str) -> str:
    return f"({part})" if any(sign in part for sign in "·+- ") and not part.startswith("(") else part
