"""What SymPy gets silently wrong is refused or renamed apart here."""

import pytest
import sympy as sp
from sympy import Integer, KroneckerDelta, Sum, exp, log

from derivations.index_calculus import rules
from derivations.index_calculus.expressions import Context, Definition, Partial, bound_indices, substitute
from derivations.index_calculus.judging.judge import Disagreement, judge
from derivations.index_calculus.symbols import C, N, P, W, X, Y, Z, c, d, i, index, j, k, m, n, sum_over
from derivations.softmax import SOFTMAX

EMPTY = Context()
LOG_SUM_EXP = log(sum_over(exp(Z[n, k]), k))


@pytest.mark.parametrize(
    ("expr", "variable", "captured"),
    [
        (sum_over(X[n, d] * W[c, d], d), W[c, d], "d"),  # SymPy's diff answers Sum(X[n, d])
        (LOG_SUM_EXP, Z[n, k], "k"),  # SymPy's diff answers 1
    ],
)
def test_a_derivative_by_a_bound_index_is_refused(expr, variable, captured):
    with pytest.raises(ValueError, match=rf"sums over {captured}.*captured"):
        Partial(expr, variable)


def test_substitution_renames_a_bound_index_instead_of_capturing_it():
    total = sum_over(W[c, d], d)
    put = substitute(total, {c: d})  # SymPy's subs answers Sum(W[d, d], d)
    assert d not in bound_indices(put)
    assert put.free_symbols >= {d}
    assert judge(put, sum_over(W[d, m], m), EMPTY)
    with pytest.raises(Disagreement):
        judge(put, sum_over(W[d, d], d), EMPTY)


def test_collapse_onto_an_index_that_is_bound_inside():
    inner = sum_over(Z[n, c] * W[k, d], c)
    total = Sum(KroneckerDelta(k, c) * inner, (k, 1, C))
    collapsed, _ = rules.collapse()(total, EMPTY)
    assert judge(total, collapsed, EMPTY)


def test_a_defined_array_is_not_constant():
    context = Context({"P": SOFTMAX})
    partial = Partial(P[n, c], Z[i, j])  # SymPy's diff of a folded symbol answers 0
    with pytest.raises(rules.RuleError, match="changes nothing"):
        rules.linear(partial, context)
    unfolded, _ = rules.define("P")(partial, context)
    assert judge(partial, unfolded, context)
    with pytest.raises(Disagreement):
        judge(partial, Integer(0), context)


def test_dependence_reaches_through_definitions_but_not_through_indices():
    context = Context({"P": SOFTMAX, "Z": Definition(Z[n, c], sum_over(X[n, d] * W[c, d], d))})
    assert context.depends(P[n, c], W[j, m])
    assert not context.depends(Y[n, c], W[j, m])
    assert not context.depends(Y[n, sp.IndexedBase("W")[j]], W[j, m])


def test_the_derivative_stays_until_a_rule_moves_it():
    partial = Partial(Z[n, c], W[j, m])  # SymPy's Derivative(Z, W).doit() answers 0
    assert partial != 0
    assert isinstance(partial.doit(), Partial)


def test_log_of_exp_is_left_to_its_rule():
    assert log(exp(Z[n, c])) != Z[n, c]


def test_a_wrong_limit_is_seen():
    # With equal sizes it would pass: the judge's sizes are distinct.
    for wrong in (Sum(Z[n, c], (c, 1, N)), Sum(Z[n, c], (c, 2, C)), Sum(Z[n, c], (c, 1, C - 1))):
        with pytest.raises(Disagreement):
            judge(sum_over(Z[n, c], c), wrong, EMPTY)


def test_a_rule_that_changes_nothing_fails_loudly():
    with pytest.raises(rules.RuleError, match=r"'collapse' changes nothing in X\[n, d\]"):
        rules.collapse()(X[n, d], EMPTY)


def test_an_unknown_index_letter_is_refused():
    with pytest.raises(ValueError, match="Indices begin with one of: nil"):
        index("q")
