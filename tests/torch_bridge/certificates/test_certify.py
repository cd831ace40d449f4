"""Certificates: they agree with autograd and with the truth, they say so precisely, and they refuse what is wrong."""

import math
from fractions import Fraction

import pytest
import torch
from registering import read_as
from test_closed_form import CRITERIA, WRT, case
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from wrong_losses import RowMeanMSE

from derivations import MSE, CrossEntropy, GradientMismatch, explain, hessian
from derivations.torch_bridge.batch.batch import read_batch
from derivations.torch_bridge.certificates.certify import certify

#: rows, features, classes; one class and one row included.
SIZES = ((3, 1, 1), (1, 3, 2), (5, 10, 2), (64, 10, 5), (300, 7, 40))


@pytest.mark.parametrize("criterion", CRITERIA, ids=str)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_closed_form_and_autograd_agree(criterion, dtype, sizes, scale):
    explanation, inputs, targets = case(criterion, dtype, *sizes)
    certificate = explanation.certify(inputs * scale, targets, wrt=WRT)
    # At a thousand softmax is one-hot; where all of a gradient is 0, or nearly, no factor shows.
    assert certificate or (scale == 1e3 and certificate.verdict == "cannot tell"), str(certificate)
    assert [row.wrt for row in certificate.rows] == list(WRT)
    assert all(row.autograd.dtype == dtype for row in certificate.rows)


def test_without_bias_and_without_a_model():
    torch.manual_seed(0)
    model, inputs, targets = nn.Linear(4, 3, bias=False), torch.randn(5, 4), torch.randn(5, 3)
    assert [row.wrt for row in explain(model, nn.MSELoss()).certify(inputs, targets).rows] == [
        "weight",
        "inputs",
        "outputs",
    ]
    alone = explain(None, nn.CrossEntropyLoss())
    logits, labels = torch.randn(5, 3), torch.tensor([0, 1, 2, 1, 0])
    assert alone.certify(logits, labels)
    assert set(alone.gradients(logits, labels)) == {"outputs"}


@pytest.mark.parametrize("criterion", CRITERIA, ids=str)
def test_the_truth_is_beside_both(criterion):
    explanation, inputs, targets = case(criterion, torch.float32, 4, 3, 2)
    certificate = explanation.certify(inputs, targets, exact=True)
    assert certificate
    assert math.isclose(float(certificate.exact_loss), certificate.loss, rel_tol=1e-6)
    for row in certificate.rows:
        assert set(row.from_exact) == {"closed form", "autograd"}
        for at, value in row.exact.items():
            assert math.isclose(float(value), row.autograd[at].item(), rel_tol=1e-4, abs_tol=1e-7)


@pytest.mark.parametrize("criterion", CRITERIA, ids=str)
def test_two_accounts_that_agree_on_a_falsehood_are_found_out(criterion):
    explanation, inputs, targets = case(criterion, torch.float64, 4, 3, 2)
    batch = read_batch(explanation.setup, inputs, targets)
    found = {wrt: 2 * value for wrt, value in explanation.gradients(inputs, targets).items()}
    assert certify(batch, found, found, 0.0)
    false = certify(batch, found, found, 0.0, exact=True)
    assert not false
    assert ", torch.autograd and the exact value disagree" in str(false.mismatch())
    assert "exact" in false.mismatch().details


def test_the_truth_of_mean_squared_error_is_a_rational_number():
    model = nn.Linear(1, 1)
    with torch.no_grad():
        model.weight.fill_(0.5)
        model.bias.fill_(0.25)
    inputs, targets = torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([[2.0], [3.0], [4.0]])
    row = explain(model, nn.MSELoss()).certify(inputs, targets, wrt=("weight",), exact=True).rows[0]
    residuals = [Fraction(x) * Fraction(1, 2) + Fraction(1, 4) - (x + 1) for x in (1, 2, 3)]
    assert row.exact[0, 0] == Fraction(2, 3) * sum(r * x for r, x in zip(residuals, (1, 2, 3), strict=True))


def test_a_wrong_formula_is_refused_with_everything_one_needs_to_know(monkeypatch):
    read_as(monkeypatch, nn.MSELoss, RowMeanMSE())
    explanation, inputs, targets = case(nn.MSELoss(), torch.float32, 3, 2, 4, seed=11)
    certificate = explanation.certify(inputs, targets)
    assert not certificate
    with pytest.raises(GradientMismatch) as caught:
        certificate.require()
    text = str(caught.value)
    for part in (
        "Linear(2, 4) + MSELoss: the closed form of ∂loss/∂weight and torch.autograd disagree",
        "diagnosis  1/C is too much",
        "loss       MSELoss()",
        "tensor     weight",
        "weight[",
        "expected  ",
        "got       ",
        "bound     ",
        "seed       11",
        "dtype      float32",
    ):
        assert part in text
    assert caught.value.details["index"].endswith("wrong of 8")


