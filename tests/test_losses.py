"""What is derived for each loss, and what is refused."""

import pytest
from sympy import KroneckerDelta

from derivations import derive
from derivations.index_calculus.expressions import Context, Definition
from derivations.index_calculus.judge import judge
from derivations.index_calculus.latex import matrix_latex
from derivations.index_calculus.symbols import C, L, N, P, W, X, Y, Z, c, i, j, m, n, sum_over, y
from derivations.losses import MSE, CrossEntropy, Loss
from derivations.softmax import log_sum_exp_derivative

CLOSED_FORMS = [
    # loss, wrt, the closed form written by hand here, its matrix form
    (MSE(), "outputs", 2 * (Z[i, j] - Y[i, j]) / (N * C), r"\frac{2}{N C} (Z - Y)"),
    (
        MSE(),
        "weight",
        2 * sum_over((Z[n, j] - Y[n, j]) * X[n, m], n) / (N * C),
        r"\frac{2}{N C} (Z - Y)^{\top} X",
    ),
    (MSE(), "bias", 2 * sum_over(Z[n, j] - Y[n, j], n) / (N * C), r"\frac{2}{N C} \mathbf{1}^{\top} (Z - Y)"),
    (MSE(), "inputs", 2 * sum_over((Z[i, c] - Y[i, c]) * W[c, m], c) / (N * C), r"\frac{2}{N C} (Z - Y) W"),
    (CrossEntropy(), "outputs", (P[i, j] - KroneckerDelta(j, y[i])) / N, r"\frac{1}{N} (P - \hat{Y})"),
    (
        CrossEntropy(),
        "weight",
        sum_over((P[n, j] - KroneckerDelta(j, y[n])) * X[n, m], n) / N,
        r"\frac{1}{N} (P - \hat{Y})^{\top} X",
    ),
    (
        CrossEntropy(),
        "bias",
        sum_over(P[n, j] - KroneckerDelta(j, y[n]), n) / N,
        r"\frac{1}{N} \mathbf{1}^{\top} (P - \hat{Y})",
    ),
    (
        CrossEntropy(),
        "inputs",
        sum_over((P[i, c] - KroneckerDelta(c, y[i])) * W[c, m], c) / N,
        r"\frac{1}{N} (P - \hat{Y}) W",
    ),
]


@pytest.mark.parametrize(("loss", "wrt", "formula", "matrix"), CLOSED_FORMS, ids=lambda value: str(value)[:12])
def test_the_closed_form(loss, wrt, formula, matrix):
    derivation = derive(loss, wrt)
    judge(derivation.result, formula, derivation.context)
    assert matrix_latex(derivation.matrix.node) == matrix


def test_the_lemma_of_softmax():
    lemma = log_sum_exp_derivative()
    assert lemma.result == P[n, j] * KroneckerDelta(i, n)


def test_without_bias_there_is_no_bias_gradient():
    assert derive(MSE(), "weight", bias=False).result
    with pytest.raises(ValueError, match="the model has no bias"):
        derive(MSE(), "bias", bias=False)


def test_an_unknown_tensor_is_refused():
    with pytest.raises(ValueError, match=r"wrt='wieght'.*Accepted: 'weight', 'bias', 'inputs', 'outputs'"):
        derive(MSE(), "wieght")


class Quartic(Loss):
    """A loss this package has never seen: the mean of (Z − Y)⁴."""

    torch_name = "QuarticLoss"

    @property
    def definitions(self):
        return {"L": Definition(L, sum_over((Z[n, c] - Y[n, c]) ** 4, n, c) / (N * C))}


def test_a_loss_never_seen_is_derived_by_the_general_plan():
    derivation = derive(Quartic())
    judge(derivation.result, 4 * (Z[i, j] - Y[i, j]) ** 3 / (N * C), Context())
    assert matrix_latex(derivation.matrix.node) == r"\frac{4}{N C} (Z - Y)^{\circ 3}"
    weight = derive(Quartic(), "weight")
    judge(weight.result, 4 * sum_over((Z[n, j] - Y[n, j]) ** 3 * X[n, m], n) / (N * C), weight.context)
