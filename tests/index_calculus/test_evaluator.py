"""Values of formulas, given those of the arrays; and of what SymPy and mpmath know by themselves."""

from fractions import Fraction

import mpmath
import pytest
from sympy import E, Integer, KroneckerDelta, Max, Sum, exp, log, sqrt

from derivations.index_calculus.evaluator import Evaluator
from derivations.index_calculus.expressions import Context, Definition, Partial, Recurrence
from derivations.index_calculus.judge import DIGITS, close
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


def test_free_functions_have_many_values():
    """An equality between functions of different arguments must not hold by chance."""
    evaluate = evaluator()
    for function in (exp, log, sqrt):
        assert len({evaluate(function(number * Y[n, c]), AT) for number in range(2, 32)}) > 20
