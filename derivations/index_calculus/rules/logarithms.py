"""The rule on logarithms."""

from __future__ import annotations

from sympy import Add, Expr, Integer, Mul, Pow, exp, log

from ..expressions import Context
from .rule import Fact, Facts, Rule, everywhere


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


log_quotient = Rule("log_quotient", _log_quotient)
