"""Matrix forms: recognised from the index form, judged by expanding them again, printed as the field writes."""

import pytest
from sympy import IndexedBase, Integer, KroneckerDelta, Max, Min, Rational, Symbol, erf, exp, log, sign, sin, sqrt, tanh

from derivations.index_calculus.expressions import Condition, Context
from derivations.index_calculus.functions import UnknownFunction, closed_step, plus, step
from derivations.index_calculus.judging.judge import judge
from derivations.index_calculus.matrices.build import hadamard, matmul, transpose
from derivations.index_calculus.matrices.latex import matrix_latex
from derivations.index_calculus.matrices.nodes import (
    Array,
    Counted,
    Elementwise,
    MatMul,
    Outer,
    Scale,
    Softmax,
    Total,
)
from derivations.index_calculus.matrices.plain import matrix_plain
from derivations.index_calculus.matrices.recognise import NoMatrixForm, recognise
from derivations.index_calculus.symbols import (
    C,
    G,
    N,
    P,
    W,
    X,
    Y,
    Z,
    b,
    c,
    d,
    epsilon,
    i,
    iota,
    j,
    k,
    l,
    m,
    mu,
    n,
    q,
    s,
    sigma,
    size_of,
    sum_over,
    v,
    w,
    y,
)

ONE_HOT = KroneckerDelta(j, y[i])


