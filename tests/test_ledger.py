"""The ledger covers every criterion and option, at sizes where a mean over the wrong size would show."""

import json

import pytest
import torch
from torch import nn
from wrong_losses import WRONG_LOSSES

import derivations.torch_bridge.read as read
from derivations import GradientMismatch, ledger

SMALL = (ledger.Entry("MSELoss", {}), ledger.Entry("NLLLoss", {"weight": "drawn", "ignore_index": 1}))


def test_all_accounts_agree():
    run = ledger.run()
    assert run.gradients == 8
    assert run.disagreements == 0
    assert run.comparisons > 1000
    assert 0 < run.worst < 4
    assert {each.conditions["dtype"] for each in run.certificates} == {"float32", "float64"}
    assert all(len(set(sizes)) == 3 and min(sizes) >= 2 for sizes in ledger.SIZES)


def test_it_has_every_combination_of_options():
    seen = [str(entry) for entry in ledger.entries()]
    assert len(set(seen)) == len(seen) == 66
    losses = {
        str(read.read(None, entry.make(5, 2, torch.float64, torch.Generator()), entry.targets).loss)
        for entry in ledger.entries()
    }
    assert len(losses) == 66


def test_it_repeats_itself_and_leaves_the_random_numbers_alone():
    before = torch.random.get_rng_state()
    first, second = ledger.run(), ledger.run()
    assert torch.equal(before, torch.random.get_rng_state())
    assert first.worst == second.worst
    assert [str(each) for each in first.certificates] == [str(each) for each in second.certificates]


def test_the_manifest_says_what_was_computed():
    seen = []
    manifest = ledger.manifest(SMALL, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(1, 2), (2, 2)]
    mse, nll = json.loads(json.dumps(manifest))["entries"]
    assert mse["latex"]["weight"]["matrix"] == (
        r"\frac{\partial L}{\partial W} = G^{\top} X,\quad G = \frac{2}{N C} (Z - Y)"
    )
    assert "G = 2 / (N * C) * (Z - Y)" in mse["code"]
    assert nll["loss"] == "NLLLoss(weight, ignore_index)"
    assert {run["dtype"] for run in nll["runs"]} == {"float64", "float32", "bfloat16", "float16"}
    assert len({run["seed"] for entry in (mse, nll) for run in entry["runs"]}) == len(mse["runs"] + nll["runs"])
    for row in (row for entry in (mse, nll) for run in entry["runs"] for row in run["rows"]):
        assert row["deviation"] == round(row["deviation"], 2)
        assert 0 <= row["sharp"] <= row["entries"]
    assert set(manifest["versions"]) == {"torch", "sympy", "python", "device"}
    documented = {name for names in manifest["fields"] for name in names.split(", ")}
    assert {"criterion", "latex", "code", "runs", "seed", "sizes", "deviation", "bound", "condition"} <= documented


def test_the_manifest_does_not_depend_on_how_many_share_the_work():
    assert ledger.manifest(SMALL, (torch.float32,)) == ledger.manifest(SMALL, (torch.float32,), processes=2)


@pytest.mark.parametrize(("criterion", "wrong"), WRONG_LOSSES)
def test_a_wrong_loss_stops_it(monkeypatch, criterion, wrong):
    monkeypatch.setitem(read.READERS, criterion, lambda given, targets: wrong)
    with pytest.raises(GradientMismatch, match=f"{criterion.__name__}: the closed form"):
        ledger.run()
    with pytest.raises(GradientMismatch):
        ledger.manifest(ledger.PLAIN)
    assert issubclass(criterion, nn.Module)


@pytest.mark.parametrize(("wrong", "says"), [({"processes": 0}, "at least one process"), ({"which": ()}, "no entry")])
def test_work_that_nobody_could_do_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        ledger.manifest(**wrong)
