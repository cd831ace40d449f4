"""The judge says yes to what is true and no to what is not, and where."""

import itertools
from fractions import Fraction
from math import prod

import pytest
from mpmath import inf, mpf, nan
from sympy import Integer, KroneckerDelta, Max, Rational, Sum, Symbol, exp, log, sin, sqrt, tanh

from derivations.index_calculus.expressions import Condition, Context, Definition, Partial, Recurrence
from derivations.index_calculus.judging.crosscheck import crosscheck
from derivations.index_calculus.judging.judge import POINTS, Disagreement, Judge, close, judge, judge_of
from derivations.index_calculus.judging.samples import choices_of, random_values
from derivations.index_calculus.symbols import (
    A,
    C,
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
    l,
    m,
    n,
    s,
    size_of,
    sum_over,
    t,
    w,
    y,
)
from derivations.softmax import SOFTMAX

SQUARES = Context({"L": Definition(L, sum_over((Z[n, c] - Y[n, c]) ** 2, n, c))})
SOFT = Context({"P": SOFTMAX})
#: A is 0 at every step, which no formula says by itself.
ZERO, TWO = (Context({"A": Recurrence(A[t], A[t - 1], initial=Integer(always))}) for always in (0, 2))
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
        # By less than what 50 digits may leave open, and by less than what they show.
        (log(exp(Z[n, c])), Z[n, c] + Rational(1, 10**38), SOFT),
        (Z[n, c], Z[n, c] + Rational(1, 10**60), Context()),
        # At one place only: of the indices, of the sizes, of the labels.
        (KroneckerDelta(n, 1), Integer(1), Context()),
        (KroneckerDelta(n, 1), Integer(0), Context()),
        (Integer(0), KroneckerDelta(n, N), Context()),
        ((N - 3) * Z[n, c], Integer(0), Context()),
        ((N - 2) * Z[n, c], Integer(0), Context()),
        (Integer(0), (T - 2) * Z[n, c], Context()),
        (Integer(0), (T - 4) * Z[n, c], Context()),
        (KroneckerDelta(y[n], iota), Integer(0), Context()),
        (KroneckerDelta(y[n], C), Integer(0), Context()),
        (KroneckerDelta(y[n], 1), Integer(0), Context()),
        # For numbers of one sign, for ±1, for whole numbers, for arrays whose entries or names make no difference.
        (sqrt(Z[n, c] ** 2), Z[n, c], Context()),
        (sqrt(Z[n, c] ** 2), -Z[n, c], Context()),
        (Max(Z[n, c], 0), Z[n, c], Context()),
        (Z[n, c] ** 3, Z[n, c], Context()),
        (Z[n, c], Z[n, 1], Context()),
        (Z[n, c], Z[1, c], Context()),
        (Z[n, c], Y[n, c], Context()),
        # For functions that are free where they are exact.
        (exp(Z[n, c]), exp(Y[n, c]), Context()),
        (log(exp(Z[n, c])), exp(exp(Z[n, c])), Context()),
        (exp(Z[n, c]), Integer(1), Context()),
        (sqrt(G[t] ** 2 + 1), log(G[t] ** 2 + 1), Context()),
        # For one label alone.
        (KroneckerDelta(y[n], iota), KroneckerDelta(y[n], 1), Context()),
        (KroneckerDelta(iota, 1), Integer(1), Context()),
    ],
)
def test_false_equations(left, right, context):
    with pytest.raises(Disagreement):
        judge(left, right, context)


INDICES = (n, d, c, t)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_a_wrong_limit_is_found_whichever_size_stands_for_whichever(count):
    """In a whole sum, and where a δ picks one term: N for C is right as long as no class is greater than N."""
    for indices in itertools.combinations(INDICES, count):
        others = {n: i, d: m, c: j, t: s}
        delta = prod(KroneckerDelta(index, others[index]) for index in indices)
        for place, index in enumerate(indices):
            for wrong in {size_of(each) for each in indices} - {size_of(index)}:
                limits = [(each, 1, size_of(each)) for each in indices]
                changed = [*limits[:place], (index, 1, wrong), *limits[place + 1 :]]
                for body in (X[indices], X[indices] * delta):
                    assert judge(Sum(body, *limits), Sum(body, *limits), Context())
                    with pytest.raises(Disagreement):
                        judge(Sum(body, *limits), Sum(body, *changed), Context())


