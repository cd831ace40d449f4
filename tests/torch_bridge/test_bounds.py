"""How wide the bounds are: as wide as the roundings of the printed code, counted once more, and hardly wider."""

import inspect
import math

import pytest
import torch
from cases import CASES, CLASSES, ROWS
from roundings import Rounded
from torch import nn

from derivations import explain
from derivations.torch_bridge import autograd
from derivations.torch_bridge.batch import read_batch
from derivations.torch_bridge.certify import certify
from derivations.torch_bridge.evaluate import bounds, printed

EPS = torch.finfo(torch.float64).eps
#: How many terms the last sum of each gradient has; what is not named is no contraction.
TERMS = {"weight": ROWS, "bias": ROWS, "inputs": CLASSES}
#: A rule may count a little more than the code rounds, or leave a rounding to the factor 4; at sizes as small as these.
LEAST, MOST = 0.45, 1.6


def case(name):
    """The batch of a case, and its tensors but for the outputs that are given, not derived."""
    explanation, inputs, targets, incoming = CASES[name](torch.float64)
    setup = explanation.setup
    wrt = [each for each in setup.wrt if each != "outputs" or setup.of_linear == "outputs"]
    return explanation, read_batch(setup, inputs, targets, incoming), wrt


def roundings(explanation, batch, wrt):
    """κ of ∂loss/∂`wrt`, from running its printed code."""
    namespace = {}
    exec(printed(explanation.setup, (wrt,)), namespace)
    arrays = {**batch.of_model, **batch.of_loss, batch.outputs_letter: batch.rows(batch.outputs())}
    given = {
        name: Rounded(each) if isinstance(each, torch.Tensor) and each.is_floating_point() else each
        for name, each in arrays.items()
    }
    function = namespace["gradients"]
    return function(*[given[name] for name in inspect.signature(function).parameters]).error


#: Every combination of options, where it is more than the same without a factor.
CHOSEN = [name for name in CASES if ("mean" in name and "model" in name) or ("none" in name and "model" not in name)]


@pytest.mark.parametrize("name", CHOSEN)
def test_the_bound_counts_what_the_code_rounds(name):
    explanation, batch, wrt = case(name)
    for each, bound in bounds(batch, wrt, EPS).items():
        counted = roundings(explanation, batch, each)
        assert torch.all(bound.kappa >= LEAST * counted), each
        assert torch.all(bound.kappa <= MOST * counted), each
        assert bound.length == TERMS.get(each, 0)


@pytest.mark.parametrize("name", CHOSEN)
def test_a_third_of_the_bound_is_accepted_and_twice_the_bound_refused(name):
    """At one entry of each tensor, with the bound worked out from the code's own roundings."""
    explanation, batch, wrt = case(name)
    loss, expected = autograd.gradients(batch, wrt)
    nearly, wrong = ({each: value.clone() for each, value in expected.items()} for _ in range(2))
    for each, value in expected.items():
        at = torch.unravel_index(value.abs().argmax(), value.shape)
        bound = (4 + TERMS.get(each, 0) / 2) * EPS * roundings(explanation, batch, each)[at]
        nearly[each][at] += bound / 3
        wrong[each][at] += 2 * bound if bound else 1e-12
    accepted = certify(batch, nearly, expected, loss.item())
    assert accepted, str(accepted.mismatch())
    refused = certify(batch, wrong, expected, loss.item())
    assert [(row.wrt, row.wrong) for row in refused.rows] == [(each, 1) for each in wrt]


@pytest.mark.parametrize(("wrt", "terms"), [("outputs", 5), ("targets", 2)])
def test_what_is_broadcast_is_summed(wrt, terms):
    """Outputs (2, 1) and targets (1, 5): each output is in five squares, each target in two."""
    outputs, targets = torch.randn(2, 1, dtype=torch.float64), torch.randn(1, 5, dtype=torch.float64)
    batch = read_batch(explain(None, nn.MSELoss()).setup, outputs, targets)
    bound = bounds(batch, (wrt,), EPS)[wrt]
    assert bound.length == terms
    apart = 2 / 10 * (outputs - targets).abs().sum(1 if wrt == "outputs" else 0, keepdim=True)
    torch.testing.assert_close(bound.kappa, 2 * apart)  # a difference and a scaling


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16], ids=str)
def test_the_bound_is_worked_out_in_float64_whatever_it_is_of(dtype):
    torch.manual_seed(0)
    model = nn.Linear(4, 3, dtype=dtype)
    inputs, labels = torch.randn(5, 4).to(dtype), torch.tensor([0, 1, 2, 1, 0])
    wide = nn.Linear(4, 3, dtype=torch.float64)
    wide.load_state_dict(model.state_dict())
    names, eps = ("weight", "bias", "inputs", "outputs"), torch.finfo(dtype).eps
    found, same = (
        bounds(read_batch(explain(each, nn.CrossEntropyLoss()).setup, data, labels), names, eps)
        for each, data in ((model, inputs), (wide, inputs.double()))
    )
    for name in names:
        assert found[name].kappa.dtype == torch.float64
        torch.testing.assert_close(found[name].kappa, same[name].kappa, rtol=1e-12, atol=0)


def test_probabilities_of_large_logits_are_less_exact_than_the_first_order_says():
    """An error x·eps of a logarithm is one of (e^(x·eps) − 1) of what it is of: here x·eps is about 4."""
    eps = torch.finfo(torch.bfloat16).eps
    logits = torch.tensor([[500.0, 0.0]], dtype=torch.bfloat16)
    kappa = bounds(read_batch(explain(None, nn.CrossEntropyLoss()).setup, logits, torch.tensor([1])), ("outputs",), eps)
    first_order = 1 + math.log(2) + 500
    assert kappa["outputs"].kappa[0, 0].item() == pytest.approx(math.expm1(first_order * eps) / eps, rel=0.1)


def test_what_underflow_can_do_is_counted_too():
    """κ₀: each rounding counts 1, and what follows multiplies it."""
    torch.manual_seed(0)
    model, inputs = nn.Linear(4, 3, dtype=torch.float64), torch.randn(5, 4, dtype=torch.float64)
    names = ("weight", "bias", "inputs", "outputs")
    for criterion, targets, of_outputs in (
        (nn.MSELoss(), torch.randn(5, 3, dtype=torch.float64), 2 / 15 + 1),  # a difference, scaled; and the scaling
        (nn.CrossEntropyLoss(), torch.tensor([0, 1, 2, 1, 0]), 2 / 5 + 1),  # softmax and a difference, scaled; and that
    ):
        found = bounds(read_batch(explain(model, criterion).setup, inputs, targets), names, EPS)
        rows = torch.full((5, 3), of_outputs, dtype=torch.float64)
        expected = {
            "weight": rows.T @ inputs.abs() + 1,
            "bias": rows.sum(0) + 1,
            "inputs": rows @ model.weight.detach().abs() + 1,
            "outputs": rows,
        }
        for name in names:
            assert torch.all(found[name].unit >= 0.99 * expected[name])
            assert torch.all(found[name].unit <= 1.5 * expected[name])
