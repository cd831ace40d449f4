"""The numbers on the pages, computed here once more by torch and by hand, and found in both languages."""

from fractions import Fraction

import pytest
import torch
from torch import nn

LANGUAGES = ("", "en/")


def text_of(read, built, page):
    return read(built / page / "index.html").select_one("article").get_text(" ")


@pytest.mark.parametrize("prefix", LANGUAGES)
def test_backward(read, built, prefix):
    torch.manual_seed(0)
    model = nn.Linear(1, 1)
    inputs, targets = torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([[2.0], [3.0], [4.0]])
    weight, bias = (Fraction(parameter.item()) for parameter in model.parameters())
    loss = nn.MSELoss()(model(inputs), targets)
    loss.backward()
    residuals = [weight * x + bias - (x + 1) for x in (1, 2, 3)]
    exact = Fraction(2, 3) * sum(r * x for r, x in zip(residuals, (1, 2, 3), strict=True))
    text = text_of(read, built, f"{prefix}lessons/loss_backward")
    for number in (loss.item(), model.weight.grad.item(), model.bias.grad.item()):
        assert str(number) in text
    assert str(exact).replace("-", "−") in text


@pytest.mark.parametrize("prefix", LANGUAGES)
def test_criterion(read, built, prefix):
    scores = torch.tensor([[0.1, -0.2], [0.3, 0.4], [0.5, -0.6], [0.7, 0.8], [0.9, -1.0]])
    labels = torch.tensor([0, 1, 0, 1, 0])
    by_hand = -torch.log_softmax(scores, 1)[torch.arange(5), labels].mean().item()
    torch.manual_seed(0)
    model = nn.Linear(10, 2)
    inputs = torch.randn(5, 10)
    loss = nn.CrossEntropyLoss()(model(inputs), labels)
    loss.backward()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= 0.01 * parameter.grad
        after = nn.CrossEntropyLoss()(model(inputs), labels)
    text = text_of(read, built, f"{prefix}lessons/criterion")
    for number in (f"{by_hand:.4f}", str(loss.item()), f"{after.item():.6f}", "0.7567"):
        assert number in text
    for value in inputs[0].tolist():
        assert f"{value:.4f}" in text
