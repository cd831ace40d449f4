"""A checker for people's own kernels: right ones pass, wrong ones are named with all one needs to see it again."""

import functools
import re

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from derivations import GradientMismatch, assert_gradient

WEIGHT = torch.tensor([1.0, 2.0, 0.5])


def softmax_minus_one_hot(outputs, targets):
    """Right wherever every label counts."""
    p, hit = torch.softmax(outputs, 1), F.one_hot(targets, outputs.shape[1]).movedim(-1, 1)
    return (p - hit) / targets.numel()


def with_ignored(outputs, targets):
    counted = targets != -100
    p = torch.softmax(outputs, 1)
    hit = F.one_hot(targets.where(counted, 0), outputs.shape[1]).movedim(-1, 1)
    return counted.unsqueeze(1) * (p - hit) / counted.sum().clamp(min=1)


def naive(outputs, targets):
    """Overflows at logits of a thousand."""
    e = outputs.exp()
    p = e / e.sum(1, keepdim=True)
    return with_ignored(p.log(), targets) if p.isfinite().all() else p


RIGHT = {
    "cross-entropy": (with_ignored, nn.CrossEntropyLoss(), "gradient"),
    "cross-entropy, the loss": (lambda z, y: F.cross_entropy(z, y), nn.CrossEntropyLoss(), "loss"),
    "MSE": (lambda z, y: 2 * (z - y) / z.numel(), nn.MSELoss(), "gradient"),
    "MSE in another order": (lambda z, y: (z - y) / z.numel() * 2, nn.MSELoss(), "gradient"),
    "MSE none": (lambda z, y, v: 2 * v * (z - y), nn.MSELoss(reduction="none"), "gradient"),
    "MSE none, the loss": (lambda z, y: (z - y) ** 2, nn.MSELoss(reduction="none"), "loss"),
    "BCE": (lambda z, y: (torch.sigmoid(z) - y) / z.numel(), nn.BCEWithLogitsLoss(), "gradient"),
    "a function of torch": (
        lambda z, y: F.cross_entropy(z, y, label_smoothing=0.1),
        functools.partial(F.cross_entropy, label_smoothing=0.1),
        "loss",
    ),
}
WRONG = {
    "mean over N only": (lambda z, y: 2 * (z - y) / len(z), nn.MSELoss(), "gradient"),
    "the factor 2 forgotten": (lambda z, y: (z - y) / z.numel(), nn.MSELoss(), "gradient"),
    "ignored labels count": (
        lambda z, y: softmax_minus_one_hot(z, y.clamp(min=0)),
        nn.CrossEntropyLoss(),
        "gradient",
    ),
    "overflow": (naive, nn.CrossEntropyLoss(), "gradient"),
    "no label smoothing": (with_ignored, nn.CrossEntropyLoss(label_smoothing=0.1), "gradient"),
    "the loss of another reduction": (lambda z, y: F.mse_loss(z, y, reduction="sum"), nn.MSELoss(), "loss"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_gradient_passes(name):
    fn, criterion, returns = RIGHT[name]
    assert_gradient(fn, criterion, returns=returns)


def test_probabilities_and_weights_at_shapes_that_fit():
    def fn(outputs, targets):
        return F.cross_entropy(outputs, targets, weight=WEIGHT.to(outputs.dtype))

    criterion = nn.CrossEntropyLoss(weight=WEIGHT)
    for targets in ("indices", "probabilities"):
        assert_gradient(
            fn, criterion, returns="loss", targets=targets, dtypes=[torch.float32], shapes=[(5, 3), (2, 3, 4)]
        )


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_gradient_is_named(name):
    fn, criterion, returns = WRONG[name]
    with pytest.raises(GradientMismatch, match="the gradient given is not the criterion's") as caught:
        assert_gradient(fn, criterion, returns=returns)
    text = str(caught.value)
    for part in ("index", "expected", "got", "bound", "trial", "outputs of shape", "rerun", "seed"):
        assert part in text
    shape, dtype = re.search(r"shapes=\[(\(.*?\))\], dtypes=\[torch\.(\w+)\]", text).groups()
    with pytest.raises(GradientMismatch) as again:  # what it says to rerun finds it again
        assert_gradient(fn, criterion, returns=returns, shapes=[eval(shape)], dtypes=[getattr(torch, dtype)], seed=0)
    assert again.value.details["index"] == caught.value.details["index"]


def test_both_gradients_are_shown_where_they_can_be_read():
    with pytest.raises(GradientMismatch) as caught:
        assert_gradient(lambda z, y: z - y, nn.MSELoss(), shapes=[(2, 2)])
    assert len(caught.value.details["all_given"]) == len(caught.value.details["all_expected"]) == 2


@pytest.mark.parametrize(
    ("fn", "returns", "error", "says"),
    [
        (lambda z, y: z, "both", ValueError, "returns='both' is unknown. Accepted: 'loss', 'gradient'"),
        (lambda z, y: z.sum(), "gradient", GradientMismatch, "another shape, dtype or device"),
        (lambda z, y: 1.0, "gradient", TypeError, "fn must return a tensor; given float"),
        (lambda z, y: torch.zeros(()), "loss", ValueError, "does not depend on the outputs"),
    ],
)
def test_a_function_that_returns_something_else(fn, returns, error, says):
    with pytest.raises(error, match=says):
        assert_gradient(fn, nn.MSELoss(), returns=returns)
