"""Rules on finite sums: the δ that remove them, what comes out of them, and the order in which they are taken."""

from __future__ import annotations

from sympy import Add, Expr, Integer, KroneckerDelta, Mul, Sum, Symbol

from ..expressions import Context, content_of, rename_apart, substitute
from ..symbols import size_of
from .rule import Fact, Facts, Rule, everywhere, is_sum


def collapse(*only: Symbol) -> Rule:
    """Σ_d f(d) δ_dm = f(m). With `only`, just the sums over those indices."""
    return Rule("collapse", _collapse, only)


def _collapse(expr: Expr, context: Context, facts: Facts, *only: Symbol) -> Expr:
    def one_sum(total: Sum) -> Expr:
        limits = list(total.limits)
        body = total.function
        if isinstance(body, Add):
            parts = [one_sum(Sum(term, *limits)) for term in body.args]
            changed = any(part != Sum(term, *limits) for part, term in zip(parts, body.args, strict=True))
            return Add(*parts) if changed else total
        for limit in list(limits):
            summed = limit[0]
            delta = next((f for f in Mul.make_args(body) if _selects(f, summed)), None)
            if delta is None or (only and summed not in only):
                continue
            target = next(arg for arg in delta.args if arg != summed)
            before = Sum(body, limit)
            rest = Mul(*[factor for factor in Mul.make_args(body) if factor is not delta])
            body = substitute(rest, {summed: target})
            limits.remove(limit)
            facts.append(Fact("delta", before, body, (delta, summed, target)))
        return Sum(body, *limits) if limits else body

    return everywhere(is_sum, one_sum, expr)


def _selects(factor: Expr, summed: Symbol) -> bool:
    """Is `factor` a δ that picks one value of `summed`?"""
    if not (isinstance(factor, KroneckerDelta) and summed in factor.args):
        return False
    other = next((arg for arg in factor.args if arg != summed), summed)
    return summed not in other.free_symbols


def _pull(expr: Expr, context: Context, facts: Facts) -> Expr:
    """Factors without a summation index come out of the sum, numbers inside a bracket included."""

    def take_out(total: Sum) -> Expr:
        bound = {limit[0] for limit in total.limits}
        outside: list[Expr] = []
        inside: list[Expr] = []
        for factor in Mul.make_args(total.function):
            content, rest = content_of(factor) if isinstance(factor, Add) else (Integer(1), factor)
            outside.append(content)
            (inside if rest.free_symbols & bound else outside).append(rest)
        outside = [factor for factor in outside if factor != 1]
        if not outside:
            return total
        outcome = Mul(*outside, Sum(Mul(*inside), *total.limits))
        facts.append(Fact("pull", total, outcome, (tuple(outside), _indices(total))))
        return outcome

    return everywhere(is_sum, take_out, expr)


def _push(expr: Expr, context: Context, facts: Facts) -> Expr:
    """The factors before a sum are multiplied into it."""

    def take_in(product: Mul) -> Expr:
        total = next((factor for factor in product.args if isinstance(factor, Sum)), None)
        if total is None:
            return product
        factors = [factor for factor in product.args if factor is not total]
        inner = rename_apart(total, set().union(*(factor.free_symbols for factor in factors)))
        outcome = Sum(Mul(*factors, inner.function), *inner.limits)
        facts.append(Fact("push", product, outcome, (tuple(factors), _indices(inner))))
        return outcome

    return everywhere(lambda node: isinstance(node, Mul), take_in, expr)


def split(*only: Symbol) -> Rule:
    """Σ (a − b) = Σ a − Σ b, after multiplying out the brackets that hold a summation index.

    With `only`, just the brackets that hold an index of one of these sizes.
    """
    return Rule("split", _split, only)


def _split(expr: Expr, context: Context, facts: Facts, *only: Symbol) -> Expr:
    def take_apart(total: Sum) -> Expr:
        indices = {limit[0] for limit in total.limits if not only or size_of(limit[0]) in only}
        terms = _distribute(total.function, indices)
        if not isinstance(terms, Add):
            return total
        outcome = Add(*[Sum(term, *total.limits) for term in terms.args])
        facts.append(Fact("split", total, outcome))
        return outcome

    return everywhere(is_sum, take_apart, expr)


def _distribute(product: Expr, indices: set[Symbol]) -> Expr:
    factors = list(Mul.make_args(product))
    bracket = next((f for f in factors if isinstance(f, Add) and f.free_symbols & indices), None)
    if bracket is None:
        return product
    rest = Mul(*[factor for factor in factors if factor is not bracket])
    return Add(*[_distribute(rest * term, indices) for term in bracket.args])


def _join(expr: Expr, context: Context, facts: Facts) -> Expr:
    """Σ f − Σ g = Σ (f − g), for sums over the same outermost range with the same factor before them."""

    def unite(terms: Expr) -> Expr:
        groups: dict[Expr, list[tuple[Expr, Expr, Sum]]] = {}
        for term in Add.make_args(terms):
            outside, total = outside_and_sum(term)
            if total is not None:
                coefficient, factor = outside.as_coeff_Mul()
                groups.setdefault(factor, []).append((term, coefficient, total))
        for factor, group in groups.items():
            shared = _shared_limits([total for _, _, total in group])
            if len(group) < 2 or not shared:
                continue
            size = abs(group[0][1]) * (-1 if all(coefficient < 0 for _, coefficient, _ in group) else 1)
            bodies = [coefficient / size * _without(total, len(shared)) for _, coefficient, total in group]
            united = size * factor * Sum(Add(*bodies), *shared)
            joined = [term for term, _, _ in group]
            facts.append(Fact("join", Add(*joined), united))
            return unite(Add(*[term for term in Add.make_args(terms) if term not in joined], united))
        return terms

    return everywhere(lambda node: isinstance(node, Add), unite, expr)


def _shared_limits(totals: list[Sum]) -> list:
    """The outermost limits that all sums have; SymPy keeps them last."""
    shared = list(totals[0].limits)
    while shared and any(list(total.limits[-len(shared) :]) != shared for total in totals):
        shared.pop(0)
    return shared


def outside_and_sum(term: Expr) -> tuple[Expr, Sum | None]:
    factors = Mul.make_args(term)
    total = next((factor for factor in factors if isinstance(factor, Sum)), None)
    return Mul(*[factor for factor in factors if factor is not total]), total


def _without(total: Sum, outermost: int) -> Expr:
    inner = total.limits[:-outermost]
    return Sum(total.function, *inner) if inner else total.function


def _count(expr: Expr, context: Context, facts: Facts) -> Expr:
    """Σ_c 1 = C: a sum of ones counts them."""

    def number(total: Sum) -> Expr:
        if total.function != 1:
            return total
        outcome = Mul(*[high - low + 1 for _, low, high in total.limits])
        facts.append(Fact("count", total, outcome))
        return outcome

    return everywhere(is_sum, number, expr)


def _indices(total: Sum) -> tuple[Symbol, ...]:
    return tuple(limit[0] for limit in reversed(total.limits))


pull = Rule("pull", _pull)
push = Rule("push", _push)
join = Rule("join", _join)
count = Rule("count", _count)
