"""What the rules and the judge need to know about an expression: ∂, names, free and bound indices, definitions."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from math import gcd, lcm
from typing import Any, ClassVar

from sympy import Add, Expr, Indexed, Mul, Rational, Sum, Symbol, sympify

from .symbols import LABELS, SIZES, fresh, is_index, size_of


class Partial(Expr):
    """∂ expr / ∂ variable, left standing until a rule rewrites it.

    SymPy's own Derivative is not used: it evaluates at the wrong moment, merges second derivatives, and is silently 0
    for a symbol that stands for a definition. Raises ValueError when an index of the variable is bound in `expr`.
    """

    is_commutative = True

    def __new__(cls, expr: Expr, variable: Expr) -> Partial:
        captured = bound_indices(expr) & variable.free_symbols
        if captured:
            names = ", ".join(sorted(symbol.name for symbol in captured))
            raise ValueError(
                f"∂/∂{variable} of an expression that sums over {names}: the index would be captured. "
                f"Rename the summation index first."
            )
        return Expr.__new__(cls, sympify(expr), variable)

    @property
    def expr(self) -> Expr:
        return self.args[0]

    @property
    def variable(self) -> Expr:
        return self.args[1]


# What follows is asked of the same expressions again and again.
_remembered = lru_cache(maxsize=20_000)


@_remembered
def same(expr: Expr) -> Expr:
    """The first expression that was equal to this one: by that, the others here find it without comparing trees."""
    return expr


@_remembered
def bound_indices(expr: Expr) -> frozenset[Symbol]:
    """Every index that some sum in `expr` runs over."""
    own = frozenset(limit[0] for limit in expr.limits) if isinstance(expr, Sum) else frozenset()
    return own.union(*map(bound_indices, expr.args))


@_remembered
def free_indices(expr: Expr) -> frozenset[Symbol]:
    """The indices of `expr` that no sum binds."""
    if isinstance(expr, Symbol):
        return frozenset([expr]) if is_index(expr) else frozenset()
    if isinstance(expr, Sum):
        free = free_indices(expr.function)
        for index, low, high in expr.limits:  # the innermost first
            free = free - {index} | free_indices(low) | free_indices(high)
        return free
    return frozenset().union(*map(free_indices, expr.args))


@_remembered
def names_in(expr: Expr) -> frozenset[str]:
    """Names of the arrays and scalars whose values `expr` depends on; indices and sizes are integers and carry none."""
    if isinstance(expr, Indexed):
        return frozenset([expr.base.label.name])
    if isinstance(expr, Symbol):
        return frozenset() if is_index(expr) or expr in SIZES else frozenset([expr.name])
    if isinstance(expr, Sum):
        return names_in(expr.function)
    return frozenset().union(*(names_in(arg) for arg in expr.args))


@_remembered
def sizes_in(expr: Expr) -> frozenset[Symbol]:
    """The sizes that `expr` speaks of: itself, as the range of an index, or as the number of classes of a label."""
    if isinstance(expr, Symbol):
        if is_index(expr):
            return frozenset([size_of(expr)])
        return frozenset([expr]) & set(SIZES) | ({LABELS[expr.name]} if expr.name in LABELS else set())
    return frozenset().union(*map(sizes_in, expr.args))


def content_of(bracket: Add) -> tuple[Rational, Expr]:
    """The positive number that all terms share, and the bracket without it: 2 and Z − Y of 2Z − 2Y.

    SymPy multiplies a number into a bracket by itself; its own as_content_primitive also turns signs further in.
    """
    numbers = [term.as_coeff_Mul()[0] for term in bracket.args]
    content = Rational(gcd(*[int(each.p) for each in numbers]), lcm(*[int(each.q) for each in numbers]))
    return content, bracket if content == 1 else Add(*[term / content for term in bracket.args])


def is_turned(scalar: Expr) -> bool:
    """Is a number or a bracket of numbers better written with a minus before it: −2, and −(1 − τ) for τ − 1?"""
    if isinstance(scalar, Add):
        return bool(scalar.as_coeff_Add()[0] < 0)
    return bool(scalar.as_coeff_Mul()[0] < 0) or any(
        isinstance(each, Add) and is_turned(each) for each in Mul.make_args(scalar)
    )


def rename_apart(expr: Expr, used: Set[Symbol]) -> Expr:
    """`expr` with its bound indices renamed so that none of them is in `used`; free ones keep their names."""
    if bound_indices(expr).isdisjoint(used):
        return expr
    if isinstance(expr, Sum):
        function = rename_apart(expr.function, used)
        taken = used | function.atoms(Symbol) | {limit[0] for limit in expr.limits}
        renamed: dict[Symbol, Symbol] = {}
        for bound in [limit[0] for limit in expr.limits if limit[0] in used]:
            renamed[bound] = fresh(bound, taken | set(renamed.values()))
        limits = [[part.xreplace(renamed) for part in limit] for limit in expr.limits]
        return Sum(function.xreplace(renamed), *limits)
    return expr.func(*[rename_apart(arg, used) for arg in expr.args])


def substitute(expr: Expr, values: Mapping[Symbol, Expr]) -> Expr:
    """Put `values` for free indices of `expr`, all at once, renaming bound indices that would capture one of them."""
    arriving = set().union(*(value.free_symbols for value in values.values())) | set(values)
    return rename_apart(expr, arriving).xreplace(dict(values))


@dataclass(frozen=True)
class Definition:
    """`left := right`, as in Z[i, j] := Σ_d X[i, d] W[j, d] + b[j]; the indices of `left` are placeholders."""

    left: Expr
    right: Expr

    @property
    def placeholders(self) -> tuple[Symbol, ...]:
        return () if isinstance(self.left, Symbol) else self.left.indices

    def at(self, instance: Expr, used: Set[Symbol]) -> Expr:
        """The right side for `instance`, its bound indices clear of `used`."""
        if not self.placeholders:
            return rename_apart(self.right, used)
        return rename_apart(substitute(self.right, dict(zip(self.placeholders, instance.indices, strict=True))), used)

    def formula(self, at: tuple[int, ...]) -> Expr | None:
        """What is to be evaluated for the entry `at`; None where the entry is given, not defined."""
        return self.right


@dataclass(frozen=True)
class Recurrence(Definition):
    """A definition by its own earlier values: `right` from index `first` on, `initial` before; None means given.

    As in m[t] := β m[t − 1] + (1 − β) g[t] for t ≥ 1, with m[0] := 0.
    """

    first: int = 1
    initial: Expr | None = None

    def at(self, instance: Expr, used: Set[Symbol]) -> Expr:
        """The right side for `instance`; at a number before `first` its initial value, or itself where that is given.

        An instance at a symbol is taken to be at `first` or later: whoever inserts it there says so in the domain.
        """
        place = instance.indices[0]
        if place.is_Integer and int(place) < self.first:
            return instance if self.initial is None else self.initial
        return super().at(instance, used)

    def formula(self, at: tuple[int, ...]) -> Expr | None:
        return self.right if at[0] >= self.first else self.initial


@dataclass(frozen=True)
class Condition:
    """`left relation right`, such as S ≠ 0: where a formula is defined, or what a conclusion supposes."""

    left: Expr
    relation: str
    right: Expr

    RELATIONS: ClassVar[Mapping[str, Callable[[Any, Any], bool]]] = {
        "=": operator.eq,
        "≠": operator.ne,
        ">": operator.gt,
        "≥": operator.ge,
        "<": operator.lt,
        "≤": operator.le,
    }

    def compares(self, left: Any, right: Any) -> bool:
        """Are two numbers so related?"""
        return bool(self.RELATIONS[self.relation](left, right))

    def holds(self, evaluate: Callable[[Expr, Mapping[Symbol, int]], Any], at: Mapping[Symbol, int]) -> bool:
        return self.compares(evaluate(self.left, at), evaluate(self.right, at))

    @property
    def is_about_indices(self) -> bool:
        """Does it say which indices are meant, as t ≥ 2 does, rather than something of the values?"""
        return all(is_index(symbol) for symbol in self.left.free_symbols | self.right.free_symbols)


@dataclass(frozen=True)
class Context:
    """The definitions that hold while an expression is rewritten or judged, and the conditions under which it may."""

    definitions: Mapping[str, Definition] = field(default_factory=dict)
    domain: tuple[Condition, ...] = ()

    def extended(self, **definitions: Definition) -> Context:
        return replace(self, definitions={**self.definitions, **definitions})

    def without(self, name: str) -> Context:
        """With no definition of that name, which is then given."""
        return replace(self, definitions={each: of for each, of in self.definitions.items() if each != name})

    def under(self, *conditions: Condition) -> Context:
        """With these conditions too; x ≠ 0 is left out where x > 0 says more."""
        domain = dict.fromkeys((*self.domain, *conditions))
        positive = [replace(each, relation="≠") for each in domain if each.relation == ">"]
        return replace(self, domain=tuple(each for each in domain if each not in positive))

    @cached_property
    def _behind(self) -> Mapping[str, frozenset[str]]:
        """For each definition, the names of everything that its value depends on, its own among them."""
        behind: dict[str, frozenset[str]] = {}
        for start in self.definitions:
            seen, waiting = set(), {start}
            while waiting:
                name = waiting.pop()
                seen.add(name)
                if name in self.definitions:
                    waiting |= names_in(self.definitions[name].right) - seen
            behind[start] = frozenset(seen)
        return behind

    def reachable(self, *exprs: Expr) -> frozenset[str]:
        """Names of everything whose value the expressions depend on, directly or through definitions."""
        names = frozenset().union(*map(names_in, exprs))
        return names.union(*(self._behind[name] for name in names if name in self.definitions))

    def formulas(self, *exprs: Expr) -> list[Expr]:
        """The expressions, and the right sides of everything they depend on."""
        reached = self.reachable(*exprs)
        return [*exprs, *(each.right for name, each in self.definitions.items() if name in reached)]

    def depends(self, expr: Expr, variable: Expr) -> bool:
        """Does `expr` depend on the array of `variable`, directly or through definitions?"""
        return not names_in(variable).isdisjoint(self.reachable(expr))
