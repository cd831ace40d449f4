"""Closed forms where the tensors are: on the CPU, and on CUDA where there is one."""

import pytest
import torch
import torch.nn.functional as F
from cases import CASES
from torch import nn

from derivations import GradientMismatch, assert_gradient, certified_loss, explain, ledger

DEVICES = ("cpu", *(["cuda:0"] if torch.cuda.is_available() else []))


@pytest.fixture(params=DEVICES)
def device(request):
    return request.param


@pytest.mark.parametrize("dtype", ledger.ALL_DTYPES, ids=str)
def test_the_ledger_agrees_and_says_where(device, dtype):
    run = ledger.run(ledger.entries()[::7], ledger.FEW_SIZES, (dtype,), device=device)
    assert run.comparisons > 20
    for certificate in run.certificates:
        assert certificate.conditions["device"] == device
        assert all(row.closed_form.device == row.autograd.device == torch.device(device) for row in certificate.rows)


def test_the_data_are_the_same_everywhere(device):
    """Both sides then differ from those of the CPU by rounding alone."""
    entry, size = ledger.entries()[-1], (5, 10, 2)
    here, there = (ledger.certified(entry, size, torch.float64, 3, device=each)[1] for each in ("cpu", device))
    for mine, other in zip(here.rows, there.rows, strict=True):
        torch.testing.assert_close(mine.closed_form, other.closed_form.cpu(), rtol=1e-12, atol=1e-15)
        assert mine.condition == pytest.approx(other.condition, rel=1e-9)  # the bounds are the same too


@pytest.mark.parametrize("name", [name for name in CASES if "model" not in name][::5])
def test_a_certified_loss_is_the_criterion(device, name):
    explanation, outputs, targets, incoming = CASES[name](torch.float64)
    criterion, given = (_moved(each, device) for each in (explanation.setup.criterion, explanation.setup.given[1]))
    kind = getattr(explanation.loss, "targets", None)
    ours, theirs = (outputs.to(device).requires_grad_() for _ in range(2))
    incoming = None if incoming is None else incoming.to(device)
    operands = [each.to(device) for each in (targets if isinstance(targets, tuple) else (targets,))]
    certified_loss(given, targets=kind)(ours, *operands).backward(incoming)
    criterion(theirs, *operands).backward(incoming)
    assert ours.grad.device == torch.device(device)
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-12, atol=1e-15)


def _moved(criterion, device):
    """The module, or the functools.partial, with its tensors on `device`."""
    if isinstance(criterion, nn.Module):
        return criterion.to(device)
    keywords = {name: each.to(device) if torch.is_tensor(each) else each for name, each in criterion.keywords.items()}
    return type(criterion)(criterion.func, **keywords)


def test_the_truth_is_beside_both(device):
    model = nn.Linear(3, 2, device=device)
    inputs, targets = torch.randn(4, 3, device=device), torch.tensor([0, 1, 1, 0], device=device)
    certificate = explain(model, nn.CrossEntropyLoss()).certify(inputs, targets, exact=True)
    assert certificate
    assert explain(model, nn.MSELoss()).sample


def test_a_kernel_is_tried_where_it_runs(device):
    tried = set()

    def kernel(outputs, targets):
        tried.add(str(outputs.device))
        return 2 * (outputs - targets) / outputs.numel()

    assert_gradient(kernel, nn.MSELoss(), device=device)
    assert tried == {device}
    weight = torch.tensor([1.0, 2.0, 0.5], device=device)
    assert_gradient(
        lambda z, y: F.cross_entropy(z, y, weight=weight),
        nn.CrossEntropyLoss(weight=weight),
        returns="loss",
        dtypes=[torch.float32],
        shapes=[(5, 3), (2, 3, 4)],
        device=device,
    )
    with pytest.raises(GradientMismatch) as caught:
        assert_gradient(lambda z, y: z - y, nn.MSELoss(), device=device)
    assert (f"device='{device}'" in str(caught.value)) == (device != "cpu")


def test_a_gradient_that_comes_back_elsewhere_is_named():
    with pytest.raises(GradientMismatch, match=r"device than the outputs[\s\S]*cpu[\s\S]*meta"):
        assert_gradient(lambda z, y: z.to("meta"), nn.MSELoss())


def elsewhere(*shape):
    return torch.empty(*shape, device="meta")


@pytest.mark.parametrize(
    ("criterion", "inputs", "targets", "incoming", "named"),
    [
        (nn.MSELoss(), elsewhere(5, 3), elsewhere(5, 2), None, "inputs are on meta, the model on cpu"),
        (nn.MSELoss(), torch.zeros(5, 3), elsewhere(5, 2), None, "inputs are on cpu, targets on meta"),
        (
            nn.CrossEntropyLoss(weight=elsewhere(2)),
            torch.zeros(5, 3),
            torch.zeros(5, dtype=torch.int64),
            None,
            "inputs are on cpu, weight on meta",
        ),
        (
            nn.MSELoss(reduction="none"),
            torch.zeros(5, 3),
            torch.zeros(5, 2),
            elsewhere(5, 2),
            "inputs are on cpu, grad_output on meta",
        ),
    ],
)
def test_tensors_on_several_devices_are_refused(criterion, inputs, targets, incoming, named):
    with pytest.raises(ValueError, match=rf"{named}; put them on one device"):
        explain(nn.Linear(3, 2), criterion).gradients(inputs, targets, grad_output=incoming)


def test_the_default_device_is_nobody_s_business(device):
    """Data, bounds and closed forms are where they belong, wherever torch makes tensors by default."""
    with torch.device("meta"):
        for entry in {each.criterion: each for each in ledger.entries()}.values():
            certificate = ledger.certified(entry, (5, 10, 2), torch.float32, 0, device=device)[1]
            assert certificate.conditions["device"] == device
        assert_gradient(lambda z, y: 2 * (z - y) / z.numel(), nn.MSELoss(), device=device)
        assert_gradient(F.cross_entropy, nn.CrossEntropyLoss(), returns="loss", device=device)


@pytest.fixture
def coarse_products():
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")
    yield
    torch.set_float32_matmul_precision(before)


def test_coarse_products_are_noted(device, coarse_products):
    model = nn.Linear(512, 8, device=device)
    inputs, targets = torch.randn(64, 512, device=device), torch.rand(64, 8, device=device)
    certificate = explain(model, nn.MSELoss()).certify(inputs, targets)
    assert "set to tf32" in certificate.notes[0].en
    if not certificate:  # as on CUDA, whose two products round differently
        assert "set to tf32" in str(certificate.mismatch())
    logits = torch.randn(4, 3, device=device)
    assert not explain(None, nn.MSELoss()).certify(logits, logits).notes  # nothing is multiplied
