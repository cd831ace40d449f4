"""The ledger covers every criterion and option, at sizes where a mean over the wrong size would show."""

import json
import math

import pytest
import torch
from registering import read_as
from torch import nn
from wrong_losses import WRONG_LOSSES, RowMeanMSE

from derivations import GradientMismatch, ledger
from derivations.explanation import Explanation
from derivations.torch_bridge.accounts import evaluate, exact_values
from derivations.torch_bridge.setup.setup import read

SMALL = (ledger.Entry("MSELoss", {}), ledger.Entry("NLLLoss", {"weight": "drawn", "ignore_index": 1}))
PROBABILITIES = ledger.Entry("CrossEntropyLoss", {"label_smoothing": 0.1}, "probabilities")


def test_all_accounts_agree():
    run = ledger.run()
    assert run.gradients == 8
    assert run.disagreements == 0
    assert run.comparisons > 1000
    assert 0 < run.worst < 4
    assert {each.conditions["dtype"] for each in run.certificates} == {"float32", "float64"}
    assert all(len(set(sizes)) == 3 and min(sizes) >= 2 for sizes in ledger.SIZES)


def test_it_has_every_combination_of_options():
    """Of the criteria of the first edition 66, as many as there are losses."""
    first = ("MSELoss", "mse_loss", "BCEWithLogitsLoss", "NLLLoss", "CrossEntropyLoss")
    entries = [entry for entry in ledger.entries() if entry.criterion in first]
    assert len({str(entry) for entry in entries}) == len(entries) == 66
    losses = {
        str(read(None, entry.make(5, 2, torch.float64, torch.Generator()), entry.targets).loss) for entry in entries
    }
    assert len(losses) == 66


def test_it_repeats_itself_and_leaves_the_random_numbers_alone(monkeypatch):
    monkeypatch.setattr(torch.random, "fork_rng", None)  # which would rewind those that other threads draw meanwhile
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
        assert row["verdict"] in ("agrees", "cannot tell")
    assert set(manifest["versions"]) == {"torch", "sympy", "python", "device"}
    documented = {name for names in manifest["fields"] for name in names.split(", ")}
    of_runs = {key for entry in (mse, nll) for run in entry["runs"] for key in (*run, *run["rows"][0])}
    assert of_runs - {"rows", "wrt", "shape", "dtype", "notes"} <= documented
    assert {"criterion", "latex", "code", "runs", "verdict"} <= documented


def test_the_manifest_does_not_depend_on_how_many_share_the_work():
    assert ledger.manifest(SMALL, (torch.float32,)) == ledger.manifest(SMALL, (torch.float32,), processes=2)


def figures(certificate):
    """What the manifest writes of a certificate."""
    return [
        (
            row.wrt,
            row.entries,
            row.sharp,
            row.wrong,
            round(row.deviation, 2),
            round(row.part, 2),
            float(f"{row.bound:.2g}"),
        )
        for row in certificate.rows
    ]


FIGURES = ("wrt", "entries", "sharp", "wrong", "deviation", "part", "bound")


def test_the_manifest_has_the_figures_of_each_certificate():
    manifest, dtypes = ledger.manifest(SMALL), ledger.ALL_DTYPES
    for entry, written in zip(SMALL, manifest["entries"], strict=True):
        cases = [(tuple(run["sizes"]), run["dtype"]) for run in written["runs"]]
        assert cases == [(sizes, str(dtype).split(".")[1]) for sizes in ledger.FEW_SIZES for dtype in dtypes]
        for run in written["runs"]:
            dtype = getattr(torch, run["dtype"])
            _, certificate = ledger.certified(entry, tuple(run["sizes"]), dtype, run["seed"])
            assert [tuple(row[name] for name in FIGURES) for row in run["rows"]] == figures(certificate)
            assert run["verdict"] == certificate.verdict
            for row, mine in zip(run["rows"], certificate.rows, strict=True):
                assert row["verdict"] == mine.verdict
                assert row["sharpest"] == (float(f"{mine.sharpest:.2g}") if math.isfinite(mine.sharpest) else None)
                assert row["condition"] == (float(f"{mine.condition:.2g}") if mine.sharp else None)


def test_every_entry_is_compared_with_exact_values_too():
    """At one size, in float64 and float32 by turns; those figures are the certificate's."""
    manifest = ledger.manifest((*SMALL, PROBABILITIES))
    for number, (entry, written) in enumerate(zip((*SMALL, PROBABILITIES), manifest["entries"], strict=True)):
        (run,) = (run for run in written["runs"] if run["exact"] is not None)
        dtype = ledger.DTYPES[number % 2]
        assert (tuple(run["sizes"]), run["dtype"]) == (ledger.EXACT_SIZE, str(dtype).removeprefix("torch."))
        _, certificate = ledger.certified(entry, ledger.EXACT_SIZE, dtype, run["seed"], exact=True)
        for side, units in run["exact"].items():
            assert units == max(round(row.from_exact[side], 2) for row in certificate.rows) > 0
    assert f"computed at {ledger.EXACT_SIZE}" in manifest["fields"]["exact"]


