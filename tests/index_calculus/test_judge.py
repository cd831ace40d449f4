"""The judge says yes to what is true and no to what is not, and where."""

from fractions import Fraction

import pytest
from sympy import Integer, KroneckerDelta, Max, Sum, Symbol, exp, log, sqrt

from derivations.index_calculus.evaluator import Evaluator
from derivations.index_calculus.expressions import Condition, Context, Definition, Partial, Recurrence
from derivations.index_calculus.judge import Disagreement, Judge, judge, judge_of
from derivations.index_calculus.samples import CHOICES, label, spread
from derivations.index_calculus.second_opinion import second_opinions
from derivations.index_calculus.symbols import (
    A,
    C,
    D,
    G,
    L,
    N,
    P,
    S,
    T,
    W,
    X,
    Y,
    Z,
    c,
    d,
    i,
    iota,
    j,
    k,
    m,
    n,
    s,
    sum_over,
    t,
    y,
)
from derivations.softmax import SOFTMAX

SQUARES = Context({"L": Definition(L, sum_over((Z[n, c] - Y[n, c]) ** 2, n, c))})
SOFT = Context({"P": SOFTMAX})
beta = Symbol("beta")
#: A moving average that starts at 0, and what has been the largest so far.
RUNNING = Context(
    {
        "A": Recurrence(A[t], beta * A[t - 1] + (1 - beta) * G[t], initial=Integer(0)),
        "W": Recurrence(W[t], Max(W[t - 1], G[t]), first=2, initial=G[1]),
    }
)


@pytest.mark.parametrize(
    ("left", "right", "context", "mode"),
    [
        (Partial(L, Z[i, j]), 2 * (Z[i, j] - Y[i, j]), SQUARES, "exact"),
        (Partial(Partial(L, Z[i, j]), Z[n, c]), 2 * KroneckerDelta(i, n) * KroneckerDelta(j, c), SQUARES, "exact"),
        (sum_over(P[n, c], c), Integer(1), SOFT, "exact"),
        (Partial(P[n, c], Z[n, j]), P[n, c] * (KroneckerDelta(c, j) - P[n, j]), SOFT, "exact"),
        (exp(Z[n, c]) * exp(-Z[n, c]), Integer(1), SOFT, "exact"),
        (log(P[n, c]), Z[n, c] - log(sum_over(exp(Z[n, k]), k)), SOFT, "digits"),
        (sum_over(Z[n, y[n]], n), sum_over(KroneckerDelta(c, y[n]) * Z[n, c], n, c), SOFT, "exact"),
        (exp(Z[n, c]) * exp(Y[n, c]), exp(Z[n, c] + Y[n, c]), SOFT, "digits"),
        (A[2], (1 - beta) * (beta * G[1] + G[2]), RUNNING, "exact"),
        (A[t], (1 - beta) * Sum(beta ** (t - s) * G[s], (s, 1, t)), RUNNING, "exact"),
        (W[3], Max(G[1], G[2], G[3]), RUNNING, "exact"),
        (sqrt(G[t] ** 2 + 1) ** 2, G[t] ** 2 + 1, RUNNING, "exact"),
        (
            Partial(Partial(log(P[n, c]), Z[n, j]), Z[n, k]),
            -P[n, j] * (KroneckerDelta(j, k) - P[n, k]),
            SOFT,
            "exact",
        ),
    ],
)
def test_true_equations(left, right, context, mode):
    assert judge(left, right, context).mode == mode


@pytest.mark.parametrize(
    ("left", "right", "context"),
    [
        (Partial(L, Z[i, j]), 2 * (Z[i, j] + Y[i, j]), SQUARES),
        (Partial(L, Z[i, j]), Z[i, j] - Y[i, j], SQUARES),
        (Partial(P[n, c], Z[n, j]), P[n, c] * (KroneckerDelta(c, j) - P[n, c]), SOFT),
        (log(P[n, c]), Z[n, c] - log(sum_over(exp(Z[n, k]), k)) + Integer(10) ** -20, SOFT),
        (sum_over(X[n, d] * W[c, d], d), sum_over(X[n, d] * W[c, m], d), Context()),
        (A[t], (1 - beta) * Sum(beta ** (t - s) * G[s], (s, 1, t - 1)), RUNNING),
        (A[t], (1 - beta) * Sum(beta ** (t - s) * G[s], (s, 2, t)), RUNNING),
        (sqrt(G[t] ** 2 + 1), G[t] + 1, RUNNING),
        (Partial(Partial(L, Z[i, j]), Z[n, c]), KroneckerDelta(i, n) * KroneckerDelta(j, c), SQUARES),
    ],
)
def test_false_equations(left, right, context):
    with pytest.raises(Disagreement):
        judge(left, right, context)


def test_a_disagreement_says_where_and_by_how_much():
    with pytest.raises(Disagreement) as caught:
        judge(Partial(L, Z[i, j]), Z[i, j] - Y[i, j], SQUARES, "half the gradient")
    text = str(caught.value)
    assert text.startswith("half the gradient\n")
    for part in ("index", "i=1, j=1", "expected", "got", "bound", "seed", "N=3, C=2"):
        assert part in text
    expected, got = (Fraction(caught.value.details[side].split()[0]) for side in ("expected", "got"))
    assert expected == 2 * got


