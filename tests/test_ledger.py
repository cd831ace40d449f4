"""The ledger covers every criterion at sizes where a mean over the wrong size would show."""

import pytest
import torch
from torch import nn
from wrong_losses import WRONG_LOSSES

import derivations.torch_bridge.read as read
from derivations import GradientMismatch, ledger


def test_all_accounts_agree():
    run = ledger.run()
    assert run.gradients == 8
    assert run.disagreements == 0
    assert run.comparisons > 1000
    assert 0 < run.worst < 4
    assert {each.conditions["dtype"] for each in run.certificates} == {"float32", "float64"}
    assert any(len(set(sizes)) == 3 and min(sizes) >= 2 for sizes in ledger.SIZES)


def test_it_repeats_itself_and_leaves_the_random_numbers_alone():
    before = torch.random.get_rng_state()
    first, second = ledger.run(), ledger.run()
    assert torch.equal(before, torch.random.get_rng_state())
    assert first.worst == second.worst
    assert [str(each) for each in first.certificates] == [str(each) for each in second.certificates]


@pytest.mark.parametrize(("criterion", "wrong"), WRONG_LOSSES)
def test_a_wrong_loss_stops_it(monkeypatch, criterion, wrong):
    monkeypatch.setitem(read.READERS, criterion, lambda given, targets: wrong)
    with pytest.raises(GradientMismatch, match=f"{criterion.__name__}: the closed form"):
        ledger.run()
    assert issubclass(criterion, nn.Module)