def test_entries_that_could_hide_a_wrong_factor_are_counted_apart():
    model = nn.Linear(2, 1, dtype=torch.float64)
    inputs = torch.randn(4, 2, dtype=torch.float64)
    targets = model(inputs).detach()
    certificate = explain(model, nn.MSELoss()).certify(inputs, targets, wrt=("weight",))
    (row,) = certificate.rows
    assert row.blunt == row.entries  # at the minimum the gradient is 0: no factor shows
    assert "cannot tell" in str(certificate)
    assert "weight: any wrong factor might not show" in str(certificate)


def test_certifying_touches_nothing_of_the_users():
    explanation, inputs, targets = case(nn.MSELoss())
    before = torch.random.get_rng_state()
    explanation.certify(inputs, targets)
    assert str(explanation.sample)
    assert explanation.setup.model.weight.grad is None
    assert not inputs.requires_grad
    assert torch.equal(before, torch.random.get_rng_state())


def test_it_certifies_where_gradients_are_turned_off():
    with torch.no_grad():
        assert explain(nn.Linear(3, 2), nn.MSELoss()).certify(torch.randn(4, 3), torch.randn(4, 2), seed=4)


def test_the_seed_named_is_the_seed_of_the_data():
    explanation, inputs, targets = case(nn.MSELoss())
    torch.manual_seed(7)
    assert explanation.certify(inputs, targets, seed=4).conditions["seed"] == "4"
    alone = explain(None, nn.MSELoss())
    sample = alone.sample
    assert sample.conditions["seed"] == "0"
    assert sample.conditions["shape"] == "(5, 3)"
    outputs, targets = alone.setup.random_data(5, torch.Generator().manual_seed(0))
    assert torch.equal(sample.rows[0].closed_form, alone.gradients(outputs, targets)["outputs"])


def test_the_second_derivative():
    model = nn.Linear(4, 3)
    assert explain(model, nn.MSELoss()).hessian().result == hessian(MSE()).result
    with_log_softmax = explain(nn.Sequential(model, nn.LogSoftmax(1)), nn.NLLLoss())
    assert with_log_softmax.hessian("bias").title == hessian(CrossEntropy(), "bias").title
    with pytest.raises(ValueError, match="NLLLoss is linear in its outputs"):
        explain(None, nn.NLLLoss()).hessian("outputs")
    with pytest.raises(ValueError, match="wrt='targets' has no Hessian derived"):
        explain(model, nn.MSELoss()).hessian("targets")


@pytest.mark.parametrize("scale", [1.0, 30.0, 1000.0])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
def test_probabilities_that_almost_vanish(scale, dtype):
    """log p is rounded at its own size, so tiny probabilities are relatively less exact: the bound must know."""
    generator = torch.Generator().manual_seed(3)
    logits = torch.randn(200, 6, generator=generator, dtype=dtype) * scale
    labels = torch.randint(6, (200,), generator=generator)
    assert explain(None, nn.CrossEntropyLoss()).certify(logits, labels).require()


def test_where_nothing_rounds_no_distance_is_no_distance():
    """With inputs of 0, ∂L/∂W is exactly 0 and so is its bound."""
    explanation = explain(nn.Linear(2, 2), nn.MSELoss())
    certificate = explanation.certify(torch.zeros(3, 2), torch.ones(3, 2), wrt=("weight",), exact=True)
    assert certificate
    assert certificate.rows[0].from_exact == {"closed form": 0.0, "autograd": 0.0}


def test_logits_of_ten_thousand_do_not_overflow():
    logits = torch.tensor([[1e4, -1e4, 0.0], [1e4, -1e4, 0.0]])
    certificate = explain(None, nn.CrossEntropyLoss()).certify(logits, torch.tensor([0, 1]))
    assert certificate
    assert torch.isfinite(certificate.rows[0].closed_form).all()


class WrongProducts(TorchDispatchMode):
    """Every matrix product that torch computes, of whichever account, is 1 % too large."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        left = {torch.ops.aten.mm.default: 0, torch.ops.aten.addmm.default: 1}.get(func)
        args = [1.01 * each if place == left else each for place, each in enumerate(args)]
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("criterion", [nn.MSELoss(), nn.CrossEntropyLoss()], ids=str)
def test_a_fault_in_a_kernel_that_both_sides_share_is_seen_by_the_truth_alone(criterion):
    """Closed form and autograd multiply matrices by the same kernels, so that a certificate of the two alone agrees."""
    explanation, inputs, targets = case(criterion, torch.float64, 4, 3, 2)
    right = explanation.gradients(inputs, targets)["weight"]
    with WrongProducts():
        plain = explanation.certify(inputs, targets, wrt=WRT)
        true = explanation.certify(inputs, targets, wrt=WRT, exact=True)
    assert not torch.allclose(plain.rows[0].autograd, right, rtol=1e-3)
    assert plain.require()
    assert true.verdict == "disagrees"
    assert ", torch.autograd and the exact value disagree" in str(true.mismatch())
    assert explanation.certify(inputs, targets, wrt=WRT, exact=True).require()
