"""A second opinion finds a mistake at any entry, by each method alone, and without the judge's derivatives."""

from contextlib import nullcontext
from math import prod

import pytest
from mpmath import inf
from sympy import Heaviside, Integer, KroneckerDelta, Max, Min, Rational, Sum, Symbol, log, sqrt

from derivations.index_calculus.expressions import Condition, Context, Definition, Partial, Recurrence
from derivations.index_calculus.functions import step
from derivations.index_calculus.judging.crosscheck import TOLERANCES, TOY_SIZES, crosscheck
from derivations.index_calculus.judging.dual import Dual
from derivations.index_calculus.judging.judge import Disagreement, Judge
from derivations.index_calculus.judging.samples import every
from derivations.index_calculus.symbols import A, G, L, P, X, Y, Z, c, d, i, j, m, n, s, sum_over, t
from derivations.softmax import SOFTMAX

SQUARES = Context({"L": Definition(L, sum_over((Z[n, c] - Y[n, c]) ** 2, n, c))})
SOFT = Context({"P": SOFTMAX})
beta = Symbol("beta")
RUNNING = Context({"A": Recurrence(A[t], beta * A[t - 1] + (1 - beta) * G[t], initial=Integer(0))})
GRADIENT = Partial(L, Z[i, j]), 2 * (Z[i, j] - Y[i, j])
SECOND = Partial(Partial(L, Z[i, j]), Z[n, c]), 2 * KroneckerDelta(i, n) * KroneckerDelta(j, c)
TWICE = Partial(Partial(L, Z[i, j]), Z[i, j]), Integer(2)
JACOBIAN = Partial(P[n, c], Z[i, j]), P[n, c] * (KroneckerDelta(c, j) - P[n, j]) * KroneckerDelta(i, n)
AVERAGE = A[t], (1 - beta) * Sum(beta ** (t - s) * G[s], (s, 1, t))


def test_a_second_opinion_rejects_a_wrong_end():
    left, right = GRADIENT
    assert crosscheck("squares", left, right, SQUARES) == ("diff", "difference")
    with pytest.raises(Disagreement, match="second opinion, diff"):
        crosscheck("squares", left, right / 2, SQUARES)


@pytest.mark.parametrize(
    "mistake",
    [KroneckerDelta(i, j) / 10**6, KroneckerDelta(i, 1) - KroneckerDelta(i, 2)],
    ids=["small", "adds up to 0"],
)
def test_a_second_opinion_asks_for_all_entries_at_once_and_names_one_that_is_wrong(mistake):
    left, right = GRADIENT
    with pytest.raises(Disagreement, match=r"(?s)second opinion, diff.*index +i=1, j=1\n"):
        crosscheck("squares", left, right + mistake, SQUARES)


def test_a_second_opinion_on_what_is_no_derivative_writes_it_out():
    assert crosscheck("average", *AVERAGE, RUNNING) == ("written out",)
    with pytest.raises(Disagreement, match="second opinion, written out"):
        crosscheck("average", A[t], (1 - beta) * Sum(beta ** (t - s) * G[s], (s, 1, t - 1)), RUNNING)


def test_a_second_opinion_on_a_second_derivative():
    left, right = SECOND
    assert crosscheck("squares", left, right, SQUARES) == ("diff", "difference")
    assert crosscheck("squares, twice by one entry", *TWICE, SQUARES) == ("diff", "difference")
    with pytest.raises(Disagreement, match="second opinion, diff"):
        crosscheck("squares", left, right / 2, SQUARES)


METHODS = [
    ("diff", 38, GRADIENT, SQUARES),
    ("diff", 38, SECOND, SQUARES),
    ("difference", 18, GRADIENT, SQUARES),
    ("difference", 18, SECOND, SQUARES),
    ("written out", 38, AVERAGE, RUNNING),
]


@pytest.mark.parametrize(("method", "digits", "ends", "context"), METHODS)
def test_each_method_alone_finds_a_small_mistake(method, digits, ends, context, monkeypatch):
    for other in TOLERANCES.keys() - {method}:
        monkeypatch.setitem(TOLERANCES, other, inf)
    left, right = ends
    assert method in crosscheck("right", left, right, context)
    with pytest.raises(Disagreement, match=f"second opinion, {method}"):
        crosscheck("wrong", left, right + Rational(1, 10**digits), context)


PLACES = [
    (GRADIENT, SQUARES, {i: 2, j: 3}),
    (SECOND, SQUARES, {i: 2, j: 1, n: 1, c: 2}),
    (TWICE, SQUARES, {i: 1, j: 2}),
    (SECOND, SQUARES, {i: 2, j: 2, n: 2, c: 2}),
    (JACOBIAN, SOFT, {n: 1, c: 1, i: 1, j: 1}),
    (JACOBIAN, SOFT, {n: 2, c: 3, i: 2, j: 3}),
    (JACOBIAN, SOFT, {n: 2, c: 1, i: 1, j: 3}),
    *((AVERAGE, RUNNING, {t: step}) for step in (1, 2, 3, 4)),
]


@pytest.mark.parametrize(("ends", "context", "at"), PLACES)
def test_a_mistake_at_one_place_is_found_wherever_it_is(ends, context, at):
    left, right = ends
    only_there = Integer(1)
    for index, number in at.items():
        only_there *= KroneckerDelta(index, number)
    place = ", ".join(f"{index}={number}" for index, number in sorted(at.items(), key=str))
    with pytest.raises(Disagreement, match=rf"index +{place}\n"):
        crosscheck("wrong at one place", left, right + only_there / 10, context)


