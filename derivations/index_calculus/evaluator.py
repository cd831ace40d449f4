"""Evaluates index expressions at given sizes and values: exactly, or with a number of decimal digits.

An expression is compiled once into nested functions of (evaluator, indices). In exact arithmetic exp(v), log(v) and
√v are free rationals, one for each value v, with the right derivatives: an equality that holds for those holds for the
functions. ∂ is evaluated with dual numbers, all entries of the array at once, without SymPy's `diff`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

from sympy import QQ, Add, E, Expr, Indexed, KroneckerDelta, Max, Mul, Pow, Rational, Sum, Symbol, exp, log

from .digits import working
from .dual import Dual, Number, Place
from .expressions import Context, Partial, free_indices
from .symbols import SIZES, is_index

Sizes = Mapping[Symbol, int]
#: What numbers indices have; compiled code knows them, and the sizes, by name.
Env = dict[Symbol, int]
Names = dict[str, int]
#: The value of an entry of an array that has no definition; its indices are counted from 1.
Values = Callable[[str, Place], Any]
Code = Callable[["Evaluator", Names], Number]


class Evaluator:
    """Evaluates at the given sizes, under a context's definitions; exactly, or with those of digits.py.

    `digits` is None or DIGITS. Raises ArithmeticError where an expression is not defined.
    """

    def __init__(self, sizes: Sizes, context: Context, values: Values, digits: int | None = None, seed: int = 0):
        self.sizes = sizes
        self.context = context
        self.values = values
        self.digits = digits
        self.seed = seed
        self._sizes = {size.name: number for size, number in sizes.items()}
        self._codes: dict[Expr, Code] = {}
        self._free: dict[tuple[str, Number], int] = {}
        # What has been computed, apart for each stack of arrays that are differentiated by, outermost first.
        self._stack: tuple[str, ...] = ()
        self._memories: dict[tuple[str, ...], dict] = {}
        self.memory = self._memory()

    def __call__(self, expr: Expr, at: Mapping[Symbol, int] | None = None) -> Any:
        """The value of `expr` at the given indices, from 1: a Fraction, or an mpf when digits were asked for."""
        value = self.run(compiled(expr), self.names(at or {}))
        if self.digits is None:
            return Fraction(int(value.numerator), int(value.denominator))
        return working.mpf(self.number(value))

    def names(self, at: Mapping[Symbol, int]) -> Names:
        """The numbers that compiled code may ask for: those of the indices, and the sizes."""
        return self._sizes | {index.name: number for index, number in at.items()}

    def run(self, code: Code, names: Names) -> Number:
        """The value of compiled code; when it is exact, a whole number may be an int."""
        return code(self, names)

    def _memory(self) -> dict:
        return self._memories.setdefault(self._stack, {})

    def entry(self, name: str, at: Place) -> Number:
        """An entry of a named array: given, or worth what its definition says; and what is differentiated by."""
        key = (name, at)
        value = self.memory.get(key)
        if value is not None:
            return value
        definition = self.context.definitions.get(name)
        formula = definition.formula(at) if definition is not None else None
        if definition is None or formula is None:
            value = self.number(self.values(name, at))
        else:
            code = self._codes.get(formula)
            if code is None:
                code = self._codes[formula] = compiled(formula)
            value = code(self, self.names(dict(zip(definition.placeholders, at, strict=True))))
        for level, differentiated in enumerate(self._stack):
            if differentiated == name:
                value = Dual(level, 0, {at: 1}) + value
        self.memory[key] = value
        return value

    def slope(self, code: Code, key: tuple, env: Names, name: str, at: Place) -> Number:
        """∂/∂ name[at] of `code`. The derivatives along all entries are found in one evaluation and kept as `key`."""
        value = self.memory.get(key)
        if value is None:
            outside, self._stack = self.memory, (*self._stack, name)
            self.memory = self._memory()
            try:
                value = code(self, env)
            finally:
                self.memory, self._stack = outside, self._stack[:-1]
            self.memory[key] = value
        depends = isinstance(value, Dual) and value.level == len(self._stack)
        return value.slopes.get(at, 0) if depends else 0

    def number(self, value: Any) -> Number:
        """A given number as what is computed with: an int, a rational of SymPy's QQ, or an mpf."""
        if isinstance(value, int | working.mpf):
            return value
        if self.digits is None:
            return QQ(value.numerator, value.denominator)
        return working.mpf(int(value.numerator)) / int(value.denominator)

    def power(self, x: Number, exponent: int) -> Number:
        """x to an integer power; exact where x is."""
        if exponent == 0:
            return 1
        if isinstance(x, Dual):
            return x.with_slope(self.power(x.value, exponent), exponent * self.power(x.value, exponent - 1))
        if exponent < 0 and isinstance(x, int):
            x = QQ(x) if self.digits is None else working.mpf(x)
        return x**exponent

    def exponential(self, x: Number) -> Number:
        if isinstance(x, Dual):
            value = self.exponential(x.value)
            return x.with_slope(value, value)
        return self._free_value("exp", x) if self.digits is None else working.exp(x)

    def logarithm(self, x: Number) -> Number:
        if isinstance(x, Dual):
            return x.with_slope(self.logarithm(x.value), self.power(x.value, -1))
        if x <= 0:
            raise ArithmeticError("the logarithm of a number that is not positive")
        return self._free_value("log", x) if self.digits is None else working.log(x)

    def root(self, x: Number) -> Number:
        if isinstance(x, Dual):
            value = self.root(x.value)
            return x.with_slope(value, self.power(2 * value, -1))
        if x < 0:
            raise ArithmeticError("the root of a negative number")
        if x == 0:
            return 0
        return self._free_value("sqrt", x) if self.digits is None else working.sqrt(x)

    def _free_value(self, function: str, argument: Number) -> int:
        if (function, argument) not in self._free:
            source = random.Random(f"{self.seed}/{function}/{argument}")
            self._free[function, argument] = source.randint(2, 97)
        return self._free[function, argument]


