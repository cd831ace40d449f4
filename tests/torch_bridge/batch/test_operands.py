"""Criteria that are called with several arrays after the outputs, with a row of their own, or with lists of labels."""

import re

import numpy as np
import pytest
import torch
from torch import nn

from derivations import GradientMismatch, Unsupported, assert_gradient, certified_loss, diagnose, explain

ROWS, CLASSES, FEATURES = 5, 3, 4
DTYPES = (torch.float64, torch.float32, torch.bfloat16, torch.float16)
EPS = 1e-6


def drawn(criterion, dtype=torch.float64, seed=0):
    """Outputs and operands of one criterion."""
    generator = torch.Generator().manual_seed(seed)
    outputs, operands = explain(None, criterion).setup.random_data(ROWS, generator, CLASSES)
    operands = operands if isinstance(operands, tuple) else (operands,)
    real = (each.to(dtype) if each.is_floating_point() else each for each in (outputs, *operands))
    return tuple(real)


def incoming(criterion, *operands):
    """A vector for reduction="none", of the loss's shape."""
    loss = criterion(*operands)
    return None if loss.dim() == 0 else torch.linspace(0.5, 1.5, loss.numel(), dtype=loss.dtype).reshape(loss.shape)


def by_autograd(criterion, outputs, operands, vector=None):
    """Labels and signs ask for none."""
    leaves = [each.clone().requires_grad_(not bool((each.abs() == 1).all())) for each in (outputs, *operands)]
    loss = criterion(*leaves)
    (loss if vector is None else (loss * vector).sum()).backward()
    return [each.grad for each in leaves]


SEVERAL = {
    "gaussian": lambda **options: nn.GaussianNLLLoss(**options),
    "gaussian, full": lambda **options: nn.GaussianNLLLoss(full=True, eps=1e-3, **options),
    "ranking": lambda **options: nn.MarginRankingLoss(margin=0.5, **options),
    "cosine": lambda **options: nn.CosineEmbeddingLoss(margin=0.2, **options),
    "triplet": lambda **options: nn.TripletMarginLoss(**options),
}
REDUCTIONS = ("mean", "sum", "none")
NAMES = {
    "gaussian": ("targets", "var"),
    "gaussian, full": ("targets", "var"),
    "ranking": ("input2",),
    "cosine": ("input2",),
    "triplet": ("positive", "negative"),
}


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", SEVERAL)
def test_every_real_operand_has_its_gradient(name, reduction):
    criterion = SEVERAL[name](reduction=reduction)
    outputs, *operands = drawn(criterion)
    explanation, vector = explain(None, criterion), incoming(criterion, outputs, *operands)
    assert explanation.setup.wrt == ("outputs", *NAMES[name])
    found = explanation.gradients(outputs, tuple(operands), wrt=explanation.setup.wrt, grad_output=vector)
    expected = dict(
        zip(
            ("outputs", *(each.name for each in explanation.loss.operands)),
            by_autograd(criterion, outputs, operands, vector),
            strict=True,
        )
    )
    for wrt, gradient in found.items():
        torch.testing.assert_close(gradient, expected[wrt])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", SEVERAL)
def test_they_are_certified_in_every_dtype(name, dtype):
    criterion = SEVERAL[name]()
    outputs, *operands = drawn(criterion, dtype)
    explanation = explain(None, criterion)
    certificate = explanation.certify(outputs, tuple(operands), wrt=explanation.setup.wrt)
    assert all(row.wrong == 0 for row in certificate.rows)
    if dtype in (torch.float64, torch.float32):
        certificate.require()


@pytest.mark.parametrize("name", SEVERAL)
def test_they_are_certified_with_a_model_against_exact_values(name):
    criterion, model = SEVERAL[name](), nn.Linear(FEATURES, CLASSES, dtype=torch.float64)
    _, *operands = drawn(criterion)
    inputs = torch.randn(ROWS, FEATURES, dtype=torch.float64)
    explanation = explain(model, criterion)
    certificate = explanation.certify(inputs, tuple(operands), wrt=explanation.setup.wrt, exact=True)
    assert certificate.require().loss == pytest.approx(float(certificate.exact_loss), rel=1e-12)