def test_values_are_taken_as_given():
    evaluate = Evaluator({N: 1, D: 1, C: 2}, SQUARES, lambda name, at: Fraction(at[1]) if name == "Z" else 0)
    assert evaluate(L) == 1 + 4
    assert evaluate(Partial(L, Z[i, j]), {i: 1, j: 2}) == 4


def test_a_second_opinion_rejects_a_wrong_end():
    left = Partial(L, Z[i, j])
    assert second_opinions("squares", left, 2 * (Z[i, j] - Y[i, j]), SQUARES) == ("diff", "difference")
    with pytest.raises(Disagreement, match="second opinion, diff"):
        second_opinions("squares", left, Z[i, j] - Y[i, j], SQUARES)


@pytest.mark.parametrize(
    "mistake",
    [KroneckerDelta(i, j) / 10**6, KroneckerDelta(i, 1) - KroneckerDelta(i, 2)],
    ids=["small", "adds up to 0"],
)
def test_a_second_opinion_asks_for_all_entries_at_once_and_names_one_that_is_wrong(mistake):
    with pytest.raises(Disagreement, match=r"(?s)second opinion, diff.*index +i=1, j=1\n"):
        second_opinions("squares", Partial(L, Z[i, j]), 2 * (Z[i, j] - Y[i, j]) + mistake, SQUARES)


def test_equal_contexts_share_what_was_evaluated_and_others_do_not():
    same = Context({"L": Definition(L, sum_over((Z[n, c] - Y[n, c]) ** 2, n, c))})
    other = Context({"L": Definition(L, sum_over((Z[n, c] - Y[n, c]) ** 3, n, c))})
    assert judge_of(SQUARES) is judge_of(same)
    assert judge_of(SQUARES) is not judge_of(other)
    cubes = 3 * (Z[i, j] - Y[i, j]) ** 2
    assert judge(Partial(L, Z[i, j]), cubes, other)
    with pytest.raises(Disagreement):
        judge(Partial(L, Z[i, j]), cubes, same)


def test_a_second_opinion_on_what_is_no_derivative_writes_it_out():
    assert second_opinions("average", A[t], (1 - beta) * Sum(beta ** (t - s) * G[s], (s, 1, t)), RUNNING) == (
        "written out",
    )
    with pytest.raises(Disagreement, match="second opinion, written out"):
        second_opinions("average", A[t], (1 - beta) * Sum(beta ** (t - s) * G[s], (s, 1, t - 1)), RUNNING)


def test_a_second_opinion_on_a_second_derivative():
    left = Partial(Partial(L, Z[i, j]), Z[n, c])
    right = 2 * KroneckerDelta(i, n) * KroneckerDelta(j, c)
    assert second_opinions("squares", left, right, SQUARES) == ("diff", "difference")
    with pytest.raises(Disagreement, match="second opinion, diff"):
        second_opinions("squares", left, right / 2, SQUARES)


def test_where_a_line_is_not_defined_it_is_not_equal():
    """1/S is nothing when S = 0: the domain must say so, and then such values are not tried."""
    vanishing = Context({"S": Definition(S, sum_over(KroneckerDelta(y[n], iota) - KroneckerDelta(y[n], iota), n))})
    with pytest.raises(Disagreement, match="undefined"):
        judge(1 / S, 1 / S, vanishing)
    with pytest.raises(ValueError, match="no values were found that satisfy the domain"):
        judge(1 / S, 1 / S, vanishing.under(Condition(S, "≠", Integer(0))))
    assert judge(S / S, Integer(1), Context())


def test_a_condition_on_an_index_restricts_where_a_line_is_judged():
    late = RUNNING.under(Condition(t, "≥", Integer(2)))
    claim = W[t] - Max(W[t - 1], G[t])
    assert judge(claim, Integer(0), late).points < judge(G[t] - G[t], Integer(0), RUNNING).points + 7
    first_only = KroneckerDelta(t, 1)
    assert judge(first_only, Integer(0), late)
    with pytest.raises(Disagreement):
        judge(first_only, Integer(0), RUNNING)


def test_a_condition_on_a_number_is_kept_when_values_are_drawn():
    between = Context({}, (Condition(beta, ">", Integer(0)), Condition(beta, "<", Integer(1))))
    evaluate = Judge(between).evaluator({T: 3}, between.domain)
    assert 0 < evaluate(beta) < 1


@pytest.mark.parametrize("choices", CHOICES.values())
def test_every_size_is_once_larger_and_once_smaller_than_every_other(choices):
    for one in range(len(choices[0])):
        for other in range(len(choices[0])):
            assert one == other or any(sizes[one] < sizes[other] for sizes in choices)


def test_labels_name_the_first_and_the_last_class_in_rows_that_are_not_ignored():
    seen = set()
    for rows, classes in CHOICES[2]:
        sizes = {N: rows, C: classes}
        ignored = label("iota", (), sizes)
        labels = [label("y", (row,), sizes) for row in range(1, rows + 1)]
        assert ignored in labels
        seen |= {{1: "first", classes: "last"}.get(each) for each in labels if each != ignored}
    assert {"first", "last"} <= seen


def test_points_are_spread_over_equal_and_unequal_indices():
    points = [
        {n: a, i: b, c: e, j: f} for a in range(1, 5) for b in range(1, 5) for e in range(1, 4) for f in range(1, 4)
    ]
    chosen = spread(points, 30)
    assert len(chosen) == 30
    kinds = {(at[n] == at[i], at[c] == at[j]) for at in chosen}
    assert len(kinds) == 4
