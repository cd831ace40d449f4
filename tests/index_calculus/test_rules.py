"""Each rule keeps the value of whatever it is applied to, whatever its bound indices are called."""

from functools import reduce
from operator import add, mul

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sympy import Integer, KroneckerDelta, exp, log

from derivations.index_calculus import rules
from derivations.index_calculus.expressions import Context, Definition, Partial, bound_indices, rename_apart
from derivations.index_calculus.judge import judge
from derivations.index_calculus.symbols import C, G, L, N, P, W, X, Y, Z, b, c, d, i, j, k, m, n, sum_over, y
from derivations.softmax import SOFTMAX

Z_LINEAR = Definition(Z[n, c], sum_over(X[n, d] * W[c, d], d) + b[c])
CONTEXT = Context({"P": SOFTMAX})

# Small random index expressions with free n, c and whatever sums and δ they contain.
ATOMS = st.sampled_from([Z[n, c], Y[n, c], P[n, c], Z[n, y[n]], Integer(2), 1 / (N * C), KroneckerDelta(c, j)])


def _grown(inner):
    return st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: reduce(add, parts)),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: reduce(mul, parts)),
        inner.map(lambda part: part**2),
        inner.map(lambda part: sum_over(rename_apart(part, {k}).xreplace({c: k}), k)),
        inner.map(lambda part: exp(part)),
    )


EXPRESSIONS = st.recursive(ATOMS, _grown, max_leaves=5)
RULES = [
    rules.linear,
    rules.chain,
    rules.product,
    rules.independent,
    rules.collapse(),
    rules.common,
    rules.pull,
    rules.split,
    rules.sign,
    rules.define("P"),
    rules.fold(SOFTMAX),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(expr=EXPRESSIONS)
def test_every_rule_keeps_the_value(rule, expr):
    for subject in (expr, sum_over(expr, c), Partial(sum_over(rename_apart(expr, {i, j}), n), Z[i, j])):
        result, facts = rule.where_possible(subject, CONTEXT)
        judge(subject, result, CONTEXT)
        for fact in facts:
            judge(fact.left, fact.right, CONTEXT)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(expr=EXPRESSIONS)
def test_names_of_bound_indices_do_not_matter(expr):
    total = sum_over(expr, n, c)
    renamed = rename_apart(total, bound_indices(total))
    assert not bound_indices(total) & bound_indices(renamed)
    judge(total, renamed, CONTEXT)
    first, _ = rules.pull.where_possible(total, CONTEXT)
    second, _ = rules.pull.where_possible(renamed, CONTEXT)
    judge(first, second, CONTEXT)


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        (rules.linear, Partial(2 * Z[n, c] + Y[n, c], Z[i, j]), 2 * Partial(Z[n, c], Z[i, j])),
        (rules.chain, Partial(Z[n, c] ** 4, Z[i, j]), 4 * Z[n, c] ** 3 * Partial(Z[n, c], Z[i, j])),
        (rules.independent, Partial(W[c, d], W[j, m]), KroneckerDelta(c, j) * KroneckerDelta(d, m)),
        (rules.collapse(), sum_over(X[n, d] * KroneckerDelta(d, m), d), X[n, m]),
        (rules.pull, sum_over(2 * X[n, m] * Z[n, c], c), 2 * X[n, m] * sum_over(Z[n, c], c)),
        (rules.log_quotient, log(exp(Z[n, c]) / sum_over(exp(Z[n, k]), k)), Z[n, c] - log(sum_over(exp(Z[n, k]), k))),
        (rules.fold(SOFTMAX), 3 * exp(Z[i, j]) / sum_over(exp(Z[i, c]), c), 3 * P[i, j]),
        (rules.through(Z[n, c]), Partial(L, W[j, m]), sum_over(Partial(L, Z[n, c]) * Partial(Z[n, c], W[j, m]), n, c)),
        (rules.name(Definition(G[n, c], Partial(L, Z[n, c]))), Partial(L, Z[i, k]), G[i, k]),
        (rules.define("Z"), Partial(Z[n, c], Z[i, j]), Partial(Z_LINEAR.right, Z[i, j])),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_what_each_rule_does(rule, before, after):
    assert rule(before, Context({"Z": Z_LINEAR, "P": SOFTMAX}))[0] == after


def test_through_and_define_take_fresh_indices():
    """∂L/∂Z_nc through Z_nc must not sum over the indices it is asked at."""
    expanded, _ = rules.through(Z[n, c])(Partial(L, W[c, m]), Context())
    assert c not in bound_indices(expanded)
