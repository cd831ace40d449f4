"""Definitions written out in scalars: an entry of an array is a symbol, with an explicit formula in other symbols.

SymPy's own functions understand such formulas: `derivative` is its `diff` of each of them, and `value` a plain
evaluation at 50 digits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from math import prod
from typing import Any

from sympy import (
    Abs,
    Add,
    DiracDelta,
    E,
    Expr,
    Function,
    Heaviside,
    Indexed,
    Integer,
    KroneckerDelta,
    Max,
    Min,
    Mul,
    Pow,
    Rational,
    Sum,
    Symbol,
    erf,
    exp,
    log,
    pi,
    sign,
    tanh,
)

from ..expressions import Context, Partial
from ..symbols import is_index
from .digits import working
from .dual import Number
from .evaluator import Env, Place, Sizes, Values

#: An entry of an array: the array's name, and which of its entries it is.
Entry = tuple[str, Place]
#: By how much entries move for each unit of a step; those that are not named stay.
Direction = Mapping[Entry, Fraction]


class Scalars:
    """The scalars of a context at given sizes. `values` may be changed, but for the class labels among them."""

    values: Values

    def __init__(self, sizes: Sizes, context: Context):
        self.sizes, self.definitions = sizes, context.definitions
        self._entries: dict[Symbol, Entry] = {}
        self._formulas: dict[Symbol, Expr | None] = {}
        self._slopes: dict[tuple[Symbol, int], Symbol | None] = {}
        self._directions: list[Direction] = []

    # Writing

    def write(self, expr: Expr, at: Env) -> Expr:
        if isinstance(expr, Symbol) and (expr in self.sizes or is_index(expr)):
            return Integer(self.integer(expr, at))
        if isinstance(expr, Symbol | Indexed):
            return self.symbol(self.entry(expr, at))
        if isinstance(expr, KroneckerDelta):
            first, second = (self.integer(each, at) for each in expr.args)
            return Integer(first == second)
        if isinstance(expr, Sum):
            return self._sum(expr.function, list(expr.limits), at)
        if isinstance(expr, Partial):
            unit = self.direction({self.entry(expr.variable, at): Fraction(1)})
            return self.derivative(self.write(expr.expr, at), unit)
        if isinstance(expr, Max | Min):  # which SymPy would try to decide
            return expr.func(*[self.write(arg, at) for arg in expr.args], evaluate=False)
        if isinstance(expr, Add | Mul | Pow | Function):
            return expr.func(*[self.write(arg, at) for arg in expr.args])
        return expr

    def _sum(self, body: Expr, limits: list, at: Env) -> Expr:
        if not limits:
            return self.write(body, at)
        index, low, high = limits[-1]
        numbers = range(self.integer(low, at), self.integer(high, at) + 1)
        return Add(*[self._sum(body, limits[:-1], {**at, index: number}) for number in numbers])

    def entry(self, array: Symbol | Indexed, at: Env) -> Entry:
        """Which entry is meant."""
        if isinstance(array, Symbol):
            return array.name, ()
        return array.base.label.name, tuple([self.integer(each, at) for each in array.indices])

    def integer(self, each: Expr, at: Env) -> int:
        if isinstance(each, Indexed):
            return int(self.values(*self.entry(each, at)))
        if isinstance(each, Add | Mul):
            return int(each.func(*[self.integer(arg, at) for arg in each.args]))
        if each.is_Integer:
            return int(each)
        known = {**self.sizes, **at}
        return known[each] if each in known else int(self.values(each.name, ()))

    def symbol(self, entry: Entry) -> Symbol:
        symbol = Symbol("_".join([entry[0], *map(str, entry[1])]), real=True)
        self._entries[symbol] = entry
        return symbol

    def formula(self, symbol: Symbol) -> Expr | None:
        """What a symbol is in terms of others; None for an entry that is given."""
        if symbol not in self._formulas:
            name, at = self._entries[symbol]
            definition = self.definitions.get(name)
            formula = definition.formula(at) if definition is not None else None
            if definition is None or formula is None:
                self._formulas[symbol] = None
            else:
                self._formulas[symbol] = self.write(formula, dict(zip(definition.placeholders, at, strict=True)))
        return self._formulas[symbol]

    # Differentiating

    def direction(self, moves: Direction) -> int:
        """A number by which `derivative` and `value` know this direction; the same for the same moves."""
        if moves not in self._directions:
            self._directions.append(moves)
        return self._directions.index(moves)

    def derivative(self, expr: Expr, direction: int) -> Expr:
        """SymPy's derivative of an explicit expression in each of its symbols, which moves as far as it moves."""
        slopes = {each: self._slope(each, direction) for each in expr.free_symbols}
        return Add(*[_diff(expr, each) * slope for each, slope in slopes.items() if slope is not None])

    def _slope(self, symbol: Symbol, direction: int) -> Symbol | None:
        """How far a symbol moves in a direction, as a symbol with a formula of its own; None where it stays."""
        key = (symbol, direction)
        if key not in self._slopes:
            moved = Rational(self._moved(symbol, direction))
            formula = self.formula(symbol)
            slope = moved if formula is None else moved + self.derivative(formula, direction)
            self._slopes[key] = None if slope == 0 else Symbol(f"{symbol.name}.{direction}", real=True)
            if slope != 0:
                self._formulas[self._slopes[key]] = slope
        return self._slopes[key]

    def _moved(self, symbol: Symbol, direction: int) -> Fraction:
        """How far a direction itself moves a symbol."""
        entry = self._entries.get(symbol)
        return Fraction(0) if entry is None else self._directions[direction].get(entry, Fraction(0))

    # Evaluating

    def value(self, expr: Expr, steps: Sequence[tuple[int, Any]] = ()) -> Number:
        """What an explicit expression is worth, after these steps in some directions. Nothing is computed twice."""
        known: dict[Expr, Number] = {}

        def worth(expr: Expr) -> Number:
            if expr not in known:
                known[expr] = symbol(expr) if isinstance(expr, Symbol) else _combined(expr, map(worth, expr.args))
            return known[expr]

        def symbol(symbol: Symbol) -> Number:
            formula = self.formula(symbol)
            number = _number(Fraction(self.values(*self._entries[symbol]))) if formula is None else worth(formula)
            for each, step in steps:
                if moved := self._moved(symbol, each):
                    number += step * _number(moved)
            return number

        return worth(expr)