@pytest.mark.parametrize(
    ("expr", "indices", "latex"),
    [
        (2 * (Z[i, j] - Y[i, j]) / (N * C), (i, j), r"\frac{2}{N C} (Z - Y)"),
        (sum_over(G[n, j] * X[n, m], n), (j, m), r"G^{\top} X"),
        (sum_over(G[n, j], n), (j,), r"\mathbf{1}^{\top} G"),
        (sum_over(G[i, c] * W[c, m], c), (i, m), "G W"),
        ((P[i, j] - ONE_HOT) / N, (i, j), r"\frac{1}{N} (P - \hat{Y})"),
        (sum_over(X[i, d] * W[j, d], d) + b[j], (i, j), r"X W^{\top} + \mathbf{1} \mathbf{b}^{\top}"),
        (exp(Z[i, j]) / sum_over(exp(Z[i, k]), k), (i, j), r"\operatorname{softmax}(Z)"),
        ((Z[i, j] - Y[i, j]) ** 3, (i, j), r"(Z - Y)^{\circ 3}"),
        (P[i, j] * G[i, j], (i, j), r"G \odot P"),
        (sum_over(X[n, d] * X[n, m], n), (d, m), r"X^{\top} X"),
        (sum_over(P[i, c], c) * Z[i, j], (i, j), r"\operatorname{diag}(P \mathbf{1}) Z"),
        (KroneckerDelta(i, n) * 3, (i, n), "3 I"),
        # A sum of vectors, times a number; a letter with a bar; a column that is no row's transpose.
        (2 * (b[i] - w[i]) / N, (i,), r"\frac{2}{N} (\mathbf{b} - \mathbf{w})"),
        (IndexedBase("A_bar")[i] * b[i], (i,), r"\bar{\mathbf{A}} \odot \mathbf{b}"),
        (sum_over(Z[i, c], c), (i,), r"Z \mathbf{1}"),
        (b[i] / (N - 1), (i,), r"\frac{1}{N - 1} \mathbf{b}"),
        (b[j] * sum_over(X[n, m], n), (j, m), r"\mathbf{b} \mathbf{1}^{\top} X"),
        (sum_over((Z[n, j] - Y[n, j]) ** 3 * X[n, m], n), (j, m), r"((Z - Y)^{\circ 3})^{\top} X"),
        (w[y[i]] * (P[i, j] - ONE_HOT), (i, j), r"\operatorname{diag}(\mathbf{w}_{\mathbf{y}}) (P - \hat{Y})"),
        (mu[i] * w[y[i]] * P[i, j], (i, j), r"\operatorname{diag}(\boldsymbol{\mu} \odot \mathbf{w}_{\mathbf{y}}) P"),
        (
            P[i, j] * sum_over(Y[i, c] * w[c], c) - Y[i, j] * w[j],
            (i, j),
            r"\operatorname{diag}(Y \mathbf{w}) P - Y \operatorname{diag}(\mathbf{w})",
        ),
        (
            (1 - epsilon) * ONE_HOT + epsilon / C,
            (i, j),
            r"\frac{\varepsilon}{C} \mathbf{1} \mathbf{1}^{\top} + (1 - \varepsilon) \hat{Y}",
        ),
        ((epsilon - 1) * Y[i, j], (i, j), r"-(1 - \varepsilon) Y"),
        (v[i, j] * w[i, j] * (Z[i, j] - Y[i, j]), (i, j), r"v \odot w \odot (Z - Y)"),
        (
            q[j] * Y[i, j] * (1 - sigma[i, j]),
            (i, j),
            r"(Y \odot (\mathbf{1} \mathbf{1}^{\top} - \sigma)) \operatorname{diag}(\mathbf{q})",
        ),
        (sum_over(w[c], c) * P[i, j] / C, (i, j), r"\frac{1}{C} \sum_{c=1}^{C} w_{c} P"),
        (2 * b[j], (j,), r"2 \mathbf{b}"),
        (1 - KroneckerDelta(y[n], iota), (n,), r"[\mathbf{y} \ne \iota]"),
        (sum_over(Z[i, j], k), (i, j), "C Z"),
        (Z[i, j] * Y[j, i], (i, j), r"(Z^{\top} \odot Y)^{\top}"),
        (sum_over(w[c] * Z[n, c], n, c), (), r"\operatorname{sum}(Z \operatorname{diag}(\mathbf{w}))"),
        # What looks like a softmax along the rows: of another array below, or along the columns.
        (
            exp(Z[i, j]) / sum_over(exp(Y[i, k]), k),
            (i, j),
            r"\operatorname{diag}((\exp(Y) \mathbf{1})^{\circ -1}) \exp(Z)",
        ),
        (exp(Z[i, j]) / sum_over(exp(Z[n, j]), n), (i, j), r"(\operatorname{softmax}(Z^{\top}))^{\top}"),
        (
            exp(Z[i, j]) / sum_over(exp(Z[i, k]), n, k),
            (i, j),
            r"\operatorname{diag}((N \exp(Z) \mathbf{1})^{\circ -1}) \exp(Z)",
        ),
        (1 / (1 + exp(-Z[i, j])), (i, j), r"\sigma(Z)"),
        (1 / (2 + exp(-Z[i, j])), (i, j), r"(2 \mathbf{1} \mathbf{1}^{\top} + \exp(-Z))^{\circ -1}"),
        # Weights between two matrices; two sums over an index of one name.
        (sum_over(Z[i, c] * w[c] * W[c, m], c), (i, m), r"Z \operatorname{diag}(\mathbf{w}) W"),
        (
            sum_over(X[i, d] * W[j, d], d) * sum_over(X[i, d], d),
            (i, j),
            r"\operatorname{diag}(X \mathbf{1}) X W^{\top}",
        ),
    ],
)
def test_recognised_judged_and_printed(expr, indices, latex):
    node = recognise(expr, indices)
    assert matrix_latex(node) == latex
    judge(expr, node.entry(indices), Context())


