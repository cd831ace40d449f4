"""Formulas as the field writes them."""

import pytest
from sympy import KroneckerDelta, exp, log

from derivations.index_calculus.expressions import Partial
from derivations.index_calculus.latex import Latex
from derivations.index_calculus.plain import Plain
from derivations.index_calculus.symbols import C, G, L, N, P, W, X, Y, Z, c, d, i, j, k, m, n, sum_over, y


@pytest.mark.parametrize(
    ("expr", "latex", "plain"),
    [
        (Z[n, c] - Y[n, c], "Z_{nc} - Y_{nc}", "Z[n,c] - Y[n,c]"),
        (2 * (Z[i, j] - Y[i, j]) / (N * C), r"\frac{2}{N C} (Z_{ij} - Y_{ij})", "(2/(N·C))·(Z[i,j] - Y[i,j])"),
        (X[n, d] * W[c, d], r"X_{nd}\,W_{cd}", "X[n,d]·W[c,d]"),
        ((P[i, j] - KroneckerDelta(j, y[i])) / N, r"\frac{1}{N} (P_{ij} - \delta_{y_{i},\,j})", None),
        (sum_over(G[n, j] * X[n, m], n), r"\sum_{n=1}^{N} G_{nj}\,X_{nm}", "Σ_n G[n,j]·X[n,m]"),
        (Partial(L, W[j, m]), r"\frac{\partial L}{\partial W_{jm}}", "∂L/∂W[j,m]"),
        (log(sum_over(exp(Z[n, k]), k)), r"\log \sum_{k=1}^{C} e^{Z_{nk}}", "log Σ_k exp(Z[n,k])"),
        (exp(Z[i, j]) / sum_over(exp(Z[i, k]), k), r"\frac{e^{Z_{ij}}}{\sum_{k=1}^{C} e^{Z_{ik}}}", None),
        (sum_over(-G[n, j] / N, n), r"\sum_{n=1}^{N} \Bigl(-\frac{1}{N}\,G_{nj}\Bigr)", "Σ_n (-(1/N)·G[n,j])"),
        (exp(Z[i, j]) / sum_over(exp(Z[i, k]), k), None, "exp(Z[i,j])/(Σ_k exp(Z[i,k]))"),
        (2 * (X[i, m] - Y[i, j]) / (1 - P[i, j]) - 1, None, "2·(X[i,m] - Y[i,j])/(1 - P[i,j]) - 1"),
        (log(P[i, j] / (1 - P[i, j])), None, "log (P[i,j]/(1 - P[i,j]))"),
        ((Z[n, c] - Y[n, c]) ** 2, "(Z_{nc} - Y_{nc})^{2}", "(Z[n,c] - Y[n,c])^2"),
        (
            Partial(Z[n, c] - sum_over(Z[n, k], k), Z[i, j]),
            r"\frac{\partial}{\partial Z_{ij}} \Bigl(Z_{nc} - \sum_{k=1}^{C} Z_{nk}\Bigr)",
            None,
        ),
    ],
)
def test_printed(expr, latex, plain):
    if latex is not None:
        assert Latex((i, j))(expr) == latex
    if plain is not None:
        assert Plain((i, j), full_limits=False)(expr) == plain


def test_the_target_index_comes_second_in_a_delta():
    assert Latex((j, m))(KroneckerDelta(c, j)) == r"\delta_{cj}"
    assert Latex((c,))(KroneckerDelta(c, j)) == r"\delta_{jc}"


def test_short_limits():
    assert Latex(full_limits=False)(sum_over(X[n, d], d)) == r"\sum_{d} X_{nd}"