@pytest.mark.parametrize("function", [exp, log, sqrt, tanh])
def test_what_is_0_for_many_values_of_a_function_is_not_0(function):
    """Were the free values of exp taken from 2 to 97, this would be 0 for each of them."""
    value = function(Z[n, c] ** 2)
    with pytest.raises(Disagreement):
        judge(value * prod(value - number for number in range(2, 98)), Integer(0), Context())


y_positive, sums_to_1 = Condition(Y[n, c], ">", Integer(0)), Condition(sum_over(Y[n, c], c), "=", Integer(1))
no_ties = Condition(Z[n, c], "≠", Z[n, j])
DIVERGENCE = Definition(L, sum_over(Y[n, c] * (log(Y[n, c]) - Z[n, c]), n, c))
ON_ENTRIES = [
    (Partial(L, Z[i, j]), -Y[i, j], (y_positive,)),
    (Partial(L, Y[i, j]), log(Y[i, j]) + 1 - Z[i, j], (y_positive,)),
    (sqrt(Y[n, c] ** 2), Y[n, c], (y_positive,)),
    (sum_over(Y[n, c] * (Z[n, c] - Z[n, j]), c), sum_over(Y[n, c] * Z[n, c], c) - Z[n, j], (sums_to_1,)),
    (
        sum_over(Y[n, c] * log(Y[n, c] * exp(Z[n, j])), c),
        sum_over(Y[n, c] * log(Y[n, c]), c) + Z[n, j],
        (y_positive, sums_to_1),
    ),
    (W[c, d] / W[c, d] + Y[n, c], 1 + Y[n, c], (Condition(W[c, d], "≠", Integer(0)),)),
    (
        KroneckerDelta(c, j) * (Z[n, c] - Z[n, j]) / (Z[n, c] - Z[n, j] + KroneckerDelta(c, j)),
        Integer(0),
        (no_ties,),
    ),
]


@pytest.mark.parametrize(("left", "right", "conditions"), ON_ENTRIES)
def test_a_condition_on_the_entries_of_an_array_holds_where_a_line_is_judged(left, right, conditions):
    assert judge(left, right, Context({"L": DIVERGENCE}, conditions))
    assert crosscheck("on its domain", left, right, Context({"L": DIVERGENCE}, conditions))


@pytest.mark.parametrize(("left", "right", "conditions"), ON_ENTRIES[1:5])
def test_without_the_condition_the_line_is_not_equal(left, right, conditions):
    for place in range(len(conditions)):
        with pytest.raises(Disagreement):
            judge(left, right, Context({"L": DIVERGENCE}, conditions[:place] + conditions[place + 1 :]))


def test_what_was_equal_is_judged_again_under_other_definitions_conditions_or_sizes():
    entry, positive = (P[n, c], Z[n, c]), (sqrt(Z[n, c] ** 2), Z[n, c])
    assert judge(*entry, Context({"P": Definition(P[n, c], Z[n, c])}))
    assert judge(*positive, Context({}, (Condition(Z[n, c], ">", Integer(0)),)))
    assert judge_of(Context())(N, Integer(3), choices=((3,),))
    for sides, context in (
        (entry, Context({"P": Definition(P[n, c], Z[n, c] + 1)})),
        (positive, Context()),
        ((N, Integer(3)), Context()),
    ):
        with pytest.raises(Disagreement):
            judge(*sides, context)


def test_where_a_condition_on_several_entries_does_not_hold_they_are_drawn_anew():
    """By chance alone thirty-six products are never all positive."""
    product = Z[n, c] * Y[n, c]
    context = Context({}, (Condition(product + 1, "≥", Integer(0)),))
    assert Judge(context)(sqrt((product + 1) ** 2), product + 1, choices=((6, 6),))


