"""The printed code: short, readable, the same numbers from torch and numpy, and every wrong copy of it rejected."""

import numpy as np
import pytest
import torch
from mutants import code_mutants
from torch import nn

from derivations import explain
from derivations.closed_form import bound_source
from derivations.torch_bridge import autograd
from derivations.torch_bridge.certify import certify
from derivations.torch_bridge.run import call

ROWS, FEATURES, CLASSES = 7, 4, 3
CRITERIA = (nn.MSELoss(), nn.CrossEntropyLoss())
WRT = ("weight", "bias", "inputs", "outputs")


def case(criterion, dtype=torch.float64, rows=ROWS, features=FEATURES, classes=CLASSES, seed=0):
    """An explanation with inputs and targets, all from one seed."""
    torch.manual_seed(seed)
    model = nn.Linear(features, classes, dtype=dtype)
    inputs = torch.randn(rows, features, dtype=dtype)
    if isinstance(criterion, nn.MSELoss):
        targets = torch.randn(rows, classes, dtype=dtype)
    else:
        targets = torch.randint(classes, (rows,))
    return explain(model, criterion), inputs, targets


EXPECTED_CODE = {
    ("MSELoss", "torch"): """\
def gradients(X, W, b, Y):
    Z = X @ W.T + b
    N, C = Z.shape
    G = 2 / (N * C) * (Z - Y)
    return {"weight": G.T @ X, "bias": G.sum(0)}
""",
    ("CrossEntropyLoss", "torch"): """\
import torch


def gradients(X, W, b, y):
    Z = X @ W.T + b
    N, C = Z.shape
    P = torch.softmax(Z, 1)
    G = 1 / N * (P - torch.nn.functional.one_hot(y, C).to(Z))
    return {"weight": G.T @ X, "bias": G.sum(0)}
""",
}


@pytest.mark.parametrize("criterion", CRITERIA, ids=str)
def test_the_code_reads_like_the_formula(criterion):
    explanation, *_ = case(criterion)
    assert explanation.code() == EXPECTED_CODE[type(criterion).__name__, "torch"]


def test_the_bound_follows_the_formula():
    """Every operation of the formula has its rounding in κ: product, sum, difference, scaling, contraction."""
    explanation, *_ = case(nn.MSELoss())
    text = bound_source({"weight": explanation.derivation("weight")}, explanation.derivation("outputs"))
    assert (
        text.split("def bounds")[1]
        == """(X, W, b, Y):
    Z = X @ W.T + b
    N, C = Z.shape
    error_Z = torch.abs(X) @ torch.abs(W).T + torch.abs(Z)
    G = 2 / (N * C) * (Z - Y)
    error_G = 2 / (N * C) * (error_Z + torch.abs(Z - Y)) + 2 / (N * C) * torch.abs(Z - Y)
    unit_G = torch.ones_like(G)
    return {
        "weight": (error_G.T @ torch.abs(X) + torch.abs(G).T @ torch.abs(X), unit_G.T @ torch.abs(X), G.shape[0]),
    }
"""
    )


@pytest.mark.parametrize("criterion", CRITERIA, ids=str)
def test_numpy_code_runs_when_pasted_and_agrees(criterion):
    explanation, inputs, targets = case(criterion)
    namespace = {}
    exec(explanation.code(*WRT, backend="numpy"), namespace)
    arrays = {name: array.numpy() for name, array in explanation.setup.arrays(inputs, targets).items()}
    target = arrays.pop("y", None) if "y" in arrays else arrays.pop("Y")
    found = namespace["gradients"](arrays["X"], arrays["W"], arrays["b"], target)
    for wrt, value in explanation.gradients(inputs, targets, wrt=WRT).items():
        np.testing.assert_allclose(found[wrt], value.numpy(), rtol=1e-12, atol=1e-15)


def test_an_unknown_backend_is_refused():
    explanation, *_ = case(nn.MSELoss())
    with pytest.raises(ValueError, match=r"backend='jax' is unknown\. Accepted: 'torch', 'numpy'"):
        explanation.code(backend="jax")


@pytest.mark.parametrize("criterion", CRITERIA, ids=str)
def test_every_wrong_copy_of_the_code_is_rejected(criterion):
    explanation, inputs, targets = case(criterion)
    setup, arrays = explanation.setup, explanation.setup.arrays(inputs, targets)
    loss, expected = autograd.gradients(setup, inputs, targets, WRT)
    derivations = {wrt: explanation.derivation(wrt) for wrt in WRT}
    bounds = call(bound_source(derivations, explanation.derivation("outputs")), "bounds", arrays)

    def accepted(source):
        found = call(source, "gradients", arrays)
        shapes = all(found[wrt].shape == expected[wrt].shape for wrt in WRT)
        return shapes and bool(certify(setup, found, expected, bounds, arrays, loss.item()))

    source = explanation.code(*WRT)
    assert accepted(source)
    made, survivors = 0, []
    for mutant, change in code_mutants(source):
        made += 1
        try:
            if accepted(mutant):
                survivors.append(change)
        except (RuntimeError, TypeError, AttributeError, IndexError, NameError, ValueError, KeyError):
            continue  # does not even run
    print(f"{setup}: {made - len(survivors)} of {made} mutants of the code rejected")
    assert made > 20
    assert not survivors


@pytest.mark.parametrize("criterion", CRITERIA, ids=str)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
def test_another_order_of_summation_is_accepted(criterion, dtype):
    """A correct gradient rounds differently when it is summed differently; that is not a disagreement."""
    explanation, inputs, targets = case(criterion, dtype, rows=513, features=20, classes=5)
    setup, arrays = explanation.setup, explanation.setup.arrays(inputs, targets)
    loss, expected = autograd.gradients(setup, inputs, targets, ("weight", "bias"))
    derivations = {wrt: explanation.derivation(wrt) for wrt in ("weight", "bias")}
    wide = {name: array.double() if array.is_floating_point() else array for name, array in arrays.items()}
    bounds = call(bound_source(derivations, explanation.derivation("outputs")), "bounds", wide)
    chunks = torch.split(torch.arange(513).flip(0), 100)
    found = {
        wrt: sum(explanation.gradients(inputs[chunk], targets[chunk])[wrt] * (len(chunk) / 513) for chunk in chunks)
        for wrt in ("weight", "bias")
    }
    certificate = certify(setup, found, expected, bounds, arrays, loss.item())
    assert certificate
    assert certificate.worst > 0  # it did round differently
    halved = {wrt: value / 2 for wrt, value in found.items()}
    assert not certify(setup, halved, expected, bounds, arrays, loss.item())