@lru_cache(maxsize=20_000)
def _diff(expr: Expr, symbol: Symbol) -> Expr:
    return expr.diff(symbol)


def _combined(expr: Expr, arguments: Iterable[Number]) -> Number:
    """The value of an explicit expression from those of its arguments."""
    if isinstance(expr, Rational):
        return _number(expr)
    if expr == pi:
        return +working.pi
    if expr == E:  # which is what SymPy makes of exp(1)
        return working.exp(1)
    if isinstance(expr, Add):
        return sum(arguments)
    if isinstance(expr, Mul):
        return prod(arguments)
    if isinstance(expr, Pow):
        base, exponent = arguments
        return base ** int(expr.exp) if expr.exp.is_Integer else working.power(base, exponent)
    return FUNCTIONS[expr.func](*arguments)


def _number(fraction: Fraction | Rational) -> Number:
    return working.mpf(int(fraction.numerator)) / int(fraction.denominator)


def _heaviside(u: Number, at_zero: Number) -> Number:
    return at_zero if u == 0 else working.mpf(u > 0)


def _impulse(u: Number, order: Number = 0) -> Number:
    """The derivatives of the step: 0, but at the corner itself, where there are none."""
    return working.mpf(0) if u else working.nan


#: What SymPy's functions are worth, those among them that its derivatives bring.
FUNCTIONS: Mapping[type, Callable[..., Number]] = {
    exp: working.exp,
    log: working.log,
    tanh: working.tanh,
    erf: working.erf,
    Max: max,
    Min: min,
    Abs: abs,
    sign: working.sign,
    Heaviside: _heaviside,
    DiracDelta: _impulse,
}
