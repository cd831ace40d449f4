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


UNLIKE = [
    # criterion, outputs, targets, in which gradient, a word of the note
    (nn.BCELoss(reduction="sum"), [0.0, 1.0, 0.0, 1.0, 0.5], [0.0, 1.0, 1.0, 0.3, 1.0], "outputs", "1e-12"),
    (nn.BCELoss(reduction="sum"), [1e-13, 1 - 1e-14, 1e-300, 0.25, 0.5], [0.3, 0.7, 1.0, 0.0, 1.0], "outputs", "1e-12"),
    (nn.KLDivLoss(reduction="sum"), [-1.0, -2.0, -0.5], [0.0, 0.5, 1.0], "targets", "goes to −∞"),
    (nn.PoissonNLLLoss(full=True, reduction="sum"), [0.3, -2.0, 0.5], [0.0, 2.0, 0.5], "targets", "0 times infinity"),
]


@pytest.mark.parametrize(("criterion", "outputs", "targets", "wrt", "noted"), UNLIKE, ids=lambda value: str(value)[:20])
def test_where_torch_computes_something_else_nothing_is_compared_and_a_note_says_so(
    criterion, outputs, targets, wrt, noted
):
    z, y = torch.tensor([outputs], dtype=torch.float64), torch.tensor([targets], dtype=torch.float64)
    certificate = dv.explain(None, criterion).certify(z, y, wrt=("outputs", "targets"))
    (row,) = (each for each in certificate.rows if each.wrt == wrt)
    assert row.verdict == "agrees"
    assert row.deviation < 1
    differ = ~torch.isclose(row.closed_form, row.autograd)
    assert differ.any()  # torch still does so
    assert not differ.all()
    assert any(noted in note.en for note in certificate.notes)


def test_a_mistake_beside_such_an_entry_is_still_seen():
    explanation, y = dv.explain(None, nn.BCELoss()), drawn(4, 3, seed=1)
    z = drawn(4, 3)
    z[0, 0] = 0.0
    wrong = explanation.gradients(z, y)["outputs"]
    wrong[1, 1] *= 1.01
    assert dv.diagnose(wrong, explanation, z, y, wrt="outputs").verdict == "disagrees"


def test_a_saturated_model_is_not_said_to_be_wrong():
    """Sigmoid rounds to 1: torch's gradient in the layer is then another, or 0."""
    model = nn.Sequential(nn.Linear(1, 1, bias=False, dtype=torch.float64), nn.Sigmoid())
    model[0].weight.data.fill_(1.0)
    x = torch.tensor([[50.0], [0.5]], dtype=torch.float64)
    certificate = dv.explain(model, nn.BCELoss()).certify(x, torch.zeros_like(x))
    assert certificate.verdict == "cannot tell"
    assert any("1e-12" in note.en for note in certificate.notes)
    x = torch.tensor([[1.0], [0.0]], dtype=torch.float64)  # logits of 1 and 0 are no probabilities
    certificate = dv.explain(model, nn.BCELoss()).certify(x, torch.zeros_like(x))
    assert certificate.verdict == "agrees"
    assert not certificate.notes


def test_a_variance_whose_square_underflows_is_within_the_bound():
    explanation = dv.explain(None, nn.GaussianNLLLoss(reduction="sum"))
    z, y = drawn(8, 3).half(), drawn(8, 3, seed=1).half()
    for scale in (1e-2, 3e-3, 1e-3, 1e-4):
        variance = (scale * drawn(8, 3, seed=2)).half()
        for exact in (False, True):
            certificate = explanation.certify(z, (y, variance), wrt=("outputs", "targets", "var"), exact=exact)
            assert certificate.verdict != "disagrees"
