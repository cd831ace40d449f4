"""Compiles an index expression into a function of an evaluator and the numbers of its indices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, Protocol

from sympy import (
    QQ,
    Abs,
    Add,
    E,
    Expr,
    Heaviside,
    Indexed,
    KroneckerDelta,
    Mul,
    Pow,
    Rational,
    Sum,
    Symbol,
    exp,
    log,
    pi,
)

from ..expressions import Partial, free_indices, names_in
from ..functions import ARGUMENT, CORNERED, EXTREMES, SIDED, SMOOTH, VALUE
from ..symbols import LABELS, SIZES, is_index
from .dual import Number, Place, added

#: The numbers of indices and sizes, by name.
Names = dict[str, int]


class Run(Protocol):
    """What compiled code asks of the evaluator that runs it."""

    values: Callable[[str, Place], Any]

    def remembered(self, key: tuple, value: Callable[..., Number], *given: Any) -> Number: ...
    def number(self, value: Any) -> Number: ...
    def constant(self, name: str) -> Number: ...
    def entry(self, name: str, at: Place) -> Number: ...
    def slope(self, code: Code, key: tuple, env: Names, name: str, at: Place) -> Number: ...
    def power(self, x: Number, exponent: int) -> Number: ...
    def root(self, x: Number, degree: int) -> Number: ...
    def smooth(self, function: type, x: Number) -> Number: ...
    def extreme(self, corner: Expr, values: Sequence[Number]) -> Number: ...
    def side(self, corner: Expr, x: Number) -> int: ...


Code = Callable[[Run, Names], Number]

#: What a product starts with, and never multiplies by: a fraction would be reduced once more.
ONE: Number = 1


@lru_cache(maxsize=20_000)
def compiled(expr: Expr) -> Code:
    """`expr` as a function of an evaluator and the indices. Raises TypeError for what no rule writes."""
    if isinstance(expr, Rational):
        if expr.q == 1:
            return _constant(int(expr))
        fraction = QQ(int(expr.p), int(expr.q))
        return lambda run, env: run.number(fraction)
    if isinstance(expr, Symbol):
        if expr in SIZES or is_index(expr):
            return compiled_index(expr)
        if expr in (ARGUMENT, VALUE):
            return lambda run, env: env[expr.name]
        return lambda run, env: run.entry(expr.name, ())
    if isinstance(expr, Indexed):
        name, place = expr.base.label.name, _place(expr.indices)
        return lambda run, env: run.entry(name, place(run, env))
    if isinstance(expr, KroneckerDelta):
        first, second = (compiled_index(each) for each in expr.args)
        return lambda run, env: int(first(run, env) == second(run, env))
    if isinstance(expr, Add):
        return _sum_of([compiled(arg) for arg in expr.args])
    if isinstance(expr, Mul):
        return _product(expr)
    if isinstance(expr, Pow):
        return _power(expr)
    if expr.func in SMOOTH:
        argument, function = compiled(expr.args[0]), expr.func
        return lambda run, env: run.smooth(function, argument(run, env))
    if isinstance(expr, EXTREMES):
        arguments = [compiled(arg) for arg in expr.args]
        return lambda run, env: run.extreme(expr, [argument(run, env) for argument in arguments])
    if isinstance(expr, SIDED):
        return _sided(expr)
    if isinstance(expr, Sum):
        return _sum(expr)
    if isinstance(expr, Partial):
        return _partial(expr)
    if expr == E:  # which is what SymPy makes of exp(1)
        return lambda run, env: run.smooth(exp, 1)
    if expr == pi:
        return lambda run, env: run.constant("pi")
    raise TypeError(f"the judge cannot evaluate {type(expr).__name__}: {expr}")


def compiled_index(expr: Expr) -> Callable[[Run, Names], int]:
    """An index, a size, a class label y[n], or a sum or product of such, as an integer."""
    if expr.is_Integer:
        return _constant(int(expr))
    if expr in SIZES or is_index(expr):
        name = expr.name
        return lambda run, env: env[name]
    if isinstance(expr, Add | Mul):
        parts = [compiled_index(arg) for arg in expr.args]
        return _sum_of(parts) if isinstance(expr, Add) else _product_of(parts)
    if isinstance(expr, Indexed) and expr.base.label.name in LABELS:
        name, place = expr.base.label.name, _place(expr.indices)
        return lambda run, env: int(run.values(name, place(run, env)))
    if isinstance(expr, Symbol) and expr.name in LABELS:
        return lambda run, env: int(run.values(expr.name, ()))
    raise TypeError(f"not an index: {expr}")


def _constant(number: int) -> Callable[[Run, Names], int]:
    return lambda run, env: number


def _place(indices: Sequence[Expr]) -> Callable[[Run, Names], Place]:
    """Which entry is meant by indices, which mostly are letters."""
    if all(map(is_index, indices)):
        numbers = numbers_of([index.name for index in indices])
        return lambda run, env: numbers(env)
    places = [compiled_index(each) for each in indices]
    return lambda run, env: tuple([place(run, env) for place in places])


def numbers_of(names: Sequence[str]) -> Callable[[Names], Place]:
    """What numbers have these names, in their order."""
    if len(names) > 1:
        return itemgetter(*names)
    if not names:
        return lambda env: ()
    (only,) = names
    return lambda env: (env[only],)


def _sum_of(parts: list[Code]) -> Code:
    first, *others = parts

    def run_sum(run: Run, env: Names) -> Number:
        total = first(run, env)
        for part in others:
            total = part(run, env) + total
        return total

    return run_sum


def _product(expr: Mul) -> Code:
    """First what indices and labels decide, and slopes: where that is 0, as a δ mostly is, nothing else is computed.

    What values decide stops nothing: beside a step that is 0 other corners are still to be seen.
    """
    args = sorted(expr.args, key=lambda a: not isinstance(a, KroneckerDelta))
    stops = [arg for arg in args if names_in(arg) <= LABELS.keys()]
    if not expr.has(*CORNERED):
        stops += [arg for arg in args if isinstance(arg, Partial)]
    return _product_of([compiled(arg) for arg in stops], [compiled(arg) for arg in args if arg not in stops])


def _product_of(stops: list[Code], others: Sequence[Code] = ()) -> Code:
    def run_product(run: Run, env: Names) -> Number:
        total = ONE
        for stop in stops:
            value = stop(run, env)
            if isinstance(value, int) and value == 0:
                return 0
            total = value if total is ONE else value * total
        for other in others:
            value = other(run, env)
            total = value if total is ONE else value * total
        return total

    return run_product


def _power(expr: Pow) -> Code:
    base = compiled(expr.base)
    if expr.exp.is_Rational:
        whole, degree = int(expr.exp.p), int(expr.exp.q)
        if degree == 1:
            return lambda run, env: run.power(base(run, env), whole)
        return lambda run, env: run.power(run.root(base(run, env), degree), whole)
    if expr.exp.is_number:  # no rational one: u^π = e^(π log u)
        return compiled(exp(expr.exp * log(expr.base), evaluate=False))
    exponent = compiled_index(expr.exp)
    return lambda run, env: run.power(base(run, env), exponent(run, env))


def _sided(expr: Expr) -> Code:
    """|u|, and what is constant on either side of 0: the sign of u, and the step, which says what it is at 0."""
    argument = compiled(expr.args[0])
    if isinstance(expr, Abs):

        def run_abs(run: Run, env: Names) -> Number:
            value = argument(run, env)
            return value * run.side(expr, value)

        return run_abs
    if isinstance(expr, Heaviside):
        at_zero = compiled(expr.args[1])
        return lambda run, env: (0, at_zero(run, env), 1)[run.side(expr, argument(run, env)) + 1]
    return lambda run, env: run.side(expr, argument(run, env))


def _sum(expr: Sum) -> Code:
    body = compiled(expr.function)
    # SymPy keeps the outermost limit last; the limits of an inner one may depend on it.
    limits = [(at.name, compiled_index(low), compiled_index(high)) for at, low, high in reversed(expr.limits)]
    free = numbers_of(sorted(index.name for index in free_indices(expr)))
    innermost = len(limits) - 1

    def run_limits(run: Run, env: Names, depth: int) -> Number:
        at, low, high = limits[depth]
        terms = []
        for value in range(low(run, env), high(run, env) + 1):
            env[at] = value
            terms.append(body(run, env) if depth == innermost else run_limits(run, env, depth + 1))
        return added(terms)

    def run_sum(run: Run, env: Names) -> Number:
        # Σ_k e^Z_nk is the same for every class c that is divided by it.
        return run.remembered((run_sum, free(env)), run_limits, run, dict(env), 0)

    return run_sum


def _partial(expr: Partial) -> Code:
    variable = expr.variable
    name = variable.base.label.name if isinstance(variable, Indexed) else variable.name
    place = _place(getattr(variable, "indices", ()))
    free = numbers_of(sorted(index.name for index in free_indices(expr.expr)))
    code = compiled(expr.expr)

    def run_partial(run: Run, env: Names) -> Number:
        return run.slope(code, (name, code, free(env)), env, name, place(run, env))

    return run_partial
