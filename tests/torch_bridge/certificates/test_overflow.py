"""A step that overflows on the way, in torch or in the printed code: neither is called wrong, and it is said."""

import pytest
import torch
from torch import nn

import derivations as dv
from derivations.torch_bridge.accounts import autograd, evaluate
from derivations.torch_bridge.batch.batch import read_batch
from derivations.torch_bridge.certificates.overflow import overflowed

HALF = torch.float16
CASES = {
    # criterion, outputs, operands, what is asked for
    "printed code divides by a variance first": (
        nn.GaussianNLLLoss(),
        [0.08] + 14 * [1.0],
        ([0.0] * 15, [1e-6] + 14 * [1.0]),
        "outputs",
    ),
    "torch multiplies by a count first": (nn.PoissonNLLLoss(log_input=False), [12032.0], ([60000.0],), "outputs"),
    "the square of a variance": (nn.GaussianNLLLoss(), [100.0, 3.0], ([0.0, 0.0], [300.0, 1.0]), "var"),
    "of a z-loss": (dv.nn.ZLoss(strength=1.0), [[6e4, 0.0], [1.0, 0.0]], ([0, 1],), "outputs"),
}


def given_of(name, dtype=HALF):
    criterion, outputs, operands, wrt = CASES[name]
    made = [torch.tensor(each) for each in (outputs, *operands)]
    outputs, *operands = (each.to(dtype) if each.is_floating_point() else each for each in made)
    if name == "torch multiplies by a count first":
        criterion = nn.PoissonNLLLoss(log_input=False, reduction="none")
    return criterion, outputs, tuple(operands) if len(operands) > 1 else operands[0], wrt


def incoming(criterion, outputs):
    return torch.full_like(outputs, 1.5) if criterion.reduction == "none" else None


@pytest.mark.parametrize("name", CASES)
def test_neither_account_is_called_wrong(name):
    criterion, outputs, targets, wrt = given_of(name)
    certificate = dv.explain(None, criterion).certify(
        outputs, targets, wrt=wrt, grad_output=incoming(criterion, outputs)
    )
    assert certificate.verdict == ("agrees" if name == "the square of a variance" else "cannot tell")
    assert any("float16" in note["en"] and "not compared" in note["en"] for note in certificate.notes)
    assert any("float16" in note["zh"] and "不作比较" in note["zh"] for note in certificate.notes)


@pytest.mark.parametrize("name", CASES)
def test_a_wider_dtype_tells(name):
    criterion, outputs, targets, wrt = given_of(name, torch.float64)
    certificate = dv.explain(None, criterion).certify(
        outputs, targets, wrt=wrt, grad_output=incoming(criterion, outputs)
    )
    assert certificate.verdict == "agrees"


@pytest.mark.parametrize(
    ("dtype", "output", "verdict"),
    [
        (HALF, 300.0, "cannot tell"),  # −d²/(2v²N): a square beyond 65504, and the gradient is −22500
        (HALF, 1000.0, "agrees"),  # −250000, which float16 does not hold
        (torch.float32, 5e19, "agrees"),
        (torch.float32, 2e19, "cannot tell"),
        (torch.float64, 1e160, "cannot tell"),  # no dtype is wider
        (torch.float64, 300.0, "agrees"),
    ],
)
def test_two_accounts_that_overflow_alike_tell_nothing_of_a_gradient_that_is_a_number(dtype, output, verdict):
    outputs = torch.tensor([[output, 0.5]], dtype=dtype)
    found = dv.explain(None, nn.GaussianNLLLoss())
    given = outputs, (torch.zeros_like(outputs), torch.ones_like(outputs))
    (row,) = found.certify(*given, wrt="var").rows
    assert row.verdict == verdict
    if output != 300.0 or dtype != torch.float64:
        assert row.closed_form[0, 0] == row.autograd[0, 0] == -torch.inf


def test_what_is_merely_wrong_is_not_excused():
    criterion, outputs, targets, wrt = given_of("printed code divides by a variance first")
    batch = read_batch(dv.explain(None, criterion).setup, outputs, targets)
    found, (_, expected) = evaluate.gradients(batch, (wrt,)), autograd.gradients(batch, (wrt,))
    assert overflowed(batch, found, expected)[wrt].tolist() == [True] + 14 * [False]
    for wrong in (1.1, -1.0):
        assert not overflowed(batch, found, {wrt: wrong * expected[wrt]})
    assert not overflowed(batch, {wrt: expected[wrt]}, {wrt: 1.1 * expected[wrt]})
    assert not overflowed(batch, {wrt: found[wrt]}, {wrt: -found[wrt]})


def test_numbers_that_are_not_finite_are_as_ever():
    criterion, outputs, targets, wrt = given_of("printed code divides by a variance first")
    outputs[3] = torch.inf
    batch = read_batch(dv.explain(None, criterion).setup, outputs, targets)
    found, (_, expected) = evaluate.gradients(batch, (wrt,)), autograd.gradients(batch, (wrt,))
    assert not overflowed(batch, found, expected)


def test_a_target_that_underflows_is_not_compared():
    """torch multiplies by it, and divides again."""
    outputs, targets = torch.zeros(2, 3), torch.tensor([[5.6e-45, 1e-5, 1.0], [0.2, 0.3, 0.5]])
    explanation = dv.explain(None, nn.KLDivLoss(reduction="batchmean"))
    certificate = explanation.certify(outputs, targets, wrt="targets")
    assert certificate.verdict == "agrees"
    assert any("1 targets are so small" in note["en"] for note in certificate.notes)
    assert explanation.certify(outputs, targets.double().float().clamp_min(1e-30), wrt="targets").notes == ()
