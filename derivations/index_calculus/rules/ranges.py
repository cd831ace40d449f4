"""Rules on what finite sums run over: their order, the names of their indices, and where they begin and end."""

from __future__ import annotations

from sympy import Add, Expr, Integer, Mul, Sum, Symbol

from ..expressions import Context, bound_indices, free_indices, rename_apart
from ..symbols import C, D, J, K, N, T, fresh, size_of
from .rule import Fact, Facts, Rule, everywhere, is_sum
from .sums import outside_and_sum


def regroup(*innermost: Symbol) -> Rule:
    """Finite sums may be taken in any order: each moves to the right of every factor that lacks its index.

    Sums over features become the innermost ones and sums over rows the outermost, unless `innermost` names other sizes.
    """
    return Rule("regroup", _regroup, innermost)


def _regroup(expr: Expr, context: Context, facts: Facts, *innermost: Symbol) -> Expr:
    order = (*innermost, *(size for size in (D, K, C, J, T, N) if size not in innermost))

    def move_in(node: Expr) -> Expr:
        factors, limits = _flattened(node, set(free_indices(node)))
        for limit in sorted(limits, key=lambda each: (order.index(size_of(each[0])), str(each[0]))):
            inside = [factor for factor in factors if limit[0] in factor.free_symbols]
            factors = [factor for factor in factors if limit[0] not in factor.free_symbols]
            factors.append(Sum(Mul(*inside), limit))
        outcome = Mul(*factors)
        if outcome != node:
            facts.append(Fact("regroup", node, outcome, tuple(limit[0] for limit in limits)))
        return outcome

    def rewrite(expr: Expr) -> Expr:
        if isinstance(expr, Sum) or (isinstance(expr, Mul) and any(isinstance(each, Sum) for each in expr.args)):
            return move_in(expr)
        # In a bracket or a product of brackets, term by term.
        return expr.func(*map(rewrite, expr.args)) if isinstance(expr, Add | Mul) else expr

    return rewrite(expr)


def _flattened(node: Expr, used: set[Symbol]) -> tuple[list[Expr], list]:
    """The factors under all sums of a product, with those sums' limits; their indices are made different."""
    if isinstance(node, Sum):
        node = rename_apart(node, used)
        used |= {limit[0] for limit in node.limits}
        factors, limits = _flattened(node.function, used)
        return factors, [*limits, *node.limits]
    if isinstance(node, Mul):
        parts = [_flattened(factor, used) for factor in node.args]
        return [factor for factors, _ in parts for factor in factors], [
            limit for _, limits in parts for limit in limits
        ]
    return [node], []


def _rename(expr: Expr, context: Context, facts: Facts) -> Expr:
    """What a summation index is called does not matter: each takes the first free letter, so equal sums look equal."""

    def standard(total: Sum) -> Expr:
        used = free_indices(expr) | total.free_symbols | bound_indices(total.function)
        renamed: dict[Symbol, Symbol] = {}
        for limit in reversed(total.limits):
            renamed[limit[0]] = fresh(limit[0], used | set(renamed.values()))
        outcome = Sum(
            total.function.xreplace(renamed), *[[each.xreplace(renamed) for each in limit] for limit in total.limits]
        )
        if outcome != total:
            facts.append(Fact("rename", total, outcome, tuple(pair for pair in renamed.items() if pair[0] != pair[1])))
        return outcome

    return everywhere(is_sum, standard, expr)


def _write_out(expr: Expr, context: Context, facts: Facts) -> Expr:
    """A sum from one number to another, term by term; an empty one is 0."""

    def terms(total: Sum) -> Expr:
        if len(total.limits) != 1 or not all(each.is_Integer for each in total.limits[0][1:]):
            return total
        index, low, high = total.limits[0]
        outcome = Add(*[total.function.xreplace({index: Integer(each)}) for each in range(int(low), int(high) + 1)])
        facts.append(Fact("write_out", total, outcome))
        return outcome

    return everywhere(is_sum, terms, expr)


def _absorb(expr: Expr, context: Context, facts: Facts) -> Expr:
    """Σ_{s ≤ t−1} f(s) + f(t) = Σ_{s ≤ t} f(s): a sum takes in the term that comes next.

    Also one that is 0, where that makes the sum as long as another.
    """

    def take_in(terms: Add) -> Expr:
        highest = {total.limits[0][2] for _, total in map(outside_and_sum, terms.args) if total is not None}
        for term in terms.args:
            outside, total = outside_and_sum(term)
            if total is None or len(total.limits) != 1:
                continue
            index, low, high = total.limits[0]
            following = outside * total.function.xreplace({index: high + 1})
            others = [other for other in terms.args if other is not term]
            if following in others or (following == 0 and high + 1 in highest):
                rest = Add(*others) - following
                longer = outside * Sum(total.function, (index, low, high + 1))
                facts.append(Fact("absorb", term + following, longer, (following, index, high + 1)))
                return take_in(rest + longer) if rest != 0 else longer
        return terms

    return everywhere(lambda node: isinstance(node, Add), take_in, expr)


def _telescope(expr: Expr, context: Context, facts: Facts) -> Expr:
    """Σ_s (f(s) − f(s−1)) = f(last) − f(first − 1): neighbours cancel."""

    def cancel(total: Sum) -> Expr:
        if len(total.limits) != 1 or not isinstance(total.function, Add) or len(total.function.args) != 2:
            return total
        index, low, high = total.limits[0]
        for later, earlier in (total.function.args, total.function.args[::-1]):
            if later.xreplace({index: index - 1}) == -earlier:
                outcome = later.xreplace({index: high}) + earlier.xreplace({index: low})
                facts.append(Fact("telescope", total, outcome, (index,)))
                return outcome
        return total

    return everywhere(is_sum, cancel, expr)


rename = Rule("rename", _rename)
write_out = Rule("write_out", _write_out)
absorb = Rule("absorb", _absorb)
telescope = Rule("telescope", _telescope)
