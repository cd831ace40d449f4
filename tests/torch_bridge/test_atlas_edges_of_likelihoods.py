"""Differences and likelihoods at their edges: unusual shapes, corners, ends of a domain, options out of range."""

import pytest
import torch
from torch import nn

import derivations as dv

SHAPES = ((4, 3), (3,), (), (2, 3, 2), (0, 3))


def drawn(*shape, seed=0, dtype=torch.float64):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def run(code):
    namespace = {}
    exec(code, namespace)
    return namespace["gradients"]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("criterion", [nn.BCELoss(), nn.KLDivLoss(reduction="sum")], ids=str)
def test_what_an_activation_made_is_taken_as_it_is_given(criterion, shape):
    """Without a model the criterion is given probabilities or their logarithms, and nothing activates them again."""
    certificate = dv.explain(None, criterion).certify(drawn(*shape), drawn(*shape, seed=1), wrt=("outputs", "targets"))
    certificate.require()


def test_printed_code_takes_probabilities_where_the_criterion_does():
    explanation, outputs, targets = dv.explain(None, nn.BCELoss()), drawn(4, 3), drawn(4, 3, seed=1)
    leaf = outputs.clone().requires_grad_()
    nn.BCELoss()(leaf, targets).backward()
    for backend in ("torch", "numpy"):
        gradients = run(explanation.code("outputs", backend=backend))
        found = gradients(outputs, targets) if backend == "torch" else gradients(outputs.numpy(), targets.numpy())
        torch.testing.assert_close(torch.as_tensor(found), leaf.grad)


def test_a_gradient_of_probabilities_is_diagnosed_in_their_terms():
    explanation, outputs, targets = dv.explain(None, nn.BCELoss()), drawn(4, 3), drawn(4, 3, seed=1)
    right = explanation.gradients(outputs, targets)["outputs"]
    assert dv.diagnose(right, explanation, outputs, targets, wrt="outputs").verdict == "agrees"
    assert dv.diagnose(12 * right, explanation, outputs, targets, wrt="outputs").verdict == "disagrees"