margin, beta, gamma = map(Symbol, ("Delta", "beta", "gamma"))
ENTRY, OTHER = Z[i, j], Y[i, j]
SQUARES = sum_over((Z[i, c] - Y[i, c]) ** 2, c)
FUNCTIONS = [
    (plus(margin - OTHER * ENTRY), r"\max(\Delta - (Y \odot Z), 0)"),
    (abs(ENTRY - OTHER), r"\lvert Z - Y \rvert"),
    (step(beta - abs(ENTRY - OTHER)), r"[\beta > \lvert Z - Y \rvert]"),
    (closed_step(margin - ENTRY) * w[j], r"[\Delta \ge Z] \operatorname{diag}(\mathbf{w})"),
    (sign(ENTRY - OTHER) / (N * C), r"\frac{1}{N C} \operatorname{sgn}(Z - Y)"),
    (Max(-beta, Min(beta, ENTRY - OTHER)), r"\operatorname{clip}(Z - Y, -\beta, \beta)"),
    (log(Max(1, OTHER)) * OTHER, r"\log(\max(Y, 1)) \odot Y"),
    (Min(2, ENTRY), r"\min(Z, 2)"),
    (Max(ENTRY, OTHER), r"Z + \max(Y - Z, 0)"),
    (Min(ENTRY, OTHER), r"Y - \max(Y - Z, 0)"),
    (log(1 + exp(-OTHER * ENTRY)), r"\log(1 + \exp(-(Y \odot Z)))"),
    (exp(gamma * log(1 - 1 / (1 + exp(-ENTRY)))), r"(\mathbf{1} \mathbf{1}^{\top} - \sigma(Z))^{\circ \gamma}"),
    (margin * tanh(ENTRY / margin), r"\Delta \tanh(\frac{1}{\Delta} Z)"),
    (erf(ENTRY), r"\operatorname{erf}(Z)"),
    (exp(ENTRY) ** Rational(2, 3), r"(\exp(Z))^{\circ 2/3}"),
    ((1 + ENTRY**2) ** Rational(-2, 3), r"(Z^{\circ 2} + \mathbf{1} \mathbf{1}^{\top})^{\circ -2/3}"),
    (sqrt(SQUARES), r"\sqrt{(Z - Y)^{\circ 2} \mathbf{1}}"),
    (
        v[i] * (ENTRY - OTHER) / sqrt(SQUARES),
        r"\operatorname{diag}(\mathbf{v} \odot ((Z - Y)^{\circ 2} \mathbf{1})^{\circ -1/2}) (Z - Y)",
    ),
    (plus(sqrt(SQUARES) - margin), r"\max(\sqrt{(Z - Y)^{\circ 2} \mathbf{1}} - \Delta, 0)"),
    (Max(1, sum_over(v[n], n)), r"\max(\operatorname{sum}(\mathbf{v}), 1)"),
    (sqrt(sum_over(Z[n, c] ** 2, n, c)), r"\sqrt{\operatorname{sum}(Z^{\circ 2})}"),
    (Z[i, y[i]], r"(\hat{Y} \odot Z) \mathbf{1}"),
    (
        plus(margin - Z[i, y[i]] + ENTRY) ** 2 * (1 - ONE_HOT) * w[y[i]] / C,
        r"\frac{1}{C} \operatorname{diag}(\mathbf{w}_{\mathbf{y}}) ((\max(Z + \Delta - (\hat{Y} \odot Z) \mathbf{1} "
        r"\mathbf{1}^{\top}, 0))^{\circ 2} \odot (\mathbf{1} \mathbf{1}^{\top} - \hat{Y}))",
    ),
    (
        sum_over(step(1 - Z[i, y[i]] + Z[i, c]) * (1 - KroneckerDelta(c, y[i])), c) * ONE_HOT,
        r"\operatorname{diag}(([Z + 1 > (\hat{Y} \odot Z) \mathbf{1} \mathbf{1}^{\top}] \odot "
        r"(\mathbf{1} \mathbf{1}^{\top} - \hat{Y})) \mathbf{1}) \hat{Y}",
    ),
]


@pytest.mark.parametrize(
    ("expr", "indices", "text"),
    [
        (sum_over(G[n, j] * X[n, m], n), (j, m), "Gᵀ @ X"),
        (sum_over(G[n, j], n), (j,), "1ᵀ @ G"),
        (sum_over(Z[i, c], c), (i,), "Z @ 1"),
        (2 * (Z[i, j] - Y[i, j]) / N, (i, j), "(2/N)·(Z - Y)"),
        (2 * (b[i] - w[i]) / N, (i,), "(2/N)·(b - w)"),
        (sum_over(X[i, d] * W[j, d], d) + 3 * b[j] - 1, (i, j), "X @ Wᵀ + 3·b - 1"),
        (G[i, j] * step(Z[i, j]), (i, j), "G·[Z > 0]"),
        (G[i, j] * (1 - tanh(Z[i, j]) ** 2), (i, j), "G·(1 - tanh(Z)²)"),
        (G[i, j] / Z[i, j] ** 2, (i, j), "G / Z²"),
        (log(Z[i, j]) * Y[i, j] / sqrt(Z[i, j]), (i, j), "log(Z)·Y / √Z"),
        (exp(Z[i, j]) / sum_over(exp(Z[i, k]), k), (i, j), "softmax(Z)"),
        (sum_over(P[i, c], c) * Z[i, j], (i, j), "diag(P @ 1) @ Z"),
        (G[i, j] * sum_over(X[i, d] * W[d, j], d), (i, j), "G·(X @ W)"),
        (P[i, j] - ONE_HOT, (i, j), "P - onehot(y)"),
        (Max(Z[i, j], 0) - Min(Z[i, j], 3), (i, j), "max(Z, 0) - min(Z, 3)"),
        (w[y[i]] * b[i], (i,), "w[y]·b"),
    ],
)
def test_matrix_forms_as_plain_text(expr, indices, text):
    """`log Z·Y` would be read in two ways, and a row is added to every row, as torch does it."""
    assert matrix_plain(recognise(expr, indices)) == text


