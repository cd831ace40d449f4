"""Every function of the table is differentiated by the chain rule, and judged in each way; no other is."""

import pytest
from sympy import Integer, Rational, Symbol, exp, log, pi, sin, sqrt

from derivations.index_calculus import rules
from derivations.index_calculus.expressions import Condition, Context, Partial
from derivations.index_calculus.functions import TABLE, UnknownFunction
from derivations.index_calculus.judging.crosscheck import crosscheck
from derivations.index_calculus.judging.judge import judge
from derivations.index_calculus.symbols import Z, i, j

gamma, ENTRY = Symbol("gamma"), Z[i, j]
POSITIVE, ANY = 1 + ENTRY**2, 3 * ENTRY - 1
FORMULAS = {
    **{each.name: each(POSITIVE if each.domain else ANY) for each in TABLE.values()},
    **{f"power {exponent}": POSITIVE**exponent for exponent in (-2, Rational(-2, 3), Rational(5, 2), pi, sqrt(2))},
    "γth power": exp(gamma * log(1 - 1 / (1 + exp(-ENTRY)))),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_the_chain_rule_knows_it(name):
    context = Context(domain=(Condition(gamma, ">", Integer(0)),))
    left = Partial(FORMULAS[name], ENTRY)
    right = left
    for _ in range(5):
        for rule in (rules.linear, rules.product, rules.chain, rules.independent):
            right, _facts = rule.where_possible(right, context)
    assert not right.has(Partial)
    assert judge(left, right, context)
    assert crosscheck(name, left, right, context) == ("diff", "difference")


def test_a_function_that_is_not_in_the_table_is_not_differentiated():
    with pytest.raises(UnknownFunction, match="sin is no function that formulas may hold"):
        rules.chain(Partial(sin(ENTRY), ENTRY), Context())