def test_a_condition_on_what_has_a_definition_is_met_by_looking_for_values():
    """Z is positive by chance: at two rows and two classes in one draw of many, never at all of a hundred."""
    defined = Context({"P": Definition(P[n, c], Z[n, c] + Y[n, c])}, (Condition(P[n, c], ">", Integer(0)),))
    assert judge(sqrt(P[n, c] ** 2), P[n, c], defined)
    with pytest.raises(ValueError, match="no values were found that satisfy the domain"):
        Judge(defined)(P[n, c], P[n, c], choices=((10, 10),))


def test_a_disagreement_says_where_and_by_how_much():
    with pytest.raises(Disagreement) as caught:
        judge(Partial(L, Z[i, j]), Z[i, j] - Y[i, j], SQUARES, "half the gradient")
    text = str(caught.value)
    assert text.startswith("half the gradient\n")
    for part in ("index", "i=1, j=1", "expected", "got", "bound", "seed", "N=3, C=2"):
        assert part in text
    expected, got = (Fraction(caught.value.details[side].split()[0]) for side in ("expected", "got"))
    assert expected == 2 * got


def test_a_disagreement_at_50_digits_shows_the_digits_that_differ():
    with pytest.raises(Disagreement) as caught:
        judge(log(exp(Z[n, c])), Z[n, c] + Rational(1, 10**15), Context())
    assert caught.value.details["expected"] != caught.value.details["got"]


def test_a_judgement_at_50_digits_names_each_choice_of_sizes_once():
    sizes = judge(log(exp(Z[n, c])), Z[n, c], Context()).sizes
    assert [tuple(dict(each).values()) for each in sizes] == list(choices_of(2))


def test_what_no_rule_writes_is_refused():
    for unknown in (sin(Z[n, c]), beta ** Z[n, c], Z[n, c] ** beta, 2 ** (beta * t)):
        with pytest.raises(TypeError):
            judge(unknown, unknown, Context())


def test_equal_contexts_share_what_was_evaluated_and_others_do_not():
    same = Context({"L": Definition(L, sum_over((Z[n, c] - Y[n, c]) ** 2, n, c))})
    other = Context({"L": Definition(L, sum_over((Z[n, c] - Y[n, c]) ** 3, n, c))})
    assert judge_of(SQUARES) is judge_of(same)
    assert judge_of(SQUARES) is not judge_of(other)
    cubes = 3 * (Z[i, j] - Y[i, j]) ** 2
    assert judge(Partial(L, Z[i, j]), cubes, other)
    with pytest.raises(Disagreement):
        judge(Partial(L, Z[i, j]), cubes, same)


BY_ZERO, LOGARITHM = "a division by 0", "the logarithm of a number that is not positive"
UNDEFINED = [
    (1 / A[t], BY_ZERO),
    (log(A[t]), LOGARITHM),
    (log(A[t] - 1), LOGARITHM),
    (sqrt(A[t] - 1), "the root of a negative number"),
    (1 / sqrt(A[t]), BY_ZERO),
]


@pytest.mark.parametrize(("expr", "why"), UNDEFINED, ids=str)
def test_where_a_line_is_not_defined_it_is_not_equal(expr, why):
    """1/S is nothing when S = 0: not even itself, and nothing finite on the other side."""
    for left, right in ((expr, expr), (expr, Integer(5)), (Integer(5), expr)):
        with pytest.raises(Disagreement) as caught:
            judge(left, right, ZERO)
        assert caught.value.details["expected"] == f"undefined: {why}"
    assert judge(expr, expr, TWO)  # where it is defined
    with pytest.raises(Disagreement) as caught:
        judge(expr, Integer(5), TWO)
    assert "undefined" not in str(caught.value)


def test_what_is_not_defined_is_excluded_by_the_domain():
    """Then such values are not tried; where there are no others, that is said."""
    with pytest.raises(ValueError, match="no values were found that satisfy the domain"):
        judge(1 / A[1], 1 / A[1], ZERO.under(Condition(A[1], "≠", Integer(0))))
    assert judge(S / S, Integer(1), Context())


