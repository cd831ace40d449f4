"""What is never negative is read off an expression's structure; what is not settled by that becomes a condition."""

import pytest
from sympy import Integer, KroneckerDelta, Rational, Symbol, exp, sqrt

from derivations.index_calculus.expressions import Condition, Context, Definition
from derivations.index_calculus.signs import nonnegative_if
from derivations.index_calculus.symbols import G, N, P, S, U, Y, Z, c, iota, j, mu, n, q, sigma, sum_over, t, w, y
from derivations.losses import CrossEntropy
from derivations.losses.cross_entropy import mask
from derivations.sigmoid import sigmoid
from derivations.softmax import SOFTMAX

CONTEXT = Context(
    {
        "P": SOFTMAX,
        "sigma": sigmoid(),
        "mu": mask(CrossEntropy().layout),
        "G": Definition(G[n, c], exp(Z[n, c])),
    }
)
#: What is negative somewhere, though it looks like what is not: 1 − δ, 1 − σ, 1 − 1/(1 + a) with a ≥ 0.
NEGATIVE_SOMEWHERE = [
    Rational(1, 2) - KroneckerDelta(c, j),
    U[n, c] - KroneckerDelta(c, j),
    1 - G[n, c],
    1 - U[n, c],
    1 - 1 / (1 + U[n, c]),
    1 - 1 / (exp(Z[n, c]) + exp(U[n, c])),
    1 - 1 / (Rational(1, 2) + exp(Z[n, c])),
    1 - (1 + exp(Z[n, c])) ** 2,
    Z[n, c] ** 2 + sum_over(U[n, c], c),
    1 - 2 * sigma[n, c],
    exp(Z[n, c]) - exp(U[n, c]),
]


@pytest.mark.parametrize(
    ("expr", "conditions"),
    [
        (Z[n, c] ** 2, ()),
        (sum_over(P[n, c] * (U[n, c] - U[n, j]) ** 2, n, c) / N, ()),
        (sigma[n, c] * (1 - sigma[n, c]), ()),
        (mu[n] * exp(Z[n, c]), ()),
        (1 - KroneckerDelta(y[n], iota), ()),
        (w[c] * Z[n, c] ** 2, (Condition(w[c], "≥", Integer(0)),)),
        (Z[n, c] ** 2 / S, (Condition(S, ">", Integer(0)),)),
        (Z[n, c] ** 2 / S**2, (Condition(S, ">", Integer(0)),)),
        (Z[n, c] ** 2 / S**3, (Condition(S, ">", Integer(0)),)),
        (Z[n, c] ** 2 / (S * w[c]), (Condition(S, ">", Integer(0)), Condition(w[c], ">", Integer(0)))),
        (1 / KroneckerDelta(y[n], iota), (Condition(KroneckerDelta(y[n], iota), ">", Integer(0)),)),
        (1 / (1 - sqrt(2)), (Condition(1 - sqrt(2), ">", Integer(0)),)),
        (sum_over(U[n, c], n, c), (Condition(U[n, c], "≥", Integer(0)),)),
        (S**t, (Condition(S**t, "≥", Integer(0)),)),
        (Z[n, c] ** 3, (Condition(Z[n, c] ** 3, "≥", Integer(0)),)),
        (-(Z[n, c] ** 2), (Condition(Integer(-1), "≥", Integer(0)),)),
        (1 - Y[n, c] + q[c] * Y[n, c], (Condition(1 - Y[n, c] + q[c] * Y[n, c], "≥", Integer(0)),)),
        (P[n, c] - P[n, j], (Condition(P[n, c] - P[n, j], "≥", Integer(0)),)),
        (1 - Symbol("x"), (Condition(1 - Symbol("x"), "≥", Integer(0)),)),
    ],
)
def test_what_is_never_negative_is_read_off_its_structure(expr, conditions):
    assert nonnegative_if(expr, CONTEXT) == conditions


@pytest.mark.parametrize("expr", NEGATIVE_SOMEWHERE, ids=str)
def test_what_only_looks_nonnegative_becomes_a_condition(expr):
    assert nonnegative_if(expr, CONTEXT) == (Condition(expr, "≥", Integer(0)),)
    assert nonnegative_if(1 / expr, CONTEXT) == (Condition(expr, ">", Integer(0)),)
