"""Extreme numbers, and dtypes that torch has no kernel for: no account is blamed for what only overflows or rounds."""

import pytest
import torch
from torch import nn

import derivations as dv
from derivations.torch_bridge.batch.batch import read_batch
from derivations.torch_bridge.certificates.overflow import overflowed

DOUBLE, HALF = torch.float64, torch.float16


@pytest.mark.parametrize("dtype", [DOUBLE, torch.float32], ids=str)
@pytest.mark.parametrize("output", [1.0, 5.0, 10.0, 15.0, 40.0])
def test_the_logarithm_of_what_a_sigmoid_leaves_to_1_is_as_unsure_as_the_sigmoid(dtype, output):
    """BCELoss behind Sigmoid: torch has log (1 − σ) of the rounded σ, the printed code of Z."""
    model = nn.Sequential(nn.Linear(1, 1, dtype=dtype), nn.Sigmoid())
    with torch.no_grad():
        model[0].weight.fill_(1.0)
        model[0].bias.fill_(0.1234)
    found = dv.explain(model, nn.BCELoss())
    given = torch.tensor([[output], [-output]], dtype=dtype), torch.tensor([[0.3], [0.6]], dtype=dtype)
    certificate = found.certify(*given, wrt="targets")
    assert certificate.verdict == "agrees"
    off = (certificate.rows[0].closed_form - certificate.rows[0].autograd).abs().max()
    assert certificate.rows[0].bound < 1e-3 or dtype != DOUBLE or output > 15
    assert output < 10 or off > 3 * torch.finfo(dtype).eps * output  # which a bound for log σ(−Z) would not allow


@pytest.mark.parametrize("dtype", [DOUBLE, torch.float32], ids=str)
@pytest.mark.parametrize(("times", "named"), [(-1, "sign"), (2, "factor"), (15, "divisor")])
def test_what_is_wrong_with_such_a_gradient_has_its_name(dtype, times, named):
    """Torch's own, times a number: it is as far from log σ(−Z) as σ rounds, where Z is 20 or so."""
    generator = torch.Generator().manual_seed(0)
    linear = nn.Linear(1, 3, dtype=dtype)
    with torch.no_grad():
        linear.weight.copy_(torch.tensor([[1.0], [-1.0], [0.5]]))
        linear.bias.zero_()
    model = nn.Sequential(linear, nn.Sigmoid())
    inputs = torch.linspace(-12, 12, 5, dtype=dtype)[:, None] * (1 if dtype != DOUBLE else 2)
    targets = torch.rand(5, 3, generator=generator, dtype=dtype).requires_grad_()
    (right,) = torch.autograd.grad(nn.BCELoss()(model(inputs), targets), [targets])
    found = dv.diagnose(times * right, dv.explain(model, nn.BCELoss()), inputs, targets.detach(), "targets")
    assert [each.key for each in found.mistakes] == [named]


CASES = {
    # criterion, dtype, outputs, operands, what is asked for
    "a z-loss": (dv.nn.ZLoss(reduction="sum"), torch.float32, [[-1.6, 3.0e38], [1.0, 2.0]], [1, 0], "outputs"),
    "a focal loss": (dv.nn.FocalLoss(reduction="sum"), DOUBLE, [[-0.5], [1.6e308]], [[1.0], [0.0]], "outputs"),
}


@pytest.mark.parametrize("name", CASES)
def test_where_the_bound_overflows_too_nothing_is_told(name):
    criterion, dtype, outputs, targets, wrt = CASES[name]
    targets = torch.tensor(targets)
    targets = targets.to(dtype) if targets.is_floating_point() else targets
    (row,) = dv.explain(None, criterion).certify(torch.tensor(outputs, dtype=dtype), targets, wrt=wrt).rows
    assert row.verdict == "cannot tell"
    assert row.overflowed


@pytest.mark.parametrize(("other", "excused"), [(400.0, True), (-300.0, False)])
def test_infinities_of_both_signs_are_one_overflow_where_the_bound_spans_them(other, excused):
    """2 Σ (z − y) x, with z = 50 and x = 50000: terms of 35 million, of both signs or of one."""
    model = nn.Linear(1, 1, bias=False, dtype=HALF)
    with torch.no_grad():
        model.weight.fill_(0.001)
    setup = dv.explain(model, nn.MSELoss(reduction="sum")).setup
    targets = torch.tensor([[-300.0], [other]], dtype=HALF)
    batch = read_batch(setup, torch.full((2, 1), 5e4, dtype=HALF), targets, None)
    one, turned = ({"weight": torch.tensor([[sign * torch.inf]], dtype=HALF)} for sign in (1, -1))
    assert bool(overflowed(batch, one, turned)) == bool(overflowed(batch, turned, one)) == excused


@pytest.mark.parametrize("dtype", [HALF, torch.bfloat16], ids=str)
def test_a_dtype_that_torch_has_no_kernel_for_is_refused_in_a_sentence(dtype):
    found = dv.explain(None, nn.MultiMarginLoss())
    name = str(dtype).removeprefix("torch.")
    with pytest.raises(dv.Unsupported, match=f"MultiMarginLoss.*no kernel of it for {name} on 'cpu'. Give float32"):
        found.certify(torch.zeros(2, 3, dtype=dtype), torch.tensor([0, 1]))
    with pytest.raises(dv.Unsupported, match="no kernel"):
        dv.assert_gradient(nn.MultiMarginLoss(), nn.MultiMarginLoss(), returns="loss", dtypes=[dtype])