@lru_cache(maxsize=20_000)
def compiled(expr: Expr) -> Code:
    """`expr` as a function of an evaluator and the indices. Raises TypeError for what no rule writes."""
    if isinstance(expr, Rational):
        constant = int(expr) if expr.q == 1 else QQ(int(expr.p), int(expr.q))
        return lambda run, env: run.number(constant)
    if isinstance(expr, Symbol):
        if expr in SIZES or is_index(expr):
            return compiled_index(expr)
        return lambda run, env: run.entry(expr.name, ())
    if isinstance(expr, Indexed):
        name, places = expr.base.label.name, [compiled_index(each) for each in expr.indices]
        return lambda run, env: run.entry(name, tuple([place(run, env) for place in places]))
    if isinstance(expr, KroneckerDelta):
        first, second = (compiled_index(each) for each in expr.args)
        return lambda run, env: int(first(run, env) == second(run, env))
    if isinstance(expr, Add):
        return _sum_of([compiled(arg) for arg in expr.args])
    if isinstance(expr, Mul):
        # A δ first: where it is 0, nothing else need be computed.
        return _product_of(
            [compiled(arg) for arg in sorted(expr.args, key=lambda a: not isinstance(a, KroneckerDelta))]
        )
    if isinstance(expr, Pow):
        return _power(expr)
    if isinstance(expr, exp | log):
        argument, function = (
            compiled(expr.args[0]),
            Evaluator.exponential if isinstance(expr, exp) else Evaluator.logarithm,
        )
        return lambda run, env: function(run, argument(run, env))
    if isinstance(expr, Max):
        arguments = [compiled(arg) for arg in expr.args]
        return lambda run, env: max(argument(run, env) for argument in arguments)
    if isinstance(expr, Sum):
        return _sum(expr)
    if isinstance(expr, Partial):
        return _partial(expr)
    if expr == E:  # which is what SymPy makes of exp(1)
        return lambda run, env: run.exponential(1)
    raise TypeError(f"the judge cannot evaluate {type(expr).__name__}: {expr}")


def compiled_index(expr: Expr) -> Callable[[Evaluator, Names], int]:
    """An index, a size, a class label y[n], or a sum or product of such, as an integer."""
    if expr.is_Integer:
        constant = int(expr)
        return lambda run, env: constant
    if expr in SIZES or is_index(expr):
        name = expr.name
        return lambda run, env: env[name]
    if isinstance(expr, Add | Mul):
        parts = [compiled_index(arg) for arg in expr.args]
        return _sum_of(parts) if isinstance(expr, Add) else _product_of(parts)
    if isinstance(expr, Indexed):
        name, places = expr.base.label.name, [compiled_index(each) for each in expr.indices]
        return lambda run, env: int(run.values(name, tuple([place(run, env) for place in places])))
    if isinstance(expr, Symbol):
        return lambda run, env: int(run.values(expr.name, ()))
    raise TypeError(f"not an index: {expr}")


def _sum_of(parts: list[Code]) -> Code:
    def run_sum(run: Evaluator, env: Names) -> Number:
        total: Number = 0
        for part in parts:
            total = part(run, env) + total
        return total

    return run_sum


def _product_of(parts: list[Code]) -> Code:
    def run_product(run: Evaluator, env: Names) -> Number:
        total: Number = 1
        for part in parts:
            value = part(run, env)
            if isinstance(value, int) and value == 0:
                return 0
            total = value * total
        return total

    return run_product


def _power(expr: Pow) -> Code:
    base = compiled(expr.base)
    if expr.exp == Rational(1, 2):
        return lambda run, env: run.root(base(run, env))
    if expr.exp == Rational(-1, 2):
        return lambda run, env: run.power(run.root(base(run, env)), -1)
    exponent = compiled_index(expr.exp)
    return lambda run, env: run.power(base(run, env), exponent(run, env))


def _sum(expr: Sum) -> Code:
    body = compiled(expr.function)
    # SymPy keeps the outermost limit last; the limits of an inner one may depend on it.
    limits = [(at.name, compiled_index(low), compiled_index(high)) for at, low, high in reversed(expr.limits)]
    free = sorted(index.name for index in free_indices(expr))

    def run_limits(run: Evaluator, env: Names, depth: int) -> Number:
        if depth == len(limits):
            return body(run, env)
        at, low, high = limits[depth]
        total: Number = 0
        for value in range(low(run, env), high(run, env) + 1):
            env[at] = value
            total = run_limits(run, env, depth + 1) + total
        return total

    def run_sum(run: Evaluator, env: Names) -> Number:
        # Σ_k e^Z_nk is the same for every class c that is divided by it.
        key = (run_sum, *[env[each] for each in free])
        value = run.memory.get(key)
        if value is None:
            value = run.memory[key] = run_limits(run, dict(env), 0)
        return value

    return run_sum


def _partial(expr: Partial) -> Code:
    variable = expr.variable
    name = variable.base.label.name if isinstance(variable, Indexed) else variable.name
    places = [compiled_index(each) for each in getattr(variable, "indices", ())]
    free = sorted(index.name for index in free_indices(expr.expr))
    code = compiled(expr.expr)

    def run_partial(run: Evaluator, env: Names) -> Number:
        at = tuple([place(run, env) for place in places])
        key = (Partial, name, code, *[env[each] for each in free])
        return run.slope(code, key, env, name, at)

    return run_partial
