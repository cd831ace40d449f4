"""A large batch is certified in parts: what is said of it is the same, wherever it is cut."""

import pytest
import torch
from cases import CASES

from derivations.torch_bridge.accounts import autograd, evaluate
from derivations.torch_bridge.batch import parts
from derivations.torch_bridge.batch.batch import read_batch
from derivations.torch_bridge.certificates.certify import certify
from derivations.torch_bridge.rounding import bounds

WHOLE, SAMPLES = 2**40, 1
#: With a divisor S and without, with a model and alone, of labels and of real numbers.
OF_EACH_KIND = ("MSE mean weight of a linear model", "BCE mean weight pos_weight of a linear model", *list(CASES)[::40])
FIELDS = ("wrt", "worst", "entries", "wrong", "blunt", "verdict")
NUMBERS = ("deviation", "bound", "part", "sharpest", "condition", "kappa")


def batch_of(name, dtype=torch.float64):
    explanation, inputs, targets, incoming = CASES[name](dtype)
    return read_batch(explanation.setup, inputs, targets, incoming)


@pytest.mark.parametrize(
    ("name", "dtype"), [*((name, torch.float64) for name in OF_EACH_KIND), (OF_EACH_KIND[0], torch.bfloat16)], ids=str
)
def test_bounds_in_parts_are_those_of_the_whole(name, dtype, monkeypatch):
    batch = batch_of(name, dtype)
    monkeypatch.setattr(parts, "ENTRIES", WHOLE)
    whole = bounds.bounds(batch, batch.setup.wrt)
    monkeypatch.setattr(parts, "ENTRIES", SAMPLES)
    monkeypatch.setattr(parts, "ROWS", SAMPLES)
    assert len(parts.parts(batch)) == len(batch.inputs) > 1
    for wrt, bound in bounds.bounds(batch, batch.setup.wrt).items():
        torch.testing.assert_close(bound.kappa, whole[wrt].kappa, rtol=1e-13, atol=0)
        torch.testing.assert_close(bound.unit, whole[wrt].unit, rtol=1e-13, atol=0)


@pytest.mark.parametrize("name", ["BCE mean pos_weight of a linear model"])
@pytest.mark.parametrize("fault", [0.0, 0.5, float("nan")])
def test_a_certificate_in_parts_says_the_same(name, fault, monkeypatch):
    """Also which entry is the worst, and how many are wrong, in parts that differ."""
    batch = batch_of(name)
    found = evaluate.gradients(batch, batch.setup.wrt)
    loss, expected = autograd.gradients(batch, batch.setup.wrt)
    for each in found.values():
        each.view(-1)[-2:] += fault * torch.tensor([1.0, 2.0], dtype=each.dtype)[-each.numel() :]
    monkeypatch.setattr(parts, "ENTRIES", WHOLE)
    whole = certify(batch, found, expected, loss.item())
    monkeypatch.setattr(parts, "ENTRIES", SAMPLES)
    monkeypatch.setattr(parts, "ROWS", SAMPLES)
    cut = certify(batch, found, expected, loss.item())
    assert cut.verdict == whole.verdict == ("agrees" if fault == 0 else "disagrees")
    for one, other in zip(cut.rows, whole.rows, strict=True):
        assert [getattr(one, each) for each in FIELDS] == [getattr(other, each) for each in FIELDS]
        assert [getattr(one, each) for each in NUMBERS] == pytest.approx(
            [getattr(other, each) for each in NUMBERS], rel=1e-12, nan_ok=True
        )
        assert one.closed_form is found[one.wrt]