def test_what_is_false_on_both_sides_stops_it_where_it_is_compared_with_the_truth(monkeypatch):
    right_truth = exact_values.gradient
    monkeypatch.setattr(
        exact_values, "gradient", lambda *given: {at: 2 * each for at, each in right_truth(*given).items()}
    )
    ledger.run(SMALL, ledger.FEW_SIZES, (torch.float32,))
    with pytest.raises(GradientMismatch, match="and the exact value disagree"):
        ledger.manifest(SMALL)


def test_what_cannot_be_told_does_not_stop_it_and_is_no_agreement():
    """An entry agrees where each tensor does in one run at least."""
    entry = (ledger.Entry("CrossEntropyLoss", {"label_smoothing": 0.1}),)
    run = ledger.run(entry, ledger.FEW_SIZES, (torch.float64, torch.bfloat16))
    assert [each.verdict for each in run.certificates] == ["agrees", "cannot tell"] * 2
    assert (run.verdict, run.unsure) == ("cannot tell", 2)
    assert (ledger.run(entry).verdict, ledger.run(entry).unsure) == ("agrees", 0)
    for dtypes, verdict in (((torch.float64, torch.bfloat16), "agrees"), ((torch.bfloat16,), "cannot tell")):
        (written,) = ledger.manifest(entry, dtypes)["entries"]
        assert written["verdict"] == verdict
        assert {each["verdict"] for each in written["runs"]} == {"agrees", "cannot tell"} - (
            set() if len(dtypes) == 2 else {"agrees"}
        )


def test_the_manifest_has_the_formulas_the_code_and_the_notes_of_each_entry():
    """With products of float32 set to be coarse, there is something to note; the threads are as they were."""
    before, threads = torch.get_float32_matmul_precision(), torch.get_num_threads()
    torch.set_float32_matmul_precision("high")
    torch.set_num_threads(3)
    try:
        manifest = ledger.manifest((*SMALL, PROBABILITIES), (torch.float32,))
        certified = [
            ledger.certified(entry, ledger.FEW_SIZES[0], torch.float32, written["runs"][0]["seed"])
            for entry, written in zip((*SMALL, PROBABILITIES), manifest["entries"], strict=True)
        ]
        assert torch.get_num_threads() == 3
    finally:
        torch.set_float32_matmul_precision(before)
        torch.set_num_threads(threads)
    for entry, written, (explanation, certificate) in zip(
        (*SMALL, PROBABILITIES), manifest["entries"], certified, strict=True
    ):
        assert (written["criterion"], written["options"], written["targets"]) == (
            entry.criterion,
            entry.options,
            entry.targets,
        )
        assert written["code"] == explanation.code("weight", "bias")
        assert written["latex"] == {
            row.wrt: {form: explanation.latex(row.wrt, form) for form in ("matrix", "index")}
            for row in certificate.rows
        }
        of_logits = "logits" if entry.criterion == "NLLLoss" else "outputs"
        assert written["definitions"].keys() == set(explanation.derivation(of_logits).shown)
        run = written["runs"][0]
        assert [tuple(row["shape"]) for row in run["rows"]] == [tuple(row.autograd.shape) for row in certificate.rows]
        assert run["notes"] == [{"zh": note.zh, "en": note.en} for note in certificate.notes]
        assert "set to tf32" in run["notes"][0]["en"]
        assert manifest["versions"].items() <= certificate.conditions.items()
    assert manifest["shared"]["weight"] == r"\frac{\partial L}{\partial W} = G^{\top} X"
    assert manifest["shared"]["inputs"] == r"\frac{\partial L}{\partial X} = G W"
    assert len(set(manifest["shared"].values())) == 4


