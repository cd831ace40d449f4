"""Second opinions on both ends of a derivation. They share no code with the rules, and only values with the judge.

The definitions are written out as one explicit expression in scalars at toy sizes. SymPy's own `diff` differentiates
that, where it is reliable, and a central difference at 50 digits differentiates it without any algebra.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

import mpmath
import sympy as sp
from sympy import Add, Expr, Function, Indexed, KroneckerDelta, Mul, Pow, Sum, Symbol

from .expressions import Context, Partial, free_indices
from .judge import DIGITS, Disagreement, Evaluator, Values, random_values
from .symbols import C, D, N, size_of

TOY_SIZES = {N: 2, D: 3, C: 2}
SEED = 7


class _Scalars:
    """Writes an index expression out in scalar symbols, one for each entry of each array."""

    def __init__(self, context: Context, values: Values, stop_at: str):
        self.context = context
        self.values = values
        self.stop_at = stop_at  # the array that is differentiated by stays a variable
        self.symbols: dict[tuple[str, tuple[int, ...]], Symbol] = {}

    def entry(self, name: str, at: tuple[int, ...]) -> Expr:
        definition = self.context.definitions.get(name)
        if definition is not None and name != self.stop_at:
            placeholders = () if isinstance(definition.left, Symbol) else definition.left.indices
            return self.write(definition.right, dict(zip(placeholders, at, strict=True)))
        return self.symbols.setdefault((name, at), Symbol("_".join([name, *map(str, at)])))

    def write(self, expr: Expr, at: Mapping[Symbol, int]) -> Expr:
        if isinstance(expr, Symbol):
            return sp.Integer(self.integer(expr, at)) if expr in at or expr in TOY_SIZES else self.entry(expr.name, ())
        if isinstance(expr, Indexed):
            return self.entry(expr.base.label.name, tuple(self.integer(each, at) for each in expr.indices))
        if isinstance(expr, KroneckerDelta):
            first, second = (self.integer(each, at) for each in expr.args)
            return sp.Integer(first == second)
        if isinstance(expr, Sum):
            ranges = [range(1, TOY_SIZES[limit[2]] + 1) for limit in expr.limits]
            bound = [limit[0] for limit in expr.limits]
            return Add(
                *[
                    self.write(expr.function, {**at, **dict(zip(bound, numbers, strict=True))})
                    for numbers in itertools.product(*ranges)
                ]
            )
        if isinstance(expr, Add | Mul | Pow | Function):
            return expr.func(*[self.write(arg, at) for arg in expr.args])
        return expr

    def integer(self, each: Expr, at: Mapping[Symbol, int]) -> int:
        if isinstance(each, Indexed):
            return int(self.values(each.base.label.name, tuple(self.integer(arg, at) for arg in each.indices)))
        return at[each] if each in at else TOY_SIZES[each]


def second_opinions(subject: str, left: Expr, result: Expr, context: Context) -> tuple[str, ...]:
    """Judge ∂ expr/∂ variable = result by `diff` of explicit scalars and by a central difference; name both.

    Returns ("diff", "difference"). Raises Disagreement. A left side that is no derivative gets no second opinion: ().
    """
    if not isinstance(left, Partial):
        return ()
    values = random_values(TOY_SIZES, SEED)
    evaluate = Evaluator(TOY_SIZES, context, values, digits=DIGITS, seed=SEED)
    for function_at in _every(left.expr):
        function = _Explicit(left, function_at, context, values)
        for at in _every(left.variable, function_at):
            got = evaluate(result, at)
            for method, expected, tolerance in function.derivatives(at):
                if abs(expected - got) > tolerance * (1 + abs(expected)):
                    raise Disagreement(
                        f"{subject}: second opinion by {method}",
                        index=", ".join(f"{each}={number}" for each, number in at.items()),
                        expected=mpmath.nstr(expected, 20),
                        got=mpmath.nstr(got, 20),
                        bound=mpmath.nstr(tolerance, 2),
                        sizes=", ".join(f"{size}={number}" for size, number in TOY_SIZES.items()),
                        seed=SEED,
                    )
    return ("diff", "difference")


def _every(expr: Expr, already: Mapping[Symbol, int] | None = None) -> Iterator[dict[Symbol, int]]:
    """Every way to give the free indices of `expr` a value, beside those `already` given."""
    known = dict(already or {})
    indices = sorted(free_indices(expr) - set(known), key=str)
    for numbers in itertools.product(*[range(1, TOY_SIZES[size_of(each)] + 1) for each in indices]):
        yield known | dict(zip(indices, numbers, strict=True))


class _Explicit:
    """What is differentiated, as one expression in scalars, with a point to differentiate it at."""

    def __init__(self, left: Partial, at: Mapping[Symbol, int], context: Context, values: Values):
        self.variable = left.variable
        self.scalars = _Scalars(context, values, stop_at=left.variable.base.label.name)
        self.expr = self.scalars.write(left.expr, at)
        evaluate = Evaluator(TOY_SIZES, context, values, digits=DIGITS, seed=SEED)
        self.point = {
            symbol: evaluate(sp.IndexedBase(name)[where] if where else Symbol(name))
            for (name, where), symbol in self.scalars.symbols.items()
        }
        self.function = sp.lambdify(list(self.point), self.expr, "mpmath")

    def derivatives(self, at: Mapping[Symbol, int]) -> Iterator[tuple[str, mpmath.mpf, mpmath.mpf]]:
        """Method, derivative by that method, and how far it may be from the truth."""
        by = self.scalars.write(self.variable, at)
        with mpmath.workdps(DIGITS + 10):
            by_diff = sp.lambdify(list(self.point), self.expr.diff(by), "mpmath")
            yield "SymPy diff", mpmath.mpf(by_diff(*self.point.values())), mpmath.mpf(10) ** -40
            step = mpmath.mpf(10) ** -15
            ahead, behind = (self._shifted(by, amount) for amount in (step, -step))
            yield "a central difference", mpmath.mpf((ahead - behind) / (2 * step)), mpmath.mpf(10) ** -25

    def _shifted(self, by: Symbol, amount: mpmath.mpf) -> mpmath.mpf:
        return self.function(*[value + (amount if symbol == by else 0) for symbol, value in self.point.items()])
