"""Formulas as the field writes them."""

import pytest
from sympy import (
    Abs,
    IndexedBase,
    Integer,
    KroneckerDelta,
    Max,
    Min,
    Rational,
    Sum,
    Symbol,
    erf,
    exp,
    log,
    pi,
    sign,
    sin,
    sqrt,
    tanh,
)

from derivations.index_calculus.expressions import Condition, Partial
from derivations.index_calculus.functions import UnknownFunction, closed_step, plus, step
from derivations.index_calculus.printing.latex import InlineLatex, Latex
from derivations.index_calculus.printing.plain import Plain
from derivations.index_calculus.symbols import (
    C,
    G,
    L,
    N,
    P,
    S,
    T,
    U_bar,
    W,
    X,
    Y,
    Z,
    c,
    d,
    i,
    j,
    k,
    m,
    n,
    r,
    s,
    sum_over,
    t,
    y,
)

beta_1, rho = map(Symbol, ("beta_1", "rho"))
m_hat = IndexedBase("m_hat")


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
        # Signs, coefficients, exponents and roots.
        (X[n, d] * (Z[n, c] / 2 - Y[n, c] / 2), r"\frac{1}{2} (Z_{nc} - Y_{nc})\,X_{nd}", None),
        (-Z[n, c] / 2, r"-\frac{1}{2} Z_{nc}", "-(1/2)·Z[n,c]"),
        (Integer(-3), "-3", "-3"),
        ((rho - 1) * Z[n, c], r"-(1 - \rho)\,Z_{nc}", "-(1 - ρ)·Z[n,c]"),
        (Z[n, c] / S**2, r"\frac{1}{S^{2}}\,Z_{nc}", "(1/S^2)·Z[n,c]"),
        (sqrt(G[t] ** 2 + 1), r"\sqrt{1 + G_{t}^{2}}", "√(1 + G[t]^2)"),
        (beta_1 ** (t - s), r"\beta_{1}^{t - s}", "β₁^(t - s)"),
        (m_hat[t] + U_bar[n], r"\bar{U}_{n} + \hat{m}_{t}", "Ū[n] + m̂[t]"),
        (Max(G[t], W[t]), r"\max(G_{t}, W_{t})", "max(G[t], W[t])"),
        (Min(G[t], 0), r"\min(0, G_{t})", "min(0, G[t])"),
        (2 * Abs(G[t] - 1), r"2 \lvert G_{t} - 1 \rvert", "2·|G[t] - 1|"),
        (step(G[t]) * sign(W[t]), r"[G_{t} > 0]\,\operatorname{sgn}(W_{t})", "[G[t] > 0]·sgn(W[t])"),
        (step(rho - Abs(Z[n, c] - Y[n, c])), r"[\rho > \lvert Z_{nc} - Y_{nc} \rvert]", "[ρ > |Z[n,c] - Y[n,c]|]"),
        (closed_step(1 - Z[n, c]), r"[1 \ge Z_{nc}]", "[1 ≥ Z[n,c]]"),
        (plus(rho - Z[n, c]), r"\max(\rho - Z_{nc}, 0)", "max(ρ - Z[n,c], 0)"),
        (Max(-rho, Min(rho, Z[n, c])), r"\max(-\rho, \min(Z_{nc}, \rho))", "max(-ρ, min(Z[n,c], ρ))"),
        (G[t] ** Rational(-2, 3), r"\frac{1}{G_{t}^{\frac{2}{3}}}", "1/G[t]^(2/3)"),
        (
            (Z[n, c] - Y[n, c]) / sqrt(sum_over((Z[n, k] - Y[n, k]) ** 2, k)),
            r"\frac{1}{\sqrt{\sum_{k=1}^{C} (Z_{nk} - Y_{nk})^{2}}} (Z_{nc} - Y_{nc})",
            "(1/√(Σ_k (Z[n,k] - Y[n,k])^2))·(Z[n,c] - Y[n,c])",
        ),
        (exp(rho * log(1 - P[n, c])), r"(1 - P_{nc})^{\rho}", "(1 - P[n,c])^ρ"),
        (log(2 * pi) - exp(1), r"\log (2 \pi) - e", "log (2·π) - e"),
        (erf(Z[n, c] / sqrt(2)), r"\operatorname{erf}(\frac{\sqrt{2}}{2}\,Z_{nc})", "erf((√(2)/2)·Z[n,c])"),
        (tanh(G[t]), r"\tanh(G_{t})", "tanh(G[t])"),
        (erf(G[t]) / pi, r"\frac{1}{\pi}\,\operatorname{erf}(G_{t})", "(1/π)·erf(G[t])"),
        (log(1 + Z[n, c]), r"\log (1 + Z_{nc})", "log (1 + Z[n,c])"),
        # Letters beside others.
        (
            IndexedBase("Zother")[n, c] - IndexedBase("Zpos")[n, c] ** 2,
            "{Z'_{nc}} - {Z^{+}_{nc}}^{2}",
            "Z′[n,c] - Z⁺[n,c]^2",
        ),
        # Fractions, and what would be torn apart without brackets.
        (3 * Z[n, c] / (2 - 2 * rho), r"\frac{3 Z_{nc}}{2 - 2 \rho}", "3·Z[n,c]/(2 - 2·ρ)"),
        (G[t - 1] / (1 - rho), r"\frac{G_{t - 1}}{1 - \rho}", "G[t - 1]/(1 - ρ)"),
        (
            3 * exp(Z[n, c]) / (2 * sum_over(exp(Z[n, k]), k)),
            r"\frac{1}{2} \frac{3 e^{Z_{nc}}}{\sum_{k=1}^{C} e^{Z_{nk}}}",
            "(1/2) (3·exp(Z[n,c])/(Σ_k exp(Z[n,k])))",
        ),
        (
            (Z[n, c] - Y[n, c]) * X[n, d] / (1 - rho),
            r"\frac{(Z_{nc} - Y_{nc})\,X_{nd}}{1 - \rho}",
            "(Z[n,c] - Y[n,c])·X[n,d]/(1 - ρ)",
        ),
        (
            (Z[n, c] - Y[n, c]) / ((1 - rho) * (1 + X[n, d])),
            r"\frac{Z_{nc} - Y_{nc}}{(1 - \rho) (1 + X_{nd})}",
            "(Z[n,c] - Y[n,c])/((1 - ρ)·(1 + X[n,d]))",
        ),
        (
            sum_over(Z[n, c], c) * sum_over(Y[n, c], c),
            r"\Bigl(\sum_{c=1}^{C} Y_{nc}\Bigr) \sum_{c=1}^{C} Z_{nc}",
            "(Σ_c Y[n,c]) Σ_c Z[n,c]",
        ),
        # Sums: their order, and limits that are not the usual ones.
        (
            sum_over(Z[n, c] * W[c, d], n, d, c),
            r"\sum_{n=1}^{N} \sum_{d=1}^{D} \sum_{c=1}^{C} Z_{nc}\,W_{cd}",
            "Σ_n Σ_d Σ_c Z[n,c]·W[c,d]",
        ),
        (Sum(G[s], (s, 1, t)), r"\sum_{s=1}^{t} G_{s}", "Σ_{s=1..t} G[s]"),
        (Sum(G[s], (s, 2, T)), r"\sum_{s=2}^{T} G_{s}", "Σ_{s=2..T} G[s]"),
        # Derivatives: how often, in which order, and of what.
        (
            Partial(Partial(L, W[j, m]), W[k, r]),
            r"\frac{\partial^{2} L}{\partial W_{jm}\,\partial W_{kr}}",
            "∂²L/(∂W[j,m] ∂W[k,r])",
        ),
        (
            Partial(Z[n, c] * Y[n, c], Z[i, j]),
            r"\frac{\partial}{\partial Z_{ij}} (Z_{nc}\,Y_{nc})",
            "∂/∂Z[i,j] (Z[n,c]·Y[n,c])",
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


def test_what_is_put_beside_a_formula():
    latex, plain = Latex(), Plain()
    conditions = [Condition(S, relation, rho) for relation in ("≠", "≥", "≤", ">", "<")]
    assert [latex.condition(each) for each in conditions] == [
        rf"S {sign} \rho" for sign in (r"\ne", r"\ge", r"\le", ">", "<")
    ]
    assert [plain.condition(each) for each in conditions] == [f"S {sign} ρ" for sign in "≠≥≤><"]
    assert (latex.where("a", "b"), plain.where("a", "b")) == (r"a\quad (b)", "a (b)")
    assert (latex.row(["a", "b"]), plain.row(["a", "b"])) == (r"a,\quad b", "a, b")


def test_in_a_line_of_text_a_derivative_has_a_stroke():
    second = Partial(Partial(L, W[j, m]), W[k, r])
    assert InlineLatex()(second.expr) == r"\partial L / \partial W_{jm}"
    assert InlineLatex()(second) == r"\partial^{2} L / \partial W_{jm}\,\partial W_{kr}"


def test_a_function_that_is_not_in_the_table_is_refused():
    for printer in (Latex(), Plain()):
        with pytest.raises(UnknownFunction, match=r"sin is no function that formulas may hold. Known are exp, log"):
            printer(1 + sin(Z[n, c]))
