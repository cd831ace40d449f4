"""Each rule keeps the value of whatever it is applied to, whatever its bound indices are called."""

from functools import reduce
from operator import add, mul

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sympy import Abs, Integer, KroneckerDelta, Max, Min, Sum, Symbol, exp, log, sign, sqrt, tanh

from derivations.index_calculus import rules
from derivations.index_calculus.expressions import Context, Definition, Partial, Recurrence, bound_indices, rename_apart
from derivations.index_calculus.functions import step
from derivations.index_calculus.judging.judge import judge
from derivations.index_calculus.rules import Rule, RuleError
from derivations.index_calculus.symbols import (
    A,
    C,
    D,
    G,
    L,
    N,
    P,
    U,
    U_bar,
    W,
    X,
    Y,
    Z,
    b,
    c,
    d,
    fresh,
    i,
    j,
    k,
    l,
    m,
    n,
    s,
    sum_over,
    t,
    w,
    y,
)
from derivations.sigmoid import sigmoid
from derivations.softmax import SOFTMAX

Z_LINEAR = Definition(Z[n, c], sum_over(X[n, d] * W[c, d], d) + b[c])
MEAN = Definition(U_bar[n], sum_over(P[n, c] * U[n, c], c))
RUNNING = Recurrence(A[t], G[t] + A[t - 1] / 2, initial=Integer(0))
CONTEXT = Context({"P": SOFTMAX, "sigma": sigmoid(), "U_bar": MEAN})
beta = Symbol("beta")

# Small random index expressions with free n, c and whatever sums and δ they contain.
ATOMS = st.sampled_from(
    [Z[n, c], Y[n, c], P[n, c], Z[n, y[n]], Integer(2), 1 / (N * C), KroneckerDelta(c, j), exp(-Z[n, c])]
)


def _grown(inner):
    return st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: reduce(add, parts)),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: reduce(mul, parts)),
        inner.map(lambda part: part**2),
        inner.map(lambda part: 1 / (1 + exp(part))),
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
    rules.common(),
    rules.common(KroneckerDelta),
    rules.pull,
    rules.push,
    rules.split(),
    rules.split(C),
    rules.join,
    rules.count,
    rules.regroup(),
    rules.regroup(N),
    rules.rename,
    rules.write_out,
    rules.absorb,
    rules.telescope,
    rules.sign,
    rules.expand(),
    rules.expand(Sum),
    rules.collect(Z[n, c]),
    rules.together,
    rules.powers,
    rules.divide,
    rules.define("P", "sigma"),
    rules.fold(SOFTMAX),
    rules.fold(sigmoid()),
    rules.name(MEAN),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(expr=EXPRESSIONS)
def test_every_rule_keeps_the_value(rule, expr):
    subjects = (
        expr,
        sum_over(expr, c),
        3 * sum_over(expr, c) - Z[n, c],
        Partial(sum_over(rename_apart(expr, {i, j}), n), Z[i, j]),
    )
    for subject in subjects:
        result, facts = rule.where_possible(subject, CONTEXT)
        judge(subject, result, CONTEXT)
        for fact in facts:
            judge(fact.left, fact.right, CONTEXT)


def renamed(expr: Sum, used) -> Sum:
    """`expr` with every bound index under another name."""
    return rename_apart(expr, bound_indices(expr) | used)


@pytest.mark.parametrize(
    "rule", [*RULES, Rule("nothing", lambda expr, context, facts: expr)], ids=lambda rule: rule.name
)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(expr=EXPRESSIONS, extra=st.sets(st.sampled_from([n, i, c, j, k, l])))
def test_names_of_bound_indices_do_not_matter(rule, expr, extra):
    total = sum_over(expr, n, c) * Z[n, c]  # n and c are free here and bound there
    other = renamed(total, extra)
    assert bound_indices(other).isdisjoint(bound_indices(total) | extra)
    first, second = (rule.where_possible(each, CONTEXT)[0] for each in (total, other))
    judge(first, second, CONTEXT)