def test_lists_of_class_labels_end_at_the_first_minus_one():
    labels = torch.tensor([[2, 0, -1], [1, -1, 2], [-1, 0, 1], [0, 1, 2]])
    outputs = torch.randn(4, 3, dtype=torch.float64)
    for reduction in REDUCTIONS:
        criterion = nn.MultiLabelMarginLoss(reduction=reduction)
        vector = incoming(criterion, outputs, labels)
        explanation = explain(None, criterion)
        assert explanation.setup.wrt == ("outputs",)
        explanation.certify(outputs, labels, grad_output=vector, exact=True).require()
    with pytest.raises(ValueError, match=r"targets must lie between 0 and 2, or be −1; given -1 to 3"):
        explain(None, nn.MultiLabelMarginLoss()).gradients(outputs, labels.clamp_min(-1) + (labels == 2).long())
    with pytest.raises(ValueError, match=r"targets must lie between 0 and 2, or be −1; given -2 to 2"):
        explain(None, nn.MultiLabelMarginLoss()).gradients(outputs, labels - (labels == -1).long())
    for wrong in (labels[:, :2], labels[0], labels.int()):
        with pytest.raises(ValueError, match=r"of the outputs' shape \(4, 3\), in each row followed by −1; given"):
            explain(None, nn.MultiLabelMarginLoss()).gradients(outputs, wrong)


# The variance of GaussianNLLLoss -------------------------------------------------------------------------------------

VARIANCES = ((ROWS, CLASSES), (ROWS,), (ROWS, 1), (1, CLASSES))


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("shape", VARIANCES)
def test_a_variance_may_be_of_each_row_or_have_a_size_of_one(shape, exact):
    outputs, targets = torch.randn(2, ROWS, CLASSES, dtype=torch.float64)
    variance = 0.5 + torch.rand(shape, dtype=torch.float64)
    explanation = explain(None, nn.GaussianNLLLoss())
    certificate = explanation.certify(
        outputs, (targets, variance), wrt=("outputs", "targets", "var"), exact=exact
    ).require()
    assert [row.closed_form.shape for row in certificate.rows] == [outputs.shape, targets.shape, variance.shape]


def test_below_eps_the_gradient_is_torch_s_and_said_so():
    outputs, targets = torch.randn(2, ROWS, CLASSES, dtype=torch.float64)
    variance = torch.rand(ROWS, CLASSES, dtype=torch.float64)
    variance[0, 0] = 0
    explanation = explain(None, nn.GaussianNLLLoss(eps=EPS))
    certificate = explanation.certify(outputs, (targets, variance), wrt="var", exact=True).require()
    assert abs(certificate.rows[0].closed_form[0, 0]) > 1
    assert any("1 variances are below eps" in note.en for note in certificate.notes)


@pytest.mark.parametrize("backend", ["torch", "numpy"])
@pytest.mark.parametrize("shape", [VARIANCES[0], VARIANCES[2]])
def test_printed_code_takes_the_operands_by_torch_s_names(backend, shape):
    criterion = nn.GaussianNLLLoss()
    outputs, targets = torch.randn(2, ROWS, CLASSES, dtype=torch.float64)
    given = {"Z": outputs, "Y": targets, "var": 0.5 + torch.rand(shape, dtype=torch.float64)}
    namespace = {}
    exec(explain(None, criterion).code("outputs", "targets", "var", backend=backend), namespace)
    arrays = given if backend == "torch" else {name: each.numpy() for name, each in given.items()}
    found = namespace["gradients"](**arrays, eps=EPS)
    expected = by_autograd(criterion, outputs, (targets, given["var"]))
    for gradient, wanted in zip(found.values(), expected, strict=True):
        np.testing.assert_allclose(np.asarray(gradient), wanted.numpy(), rtol=1e-12)


# Whoever brings a gradient -------------------------------------------------------------------------------------------


def gaussian(outputs, targets, variance, factor=1.0):
    used = variance.clamp_min(EPS)
    off = outputs - targets
    return off / used / off.numel(), factor * (1 / used - off**2 / used**2) / (2 * off.numel())


