"""Are two expressions equal? They are evaluated, at every free index, for several triples of sizes.

Numbers are exact Fractions. In that arithmetic exp(v) and log(v) are free rationals, one for each value v, with the
right derivatives: an equality that holds for those holds for exp and log. One that needs more, such as
log(a/b) = log a − log b, is judged again at 50 digits. ∂ is evaluated by dual numbers, so a line that still
contains ∂ is judged like any other, without SymPy's `diff`.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import factorial
from typing import Any

import mpmath
from sympy import Add, E, Expr, Indexed, KroneckerDelta, Mul, Pow, Sum, Symbol, exp, log

from .dual import Dual
from .expressions import Context, Partial, free_indices
from .symbols import SIZES, TENSORS, size_of

#: Distinct sizes of at least 2, and every size both larger and smaller than every other once, so that neither a swapped
#: index nor a wrong limit can hide: a sum over n up to C is right where δ picks one n ≤ N < C.
TRIPLES = ((4, 3, 2), (2, 3, 5))
DIGITS = 50
Sizes = Mapping[Symbol, int]
#: The value of an entry of an array that has no definition; its indices are counted from 1.
Values = Callable[[str, tuple[int, ...]], Any]


@dataclass(frozen=True)
class Judgement:
    """That two expressions are equal, and how that was found: "exact" or "digits", at how many points."""

    mode: str
    sizes: tuple[tuple[int, ...], ...]
    points: int


class Disagreement(AssertionError):
    """Two sides of an equation differ; says where, and by what."""

    def __init__(self, subject: str, **details: object):
        self.subject = subject
        self.details = {key: value for key, value in details.items() if value is not None}
        super().__init__(subject)

    def __str__(self) -> str:
        width = max((len(key) for key in self.details), default=0)
        lines = (f"  {key:<{width}}  {value}" for key, value in self.details.items())
        return "\n".join([self.subject, *lines])


def random_values(sizes: Sizes, seed: int) -> Values:
    """Rationals that depend on name, indices and seed alone; class labels for a tensor of labels."""

    @cache
    def value(name: str, at: tuple[int, ...]) -> Fraction | int:
        source = random.Random(f"{seed}/{name}/{at}")
        tensor = TENSORS.get(name)
        if tensor is not None and tensor.labels is not None:
            return source.randint(1, sizes[tensor.labels])
        return Fraction(source.choice((-1, 1)) * source.randint(1, 9), source.randint(1, 5))

    return value


class Evaluator:
    """Evaluates expressions at given sizes and values, exactly or with `digits` decimal digits."""

    def __init__(self, sizes: Sizes, context: Context, values: Values, digits: int | None = None, seed: int = 0):
        self.sizes = sizes
        self.context = context
        self.values = values
        self.digits = digits
        self.seed = seed
        self._perturbed: list[tuple[int, str, tuple[int, ...]]] = []
        self._tags = itertools.count(1)
        # What definitions were worth; one memory for each ∂ around, since a perturbation changes the values.
        self._known: list[dict[tuple[str, tuple[int, ...]], Dual]] = [{}]

    def __call__(self, expr: Expr, at: Mapping[Symbol, int] | None = None) -> Any:
        """The value of `expr` at the given indices, from 1: a Fraction, or an mpf when digits were asked for."""
        with mpmath.workdps((self.digits or DIGITS) + 10):
            return self._evaluate(expr, dict(at or {})).value

    def _number(self, value: Any) -> Any:
        if self.digits is None:
            return Fraction(value)
        if isinstance(value, Fraction):
            return mpmath.mpf(value.numerator) / value.denominator
        return mpmath.mpf(value)

    def _constant(self, value: Any) -> Dual:
        return Dual.constant(self._number(value))

    def _evaluate(self, expr: Expr, at: dict[Symbol, int]) -> Dual:
        if expr == E:
            return self._exponential(self._constant(1))
        if expr.is_Rational:
            return self._constant(Fraction(int(expr.p), int(expr.q)))
        if isinstance(expr, Symbol):
            if expr in self.sizes or expr in at:
                return self._constant(self._integer(expr, at))
            return self._entry(expr.name, ())
        if isinstance(expr, Indexed):
            return self._entry(expr.base.label.name, tuple(self._integer(index, at) for index in expr.indices))
        if isinstance(expr, KroneckerDelta):
            first, second = (self._integer(arg, at) for arg in expr.args)
            return self._constant(int(first == second))
        if isinstance(expr, Add | Mul):
            total = self._constant(0 if isinstance(expr, Add) else 1)
            for arg in expr.args:
                value = self._evaluate(arg, at)
                total = total + value if isinstance(expr, Add) else total * value
            return total
        if isinstance(expr, Pow) and expr.exp.is_Integer:
            return self._power(self._evaluate(expr.base, at), int(expr.exp))
        if isinstance(expr, exp):
            return self._exponential(self._evaluate(expr.args[0], at))
        if isinstance(expr, log):
            return self._logarithm(self._evaluate(expr.args[0], at))
        if isinstance(expr, Sum):
            return self._sum(expr.function, list(expr.limits), at)
        if isinstance(expr, Partial):
            return self._derivative(expr, at)
        raise TypeError(f"the judge cannot evaluate {type(expr).__name__}: {expr}")

    def _integer(self, index: Expr, at: Mapping[Symbol, int]) -> int:
        if isinstance(index, Indexed):  # a class label, as in Z[n, y[n]]
            return int(self.values(index.base.label.name, tuple(self._integer(each, at) for each in index.indices)))
        if index.is_Integer:
            return int(index)
        return self.sizes[index] if index in self.sizes else at[index]

    def _entry(self, name: str, at: tuple[int, ...]) -> Dual:
        definition = self.context.definitions.get(name)
        if definition is None:
            value = self._constant(self.values(name, at))
        elif (name, at) in self._known[-1]:
            return self._known[-1][name, at]
        else:
            placeholders = () if isinstance(definition.left, Symbol) else definition.left.indices
            value = self._evaluate(definition.right, dict(zip(placeholders, at, strict=True)))
        for tag, perturbed, where in self._perturbed:
            if (perturbed, where) == (name, at):
                value += Dual.epsilon(tag, self._number(1))
        if definition is not None:
            self._known[-1][name, at] = value
        return value

    def _power(self, base: Dual, power: int) -> Dual:
        if power < 0:
            inverse = base.value**-1
            base = base.apply(lambda order: (-1) ** order * inverse ** (order + 1))
        result = self._constant(1)
        for _ in range(abs(power)):
            result *= base
        return result

    def _exponential(self, argument: Dual) -> Dual:
        value = self._free("exp", argument.value) if self.digits is None else mpmath.exp(argument.value)
        return argument.apply(lambda order: value / factorial(order))

    def _logarithm(self, argument: Dual) -> Dual:
        x = argument.value
        value = self._free("log", x) if self.digits is None else mpmath.log(x)
        return argument.apply(lambda order: (-1) ** (order - 1) / (order * x**order) if order else value)

    def _free(self, function: str, argument: Fraction) -> Fraction:
        source = random.Random(f"{self.seed}/{function}/{argument}")
        return Fraction(source.randint(2, 60), source.randint(1, 9))

    def _sum(self, body: Expr, limits: list[Any], at: dict[Symbol, int]) -> Dual:
        if not limits:
            return self._evaluate(body, at)
        summed, low, high = limits[-1]  # SymPy keeps the outermost limit last
        total = self._constant(0)
        for value in range(self._integer(low, at), self._integer(high, at) + 1):
            total += self._sum(body, limits[:-1], {**at, summed: value})
        return total

    def _derivative(self, partial: Partial, at: dict[Symbol, int]) -> Dual:
        variable = partial.variable
        where = tuple(self._integer(index, at) for index in getattr(variable, "indices", ()))
        name = variable.base.label.name if isinstance(variable, Indexed) else variable.name
        tag = next(self._tags)
        self._perturbed.append((tag, name, where))
        self._known.append({})
        try:
            return self._evaluate(partial.expr, at).along(tag)
        finally:
            self._perturbed.pop()
            self._known.pop()


def judge(
    left: Expr, right: Expr, context: Context, subject: str = "", triples: Sequence[tuple[int, int, int]] = TRIPLES
) -> Judgement:
    """That `left` equals `right` under the context's definitions. Raises Disagreement, with the first point found.

    `triples` are the sizes (N, D, C) to evaluate at; the random values depend on their place in it.
    """
    indices = sorted(free_indices(left) | free_indices(right), key=str)
    failure: Disagreement | None = None
    formulas = [left, right, *(definition.right for definition in context.definitions.values())]
    transcendental = any(formula.has(exp, log, E) for formula in formulas)
    for digits in (None, DIGITS) if transcendental else (None,):
        points = 0
        failure = None
        for seed, triple in enumerate(triples):
            sizes = dict(zip(SIZES, triple, strict=True))
            evaluate = Evaluator(sizes, context, random_values(sizes, seed), digits, seed)
            for numbers in itertools.product(*[range(1, sizes[size_of(index)] + 1) for index in indices]):
                at = dict(zip(indices, numbers, strict=True))
                expected, got = evaluate(left, at), evaluate(right, at)
                points += 1
                if not _same(expected, got, digits):
                    failure = _disagreement(subject or f"{left} = {right}", at, expected, got, sizes, seed, digits)
                    break
            if failure:
                break
        if failure is None:
            return Judgement("exact" if digits is None else "digits", tuple(triples), points)
    assert failure is not None
    raise failure


def _same(expected: Any, got: Any, digits: int | None) -> bool:
    if digits is None:
        return bool(expected == got)
    with mpmath.workdps(digits + 10):
        return bool(abs(expected - got) <= mpmath.mpf(10) ** (10 - digits) * (1 + abs(expected)))


def _disagreement(
    subject: str,
    at: Mapping[Symbol, int],
    expected: Any,
    got: Any,
    sizes: Sizes,
    seed: int,
    digits: int | None,
) -> Disagreement:
    show = (lambda value: mpmath.nstr(value, 20)) if digits else str
    return Disagreement(
        subject,
        index=", ".join(f"{index}={number}" for index, number in at.items()) or "(scalar)",
        expected=show(expected),
        got=show(got),
        bound=f"0 (judged at {digits} digits)" if digits else "0 (exact rationals)",
        sizes=", ".join(f"{size}={number}" for size, number in sizes.items()),
        seed=seed,
    )