# The same for sums over steps s up to t, with powers of β.
STEP_BODIES = st.lists(
    st.sampled_from([G[s], beta ** (t - s), beta**s, beta, G[s + 1], Integer(3)]), min_size=1, max_size=3
).map(lambda parts: reduce(mul, parts))


@pytest.mark.parametrize(
    ("rule", "subject"),
    [
        (rules.write_out, lambda body: Sum(body, (s, 2, 4)) + G[t]),
        (rules.absorb, lambda body: 2 * Sum(body, (s, 1, t - 1)) + 2 * body.xreplace({s: t}) + U[t]),
        (rules.telescope, lambda body: Sum(body - body.xreplace({s: s - 1}), (s, 1, t))),
        (rules.push, lambda body: beta * Sum(body, (s, 1, t)) + G[t]),
        (rules.powers, lambda body: beta * beta**t * body.xreplace({s: t - 1})),
        (rules.join, lambda body: Sum(body, (s, 1, t)) - Sum(G[s], (s, 1, t)) + beta),
        (rules.together, lambda body: body.xreplace({s: t}) / (1 - beta) + 1 / (1 - beta) ** 2),
        (rules.collect(G[t]), lambda body: G[t] * (1 - beta) + beta * (G[t] + body.xreplace({s: t}))),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
@settings(max_examples=12, deadline=None, derandomize=True)
@given(body=STEP_BODIES)
def test_every_rule_on_steps_keeps_the_value(rule, subject, body):
    before = subject(body)
    result, facts = rule.where_possible(before, Context())
    judge(before, result, Context())
    for fact in facts:
        judge(fact.left, fact.right, Context())
    if body.has(s) and rule not in (rules.join, rules.powers):  # where they do nothing, nothing was to be done
        assert result != before


DELTAS = KroneckerDelta(n, i) * KroneckerDelta(c, j)
ROWS = [
    (rules.linear, Partial(2 * Z[n, c] + Y[n, c], Z[i, j]), 2 * Partial(Z[n, c], Z[i, j])),
    (rules.chain, Partial(Z[n, c] ** 4, Z[i, j]), 4 * Z[n, c] ** 3 * Partial(Z[n, c], Z[i, j])),
    (rules.chain, Partial(sqrt(Z[n, c]), Z[i, j]), Partial(Z[n, c], Z[i, j]) / (2 * sqrt(Z[n, c]))),
    (rules.chain, Partial(tanh(Z[n, c]), Z[i, j]), (1 - tanh(Z[n, c]) ** 2) * Partial(Z[n, c], Z[i, j])),
    (rules.chain, Partial(Abs(Z[n, c]), Z[i, j]), sign(Z[n, c]) * Partial(Z[n, c], Z[i, j])),
    (rules.chain, Partial(Max(Z[n, c], Y[n, c]), Z[i, j]), step(Z[n, c] - Y[n, c]) * Partial(Z[n, c], Z[i, j])),
    (rules.chain, Partial(Min(Z[n, c], 3), Z[i, j]), step(3 - Z[n, c]) * Partial(Z[n, c], Z[i, j])),
    (rules.chain, Partial(step(Z[n, c]), Z[i, j]), Integer(0)),
    (rules.chain, Partial(Z[n, c] * Y[n, c], Z[i, j]), None),  # that is the product rule's
    (rules.independent, Partial(W[c, d], W[j, m]), KroneckerDelta(c, j) * KroneckerDelta(d, m)),
    (rules.collapse(), sum_over(X[n, d] * KroneckerDelta(d, m), d), X[n, m]),
    (rules.collapse(n), sum_over(DELTAS * Z[n, c], n, c), sum_over(KroneckerDelta(c, j) * Z[i, c], c)),
    (rules.collapse(), Sum(KroneckerDelta(s, t - s) * G[s], (s, 1, t)), None),  # it picks no one s
    (rules.pull, sum_over(W[c, d] * sum_over(X[n, d] * Z[n, c], n), c), None),  # the inner sum depends on c too
    (rules.count, Sum(Integer(1), (s, 2, t)), t - 1),
    (rules.count, sum_over(Integer(2), c), None),  # of ones alone
    (rules.split(D), sum_over(Z[n, c] * (Y[n, c] - Z[n, c]), c), None),
    (rules.absorb, Sum((t - s) * G[s], (s, 1, t - 1)) + beta, None),  # a term that is 0 lengthens no sum alone
    (rules.write_out, Sum(G[s] * G[t], (s, 1, 2), (t, 1, 3)), None),
    (rules.pull, sum_over(2 * X[n, m] * Z[n, c], c), 2 * X[n, m] * sum_over(Z[n, c], c)),
    (rules.push, X[n, m] * sum_over(Z[n, c], c), sum_over(X[n, m] * Z[n, c], c)),
    (rules.push, W[c, m] * sum_over(Z[n, c], c), sum_over(W[c, m] * Z[n, j], j)),
    (
        rules.split(),
        sum_over(Z[n, c] * (Y[n, c] - X[n, d]), c),
        sum_over(Z[n, c] * Y[n, c], c) + sum_over(-Z[n, c] * X[n, d], c),
    ),
    (rules.join, sum_over(Z[n, c], c) - sum_over(Y[n, c], c), sum_over(Z[n, c] - Y[n, c], c)),
    (rules.join, 2 * sum_over(Z[n, c], n, c) - sum_over(Y[n, c], c), None),  # n is not common
    (rules.count, sum_over(Integer(1), n, c), N * C),
    (
        rules.regroup(),
        sum_over(W[c, d] * sum_over(X[n, d] * G[n, c], n), d),
        sum_over(G[n, c] * sum_over(W[c, d] * X[n, d], d), n),
    ),
    (rules.rename, sum_over(Z[n, k], k) - sum_over(Z[n, j], j), Integer(0)),
    (rules.write_out, Sum(G[s], (s, 2, 4)), G[2] + G[3] + G[4]),
    (rules.write_out, Sum(G[s], (s, 1, 0)), Integer(0)),
    (rules.absorb, Sum(G[s], (s, 1, t - 1)) + G[t], Sum(G[s], (s, 1, t))),
    (
        rules.absorb,
        2 * Sum(beta ** (t - s) * G[s], (s, 1, t - 1)) + 2 * G[t],
        2 * Sum(beta ** (t - s) * G[s], (s, 1, t)),
    ),
    (rules.absorb, Sum(G[s], (s, 1, t - 1)) + G[t + 1], None),  # not the next term
    (rules.telescope, Sum(beta ** (t - s) - beta ** (t - s + 1), (s, 1, t)), 1 - beta**t),
    (rules.telescope, Sum(beta ** (t - s) - beta ** (t - s + 2), (s, 1, t)), None),  # not neighbours
    (rules.telescope, Sum(beta ** (t - s) - beta ** (t - s + 1), (s, 2, t)), 1 - beta ** (t - 1)),
    (rules.telescope, Sum(beta ** (t - s) + beta ** (t - s + 1), (s, 1, t)), None),  # they do not cancel
    (rules.telescope, Sum(G[s] - G[s - 1] + beta, (s, 1, t)), None),
    (rules.rename, sum_over(Z[n, k] * Y[n, j], k, j), sum_over(Z[n, c] * Y[n, j], c, j)),
    (rules.common(), P[n, c] * Z[n, c] - P[n, c] * Z[n, j], P[n, c] * (Z[n, c] - Z[n, j])),
    (rules.collect(G[1]), G[1] + beta * (G[1] + G[2]), (1 + beta) * G[1] + beta * G[2]),
    (rules.sign, -w[n] * (Z[n, c] - Y[n, c]) / N, w[n] * (Y[n, c] - Z[n, c]) / N),
    (rules.expand(), (Z[n, c] - Y[n, c]) ** 2, Z[n, c] ** 2 - 2 * Z[n, c] * Y[n, c] + Y[n, c] ** 2),
    (
        rules.expand(Sum),
        beta * (sum_over(Z[n, c], c) + G[n] * (1 - beta)),
        beta * sum_over(Z[n, c], c) + beta * G[n] * (1 - beta),
    ),
    (rules.together, 1 - 1 / (1 + exp(-Z[n, c])), exp(-Z[n, c]) / (1 + exp(-Z[n, c]))),
    (rules.powers, beta * beta ** (t - 1 - s), beta ** (t - s)),
    (rules.divide, exp(Z[n, c]) / (exp(Z[n, c]) + exp(Z[n, j])), 1 / (1 + exp(Z[n, j] - Z[n, c]))),
    (rules.log_quotient, log(exp(Z[n, c]) / sum_over(exp(Z[n, k]), k)), Z[n, c] - log(sum_over(exp(Z[n, k]), k))),
    (rules.fold(SOFTMAX), 3 * exp(Z[i, j]) / sum_over(exp(Z[i, c]), c), 3 * P[i, j]),
    (rules.fold(SOFTMAX), exp(Z[i, j] + Z[i, k]) / sum_over(exp(Z[i, c]), c) ** 2, P[i, j] * P[i, k]),
    (rules.through(Z[n, c]), Partial(L, W[j, m]), sum_over(Partial(L, Z[n, c]) * Partial(Z[n, c], W[j, m]), n, c)),
    (rules.through(Z[n, c]), Partial(Z[i, j], W[j, m]), None),  # it is Z itself that depends on W
    (rules.name(Definition(G[n, c], Partial(L, Z[n, c]))), Partial(L, Z[i, k]), G[i, k]),
    (rules.name(MEAN, sign=-1), -sum_over(P[i, k] * U[i, k], k), -U_bar[i]),
    (rules.define("Z"), Partial(Z[n, c], Z[i, j]), Partial(Z_LINEAR.right, Z[i, j])),
    (rules.define("A"), A[t], G[t] + A[t - 1] / 2),
    (rules.define("A"), A[0] + A[1], G[1] + A[0] / 2),
    (rules.hypothesis(A[t - 1], G[t]), 2 * A[t - 1], 2 * G[t]),
    (rules.lemma(sum_over(P[n, c], c), Integer(1), {n}), 3 * sum_over(P[i, k], k), Integer(3)),
]


@pytest.mark.parametrize(("rule", "before", "after"), ROWS, ids=lambda value: getattr(value, "name", ""))
def test_what_each_rule_does(rule, before, after):
    context = Context({"Z": Z_LINEAR, "P": SOFTMAX, "A": RUNNING})
    if after is None:
        with pytest.raises(RuleError, match="changes nothing"):
            rule(before, context)
    else:
        outcome, facts = rule(before, context)
        assert outcome == after
        assert facts  # it says why


def test_a_rule_gives_each_of_its_reasons_once():
    _, facts = rules.chain(Partial(Z[n, c] ** 4, Z[i, j]) + Partial(exp(Z[n, c]), Z[i, j]), Context())
    assert {fact.kind for fact in facts} == {"power", "exp"}
    _, facts = rules.collapse()(sum_over(KroneckerDelta(c, j), c) ** 2, Context())
    assert len(facts) == 1


def test_every_rule_is_in_a_table_above():
    tested = {rule.name for rule in RULES} | {row[0].name for row in ROWS} | {"product"}
    names = {name for name in rules.__all__ if name[0].islower()}
    assert names <= tested


def test_through_and_define_take_fresh_indices():
    """∂L/∂Z_nc through Z_nc must not sum over the indices it is asked at."""
    expanded, _ = rules.through(Z[n, c])(Partial(L, W[c, m]), Context({"Z": Z_LINEAR}))
    assert c not in bound_indices(expanded)
    assert fresh(c, {c}) == j
    assert D not in expanded.free_symbols