WRONG = {
    "sign": (lambda g, v, off: -g, "sign"),
    "twice": (lambda g, v, off: 2 * g, "factor"),
    "of one row": (lambda g, v, off: g * len(g), "divisor"),
    "without the logarithm": (lambda g, v, off: -(off**2) / v**2 / (2 * off.numel()), "term missing"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_gradient_in_the_variance_is_named(name):
    outputs, targets, variance = drawn(nn.GaussianNLLLoss())
    explanation = explain(None, nn.GaussianNLLLoss())
    right = explanation.gradients(outputs, (targets, variance), wrt="var")["var"]
    assert diagnose(right, explanation, outputs, (targets, variance), wrt="var").verdict == "agrees"
    change, key = WRONG[name]
    found = diagnose(change(right, variance, outputs - targets), explanation, outputs, (targets, variance), wrt="var")
    assert [each.key for each in found.mistakes] == [key]


def test_a_kernel_is_given_every_operand():
    criterion = nn.GaussianNLLLoss()
    assert_gradient(lambda *given: gaussian(*given)[0], criterion)
    assert_gradient(gaussian_of_two, criterion, returns="gradients")
    assert_gradient(lambda z, y, var: criterion(z, y, var), criterion, returns="loss")
    with pytest.raises(GradientMismatch) as caught:
        assert_gradient(lambda *given: gaussian(*given, factor=2.0), criterion, returns="gradients")
    assert caught.value.details["tensor"] == "var"
    assert caught.value.diagnosis.mistakes[0].key == "factor"
    assert "nn.GaussianNLLLoss(), returns=" in caught.value.details["rerun"]
    with pytest.raises(TypeError, match=re.escape("fn is called as fn(outputs, targets, var)")):
        assert_gradient(lambda outputs, targets: outputs, criterion)


def gaussian_of_two(outputs, targets, variance):
    return dict(zip(("outputs", "var"), gaussian(outputs, targets, variance), strict=True))


@pytest.mark.parametrize("name", SEVERAL)
def test_certified_loss_hands_a_gradient_to_every_operand(name):
    criterion = SEVERAL[name]()
    outputs, *operands = drawn(criterion)
    for gradient, expected in zip(
        by_autograd(certified_loss(criterion), outputs, operands),
        by_autograd(criterion, outputs, operands),
        strict=True,
    ):
        if gradient is not None:
            torch.testing.assert_close(gradient, expected)


# Corners -------------------------------------------------------------------------------------------------------------


def test_entries_at_a_corner_are_counted_and_take_torch_s_choice():
    outputs = torch.tensor([[1.0, 2.0, 3.0]], dtype=torch.float64)
    other, signs = torch.tensor([[0.5, 2.5, 3.0]], dtype=torch.float64), torch.ones(1, 3, dtype=torch.float64)
    certificate = explain(None, nn.MarginRankingLoss(margin=0.5)).certify(outputs, (other, signs), exact=True)
    row = certificate.require().rows[0]
    assert row.corners == 1  # 1 − 0.5 is the margin itself
    assert row.exact[0, 0] == row.exact[0, 1]  # where torch takes the slope of pairs that count
    assert any("at a corner (outputs: 1, input2: 1)" in note.en for note in certificate.notes)


# What is refused -----------------------------------------------------------------------------------------------------

Z, Y, V = torch.zeros(ROWS, CLASSES), torch.zeros(ROWS, CLASSES), torch.ones(ROWS, CLASSES)
REFUSED = {
    "one array": (nn.GaussianNLLLoss(), Y, TypeError, "with 2 arrays after the outputs, targets and var; given Tensor"),
    "three": (nn.GaussianNLLLoss(), (Y, V, V), TypeError, r"given a tuple of 3. .* order: \(targets, var\)"),
    "a negative variance": (nn.GaussianNLLLoss(), (Y, -V), ValueError, "var must not be negative; given -1"),
    "a variance for each class": (
        nn.GaussianNLLLoss(),
        (Y, V[0]),
        ValueError,
        r"var must have the outputs' shape",
    ),
    "a variance of integers": (nn.GaussianNLLLoss(), (Y, V.long()), ValueError, r"var must be torch.float32"),
    "fewer dimensions": (nn.MarginRankingLoss(), (Y, V[0]), ValueError, "targets must have as many dimensions"),
    "signs of entries": (nn.CosineEmbeddingLoss(), (Y, V), ValueError, r"targets must have the shape \(5,\)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_torch_would_refuse_gets_a_sentence(name):
    criterion, targets, error, message = REFUSED[name]
    with pytest.raises(error, match=message):
        explain(None, criterion).gradients(Z, targets)


def test_rows_alone_are_taken_by_a_criterion_of_matrices():
    with pytest.raises(ValueError, match=r"CosineEmbeddingLoss takes outputs of shape \(N, C\) or \(C,\)"):
        explain(None, nn.CosineEmbeddingLoss()).gradients(Z[None], (Y[None], V[None, :, 0]))


def test_signs_have_no_gradient():
    outputs, other, signs = drawn(nn.MarginRankingLoss())
    with pytest.raises(Unsupported, match="its targets asks for a gradient"):
        certified_loss(nn.MarginRankingLoss())(outputs, other, signs.requires_grad_())


def test_a_gradient_in_an_operand_is_of_one_dtype():
    outputs, targets, variance = drawn(nn.GaussianNLLLoss())
    with pytest.raises(ValueError, match="a gradient in the var is for one dtype"):
        explain(None, nn.GaussianNLLLoss()).gradients(outputs, (targets, variance.float()), wrt="var")
