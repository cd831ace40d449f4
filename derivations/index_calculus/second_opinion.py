"""Second opinions on both ends of a derivation. They share no code with the rules, and only values with the judge.

The definitions are written out as explicit expressions in scalars at toy sizes. SymPy's own `diff` differentiates
those, where it is reliable, and a central difference at 50 digits differentiates them without any algebra.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, reduce

import mpmath
import sympy as sp
from sympy import Add, Expr, Function, Indexed, KroneckerDelta, Max, Mul, Pow, Sum, Symbol, exp, log

from .evaluator import GUARD, Env, Evaluator, Place, Sizes
from .expressions import Context, Partial, free_indices, names_in, sizes_in
from .judge import DIGITS, Judge, disagreement
from .samples import every, spread
from .symbols import C, D, N, T, is_index

#: Sizes for a first derivative, for what has more entries, and for what runs over steps alone.
TOY_SIZES = {N: 2, D: 2, C: 3}
SMALLEST = {N: 2, D: 2, C: 2, T: 2}
STEPS = {T: 4}
#: At how many points a first and a second derivative, or anything else, is judged.
POINTS = {1: 16, 2: 8}
DIFF, DIFFERENCE, WRITTEN_OUT = "diff", "difference", "written out"
#: How far each method may be from the truth, beside rounding at 50 digits.
TOLERANCES = {DIFF: mpmath.mpf(10) ** -40, DIFFERENCE: mpmath.mpf(10) ** -20, WRITTEN_OUT: mpmath.mpf(10) ** -40}
#: The width of a central difference, for a first and for a second derivative: its error is of the order of the square.
DIFFERENCES = {1: mpmath.mpf(10) ** -15, 2: mpmath.mpf(10) ** -12}


def second_opinions(subject: str, left: Expr, right: Expr, context: Context) -> tuple[str, ...]:
    """Judge left = right once more, by methods that use no rule; name them.

    A derivative, once or twice, is judged by "diff" and "difference"; anything else is "written out" on both sides.
    Raises Disagreement.
    """
    reached = context.reachable(left, right)
    conditions = [each for each in context.domain if names_in(each.left) | names_in(each.right) <= reached]
    sizes = _toy_sizes(left, set().union(*(sizes_in(each) for each in context.formulas(left, right))))
    evaluate = Judge(context).evaluator(sizes, [each for each in conditions if not each.is_about_indices], DIGITS)
    where = [each for each in conditions if each.is_about_indices]
    indices = sorted(free_indices(left) | free_indices(right), key=str)
    allowed = [at for at in every(indices, sizes) if all(each.holds(evaluate, at) for each in where)]
    points = spread(allowed, POINTS[2 if _is_second(left) else 1])
    opinions = (
        _differentiated(left, points, evaluate) if isinstance(left, Partial) else _written_out(left, points, evaluate)
    )
    methods: dict[str, None] = {}
    with mpmath.workdps(DIGITS + GUARD):
        for at, method, expected in opinions:
            methods[method] = None
            got = evaluate(right, at)
            if abs(expected - got) > TOLERANCES[method] * (1 + abs(expected)):
                raise disagreement(f"{subject}: second opinion, {method}", at, expected, got, evaluate)
    return tuple(methods)


def _toy_sizes(left: Expr, occurring: set[Symbol]) -> Sizes:
    if occurring <= {T}:
        return STEPS
    return SMALLEST if T in occurring or _is_second(left) or not isinstance(left, Partial) else TOY_SIZES


def _is_second(left: Expr) -> bool:
    return isinstance(left, Partial) and isinstance(left.expr, Partial)


Opinion = tuple[Env, str, mpmath.mpf]


def _written_out(left: Expr, points: Sequence[Env], evaluate: Evaluator) -> Iterator[Opinion]:
    scalars = Scalars(evaluate)
    written = [scalars.write(left, at) for at in points]
    value = numbers(scalars.point)
    for at, expr in zip(points, written, strict=True):
        yield at, WRITTEN_OUT, value(expr)


def _differentiated(left: Partial, points: Sequence[Env], evaluate: Evaluator) -> Iterator[Opinion]:
    scalars = Scalars(evaluate)
    variables = [left.variable]
    inner = left.expr
    while isinstance(inner, Partial):
        variables.append(inner.variable)
        inner = inner.expr
    # One ∂ at a time: diff(a, b) would simplify in between, which takes longer than all the rest.
    diff = cache(lambda expr, symbol: expr.diff(symbol))
    write = cache(lambda at: scalars.write(inner, dict(at)))
    own = free_indices(inner)
    with scalars.kept({_name(variable) for variable in variables}):
        explicit = [write(frozenset((each, at[each]) for each in own)) for at in points]
        by = [[scalars.write(variable, at) for variable in variables] for at in points]
    value = numbers(scalars.point)
    for at, expr, symbols in zip(points, explicit, by, strict=True):
        yield at, DIFF, value(reduce(diff, symbols, expr))
        yield at, DIFFERENCE, _central_difference(expr, scalars.point, symbols)


def _central_difference(expr: Expr, point: Mapping[Symbol, mpmath.mpf], by: Sequence[Symbol]) -> mpmath.mpf:
    """∂f/∂a ∂b … from the values of f at a ± step, b ± step, …."""
    step, total = DIFFERENCES[len(by)], mpmath.mpf(0)
    for signs in itertools.product((1, -1), repeat=len(by)):
        moved = dict(point)
        for symbol, sign in zip(by, signs, strict=True):
            moved[symbol] += sign * step
        total += sp.prod(signs) * numbers(moved)(expr)
    return total / (2 * step) ** len(by)


def numbers(point: Mapping[Symbol, mpmath.mpf]) -> Callable[[Expr], mpmath.mpf]:
    """Evaluates explicit expressions at a point, every part that recurs once."""

    @cache
    def value(expr: Expr) -> mpmath.mpf:
        if expr in point:
            return point[expr]
        if expr.is_Rational:
            return mpmath.mpf(int(expr.p)) / int(expr.q)
        arguments = [value(arg) for arg in expr.args]
        if isinstance(expr, Add):
            return mpmath.fsum(arguments)
        if isinstance(expr, Mul):
            return mpmath.fprod(arguments)
        if isinstance(expr, Pow):
            return mpmath.sqrt(arguments[0]) if expr.exp == sp.Rational(1, 2) else arguments[0] ** arguments[1]
        return {exp: mpmath.exp, log: mpmath.log, Max: max}[expr.func](*arguments)

    return value


def _name(entry: Expr) -> str:
    return entry.base.label.name if isinstance(entry, Indexed) else entry.name


class Scalars:
    """Writes index expressions out in scalar symbols, one for each entry that is given or differentiated by."""

    def __init__(self, evaluate: Evaluator):
        self.evaluate = evaluate
        self.sizes, self.definitions = evaluate.sizes, evaluate.context.definitions
        self.symbols: dict[tuple[str, Place], Symbol] = {}
        self._kept: set[str] = set()
        self._written: dict[tuple, Expr] = {}
        self._derivatives: dict[tuple, Expr] = {}

    @contextmanager
    def kept(self, names: set[str]) -> Iterator[None]:
        """While it lasts, the arrays of these names are variables, whatever their definitions."""
        before, self._kept = self._kept, self._kept | names
        yield
        self._kept = before

    @property
    def point(self) -> dict[Symbol, mpmath.mpf]:
        """The values of the symbols."""
        return {symbol: mpmath.mpf(self.evaluate.entry(*key)) for key, symbol in self.symbols.items()}

    def write(self, expr: Expr, at: Env) -> Expr:
        if isinstance(expr, Symbol) and (expr in self.sizes or is_index(expr)):
            return sp.Integer(self.integer(expr, at))
        if isinstance(expr, Symbol):
            return self.entry(expr.name, ())
        if isinstance(expr, Indexed):
            return self.entry(expr.base.label.name, tuple(self.integer(each, at) for each in expr.indices))
        if isinstance(expr, KroneckerDelta):
            first, second = (self.integer(each, at) for each in expr.args)
            return sp.Integer(first == second)
        if isinstance(expr, Sum):
            return self._sum(expr.function, list(expr.limits), at)
        if isinstance(expr, Partial):
            return self._derivative(expr, at)
        if isinstance(expr, Max):  # which SymPy would try to decide
            return Max(*[self.write(arg, at) for arg in expr.args], evaluate=False)
        if isinstance(expr, Add | Mul | Pow | Function):
            return expr.func(*[self.write(arg, at) for arg in expr.args])
        return expr

    def entry(self, name: str, at: Place) -> Expr:
        definition = self.definitions.get(name)
        formula = definition.formula(at) if definition is not None and name not in self._kept else None
        if definition is None or formula is None:
            return self.symbols.setdefault((name, at), Symbol("_".join([name, *map(str, at)])))
        key = (name, at, frozenset(self._kept))
        if key not in self._written:
            self._written[key] = self.write(formula, dict(zip(definition.placeholders, at, strict=True)))
        return self._written[key]

    def integer(self, each: Expr, at: Env) -> int:
        if isinstance(each, Indexed):
            return int(self.evaluate.values(each.base.label.name, tuple(self.integer(arg, at) for arg in each.indices)))
        if isinstance(each, Add | Mul):
            return int(each.func(*[self.integer(arg, at) for arg in each.args]))
        if each.is_Integer:
            return int(each)
        known = {**self.sizes, **at}
        return known[each] if each in known else int(self.evaluate.values(each.name, ()))

    def _sum(self, body: Expr, limits: list, at: Env) -> Expr:
        if not limits:
            return self.write(body, at)
        index, low, high = limits[-1]
        numbers = range(self.integer(low, at), self.integer(high, at) + 1)
        return Add(*[self._sum(body, limits[:-1], {**at, index: number}) for number in numbers])

    def _derivative(self, partial: Partial, at: Env) -> Expr:
        name = _name(partial.variable)
        with self.kept({name}):
            by = self.write(partial.variable, at)
            derivative = self._differentiated(partial.expr, at, by)
        if name in self._kept or name not in self.definitions:
            return derivative
        # Outside this ∂ the array is what its definition says, and an outer ∂ must see that.
        entries = {symbol: self.entry(*key) for key, symbol in list(self.symbols.items()) if key[0] == name}
        return derivative.xreplace(entries)

    def _differentiated(self, expr: Expr, at: Env, by: Symbol) -> Expr:
        own = tuple((each, at[each]) for each in sorted(free_indices(expr) & set(at), key=str))
        key = (expr, own, frozenset(self._kept), by)
        if key not in self._derivatives:
            if key[:-1] not in self._derivatives:
                self._derivatives[key[:-1]] = self.write(expr, at)
            self._derivatives[key] = self._derivatives[key[:-1]].diff(by)
        return self._derivatives[key]