@pytest.mark.parametrize(("expr", "latex"), FUNCTIONS)
def test_functions_of_entries_are_recognised_judged_and_printed(expr, latex):
    indices = tuple(index for index in (i, j) if index in expr.free_symbols)
    node = recognise(expr, indices)
    assert matrix_latex(node) == latex
    judge(expr, node.entry(indices), Context(domain=(Condition(beta, ">", Integer(0)),)))


def test_a_function_that_is_not_in_the_table_has_no_entries():
    with pytest.raises(UnknownFunction, match="sin is no function that formulas may hold"):
        Elementwise(Array("Z", (N, C)), "sin").entry((i, j))


@pytest.mark.parametrize(
    ("expr", "indices", "why"),
    [
        (KroneckerDelta(j, c) * X[n, d] * X[n, m], (j, c), "more than a row and a column"),
        (
            sum_over(Z[i, c] * W[c, m] * P[n, c] * X[n, m] * IndexedBase("K")[n, i], c, n),
            (i, m),
            "3 matrices meet in the index",
        ),
        (Z[i, y[n]], (i, n), "an index that is itself an entry"),
        (Z[y[n], n], (n,), "an index that is itself an entry"),
        (abs(Z[n, c] - Z[n, k]), (n, c), "more than a row and a column"),
        (sin(Z[n, c]), (n, c), "no matrix reading"),
        (w[y[i, s]], (i, s), "an index that is itself an entry"),
        (Z[n, c, y[n]], (n, c), "an index that is itself an entry"),
        (1 - KroneckerDelta(y[n], iota), (i,), "more than a row and a column"),
        (KroneckerDelta(y[i], 2), (i,), "a label compared with a fixed class"),
        (sum_over(Z[i, j] * w[c], c), (i, j), "the sum over c is a number"),
    ],
)
def test_no_matrix_form_is_said(expr, indices, why):
    with pytest.raises(NoMatrixForm, match=why):
        recognise(expr, indices)


SQUARE, TALL, WIDE = Array("G", (N, N)), Array("Z", (N, C)), Array("W", (C, N))
COLUMN, ROW, SHOWN = Array("b", (N,)), Array("w", (C,)), Counted("y", "iota", N)
BUILT = [
    (transpose(SQUARE), (n, i), G[i, n]),
    (transpose(Scale(TALL, Integer(3))), (c, n), 3 * Z[n, c]),
    (transpose(Outer(COLUMN, ROW)), (c, n), b[n] * w[c]),
    (transpose(MatMul(TALL, WIDE)), (i, n), sum_over(Z[n, c] * W[c, i], c)),
    (matmul(transpose(TALL), Scale(SQUARE, Integer(3))), (c, n), 3 * sum_over(Z[i, c] * G[i, n], i)),
    (hadamard(SHOWN, COLUMN), (n,), b[n] * (1 - KroneckerDelta(y[n], iota))),
    (Softmax(SQUARE), (n, l), exp(G[n, l]) / sum_over(exp(G[n, i]), i)),
    (Total(SQUARE), (), sum_over(G[n, i], n, i)),
]


@pytest.mark.parametrize(("node", "at", "entry"), BUILT, ids=lambda value: type(value).__name__)
def test_what_is_built_has_the_entries_it_says(node, at, entry):
    """Of square arrays, too, where an index can be captured and a transpose forgotten."""
    assert node.shape == tuple(map(size_of, at))
    assert judge(node.entry(at), entry, Context())
