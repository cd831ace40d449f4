"""Numbers as Python text: SymPy's printer, with our names, and sums over arrays as .sum()."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Pow, Sum, Symbol
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.pycode import PythonCodePrinter

from ...index_calculus.matrices.nodes import Matrix
from ..order import summed


class Coefficients(PythonCodePrinter):
    """`name_of` says what code calls a letter, `array` is the text of an array of which something is asked."""

    def __init__(self, name_of: Callable[[str], str], array: Callable[[Matrix], str]):
        super().__init__()
        self.name_of = name_of
        self.array = array

    def _print_Symbol(self, expr: Symbol) -> str:
        return self.name_of(expr.name)

    def _print_Pow(self, expr: Pow, rational: bool = False) -> str:
        if not (expr.exp.is_Integer and expr.exp > 0):
            return str(super()._print_Pow(expr, rational=rational))
        return f"{self.parenthesize(expr.base, PRECEDENCE['Pow'])} ** {expr.exp}"

    def _print_Sum(self, expr: Sum) -> str:
        absolute, node = summed(expr)
        return f"{self.array(node)}{'.abs()' * absolute}.sum()"
