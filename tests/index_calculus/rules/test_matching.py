"""When a lemma fits: its variables stand for one thing each, and nothing of the rest is lost or captured."""

import pytest
from sympy import Symbol, exp, log

from derivations.index_calculus.rules.matching import instance
from derivations.index_calculus.symbols import P, U, W, X, Y, Z, c, d, i, j, k, m, n, sum_over

x = Symbol("x")
ROW = sum_over(P[n, c] * U[n, c], c)

FITS = [
    (P[n, c], P[i, k], {n: i, c: k}, ()),
    (P[n, c] * U[n, c], x * U[i, j] * P[i, j], {n: i, c: j}, (x,)),
    (P[n, c] + U[n, c], x + U[i, j] + P[i, j], {n: i, c: j}, (x,)),
    (P[n, c] * U[n, c] ** 2, P[i, k] * U[i, k] ** 3, {n: i, c: k}, (U[i, k],)),
    (P[n, c] * U[n, c] * U[n, j], P[i, k] * U[i, k] ** 2, {n: i, c: k, j: k}, ()),
    (exp(Z[n, c]), exp(Z[i, k]), {n: i, c: k}, ()),
    (ROW, sum_over(U[i, k] * P[i, k], k), {n: i}, ()),
    (sum_over(X[n, d] * W[c, d], d), sum_over(X[i, m] * W[j, m], m), {n: i, c: j}, ()),
]
FITS_NOT = [
    (P[n, c], U[n, c]),  # another array
    (P[n, c], P[n]),
    (exp(Z[n, c]), Z[n, c]),
    (exp(Z[n, c]), log(Z[n, c])),
    (P[n, c] * U[n, c], P[i, j] * U[i, k]),  # c would be both j and k
    (P[n, c] + U[n, c], P[i, j] + U[n, j]),
    (P[n, c] * U[n, c], P[n, c] + U[n, c]),
    (P[n, c] * P[n, j], P[i, k]),  # one factor short
    (P[n, c] ** 2, P[n, c] ** 3),
    (ROW, sum_over(P[i, c] * U[i, j], c)),  # U is not summed over
    (ROW, sum_over(P[i, c] * U[i, c] * Y[i, c], c)),
    (ROW, sum_over(P[c, c] * U[c, c], c)),  # n would be what is summed over
    (sum_over(P[n, c], c), sum_over(P[c, n], n)),  # over rows, not over classes
]


@pytest.mark.parametrize(("pattern", "expr", "values", "rest"), FITS)
def test_what_fits_and_how(pattern, expr, values, rest):
    found = instance(pattern, expr, {n, c, j} & pattern.free_symbols)
    assert {letter: value for letter, value in found.values.items() if letter in values} == values
    assert found.rest == rest
    if rest:
        assert expr.func(found.part, *rest) == expr


@pytest.mark.parametrize(("pattern", "expr"), FITS_NOT)
def test_what_does_not_fit(pattern, expr):
    found = instance(pattern, expr, {n, c, j} & pattern.free_symbols)
    assert found is None or found.rest


def test_what_is_no_variable_stands_for_itself():
    assert instance(P[n, c], P[n, k], {c}).values == {c: k}
    assert instance(P[n, c], P[i, k], {c}) is None
