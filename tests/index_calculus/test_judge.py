"""The judge says yes to what is true and no to what is not, and where."""

from fractions import Fraction

import pytest
from sympy import Integer, KroneckerDelta, exp, log

from derivations.index_calculus.expressions import Context, Definition, Partial
from derivations.index_calculus.judge import Disagreement, Evaluator, judge
from derivations.index_calculus.second_opinion import second_opinions
from derivations.index_calculus.symbols import C, D, L, N, P, W, X, Y, Z, c, d, i, j, k, m, n, sum_over, y
from derivations.softmax import SOFTMAX

SQUARES = Context({"L": Definition(L, sum_over((Z[n, c] - Y[n, c]) ** 2, n, c))})
SOFT = Context({"P": SOFTMAX})


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
    for part in ("index", "i=1, j=1", "expected", "got", "bound", "seed", "N=4, D=3, C=2"):
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
    with pytest.raises(Disagreement, match="SymPy diff"):
        second_opinions("squares", left, Z[i, j] - Y[i, j], SQUARES)
