"""Find instances of a pattern: up to the order of factors and terms, and to the names of bound indices."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass

from sympy import Add, Expr, Integer, Mul, Pow, Sum, Symbol, exp

Match = dict[Symbol, Expr]


@dataclass(frozen=True)
class Instance:
    """A part of an expression that is a pattern with `values` for its variables; `rest` is what stands beside it."""

    values: Match
    part: Expr
    rest: tuple[Expr, ...]


def instance(pattern: Expr, expr: Expr, variables: Set[Symbol]) -> Instance | None:
    """The first instance of `pattern` at the top of `expr`: all of it, or some of its factors or terms."""
    if not (isinstance(pattern, Mul | Add) and pattern.func == expr.func):
        match = next(unify(pattern, expr, variables, {}), None)
        return None if match is None else Instance(match, expr, ())
    split = _factors if isinstance(pattern, Mul) else Add.make_args
    whole = split(expr)
    found: list[tuple[Match, list[Expr]]] = [({}, list(whole))]
    for part in split(pattern):
        found = [
            (match, rest[:place] + rest[place + 1 :])
            for so_far, rest in found
            for place, candidate in enumerate(rest)
            for match in unify(part, candidate, variables, so_far)
        ]
    if not found:
        return None
    values, rest = found[0]
    used = list(whole)
    for each in rest:
        used.remove(each)
    return Instance(values, expr.func(*used), tuple(rest))


def _factors(product: Expr) -> list[Expr]:
    """The factors one by one: u² is u·u, and e^(a+b) is e^a·e^b."""
    factors: list[Expr] = []
    for factor in Mul.make_args(product):
        if isinstance(factor, Pow) and factor.exp.is_Integer and abs(factor.exp) > 1:
            factors += [Pow(factor.base, Integer(factor.exp / abs(factor.exp)))] * abs(int(factor.exp))
        elif isinstance(factor, exp) and isinstance(factor.args[0], Add):
            factors += [exp(term) for term in factor.args[0].args]
        else:
            factors.append(factor)
    return factors


def unify(pattern: Expr, expr: Expr, variables: Set[Symbol], found: Match) -> Iterator[Match]:
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
        inside = {limit[0] for limit in expr.limits}
        for match in _in_order(list(pattern.args), list(expr.args), variables | bound, found):
            outside = {symbol: value for symbol, value in match.items() if symbol not in bound}
            if not any(value.free_symbols & inside for value in outside.values()):
                yield outside
    elif pattern.is_Add or pattern.is_Mul:
        yield from _in_any_order(list(pattern.args), list(expr.args), variables, found)
    else:
        yield from _in_order(list(pattern.args), list(expr.args), variables, found)


def _in_order(patterns: list[Expr], exprs: list[Expr], variables: Set[Symbol], found: Match) -> Iterator[Match]:
    if not patterns:
        yield found
        return
    # A Sum's limits come last and bind its indices: match them first, so that the body sees them.
    for match in unify(patterns[-1], exprs[-1], variables, found):
        yield from _in_order(patterns[:-1], exprs[:-1], variables, match)


def _in_any_order(patterns: list[Expr], exprs: list[Expr], variables: Set[Symbol], found: Match) -> Iterator[Match]:
    if not patterns:
        yield found
        return
    for position, expr in enumerate(exprs):
        rest = exprs[:position] + exprs[position + 1 :]
        for match in unify(patterns[0], expr, variables, found):
            yield from _in_any_order(patterns[1:], rest, variables, match)
