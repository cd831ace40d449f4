"""When is an expression never negative? It is read off its structure: squares, exponentials, and what is supposed.

Arrays and numbers hold real numbers, sizes are at least 1, and a sum runs over its range as the evaluator runs: without
a term it is 0. What is said of an expression holds wherever it is defined, at every index and for all values of what
has no definition. A rule stands here with its proof; what no rule proves is left open.
"""

from __future__ import annotations

from sympy import Add, Expr, Indexed, Integer, KroneckerDelta, Mul, Pow, Sum, Symbol

from ..expressions import Condition, Context, Recurrence
from ..functions import application, named
from ..symbols import SIZES

ZERO = Integer(0)


def nonnegative_if(expr: Expr, context: Context) -> tuple[Condition, ...]:
    """Conditions under which `expr` ≥ 0 at every index: one for each factor whose sign its structure does not settle.

    A sum of terms that are not negative is not negative, nor is a product of such factors, nor an integer power of a
    positive number. So these conditions suffice; they need not be necessary.
    """
    if isinstance(expr, Sum):
        return nonnegative_if(expr.function, context)
    if isinstance(expr, Mul):
        return tuple(dict.fromkeys(condition for factor in expr.args for condition in nonnegative_if(factor, context)))
    if isinstance(expr, Pow) and expr.exp.is_Integer and expr.exp < 0:
        return _positive_if(expr.base)
    return () if is_nonnegative(expr, context) else (Condition(expr, "≥", ZERO),)


def _positive_if(expr: Expr) -> tuple[Condition, ...]:
    return () if expr in SIZES or (expr.is_number and expr.is_positive) else (Condition(expr, ">", ZERO),)


def is_nonnegative(expr: Expr, context: Context) -> bool:
    """Does the structure of `expr` alone, with its definitions, prove that it is not negative?"""
    if expr.is_number:
        return bool(expr.is_nonnegative)
    if expr in SIZES or isinstance(expr, KroneckerDelta):
        return True  # N ≥ 1; δ is 0 or 1
    applied = application(expr)
    if applied is not None and named(applied[0]).sign:
        return True  # as eᵃ > 0 and |a| ≥ 0, by the table of functions
    if isinstance(expr, Pow) and expr.exp.is_Integer and expr.exp % 2 == 0:
        return True  # a²ᵏ = (aᵏ)², a square
    if isinstance(expr, Add) and len(expr.args) == 2 and 1 in expr.args:
        return _at_most_one(1 - expr, context) or is_nonnegative(expr - 1, context)  # 1 − a ≥ 0 where a ≤ 1; and 1 + a
    if isinstance(expr, Add | Mul):
        return all(is_nonnegative(arg, context) for arg in expr.args)  # a + b and a·b, with a, b ≥ 0
    if isinstance(expr, Pow):
        return is_nonnegative(expr.base, context)  # aᵇ = e^{b log a} > 0 where a > 0; 0ᵇ, where defined, is 0 or 1
    if isinstance(expr, Sum):
        return is_nonnegative(expr.function, context)  # as a + b + …, or 0
    right = _definition_of(expr, context)
    return right is not None and is_nonnegative(right, context)  # equals are alike


def _at_most_one(expr: Expr, context: Context) -> bool:
    """Does the structure of `expr` prove that it is at most 1?"""
    if isinstance(expr, KroneckerDelta):
        return True  # δ is 0 or 1
    applied = application(expr)
    if applied is not None and named(applied[0]).most in (0, 1):
        return True  # as tanh a ≤ 1, by the table of functions
    if isinstance(expr, Pow) and expr.exp == -1 and isinstance(expr.base, Add) and 1 in expr.base.args:
        return is_nonnegative(expr.base - 1, context)  # 1/(1 + a) ≤ 1 where a ≥ 0, since 1 + a ≥ 1
    right = _definition_of(expr, context)
    return right is not None and _at_most_one(right, context)  # equals are alike


def _definition_of(expr: Expr, context: Context) -> Expr | None:
    """What an array or a number is defined to be, the same formula at every index; a recurrence is not that."""
    if not isinstance(expr, Indexed | Symbol):
        return None
    definition = context.definitions.get(expr.base.label.name if isinstance(expr, Indexed) else expr.name)
    return None if definition is None or isinstance(definition, Recurrence) else definition.right
