"""A criterion whose backward is the closed form trains as the criterion itself does."""

import copy

import pytest
import torch
from cases import CASES
from torch import nn
from wrong_losses import RowMeanMSE

from derivations import certified_loss, explain
from derivations.torch_bridge import read
from derivations.torch_bridge.batch import read_batch
from derivations.torch_bridge.evaluate import bounds


@pytest.mark.parametrize("name", [name for name in CASES if "model" not in name])
def test_loss_and_gradient_are_the_criterions(name):
    explanation, outputs, targets, incoming = CASES[name](torch.float64)
    criterion, kind = explanation.setup.criterion, getattr(explanation.loss, "targets", None)
    ours, theirs = outputs.clone().requires_grad_(), outputs.clone().requires_grad_()
    loss, expected = certified_loss(criterion, targets=kind)(ours, targets), criterion(theirs, targets)
    assert torch.equal(loss, expected)
    loss.backward(incoming)
    expected.backward(incoming)
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("criterion", [nn.MSELoss(), nn.CrossEntropyLoss(label_smoothing=0.1), nn.BCEWithLogitsLoss()])
def test_two_hundred_steps_of_training(criterion):
    """Both models stay within the bound of a single step, times the number of steps."""
    torch.manual_seed(0)
    inputs, mine = torch.randn(64, 5, dtype=torch.float64), nn.Linear(5, 3, dtype=torch.float64)
    targets = torch.randint(3, (64,)) if isinstance(criterion, nn.CrossEntropyLoss) else torch.rand(64, 3).double()
    theirs, loss = copy.deepcopy(mine), certified_loss(criterion)
    start, rate, steps = mine.weight.detach().clone(), 0.1, 200
    # What a step adds is the bound of its gradient, largest at the start; it does not grow, since such steps contract.
    limit = bounds(read_batch(explain(mine, criterion).setup, inputs, targets), ("weight",))["weight"]
    of_step = rate * limit.of_two(torch.float64).max().item() + torch.finfo(torch.float64).eps
    optimizers = [torch.optim.SGD(model.parameters(), lr=rate) for model in (mine, theirs)]
    for _ in range(steps):
        for model, used, optimizer in zip((mine, theirs), (loss, criterion), optimizers, strict=True):
            optimizer.zero_grad()
            used(model(inputs), targets).backward()
            optimizer.step()
    assert explain(mine, criterion).certify(inputs, targets)
    assert (mine.weight - start).abs().max() > 0.1  # it did train
    assert (mine.weight - theirs.weight).abs().max().item() <= steps * of_step


def test_the_gradient_is_the_closed_form_s_and_not_autograd_s(monkeypatch):
    """A false definition makes a false gradient: of the mean over N, C times as large."""
    outputs, targets = torch.randn(4, 3, dtype=torch.float64), torch.rand(4, 3, dtype=torch.float64)
    right = explain(None, nn.MSELoss()).gradients(outputs, targets)["outputs"]
    monkeypatch.setitem(read.READERS, nn.MSELoss, lambda values, targets: RowMeanMSE())
    leaf = outputs.clone().requires_grad_()
    certified_loss(nn.MSELoss())(leaf, targets).backward()
    torch.testing.assert_close(leaf.grad, 3 * right)
    torch.testing.assert_close(explain(None, nn.MSELoss()).gradients(outputs, targets)["outputs"], 3 * right)


def test_a_second_derivative_is_refused():
    outputs = torch.randn(4, 3, requires_grad=True)
    loss = certified_loss(nn.CrossEntropyLoss())(outputs, torch.tensor([0, 1, 2, 0]))
    with pytest.raises(RuntimeError, match=r"cannot differentiate again.* Leave out create_graph=True"):
        torch.autograd.grad(loss, outputs, create_graph=True)


def test_targets_that_are_real_numbers_get_a_gradient():
    outputs, targets = torch.randn(4, 3, dtype=torch.float64), torch.rand(4, 3, dtype=torch.float64)
    ours, theirs = (targets.clone().requires_grad_() for _ in range(2))
    (3 * certified_loss(nn.MSELoss())(outputs, ours)).backward()
    (3 * nn.MSELoss()(outputs, theirs)).backward()
    torch.testing.assert_close(ours.grad, theirs.grad)


@pytest.mark.parametrize("criterion", [nn.MSELoss(), nn.CrossEntropyLoss(), nn.BCEWithLogitsLoss()], ids=str)
@pytest.mark.parametrize("factor", [3.0, -0.5, 0.0])
def test_a_loss_may_be_part_of_another(criterion, factor):
    outputs = torch.randn(4, 3, dtype=torch.float64)
    targets = torch.tensor([0, 1, 2, 0]) if isinstance(criterion, nn.CrossEntropyLoss) else torch.rand(4, 3).double()
    ours, theirs = (outputs.clone().requires_grad_() for _ in range(2))
    (factor * certified_loss(criterion)(ours, targets) ** 2 + ours.sum()).backward()
    (factor * criterion(theirs, targets) ** 2 + theirs.sum()).backward()
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-12, atol=1e-15)


def test_only_what_asks_for_a_gradient_gets_one():
    outputs, targets = torch.randn(4, 3), torch.rand(4, 3)
    certified_loss(nn.MSELoss())(outputs.requires_grad_(), targets).backward()
    assert targets.grad is None
    assert not certified_loss(nn.MSELoss())(outputs.detach(), targets).requires_grad


def test_outputs_that_change_between_loss_and_gradient_are_refused_as_torch_does():
    """What backward sees is what the loss was computed from, or nothing."""
    leaf = torch.randn(4, 3, requires_grad=True)
    outputs = leaf * 1
    loss = certified_loss(nn.MSELoss())(outputs, torch.zeros(4, 3))
    outputs.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_it_says_what_it_is():
    assert repr(certified_loss(nn.CrossEntropyLoss(label_smoothing=0.1))) == (
        "CertifiedLoss(CrossEntropyLoss(label_smoothing))"
    )
