"""How a formula is laid out in code: summands, factors, and what a sum in a coefficient adds up."""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp
from sympy import Abs, Expr, Rational, Sum, Symbol

from ..index_calculus.expressions import is_turned
from ..index_calculus.matrices.nodes import Matrix, Outer, Plus, Power, Scale
from ..index_calculus.matrices.recognise import recognise
from ..index_calculus.symbols import SIZES


def terms(node: Plus) -> list[Matrix]:
    """The summands as they are written: what is subtracted last, but for a constant that is added to a difference.

    Where rows are equal and large, a − b + η is η, and a + η − b may be 0.
    """
    found: list[Matrix] = sorted(node.items, key=lambda item: (is_subtracted(item), isinstance(item, Outer)))
    others = [item for item in found if not _is_constant(item)]
    if len(found) == 3 and [is_subtracted(item) for item in others] == [False, True]:
        return [*others, *(item for item in found if _is_constant(item))]
    return found


def _is_constant(item: Matrix) -> bool:
    """A letter at every entry of a matrix."""
    return isinstance(item, Scale) and isinstance(item.of, Outer) and isinstance(item.coefficient, Symbol)


def is_subtracted(item: Matrix) -> bool:
    """Is it written behind a minus?"""
    return isinstance(item, Scale) and not item.coefficient.has(Abs) and is_turned(item.coefficient)


def signed(items: Iterable[Matrix]) -> list[tuple[bool, Matrix]]:
    """Each summand without its sign, and whether it is subtracted."""
    found: list[tuple[bool, Matrix]] = []
    for item in items:
        if isinstance(item, Scale) and is_subtracted(item):
            found.append((True, item.of if item.coefficient == -1 else Scale(item.of, -item.coefficient)))
        else:
            found.append((False, item))
    return found


def quotient(items: Iterable[Matrix]) -> tuple[list[Matrix], list[Matrix]]:
    """The factors above and below the line: what has a negative whole power stands below."""
    above: list[Matrix] = []
    below: list[Matrix] = []
    for item in items:
        if isinstance(item, Power) and Rational(item.exponent).is_Integer and item.exponent < 0:
            below.append(item.of if item.exponent == -1 else Power(item.of, -item.exponent))
        else:
            above.append(item)
    return above, below


def factors_of(expr: Expr) -> list[Expr]:
    """The factors as they are written: numbers and letters, sums, the sizes."""
    order = {size: place for place, size in enumerate((SIZES[0], SIZES[2], SIZES[1]))}
    return sorted(sp.Mul.make_args(expr), key=lambda factor: (order.get(factor, -1), isinstance(factor, Sum)))


def summed(total: Sum) -> tuple[bool, Matrix]:
    """What a sum in a coefficient adds up, as a whole array, and whether it adds absolute values."""
    absolute = isinstance(total.function, Abs)
    function = total.function.args[0] if absolute else total.function
    return absolute, recognise(function, [limit[0] for limit in total.limits])
