"""With exact=True both sides are held to the truth: rationals, or 50 digits, from an operation's definition alone."""

import json
from fractions import Fraction

import pytest
import torch
from torch import nn

import derivations as dv
from derivations.torch_bridge.auditing.compared import compared
from derivations.torch_bridge.auditing.exact import from_exact


def transformer(dtype):
    model = nn.TransformerEncoderLayer(4, 2, 6, batch_first=True, dropout=0.0, dtype=dtype)
    return model, lambda: model(torch.randn(2, 3, 4, dtype=dtype)).pow(2).mean()


def convolutional(dtype):
    model = nn.Sequential(nn.Conv2d(1, 2, 2), nn.BatchNorm2d(2), nn.GELU(), nn.MaxPool2d(2), nn.Flatten()).to(dtype)
    return model, lambda: nn.functional.huber_loss(
        model(torch.randn(2, 1, 4, 4, dtype=dtype)), torch.ones(2, 2).to(dtype)
    )


def classifier(dtype):
    model = nn.Sequential(nn.Embedding(5, 3), nn.RMSNorm(3), nn.Linear(3, 4)).to(dtype)
    labels = torch.tensor([1, -100, 3])
    return model, lambda: nn.functional.cross_entropy(model(torch.tensor([0, 4, 4])), labels)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
@pytest.mark.parametrize("network", [transformer, convolutional, classifier])
def test_torch_and_formula_are_near_the_truth(network, dtype):
    torch.manual_seed(0)
    model, step = network(dtype)
    account = dv.audit(step, model, exact=True)
    assert account, account.wrong
    shares = [share for node in account.nodes for share in node.shares if node.status == "derived"]
    assert all(len(share.exact) == share.entries for share in shares)
    assert all(max(share.from_exact.values()) <= 1 for share in shares)
    assert any(share.from_exact["torch"] > 0 for share in shares)  # something was rounded, and seen
    assert account.counts["derived"] >= 0.9 * len(account.nodes)


def test_whole_numbers_have_whole_exact_values():
    """The two-layer net by hand: D = (G W₂) ⊙ [A > 0], and what the product hands on to W₁."""
    X, Y = torch.tensor([[1.0, 2.0], [2.0, -1.0], [0.0, 1.0]]), torch.tensor([[-6.0], [-4.0], [-5.0]])
    W1, W2 = (
        torch.tensor([[1.0, -1.0], [2.0, 1.0]], requires_grad=True),
        torch.tensor([[1.0, -2.0]], requires_grad=True),
    )
    account = dv.audit(lambda: (((X @ W1.T).relu() @ W2.T - Y) ** 2).sum() / 2, exact=True)
    (relu,) = (node for node in account.nodes if node.name == "ReluBackward0")
    (share,) = relu.shares
    assert share.exact == tuple(map(Fraction, (0, 4, 1, -2, 0, -6)))
    assert share.from_exact == {"torch": 0.0, "formula": 0.0}
    assert json.loads(json.dumps(account.data()))["nodes"][relu.number - account.nodes[0].number]["verdict"] == "agrees"
    assert "Compared with exact values" in str(account)


@pytest.mark.parametrize(
    "function",
    [lambda a, b: a @ b.transpose(1, 2), lambda a, b: a.softmax(1) + b.sum(0)[:3]],
    ids=["batches", "axes in another order"],
)
def test_entries_keep_their_order(function):
    torch.manual_seed(0)
    A, B = torch.randn(2, 3, 4, requires_grad=True), torch.randn(2, 5, 4, requires_grad=True)
    account = dv.audit(function, A, B, exact=True)
    assert account
    assert all(share.from_exact["torch"] < 0.5 for node in account.nodes for share in node.shares)


@pytest.mark.parametrize("off", ["torch", "formula"])
def test_either_side_that_is_off_is_wrong(off):
    exact = [Fraction(1, 3), Fraction(-2), Fraction(0)]
    right, bound = torch.tensor([1 / 3, -2, 0], dtype=torch.float64), torch.full((3,), 1e-12, dtype=torch.float64)
    other = right + torch.tensor([0, 0, 1e-11], dtype=torch.float64)
    got, value = (other, right) if off == "torch" else (right, other)
    share = from_exact(compared("A", 0, got, got, bound), got, value, bound, exact)
    assert share.verdict == "disagrees"
    assert share.wrong == 1
    assert share.from_exact[off] > 1 > max(part for side, part in share.from_exact.items() if side != off)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (torch.ones(257), "at most 256 entries; Exp() has one of 257 here. Audit a smaller example"),
        (torch.tensor([1.0, torch.inf]), "exact=True takes finite numbers; given inf in A"),
    ],
    ids=["large", "infinite"],
)
def test_what_has_no_exact_values_is_refused(values, says):
    with pytest.raises(ValueError, match="exact=True") as refused:
        dv.audit(torch.exp, values.requires_grad_(), exact=True)
    assert says in str(refused.value)
