"""Any criterion, options, shape, dtype and magnitude: the closed form is what torch computes, in each of its ways."""

import pytest
import torch
from cases import CASES
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from test_losses import Quartic
from torch import nn

from derivations import certified_loss, explain, ledger
from derivations.explanation import Explanation
from derivations.torch_bridge.batch.laid import of_matrices
from derivations.torch_bridge.setup.setup import Setup

SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
CRITERIA = [
    entry for entry in ledger.entries() if entry.criterion != "mse_loss" and entry.options["reduction"] == "mean"
]


@SETTINGS
@given(
    entry=st.sampled_from(CRITERIA),
    rows=st.integers(1, 40),
    features=st.integers(1, 9),
    classes=st.integers(2, 9),
    dtype=st.sampled_from(ledger.ALL_DTYPES),
    magnitude=st.sampled_from([1e-6, 1e-2, 1.0, 30.0, 1e3]),
    seed=st.integers(0, 2**16),
)
def test_any_size_and_magnitude(entry, rows, features, classes, dtype, magnitude, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = nn.Linear(features, classes, dtype=dtype)
    if entry.criterion == "NLLLoss":
        model = nn.Sequential(model, nn.LogSoftmax(1))
    explanation = explain(model, entry.make(rows, classes, dtype, generator), targets=entry.targets)
    inputs, targets = explanation.setup.random_data(rows, generator)
    certificate = explanation.certify((inputs * magnitude).to(dtype), targets, seed=seed)
    assert certificate.verdict != "disagrees", str(certificate)


@SETTINGS
@given(
    entry=st.sampled_from(CRITERIA),
    shape=st.tuples(st.integers(1, 4), st.integers(2, 5), st.integers(1, 3), st.integers(1, 3)),
    dimensions=st.integers(2, 4),
    seed=st.integers(0, 2**16),
)
def test_any_extra_dimensions(entry, shape, dimensions, seed):
    generator, shape = torch.Generator().manual_seed(seed), shape[:dimensions]
    axis = 1 if entry.of.loss.classes_second else -1
    explanation = explain(None, entry.make(shape[0], shape[axis], torch.float64, generator), targets=entry.targets)
    of, loss = explanation.setup.of, explanation.loss
    assume(dimensions == 2 or not of_matrices(loss))
    outputs = of.draw_outputs(loss, shape, axis % dimensions, generator, torch.float64)
    operands = [
        of.draw_operand(loss, each, shape, axis % dimensions, generator, torch.float64) for each in loss.operands
    ]
    certificate = explanation.certify(
        outputs, operands[0] if len(operands) == 1 else tuple(operands), wrt=explanation.setup.wrt
    )
    assert certificate.verdict != "disagrees", str(certificate)


#: Whose model is one linear layer, and which torch can differentiate forwards.
OF_A_LAYER = [
    name
    for name in CASES
    if "mean" in name
    and "model" in name
    and not name.startswith(("NLL", "BCELoss", "KLDiv", "MultiLabelMargin", "MultiMargin", "SoftMargin"))
]


@pytest.mark.parametrize("name", OF_A_LAYER)
@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")  # which torch.func.jacfwd itself uses
def test_torch_func_agrees(name):
    """The Jacobian of the loss by forward and by reverse mode, of the same model as a function."""
    explanation, inputs, targets, _ = CASES[name](torch.float64)
    model, criterion = explanation.setup.model, explanation.setup.criterion
    operands = targets if isinstance(targets, tuple) else (targets,)

    def loss(weight, bias):
        return criterion(torch.func.functional_call(model, {"weight": weight, "bias": bias}, (inputs,)), *operands)

    parameters = (model.weight.detach(), model.bias.detach())
    found = explanation.gradients(inputs, targets)
    for jacobian in (torch.func.jacrev, torch.func.jacfwd):
        weight, bias = jacobian(loss, argnums=(0, 1))(*parameters)
        torch.testing.assert_close(found["weight"], weight, rtol=1e-11, atol=1e-14)
        torch.testing.assert_close(found["bias"], bias, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize(
    "name", [name for name in CASES if ("model" not in name and "CE mean" in name) or name == "MSE sum"]
)
def test_finite_differences_agree(name):
    explanation, outputs, targets, _ = CASES[name](torch.float64)
    loss = certified_loss(explanation.setup.criterion, targets=getattr(explanation.loss, "targets", None))
    assert torch.autograd.gradcheck(lambda z: loss(z, targets), outputs.requires_grad_())


def test_a_loss_never_seen_gets_code_bound_and_certificate():
    """The quartic error of the engine's test, with nothing about it anywhere else."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        model = nn.Linear(4, 3, dtype=torch.float64)

    def quartic(outputs, targets):
        return ((outputs - targets) ** 4).mean()

    explanation = Explanation(Setup(model, quartic, Quartic(), "Quartic"))
    assert "G = 4 / (N * C) * (Z - Y) ** 3" in explanation.code()
    generator = torch.Generator().manual_seed(5)
    inputs = torch.randn(6, 4, generator=generator, dtype=torch.float64)
    targets = torch.randn(6, 3, generator=generator, dtype=torch.float64)
    certificate = explanation.certify(inputs, targets, wrt=explanation.setup.wrt, exact=True)
    certificate.require()
    assert all(row.sharp for row in certificate.rows)
    wrong = Explanation(Setup(model, lambda z, y: quartic(z, y) / 2, Quartic(), "Quartic"))
    assert wrong.certify(inputs, targets).verdict == "disagrees"
