"""Values of formulas, given those of the arrays; and of what SymPy and mpmath know by themselves."""

from fractions import Fraction

import mpmath
import pytest
from sympy import (
    Abs,
    E,
    Heaviside,
    Integer,
    KroneckerDelta,
    Max,
    Min,
    Rational,
    Sum,
    erf,
    exp,
    log,
    pi,
    sign,
    sqrt,
    tanh,
)

from derivations.index_calculus.expressions import Context, Definition, Partial, Recurrence
from derivations.index_calculus.functions import step
from derivations.index_calculus.judging import evaluator as evaluator_module
from derivations.index_calculus.judging.evaluator import Evaluator
from derivations.index_calculus.judging.judge import DIGITS, close
from derivations.index_calculus.symbols import A, C, D, L, N, P, T, X, Y, Z, c, d, i, j, n, s, sum_over, t

GIVEN = Context(
    {
        "L": Definition(L, sum_over(Z[n, c] ** 2 * Y[n, c], n, c)),
        "P": Definition(P[n, c], Z[n, c] * sum_over(Z[n, j], j)),
        "A": Recurrence(A[t], 2 * A[t - 1] + t, first=2, initial=Integer(5)),
    }
)


def evaluator(digits=None):
    """Z_nc is 10n + c, Y is 3, X_nd is d/2."""
    entries = {"Z": lambda at: 10 * at[0] + at[1], "Y": lambda at: 3, "X": lambda at: Fraction(at[1], 2)}
    return Evaluator({N: 2, D: 3, C: 2, T: 4}, GIVEN, lambda name, at: Fraction(entries[name](at)), digits)


VALUES = [
    (sum_over(Z[n, c], n, c), 11 + 12 + 21 + 22),
    (sum_over(X[i, d], d), 3),
    (Sum(s, (s, 2, t)), 2 + 3 + 4),
    (Sum(s, (s, 1, 0)), 0),
    (KroneckerDelta(n, i) + KroneckerDelta(n, j), 1),
    (Max(Z[n, c], Z[i, j], 3), 21),
    (A[1], 5),
    (A[3], 2 * (2 * 5 + 2) + 3),
    (Z[n, c] ** -2, Fraction(1, 21**2)),
    (Partial(L, Z[n, c]), 2 * 21 * 3),
    (Partial(Partial(L, Z[n, c]), Z[n, c]), 2 * 3),
    (Partial(Partial(L, Z[n, c]), Z[n, j]), 0),
    (Partial(Partial(L, Z[n, c]), Y[n, c]), 2 * 21),
    (Partial(Partial(Y[n, c] ** 2, Z[n, c]), Y[n, c]), 0),
    (Partial(P[n, c], Z[n, c]), (21 + 22) + 21),
    (Partial(P[n, c], Z[n, j]), 21),
    (Partial(P[n, c], Z[i, j]), 0),
    (Partial(P[n, c], P[n, c]), 1),
    (Partial(Partial(P[n, c], Z[n, j]), Z[n, c]), 1),
    (Partial(Partial((Y[n, c] + Z[n, c]) ** 2, Y[n, c]), Z[n, c]), 2),
    (Partial(Partial((Y[n, c] + Z[n, c]) ** 2, Z[n, c]), Y[n, c]), 2),
    (Partial(Y[n, c] * Partial(Y[n, c] ** 2, Z[n, c]), Y[n, c]), 0),
    (Sum(s, (s, 1, t), (t, 1, 3)), 1 + 3 + 6),  # the inner sum goes as far as the outer one has come
]
AT = {n: 2, i: 1, c: 1, j: 2, t: 4}


@pytest.mark.parametrize("digits", [None, DIGITS])
@pytest.mark.parametrize(("expr", "value"), VALUES)
def test_values_are_what_one_finds_by_hand(expr, value, digits):
    found = evaluator(digits)(expr, AT)
    with mpmath.workdps(DIGITS):
        rounded = mpmath.mpf(value.numerator) / value.denominator
        assert found == value if digits is None else close(found, rounded, mpmath.mpf(10) ** -40)


