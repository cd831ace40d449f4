"""Evaluates index expressions at given sizes and values: exactly, or with a number of decimal digits.

An expression is compiled once into nested functions of (evaluator, indices). In exact arithmetic exp(v), log(v), √v
and their like are free numbers, one for each value v, with the right derivatives: an equality that holds for those
holds for the functions. ∂ is evaluated with dual numbers, all entries of the array at once, without SymPy's `diff`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from sympy import QQ, Abs, Expr, Max, Symbol

from ..expressions import Context
from ..functions import ARGUMENT, SMOOTH, VALUE
from .compiled import Code, Names, compiled
from .digits import working
from .dual import Dual, Number, Place, plain

Sizes = Mapping[Symbol, int]
#: What numbers indices have.
Env = dict[Symbol, int]
#: The value of an entry of an array that has no definition; its indices are counted from 1.
Values = Callable[[str, Place], Any]
#: Free values go up to this. A polynomial of degree n in them that is not 0 is 0 by chance in n cases of so many.
FREE = 2**64


class Evaluator:
    """Evaluates at the given sizes, under a context's definitions; exactly, or with those of digits.py.

    `digits` is None or DIGITS. Raises ArithmeticError where an expression is not defined.

    What was computed is kept, with the corners that were `met` on the way: whoever empties `met` finds in it afterwards
    what the values he asked for depend on, whether they were known or not. Each is a corner with one of its pieces, or
    with None where it was met at the corner itself, where a value or a slope is a matter of convention.
    """

    def __init__(self, sizes: Sizes, context: Context, values: Values, digits: int | None = None, seed: int = 0):
        self.sizes = sizes
        self.context = context
        self.values = values
        self.digits = digits
        self.seed = seed
        self._sizes = {size.name: number for size, number in sizes.items()}
        self._codes: dict[Expr, Code] = {}
        self.met: set[tuple[Expr, int | None]] = set()
        self._free: dict[tuple, int] = {}
        self._used: set[int] = set()
        # What has been computed, apart for each stack of arrays that are differentiated by, outermost first.
        self._stack: tuple[str, ...] = ()
        self._memories: dict[tuple[str, ...], dict] = {}
        self._known = self._memory()

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

    @property
    def taken(self) -> dict[Expr, set[int]]:
        """Of each corner that was met, which of its pieces were."""
        found: dict[Expr, set[int]] = {}
        for corner, piece in self.met:
            if piece is not None:
                found.setdefault(corner, set()).add(piece)
        return found

    @property
    def undecided(self) -> set[Expr]:
        """The corners that were met at the corner itself."""
        return {corner for corner, piece in self.met if piece is None}

    def _memory(self) -> dict:
        return self._memories.setdefault(self._stack, {})

    def remembered(self, key: tuple, value: Callable[..., Number], *given: Any) -> Number:
        """The value of that key, `value(*given)` computed once, and what it met as often as it is asked for."""
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self.recorded(value, *given)
        if known[1]:
            self.met |= known[1]
        return known[0]

    def recorded(self, value: Callable[..., Number], *given: Any) -> tuple[Number, set[tuple[Expr, int | None]]]:
        """`value(*given)`, and the corners met on the way to it."""
        outside, self.met = self.met, set()
        try:
            return value(*given), self.met
        finally:
            outside |= self.met
            self.met = outside

    def entry(self, name: str, at: Place) -> Number:
        """An entry of a named array: given, or worth what its definition says; and what is differentiated by."""
        known = self._known.get((name, at))  # which is asked for most of all
        if known is None or known[1]:
            return self.remembered((name, at), self._entry, name, at)
        return known[0]

    def _entry(self, name: str, at: Place) -> Number:
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
        return value

    def slope(self, code: Code, key: tuple, env: Names, name: str, at: Place) -> Number:
        """∂/∂ name[at] of `code`. The derivatives along all entries are found in one evaluation and kept as `key`."""
        value = self.remembered(key, self._along, code, env, name)
        depends = isinstance(value, Dual) and value.level == len(self._stack)
        return value.slopes.get(at, 0) if depends else 0

    def _along(self, code: Code, env: Names, name: str) -> Number:
        """`code` with all entries of an array differentiated by."""
        outside, self._stack = self._known, (*self._stack, name)
        self._known = self._memory()
        try:
            return code(self, env)
        finally:
            self._known, self._stack = outside, self._stack[:-1]

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

    def smooth(self, function: type, x: Number) -> Number:
        """The value of a function of the table without corners."""
        known = SMOOTH[function]
        if isinstance(x, Dual):
            value = self.smooth(function, x.value)
            return x.with_slope(value, compiled(known.slope)(self, {ARGUMENT.name: x.value, VALUE.name: value}))
        known.require(x)
        return self._free_value(known.digits, x) if self.digits is None else getattr(working, known.digits)(x)

    def constant(self, name: str) -> Number:
        """π."""
        return self._free_value(name, 0) if self.digits is None else +getattr(working, name)

    def root(self, x: Number, degree: int = 2) -> Number:
        if isinstance(x, Dual):
            value = self.root(x.value, degree)
            return x.with_slope(value, self.power(degree * self.power(value, degree - 1), -1))
        if x < 0:
            raise ArithmeticError("the root of a negative number")
        if x == 0:
            return 0
        return self._free_value(f"root {degree}", x) if self.digits is None else working.root(x, degree)

    def extreme(self, corner: Expr, values: Sequence[Number]) -> Number:
        """The largest of the values, or the smallest: of several that are, the first."""
        choose = max if isinstance(corner, Max) else min
        numbers = [plain(each) for each in values]
        best = choose(numbers)
        place = numbers.index(best)
        if numbers.count(best) == 1:
            self.met.add((corner, place))
        elif any(isinstance(each, Dual) for each in values):
            self.met.add((corner, None))
        return values[place]

    def side(self, corner: Expr, x: Number) -> int:
        """On which side of the corner: −1, 0 or 1."""
        number = plain(x)
        side = (number > 0) - (number < 0)
        if side:
            self.met.add((corner, int(side > 0)))
        elif isinstance(x, Dual) or not isinstance(corner, Abs):
            self.met.add((corner, None))
        return int(side)

    def _free_value(self, function: str, argument: Number) -> int:
        """A number of its own for each function and argument."""
        key = (function, argument)
        if key not in self._free:
            source = random.Random(f"{self.seed}/{function}/{argument}")
            value = source.randint(2, FREE)
            while value in self._used:
                value = source.randint(2, FREE)
            self._used.add(value)
            self._free[key] = value
        return self._free[key]