@pytest.mark.parametrize("number", range(0, 66, 5))
def test_the_data_of_the_ledger_are_of_no_special_kind(monkeypatch, number):
    """Neither 0 nor 1 nor all of one sign, and others for another seed; so with the weights and the incoming vector."""
    seen, right, entry = [], Explanation.certify, ledger.entries()[number]

    def certify(self, inputs, targets, **options):
        linear, incoming = self.setup.model, options["grad_output"]
        weights = [each for each in self.setup.options.values() if torch.is_tensor(each)]
        signed = [linear.weight.detach(), linear.bias.detach(), inputs, *([] if incoming is None else [incoming])]
        seen.append((signed, weights))
        assert targets.unique().numel() > 1
        return right(self, inputs, targets, **options)

    monkeypatch.setattr(Explanation, "certify", certify)
    for seed in (1, 2):
        ledger.certified(entry, (64, 10, 5), torch.float64, seed)
    (signed, weights), (others, other_weights) = seen
    for each in signed:
        assert each.min() < 0 < each.max()
        assert each.unique().numel() == each.numel()
    for each in weights:
        assert each.unique().numel() == each.numel()
    assert len(weights) == sum(value == "drawn" for value in entry.options.values())
    for one, other in zip([*signed, *weights], [*others, *other_weights], strict=True):
        assert not torch.equal(one, other)


def test_what_is_wrong_is_counted(monkeypatch):
    """As it would be written if nothing had stopped: by tensor, and of all together."""
    monkeypatch.setattr(ledger, "DISAGREES", "nothing")
    read_as(monkeypatch, nn.MSELoss, RowMeanMSE())
    run = ledger.run(ledger.PLAIN, ledger.FEW_SIZES, (torch.float64,))
    wrong = [[row.wrong for row in each.rows] for each in run.certificates]
    assert wrong == [[20, 2, 50, 10], [12, 3, 28, 21], [0] * 4, [0] * 4]
    assert run.disagreements == sum(map(sum, wrong))
    assert run.worst == max(row.deviation for each in run.certificates for row in each.rows) > 1e10
    (entry,) = ledger.manifest(ledger.PLAIN[:1], (torch.float64,))["entries"]
    assert [[row["wrong"] for row in run["rows"]] for run in entry["runs"]] == wrong[:2]
    assert (run.verdict, entry["verdict"], entry["runs"][0]["verdict"]) == ("disagrees",) * 3


def test_every_entry_is_certified_at_every_size_and_dtype():
    seen = []
    run = ledger.run(SMALL, ledger.FEW_SIZES, ledger.DTYPES, progress=lambda done, of: seen.append((done, of)))
    cases = [(each.setup.name, each.conditions["shape"], each.conditions["dtype"]) for each in run.certificates]
    assert cases == [
        (entry.criterion, str((rows, features)), str(dtype).split(".")[1])
        for entry in SMALL
        for rows, features, _ in ledger.FEW_SIZES
        for dtype in ledger.DTYPES
    ]
    assert [each.conditions["seed"] for each in run.certificates] == [str(seed) for seed in range(8)]
    assert seen == [(done, 8) for done in range(1, 9)]
    assert run.comparisons == sum(row.entries - row.blunt for each in run.certificates for row in each.rows)


@pytest.mark.parametrize("dtype", ledger.ALL_DTYPES, ids=str)
@pytest.mark.parametrize("wrt", ["weight", "bias", "inputs", "outputs"])
def test_one_wrong_entry_anywhere_stops_it(monkeypatch, dtype, wrt):
    """In the last entry of one tensor, at the last size."""
    right = evaluate.gradients

    def wrong(batch, names):
        found = right(batch, names)
        if len(batch.inputs) == ledger.FEW_SIZES[-1][0]:
            found[wrt] = found[wrt].clone()
            found[wrt].view(-1)[-1] += 1
        return found

    entries = (ledger.Entry("MSELoss", {}),)
    ledger.run(entries, ledger.FEW_SIZES, (dtype,))
    monkeypatch.setattr(evaluate, "gradients", wrong)
    ledger.run(entries, ledger.FEW_SIZES[:-1], (dtype,))
    for run in (lambda: ledger.run(entries, ledger.FEW_SIZES, (dtype,)), lambda: ledger.manifest(entries, (dtype,))):
        with pytest.raises(GradientMismatch) as caught:
            run()
        assert caught.value.details["tensor"] == wrt
        assert "one of 1 wrong of" in caught.value.details["index"]


@pytest.mark.parametrize(("criterion", "wrong"), WRONG_LOSSES)
def test_a_wrong_loss_stops_it(monkeypatch, criterion, wrong):
    read_as(monkeypatch, criterion, wrong)
    with pytest.raises(GradientMismatch, match=f"{criterion.__name__}: the closed form"):
        ledger.run()
    with pytest.raises(GradientMismatch):
        ledger.manifest(ledger.PLAIN)
    assert issubclass(criterion, nn.Module)


@pytest.mark.parametrize(("wrong", "says"), [({"processes": 0}, "at least one process"), ({"which": ()}, "no entry")])
def test_work_that_nobody_could_do_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        ledger.manifest(**wrong)