y = Y[n, c]
FUNCTIONS = [
    (exp(2 * y), lambda x: mpmath.exp(2 * x)),
    (E * y, lambda x: mpmath.e * x),
    (log(y), mpmath.log),
    (sqrt(y), mpmath.sqrt),
    (1 / sqrt(y), lambda x: 1 / mpmath.sqrt(x)),
    (y**-3 + y**4, lambda x: x**-3 + x**4),
    (y * exp(y) * log(y), lambda x: x * mpmath.exp(x) * mpmath.log(x)),
    (y ** Rational(5, 3) + y ** Rational(-2, 3), lambda x: x ** (mpmath.mpf(5) / 3) + x ** (-mpmath.mpf(2) / 3)),
    (tanh(y / 2), lambda x: mpmath.tanh(x / 2)),
    (erf(y / pi), lambda x: mpmath.erf(x / mpmath.pi)),
    (Abs(y - 4) * y, lambda x: abs(x - 4) * x),
    (Max(y**2, 8) * Min(y, 4), lambda x: max(x**2, 8) * min(x, 4)),
    (sign(y - 4) * Heaviside(y - 2, 0) * y**2, lambda x: -(x**2)),
    (Heaviside(2 - y, 0) + exp(sign(y)), lambda x: mpmath.e),
]


@pytest.mark.parametrize(("expr", "function"), FUNCTIONS)
def test_functions_and_their_first_two_derivatives_are_mpmaths(expr, function):
    evaluate = evaluator(DIGITS)
    with mpmath.workdps(3 * DIGITS):
        expected = [mpmath.diff(function, 3, order) for order in range(3)]
    found = [evaluate(each, AT) for each in (expr, Partial(expr, y), Partial(Partial(expr, y), y))]
    with mpmath.workdps(DIGITS):
        assert all(close(one, other, mpmath.mpf(10) ** -40) for one, other in zip(found, expected, strict=True))


def test_a_sum_and_a_derivative_depend_on_their_indices():
    """Whatever was asked before, and kept."""
    evaluate = evaluator()
    rows = [evaluate(sum_over(Z[n, j], j), {n: row}) for row in (1, 2)]
    assert rows == [11 + 12, 21 + 22]
    assert [evaluate(Sum(s, (s, 1, t)), {t: last}) for last in (1, 2, 3)] == [1, 3, 6]
    slopes = [evaluate(Partial(P[n, c], Z[i, j]), {n: row, c: 1, i: row, j: 2}) for row in (1, 2)]
    assert slopes == [11, 21]
    by_each = [evaluate(Partial(L, by), {n: 1, c: 2, d: 3}) for by in (Z[n, c], Y[n, c], X[n, d])]
    assert by_each == [2 * 12 * 3, 12**2, 0]


def test_free_functions_have_many_values(monkeypatch):
    """An equality between functions of different arguments must not hold by chance: none have the same value."""
    for most, least in ((evaluator_module.FREE, 2**40), (250, 2)):
        monkeypatch.setattr(evaluator_module, "FREE", most)
        evaluate = evaluator()
        functions = (exp, log, sqrt, tanh, erf, lambda x: x ** Rational(1, 3))
        values = [evaluate(function(Y[n, c] + number), AT) for function in functions for number in range(40)]
        assert len(set(values)) == len(values)
        assert sum(value > least for value in values) > len(values) * 0.9


def test_which_pieces_of_a_corner_were_met_and_where_a_corner_itself_was():
    """Z_nc is 10n + c. A value at a corner is sure where there is no jump; a slope is not."""
    evaluate, u = evaluator(), Z[n, c] - 21
    largest = Max(Z[n, c], 12, 21)
    for row, column in ((1, 1), (2, 2)):
        evaluate(Abs(u) + largest, {n: row, c: column})
    assert evaluate.taken == {Abs(u): {0, 1}, largest: {largest.args.index(21), largest.args.index(Z[n, c])}}
    at = {n: 2, c: 1}
    for sure in (Abs(u), Max(Z[n, c], 21), Partial(Max(Z[n, c], 20), Z[n, c])):
        evaluate(sure, at)
        assert not evaluate.undecided
    for jump, there in ((step(u), 0), (sign(u), 0), (Heaviside(u, Rational(1, 2)), Rational(1, 2))):
        assert evaluate(jump, at) == there
        assert evaluate.undecided == {jump}
        evaluate.met.clear()
    for corner in (Abs(u), Max(Z[n, c], 21), Min(Z[n, c], 21)):
        evaluate(Partial(corner, Z[n, c]), at)
        assert evaluate.undecided == {corner}
        evaluate.met.clear()
