"""Rules on sums, on the δ that remove them, on brackets and their signs."""

from __future__ import annotations

from sympy import Add, Expr, Integer, KroneckerDelta, Mul, Sum, Symbol

from ..expressions import Context, substitute
from .rule import Fact, Facts, Rule, everywhere, is_sum


def collapse(*only: Symbol) -> Rule:
    """Σ_d f(d) δ_dm = f(m). With `only`, just the sums over those indices."""

    def one_sum(total: Sum, facts: Facts) -> Expr:
        limits = list(total.limits)
        body = total.function
        if isinstance(body, Add):
            parts = [one_sum(Sum(term, *limits), facts) for term in body.args]
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

    def remove(expr: Expr, context: Context, facts: Facts) -> Expr:
        return everywhere(is_sum, lambda total: one_sum(total, facts), expr)

    return Rule("collapse", remove)


def _selects(factor: Expr, summed: Symbol) -> bool:
    """Is `factor` a δ that picks one value of `summed`?"""
    if not (isinstance(factor, KroneckerDelta) and summed in factor.args):
        return False
    other = next((arg for arg in factor.args if arg != summed), summed)
    return summed not in other.free_symbols


def _common(expr: Expr, context: Context, facts: Facts) -> Expr:
    """Take out of a bracket the δ that all its terms share, so that they can be used once."""

    def take_out(bracket: Add) -> Expr:
        deltas = [{f for f in Mul.make_args(term) if isinstance(f, KroneckerDelta)} for term in bracket.args]
        shared = sorted(set.intersection(*deltas), key=str)
        if not shared:
            return bracket
        rest = Add(*[Mul(*[f for f in Mul.make_args(term) if f not in shared]) for term in bracket.args])
        facts.append(Fact("common", bracket, Mul(*shared, rest), tuple(shared)))
        return Mul(*shared, rest)

    return everywhere(lambda node: isinstance(node, Add), take_out, expr)


def _pull(expr: Expr, context: Context, facts: Facts) -> Expr:
    """Factors without a summation index come out of the sum, numbers inside a bracket included."""

    def take_out(total: Sum) -> Expr:
        bound = {limit[0] for limit in total.limits}
        outside: list[Expr] = []
        inside: list[Expr] = []
        for factor in Mul.make_args(total.function):
            content, rest = factor.as_content_primitive() if isinstance(factor, Add) else (Integer(1), factor)
            outside.append(content)
            (inside if rest.free_symbols & bound else outside).append(rest)
        outside = [factor for factor in outside if factor != 1]
        if not outside:
            return total
        outcome = Mul(*outside, Sum(Mul(*inside), *total.limits))
        indices = tuple(limit[0] for limit in reversed(total.limits))
        facts.append(Fact("pull", total, outcome, (tuple(outside), indices)))
        return outcome

    return everywhere(is_sum, take_out, expr)


def _split(expr: Expr, context: Context, facts: Facts) -> Expr:
    """Σ (a − b) = Σ a − Σ b, after multiplying out the brackets that hold a summation index."""

    def take_apart(total: Sum) -> Expr:
        terms = _distribute(total.function, {limit[0] for limit in total.limits})
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


def _sign(expr: Expr, context: Context, facts: Facts) -> Expr:
    """A minus sign before a bracket, or before a sum of brackets, goes into it: −(a − b) is b − a."""

    def absorb(product: Mul) -> Expr:
        coefficient, rest = product.as_coeff_Mul()
        if not coefficient.is_negative:
            return product
        for factor in Mul.make_args(rest):
            bracket = factor.function if isinstance(factor, Sum) else factor
            if isinstance(bracket, Add):
                turned = Add(*[-term for term in bracket.args])
                turned = Sum(turned, *factor.limits) if isinstance(factor, Sum) else turned
                facts.append(Fact("sign", -factor, turned))
                others = [other for other in Mul.make_args(rest) if other is not factor]
                return Mul(-coefficient, *others, turned)
        return product

    return everywhere(lambda node: isinstance(node, Mul), absorb, expr)


common = Rule("common", _common)
pull = Rule("pull", _pull)
split = Rule("split", _split)
sign = Rule("sign", _sign)
