"""What is never negative is read off an expression's structure; what is not settled by that becomes a condition."""

import pytest
from sympy import Integer, KroneckerDelta, Symbol, exp

from derivations.index_calculus.expressions import Condition, Context
from derivations.index_calculus.signs import nonnegative_if
from derivations.index_calculus.symbols import N, P, S, U, Y, Z, c, iota, j, mu, n, q, sigma, sum_over, w, y
from derivations.losses import CrossEntropy
from derivations.losses.cross_entropy import mask
from derivations.sigmoid import sigmoid
from derivations.softmax import SOFTMAX

CONTEXT = Context({"P": SOFTMAX, "sigma": sigmoid(), "mu": mask(CrossEntropy().layout)})


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
        (Z[n, c] ** 3, (Condition(Z[n, c] ** 3, "≥", Integer(0)),)),
        (-(Z[n, c] ** 2), (Condition(Integer(-1), "≥", Integer(0)),)),
        (1 - Y[n, c] + q[c] * Y[n, c], (Condition(1 - Y[n, c] + q[c] * Y[n, c], "≥", Integer(0)),)),
        (P[n, c] - P[n, j], (Condition(P[n, c] - P[n, j], "≥", Integer(0)),)),
        (1 - Symbol("x"), (Condition(1 - Symbol("x"), "≥", Integer(0)),)),
    ],
)
def test_what_is_never_negative_is_read_off_its_structure(expr, conditions):
    assert nonnegative_if(expr, CONTEXT) == conditions
