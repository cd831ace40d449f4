"""What is derived for each loss, and what is refused."""

import pytest
from sympy import Integer, KroneckerDelta, log
from tables import FIRST, LOSSES

from derivations import curvature, derive, linear
from derivations.index_calculus.expressions import Context, Definition, Partial
from derivations.index_calculus.judging.judge import judge
from derivations.index_calculus.matrices.latex import matrix_latex
from derivations.index_calculus.printing.latex import Latex
from derivations.index_calculus.printing.plain import Plain
from derivations.index_calculus.symbols import (
    A,
    C,
    L,
    N,
    P,
    Q,
    S,
    W,
    X,
    Y,
    Z,
    b,
    c,
    epsilon,
    i,
    iota,
    j,
    m,
    n,
    q,
    sigma,
    sum_over,
    v,
    w,
    y,
)
from derivations.losses import MSE, NLL, BCEWithLogits, CrossEntropy, L2Penalty, Loss
from derivations.losses.cross_entropy import theorem
from derivations.optimizers import SGD
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
    (BCEWithLogits(), "outputs", (sigma[i, j] - Y[i, j]) / (N * C), r"\frac{1}{N C} (\sigma - Y)"),
    (
        BCEWithLogits(pos_weight=True),
        "outputs",
        ((1 - Y[i, j]) * sigma[i, j] - q[j] * Y[i, j] * (1 - sigma[i, j])) / (N * C),
        r"\frac{1}{N C} (\sigma \odot (\mathbf{1} \mathbf{1}^{\top} - Y)"
        r" - (Y \odot (\mathbf{1} \mathbf{1}^{\top} - \sigma)) \operatorname{diag}(\mathbf{q}))",
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


def by_hand(loss):
    """∂L/∂Z of any criterion, as books and torch's documentation have it."""
    rows, free = loss.layout.rows, loss.layout.free
    at, summed, other = (loss.layout.place(*where) for where in ((free, j), (rows, c), (free, c)))
    incoming = v[at if isinstance(loss, MSE | BCEWithLogits) else free] if loss.reduction == "none" else 1
    entries = sum_over(Integer(1), *rows, c)
    if isinstance(loss, MSE):
        count = sum_over(w[summed], *rows, c) if loss.weight else entries
        gradient = 2 * (w[at] if loss.weight else 1) * (Z[at] - Y[at])
    elif isinstance(loss, BCEWithLogits):
        count = entries
        positive = (q[j] if loss.pos_weight else 1) * Y[at] * (1 - sigma[at])
        gradient = (w[at] if loss.weight else 1) * ((1 - Y[at]) * sigma[at] - positive)
    else:
        counts, weight = 1 - KroneckerDelta(y[rows], iota), w[y[rows]] if loss.weight else 1
        smoothing = getattr(loss, "label_smoothing", False)
        target = Y[other] if loss.target_name == "Y" else KroneckerDelta(c, y[free])
        smoothed = (1 - epsilon) * target + epsilon / C if smoothing else target
        if loss.target_name == "y":  # a smoothed label is weighted by its own class, the rest by each class
            own = w[y[free]] if loss.weight else 1
            smoothed = (
                (1 - epsilon) * own * target + epsilon / C * (w[c] if loss.weight else 1) if smoothing else own * target
            )
            count = sum_over((counts if loss.ignore_index else 1) * weight, *rows)
            smoothed *= counts.xreplace(dict(zip(rows, free, strict=True))) if loss.ignore_index else 1
        else:
            smoothed *= w[c] if loss.weight else 1
            count = sum_over(Integer(1), *rows)
        gradient = P[at] * sum_over(smoothed, c) - smoothed.xreplace({c: j})
    return incoming * gradient / (count if loss.reduction == "mean" else 1)


#: The others' gradients by hand are in test_atlas.py.
@pytest.mark.parametrize("loss", [each for each in LOSSES if isinstance(each, FIRST)], ids=str)
def test_the_gradient_is_the_one_in_the_books(loss):
    derivation = loss.of_logits()
    expected = by_hand(loss)
    judge(derivation.result, expected, derivation.context)


@pytest.mark.parametrize("loss", [each for each in LOSSES if isinstance(each, CrossEntropy)], ids=str)
def test_cross_entropy_is_one_theorem(loss):
    """Also where no A is needed to derive it, its gradient is the theorem's for its A and S."""
    context = loss.context.extended(
        A=Definition(A[loss.entry], loss.target()), S=Definition(S, loss.divisor(loss.count()))
    )
    judge(derive(loss).result, theorem(loss.layout).result, context)
    judge(loss.definitions["L"].right, theorem(loss.layout).context.definitions["L"].right, context)


def test_the_domain_of_the_theorem():
    assert [Latex().condition(each) for each in theorem().domain] == [r"S \ne 0"]
    assert [Latex().condition(each) for each in derive(CrossEntropy(weight=True)).domain] == [r"S \ne 0"]
    assert derive(CrossEntropy(label_smoothing=True)).domain == ()  # there S is N


@pytest.mark.parametrize("loss", [each for each in LOSSES if isinstance(each, FIRST) and each.real_targets], ids=str)
def test_the_gradient_in_the_targets(loss):
    derivation = derive(loss, "targets")
    at = loss.layout.place(loss.layout.free, j)
    incoming = v[at if isinstance(loss, MSE | BCEWithLogits) else loss.layout.free] if loss.reduction == "none" else 1
    if isinstance(loss, MSE):
        expected = -derive(loss).result
    elif isinstance(loss, BCEWithLogits):
        positive = (q[j] if loss.pos_weight else 1) * log(sigma[at])
        expected = (
            -incoming * (w[at] if loss.weight else 1) * (positive - log(1 - sigma[at])) / loss.divisor(loss.count())
        )
    else:
        weight = (1 - epsilon if loss.label_smoothing else 1) * (w[j] if loss.weight else 1)
        expected = -incoming * weight * log(P[at]) / loss.divisor(loss.count())
    judge(derivation.result, expected, derivation.context)


@pytest.mark.parametrize("loss", [each for each in LOSSES if isinstance(each, NLL)], ids=str)
def test_log_softmax_and_nll_are_cross_entropy(loss):
    derivation = loss.equals_cross_entropy()
    nll = loss.definitions["L"].right.xreplace({S: loss.as_cross_entropy.divisor(loss.as_cross_entropy.count())})
    judge(derivation.result, nll, derivation.context)
    assert Q in {each.base for each in derivation.result.atoms(type(Q[n, c]))}
    judge(derive(loss, "logits").result, derive(loss.as_cross_entropy).result, derive(loss, "logits").context)


def test_weight_decay_is_the_penalty():
    penalty, update = derive(L2Penalty()), SGD(weight_decay=True).definitions["g_tilde"]
    assert Plain()(penalty.result) == "λ·W[j,m]"
    assert Plain()(update.right) == "λ·θ[t - 1] + g[t]"


def test_a_model_without_a_bias_has_derivations_of_its_own():
    loss = MSE()
    for wrt in ("weight", "inputs"):
        with_bias, without = derive(loss, wrt), derive(loss, wrt, bias=False)
        assert derive(loss, wrt, bias=True) is with_bias
        assert [each.context.definitions["Z"].right.has(b) for each in (with_bias, without)] == [True, False]
    assert derive(loss, "outputs", bias=False) is derive(loss, "outputs")


WRONG_REQUESTS = [
    (lambda: MSE(reduction="avg"), r"MSE\(reduction='avg'\): the option is unknown. Accepted: 'mean', 'sum', 'none'"),
    (lambda: NLL(reduction=None), r"NLL\(reduction=None\)"),
    (lambda: CrossEntropy(label_smoothing=1.5), r"label_smoothing=1.5\): .* must lie between 0 and 1"),
    (lambda: CrossEntropy(label_smoothing=-0.1), r"must lie between 0 and 1"),
    (lambda: CrossEntropy(targets="one-hot"), r"targets='one-hot'.*Accepted: 'indices', 'probabilities'"),
    (
        lambda: CrossEntropy(targets="probabilities", ignore_index=True),
        "names no class to ignore. Use targets='indices'",
    ),
    (lambda: derive(MSE(), "wieght"), r"wrt='wieght'.*Accepted: 'outputs', 'weight', 'bias', 'inputs', 'targets'"),
    (lambda: derive(CrossEntropy(), "targets"), "are class labels, which a gradient cannot be taken in"),
    (lambda: derive(CrossEntropy(), "logits"), r"wrt='logits' is not something CrossEntropyLoss\(\)"),
    (lambda: derive(MSE(), "bias", bias=False), "the model has no bias. Ask for 'weight'"),
    (lambda: derive(linear.Linear(bias=False), "bias"), "the layer has no bias. Accepted: 'weight', 'inputs'"),
    (lambda: curvature.hessian(MSE(), "targets"), r"wrt='targets' has no Hessian derived. Accepted: 'weight'"),
]


@pytest.mark.parametrize(("request_", "sentence"), WRONG_REQUESTS, ids=range(len(WRONG_REQUESTS)))
def test_a_wrong_request_is_refused_with_a_sentence(request_, sentence):
    with pytest.raises(ValueError, match=sentence):
        request_()


def test_smoothing_may_be_given_as_in_torch():
    assert CrossEntropy(label_smoothing=0.1) == CrossEntropy(label_smoothing=True)
    assert CrossEntropy(label_smoothing=0.0) == CrossEntropy()
    assert str(CrossEntropy(label_smoothing=0.1)) == "CrossEntropyLoss(label_smoothing)"


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
    assert "∂L/∂Z[i,j] = " in str(derivation)
    weight = derive(Quartic(), "weight")
    judge(weight.result, 4 * sum_over((Z[n, j] - Y[n, j]) ** 3 * X[n, m], n) / (N * C), weight.context)
    judge(derive(Quartic(), "targets").result, -derivation.result, Context())
    second = curvature.hessian(Quartic(), "outputs")
    judge(second.left, second.result, second.context)
    assert isinstance(second.left, Partial)
    convex = curvature.convexity(Quartic())
    assert convex.domain == ()
    assert "≥ 0" in str(convex)
