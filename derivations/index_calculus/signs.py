"""When is an expression never negative? It is read off its structure: squares, exponentials, and what is supposed."""

from __future__ import annotations

from sympy import Add, Expr, Indexed, Integer, KroneckerDelta, Mul, Pow, Sum, Symbol, exp

from .expressions import Condition, Context
from .symbols import SIZES

ZERO = Integer(0)


def nonnegative_if(expr: Expr, context: Context) -> tuple[Condition, ...]:
    """Conditions under which `expr` ≥ 0 at every index: one for each factor whose sign its structure does not settle.

    Sums and products of what is not negative are not negative, so these conditions suffice; they need not be
    necessary.
    """
    if isinstance(expr, Sum):
        return nonnegative_if(expr.function, context)
    if isinstance(expr, Mul):
        return tuple(dict.fromkeys(each for factor in expr.args for each in nonnegative_if(factor, context)))
    if isinstance(expr, Pow) and expr.exp.is_Integer and expr.exp < 0:
        return _positive_if(expr.base)
    if settled(expr, context):
        return ()
    return (Condition(expr, "≥", ZERO),)


def _positive_if(expr: Expr) -> tuple[Condition, ...]:
    return () if expr in SIZES or (expr.is_number and expr > 0) else (Condition(expr, ">", ZERO),)


def settled(expr: Expr, context: Context) -> bool:
    """Does the structure of `expr` alone, with its definitions, say that it is not negative?"""
    if expr.is_number:
        return bool(expr >= 0)
    if expr in SIZES or isinstance(expr, exp | KroneckerDelta):
        return True
    if isinstance(expr, Pow) and expr.exp.is_Integer and expr.exp % 2 == 0:
        return True
    if isinstance(expr, Add) and len(expr.args) == 2 and _is_one_minus_a_part(expr, context):
        return True
    if isinstance(expr, Add | Mul):
        return all(settled(arg, context) for arg in expr.args)
    if isinstance(expr, Pow):
        return settled(expr.base, context)
    if isinstance(expr, Sum):
        return settled(expr.function, context)
    if isinstance(expr, Indexed | Symbol):
        name = expr.base.label.name if isinstance(expr, Indexed) else expr.name
        definition = context.definitions.get(name)
        return definition is not None and settled(definition.right, context)
    return False


def _is_one_minus_a_part(expr: Add, context: Context) -> bool:
    """1 − δ, and 1 − a/(a + b) with a, b that are not negative."""
    one, part = sorted(expr.args, key=lambda term: term != 1)
    return one == 1 and _is_at_most_one(-part, context)


def _is_at_most_one(part: Expr, context: Context) -> bool:
    if isinstance(part, KroneckerDelta):
        return True
    if isinstance(part, Indexed):
        definition = context.definitions.get(part.base.label.name)
        return definition is not None and _is_at_most_one(definition.right, context)
    if isinstance(part, Pow) and part.exp == -1 and isinstance(part.base, Add):  # 1/(1 + a)
        return 1 in part.base.args and settled(part.base, context)
    return False