def test_a_mistake_at_any_one_of_many_entries_is_found():
    """Of a Jacobian each entry is asked for, however many there are."""
    left, right = JACOBIAN
    for at in every([n, c, i, j], TOY_SIZES):
        there = prod(KroneckerDelta(index, number) for index, number in at.items())
        with pytest.raises(Disagreement):
            crosscheck("wrong at one entry", left, right + there / 10, SOFT)


TRUE = [
    # Where an index stands twice, its entries move one by one: of a row alone, of the diagonal alone.
    (Partial(P[n, c], Z[n, j]), P[n, c] * (KroneckerDelta(c, j) - P[n, j]), SOFT),
    (Partial(Partial(L, Z[i, j]), Z[i, j]), Integer(2), Context({"L": Definition(L, sum_over(Z[n, c], n, c) ** 2)})),
    # What has a definition can be differentiated by, too.
    (Partial(L, P[i, j]), 2 * P[i, j], SOFT.extended(L=Definition(L, sum_over(P[n, c] ** 2, n, c)))),
    # What the judge evaluates by itself: limits of an inner sum that depend on an outer index.
    (Sum(G[s], (s, 1, t), (t, 1, 3)), 3 * G[1] + 2 * G[2] + G[3], Context()),
    (Max(G[1], G[2], G[3]), Max(G[1], G[2], G[3]), Context()),
    (1 / sqrt(G[t] ** 2 + 1), 1 / sqrt(G[t] ** 2 + 1), Context()),
    (Min(G[1], G[2]) + step(G[1]), Min(G[1], G[2]) + step(G[1]), Context()),
]


@pytest.mark.parametrize(("left", "right", "context"), TRUE)
def test_what_is_true_has_a_second_opinion(left, right, context):
    assert crosscheck("true", left, right, context)


def test_a_second_opinion_sees_every_side_of_a_corner():
    """A slope is right for most numbers: all but those near one end."""
    context = Context({"L": Definition(L, sum_over(Max(Z[n, c] - Rational(19, 10), 0), n, c))})
    left, slope = Partial(L, Z[i, j]), step(Z[i, j] - Rational(19, 10))
    assert crosscheck("right", left, slope, context) == ("diff", "difference")
    for wrong in (step(Z[i, j] - Rational(29, 10)), Integer(0), step(Z[i, j] - Rational(18, 10))):
        with pytest.raises(Disagreement, match="second opinion, diff"):
            crosscheck("wrong at one end", left, wrong, context)


def test_a_second_opinion_is_not_asked_for_at_a_corner_itself():
    """There the two slopes of |u| have no difference to go by: a step may be anything."""
    half = Heaviside(Z[i, j] - Y[i, j], Rational(1, 3))
    assert crosscheck("two conventions", half, step(Z[i, j] - Y[i, j]), Context())


def test_where_there_is_no_entry_there_is_no_second_opinion():
    never = Context().under(Condition(t, "≥", Integer(9)))
    assert crosscheck("never", G[t], 2 * G[t], never) == ()


def test_the_right_end_is_asked_at_its_own_indices_too():
    with pytest.raises(Disagreement):
        crosscheck("one entry for all", sum_over(Z[n, c], n, c), Z[i, j], Context())


def test_a_condition_on_something_else_too_does_not_matter():
    others = Context({}, (Condition(X[n, d] * Z[n, c], "≠", Integer(0)),))
    assert crosscheck("alone", Z[n, c], Z[n, c], others)


def test_what_only_all_entries_together_show_is_a_disagreement_too():
    """Each entry is off by less than the tolerance, which is twice 10^-40 of what is 1; the sum of all by more."""
    context = Context({"L": Definition(L, sum_over(X[n, d], n, d))})
    for little, found in ((Rational(198, 10**42), True), (Rational(1, 10**42), False)):
        with pytest.raises(Disagreement, match="second opinion, diff") if found else nullcontext():
            crosscheck("all together", Partial(L, X[i, m]), 1 + little, context)


def test_a_second_opinion_knows_nothing_of_the_judges_derivatives(monkeypatch):
    """Were the judge's dual numbers wrong, a wrong line would be equal to the one before; the ends would not."""
    context = Context({"L": Definition(L, sum_over((Z[n, c] + Y[n, c]) ** 2, n, c))})
    slope = Dual.with_slope
    monkeypatch.setattr(Dual, "with_slope", lambda self, value, own: slope(self, value, 2 * own))
    left, wrong = Partial(L, Z[i, j]), 4 * (Z[i, j] + Y[i, j])
    assert Judge(context)(left, wrong)
    with pytest.raises(Disagreement, match="second opinion, diff"):
        crosscheck("wrong", left, wrong, context)


def test_what_is_not_finite_is_not_equal_to_a_number():
    zero = Context({"A": Recurrence(A[t], A[t - 1], initial=Integer(0))})
    with pytest.raises(Disagreement, match=r"(?s)second opinion.*expected +-inf"):
        crosscheck("log 0", log(A[t]), Integer(5), zero)


def test_a_second_opinion_is_asked_for_on_the_domain():
    late = Context({"A": Recurrence(A[t], 2 * G[t], first=2, initial=G[1])})
    assert crosscheck("later steps", A[t], 2 * G[t], late.under(Condition(t, "≥", Integer(2))))
    with pytest.raises(Disagreement):
        crosscheck("all steps", A[t], 2 * G[t], late)
    for relation, root in ((">", beta), ("<", -beta)):
        domain = Context({}, (Condition(beta, relation, Integer(0)),))
        assert crosscheck("root", sqrt(beta**2), root, domain)
        with pytest.raises(Disagreement):
            crosscheck("the other root", sqrt(beta**2), -root, domain)
