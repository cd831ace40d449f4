"""What the rules and the judge need to know about an expression: ∂, names, free and bound indices, definitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sympy import Expr, Indexed, Sum, Symbol, sympify

from .symbols import fresh, is_index


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


def bound_indices(expr: Expr) -> set[Symbol]:
    """Every index that some sum in `expr` runs over."""
    return {limit[0] for total in expr.atoms(Sum) for limit in total.limits}


def free_indices(expr: Expr) -> set[Symbol]:
    """The indices of `expr` that no sum binds."""
    return {symbol for symbol in expr.free_symbols if is_index(symbol)}


def names_in(expr: Expr) -> set[str]:
    """Names of the arrays and scalars whose values `expr` depends on; an index is an integer and carries none."""
    if isinstance(expr, Indexed):
        return {expr.base.label.name}
    if isinstance(expr, Symbol):
        return {expr.name}
    if isinstance(expr, Sum):
        return names_in(expr.function)
    return set().union(*(names_in(arg) for arg in expr.args)) if expr.args else set()


def rename_apart(expr: Expr, used: set[Symbol]) -> Expr:
    """`expr` with its bound indices renamed so that none of them is in `used`."""
    renamed: dict[Symbol, Symbol] = {}
    for symbol in sorted(bound_indices(expr) & used, key=str):
        taken = used | bound_indices(expr) | free_indices(expr) | set(renamed.values())
        renamed[symbol] = fresh(symbol, taken)
    return expr.xreplace(renamed)


def substitute(expr: Expr, values: Mapping[Symbol, Expr]) -> Expr:
    """Put `values` for free indices of `expr`, all at once, renaming bound indices that would capture one of them."""
    arriving = set().union(*(value.free_symbols for value in values.values())) | set(values)
    return rename_apart(expr, arriving).xreplace(dict(values))


@dataclass(frozen=True)
class Definition:
    """`left := right`, as in Z[i, j] := Σ_d X[i, d] W[j, d] + b[j]; the indices of `left` are placeholders."""

    left: Expr
    right: Expr

    def at(self, instance: Expr, used: set[Symbol]) -> Expr:
        """The right side for `instance`, its bound indices clear of `used`."""
        if isinstance(self.left, Symbol):
            return rename_apart(self.right, used)
        placeholders = dict(zip(self.left.indices, instance.indices, strict=True))
        return rename_apart(substitute(self.right, placeholders), used)


@dataclass(frozen=True)
class Context:
    """The definitions that hold while an expression is rewritten or judged."""

    definitions: Mapping[str, Definition] = field(default_factory=dict)

    def extended(self, **definitions: Definition) -> Context:
        return Context({**self.definitions, **definitions})

    def depends(self, expr: Expr, variable: Expr) -> bool:
        """Does `expr` depend on the array of `variable`, directly or through definitions?"""
        target = next(iter(names_in(variable)))
        seen: set[str] = set()
        waiting = names_in(expr)
        while waiting:
            name = waiting.pop()
            if name == target:
                return True
            if name not in seen and name in self.definitions:
                waiting |= names_in(self.definitions[name].right)
            seen.add(name)
        return False


def unify(pattern: Expr, expr: Expr, variables: set[Symbol], found: dict[Symbol, Expr]) -> Iterator[dict[Symbol, Expr]]:
    """All ways to choose `variables` so that `pattern` is `expr`; bound indices match whatever they are called."""
    if pattern in variables:
        if pattern not in found:
            yield {**found, pattern: expr}
        elif found[pattern] == expr:
            yield found
        return
    if pattern.func != expr.func or len(pattern.args) != len(expr.args):
        return
    if not pattern.args:
        if pattern == expr:
            yield found
        return
    if isinstance(pattern, Sum):
        bound = {limit[0] for limit in pattern.limits}
        for match in _in_order(list(pattern.args), list(expr.args), variables | bound, found):
            yield {symbol: value for symbol, value in match.items() if symbol not in bound}
    elif pattern.is_Add or pattern.is_Mul:
        yield from _in_any_order(list(pattern.args), list(expr.args), variables, found)
    else:
        yield from _in_order(list(pattern.args), list(expr.args), variables, found)


def _in_order(
    patterns: list[Expr], exprs: list[Expr], variables: set[Symbol], found: dict[Symbol, Expr]
) -> Iterator[dict[Symbol, Expr]]:
    if not patterns:
        yield found
        return
    # A Sum's limits come last and bind its indices: match them first, so that the body sees them.
    for match in unify(patterns[-1], exprs[-1], variables, found):
        yield from _in_order(patterns[:-1], exprs[:-1], variables, match)


def _in_any_order(
    patterns: list[Expr], exprs: list[Expr], variables: set[Symbol], found: dict[Symbol, Expr]
) -> Iterator[dict[Symbol, Expr]]:
    if not patterns:
        yield found
        return
    for position, expr in enumerate(exprs):
        rest = exprs[:position] + exprs[position + 1 :]
        for match in unify(patterns[0], expr, variables, found):
            yield from _in_any_order(patterns[1:], rest, variables, match)
