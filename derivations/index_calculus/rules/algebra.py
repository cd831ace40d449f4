"""Rules of ordinary algebra: signs, brackets, common factors, fractions, powers, exponentials and logarithms."""

from __future__ import annotations

from collections import Counter

import sympy as sp
from sympy import Add, Expr, Integer, Mul, Pow, Sum, exp, log

from ..expressions import Context
from .rule import Fact, Facts, Rule, everywhere


def common(*kinds: type) -> Rule:
    """Take out of a bracket the factors that all its terms share; with `kinds`, only such factors."""
    return Rule("common", _common, kinds)


def _common(expr: Expr, context: Context, facts: Facts, *kinds: type) -> Expr:
    def wanted(factor: Expr) -> bool:
        return not factor.is_number and (not kinds or isinstance(factor, kinds))

    def take_out(bracket: Add) -> Expr:
        terms = [Counter(factor for factor in Mul.make_args(term) if wanted(factor)) for term in bracket.args]
        shared = Mul(*set.intersection(*map(set, terms)))
        if shared == 1:
            return bracket
        rest = Add(*[term / shared for term in bracket.args])
        facts.append(Fact("common", bracket, Mul(shared, rest), Mul.make_args(shared)))
        return Mul(shared, rest)

    return everywhere(lambda node: isinstance(node, Add), take_out, expr)


def collect(*entries: Expr) -> Rule:
    """Multiply out and gather what multiplies each of the entries."""
    return Rule("collect", _collect, entries)


def _collect(expr: Expr, context: Context, facts: Facts, *entries: Expr) -> Expr:
    outcome = sp.collect(sp.expand_mul(expr), entries)
    facts.append(Fact("collect", expr, outcome, entries))
    return outcome


def _sign(expr: Expr, context: Context, facts: Facts) -> Expr:
    """A minus sign before a bracket, or before a sum of brackets, goes into it: −(a − b) is b − a."""

    def absorb(product: Mul) -> Expr:
        coefficient, rest = product.as_coeff_Mul()
        if not coefficient.is_negative:
            return product
        turned = _turned(rest)
        if turned is None:
            return product
        facts.append(Fact("sign", -rest, turned))
        return Mul(-coefficient, turned)

    return everywhere(lambda node: isinstance(node, Mul), absorb, expr)


def _turned(product: Expr) -> Expr | None:
    """−product, with the sign in the first bracket found, also under a sum; None where there is no bracket."""
    factors = list(Mul.make_args(product))
    for place, factor in enumerate(factors):
        inner: Expr | None = None
        if isinstance(factor, Sum):
            body = _turned(factor.function)
            inner = None if body is None else Sum(body, *factor.limits)
        elif isinstance(factor, Add):
            inner = Add(*[-term for term in factor.args])
        if inner is not None:
            return Mul(*factors[:place], inner, *factors[place + 1 :])
    return None


def expand(*holding: type) -> Rule:
    """Multiply the brackets out, squares too, so that like terms combine; with `holding`, just those that hold such."""
    return Rule("expand", _expand, holding)


def _expand(expr: Expr, context: Context, facts: Facts, *holding: type) -> Expr:
    def multiply(node: Expr) -> Expr:
        if holding:
            bracket = next((f for f in Mul.make_args(node) if isinstance(f, Add) and f.has(*holding)), None)
            if bracket is None or bracket is node:
                return node
            rest = Mul(*[factor for factor in node.args if factor is not bracket])
            outcome = Add(*[rest * term for term in bracket.args])
        else:
            outcome = sp.expand(node, deep=False, power_base=False, power_exp=False, log=False)
        if outcome != node:
            facts.append(Fact("expand", node, outcome))
        return outcome

    return everywhere(lambda node: isinstance(node, Add | Mul | Pow), multiply, expr)


def _together(expr: Expr, context: Context, facts: Facts) -> Expr:
    """Bring the terms of a bracket to a common denominator, and multiply the numerator out."""

    def join(bracket: Add) -> Expr:
        below = Counter[Expr]()
        for term in bracket.args:
            own = {f.base: -int(f.exp) for f in Mul.make_args(term) if _is_denominator(f)}
            below |= Counter(own)
        denominator = Mul(*[base**power for base, power in below.items()])
        if denominator == 1:
            return bracket
        outcome = sp.expand_mul(Add(*[term * denominator for term in bracket.args])) / denominator
        facts.append(Fact("together", bracket, outcome, (denominator,)))
        return outcome

    return everywhere(lambda node: isinstance(node, Add), join, expr)


def _is_denominator(factor: Expr) -> bool:
    return isinstance(factor, Pow) and isinstance(factor.base, Add) and factor.exp.is_Integer and factor.exp < 0


def _powers(expr: Expr, context: Context, facts: Facts) -> Expr:
    """β·β^k = β^(k+1), and e^a·e^b = e^(a+b): exponents of one base add up."""

    def add(product: Mul) -> Expr:
        exponents: dict[Expr, Expr] = {}
        for factor in product.args:
            base, exponent = factor.as_base_exp()
            exponents[base] = exponents.get(base, Integer(0)) + exponent
        outcome = Mul(*[base**exponent for base, exponent in exponents.items()])
        if outcome != product:
            facts.append(Fact("powers", product, outcome))
        return outcome

    return everywhere(lambda node: isinstance(node, Mul), add, expr)


def _divide(expr: Expr, context: Context, facts: Facts) -> Expr:
    """e^a / (e^a + e^b) = 1 / (1 + e^(b−a)): top and bottom are divided by the top."""

    def cancel(product: Mul) -> Expr:
        for top in product.args:
            for below in product.args:
                if isinstance(top, exp) and _is_denominator(below) and below.exp == -1 and top in below.base.args:
                    bottom = Add(*[_quotient(term, top) for term in below.base.args])
                    rest = Mul(*[factor for factor in product.args if factor not in (top, below)])
                    facts.append(Fact("divide", top * below, 1 / bottom, (top,)))
                    return rest / bottom
        return product

    return everywhere(lambda node: isinstance(node, Mul), cancel, expr)


def _quotient(term: Expr, by: exp) -> Expr:
    return exp(term.args[0] - by.args[0]) if isinstance(term, exp) else term * exp(-by.args[0])


def _log_quotient(expr: Expr, context: Context, facts: Facts) -> Expr:
    """log(a/b) = log a − log b for positive a and b, and log e^u = u."""

    def separate(node: log) -> Expr:
        terms = []
        for factor in Mul.make_args(node.args[0]):
            base, power = factor.as_base_exp() if isinstance(factor, Pow) else (factor, Integer(1))
            terms.append(power * (base.args[0] if isinstance(base, exp) else log(base)))
        outcome = Add(*terms)
        if outcome != node:
            facts.append(Fact("quotient", node, outcome))
        return outcome

    return everywhere(lambda node: isinstance(node, log), separate, expr)


sign = Rule("sign", _sign)
together = Rule("together", _together)
powers = Rule("powers", _powers)
divide = Rule("divide", _divide)
log_quotient = Rule("log_quotient", _log_quotient)