@pytest.mark.parametrize(
    ("expected", "got"), [(nan, 1), (1, nan), (nan, nan), (inf, 1), (1, inf), (inf, inf), (-inf, inf)], ids=str
)
def test_what_is_not_a_finite_number_is_close_to_nothing(expected, got):
    assert not close(mpf(expected), mpf(got), mpf(10) ** -40)


def test_close_numbers_differ_by_no_more_than_the_tolerance_of_their_size():
    large, tolerance = mpf(10) ** 6, mpf(10) ** -10
    assert close(large, large + large * tolerance / 2, tolerance)
    assert not close(large, large + 2 * large * tolerance, tolerance)


def test_all_points_are_judged_or_as_many_as_is_said():
    few, many = (judge(each, each, Context()) for each in (Z[n, c] * Z[i, j], Z[n, c] * Z[i, j] * Z[l, k]))
    assert (few.points, many.points) == (36 + 36, 2 * POINTS)


def test_the_sizes_may_be_chosen():
    chosen = Judge(Context())(Z[n, c], Z[n, c], choices=((5, 4),))
    assert (chosen.sizes, chosen.points) == (((("N", 5), ("C", 4)),), 20)


def test_a_condition_on_an_index_restricts_where_a_line_is_judged():
    late = RUNNING.under(Condition(t, "≥", Integer(2)))
    claim = W[t] - Max(W[t - 1], G[t])
    assert judge(claim, Integer(0), late)
    assert judge(G[t], G[t], late).points == 2 + 3
    assert judge(G[t], G[t], RUNNING).points == 3 + 4
    first_only = KroneckerDelta(t, 1)
    assert judge(first_only, Integer(0), late)
    with pytest.raises(Disagreement):
        judge(first_only, Integer(0), RUNNING)


def test_where_no_index_is_left_nothing_was_judged():
    with pytest.raises(ValueError, match="no index satisfies the domain"):
        judge(G[t], G[t], Context().under(Condition(t, "≥", Integer(9))))


@pytest.mark.parametrize(("relation", "root"), [(">", beta), ("<", -beta)])
def test_a_condition_on_a_value_holds_where_a_line_is_judged(relation, root):
    """√β² is β where β > 0, and −β where β < 0; on one side only, too, and whatever was judged before."""
    own = Judge(Context({}, (Condition(beta, relation, Integer(0)),)))
    assert own(log(exp(L)), L)
    assert own(sqrt(beta**2), root)
    assert own(sqrt(beta**2) / root, Integer(1))
    assert own(Integer(1), sqrt(beta**2) / root)
    with pytest.raises(Disagreement):
        own(sqrt(beta**2), -root)
    assert judge(sqrt(beta**2), root, own.context)


def test_a_condition_on_something_else_too_does_not_matter():
    """Nor on an index that does not occur: neither has a value where it is not asked for."""
    others = (Condition(X[n, d] * Z[n, c], "≠", Integer(0)), Condition(t - s, "≥", Integer(0)), Condition(t, "≤", s))
    for line in (Z[n, c], G[t]):
        assert judge(line, line, Context({}, others)).points == judge(line, line, Context()).points


def test_values_that_are_kept_are_those_of_the_same_draw():
    """The first draw has one w that the domain excludes: what speaks of w is evaluated at other values of Z too."""
    first = Integer(random_values({C: 3}, 0)("w", (1,)))
    own = Judge(Context({}, (Condition(w[c] ** 2, "≠", first**2),)))
    assert own(Z[1, c], Z[1, c])
    assert own(Z[1, c], (Z[1, c] * w[c] + w[c] ** 2) / w[c] - w[c])


def test_values_are_looked_for_until_some_satisfy_the_domain():
    """Here in one draw of sixty, that is."""
    own = Judge(Context({}, (Condition(w[1], "=", Integer(29)),)))
    assert own(w[1], Integer(29))
    assert own.draws.one({C: 3}, own.context.domain).seed > 9


def test_a_condition_on_a_number_is_kept_when_values_are_drawn():
    between = Context({}, (Condition(beta, ">", Integer(0)), Condition(beta, "<", Integer(1))))
    evaluate = Judge(between).draws.one({T: 3}, between.domain)
    assert 0 < evaluate(beta) < 1
