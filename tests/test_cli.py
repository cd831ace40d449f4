"""The command: what it prints, and its exit codes."""

import json
import subprocess
import sys

import pytest

from derivations import ledger
from derivations.cli import SUBJECTS, main
from derivations.index_calculus.judge import Disagreement


def test_list(capsys):
    assert main(["list"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in SUBJECTS)
    assert "--label-smoothing" in out
    assert main(["list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["name"] for row in rows} == set(SUBJECTS)


@pytest.mark.parametrize("name", SUBJECTS)
def test_everything_listed_can_be_shown(name, capsys):
    assert main(["list", "--json"]) == 0
    [row] = [row for row in json.loads(capsys.readouterr().out) if row["name"] == name]
    for wrt in row["wrt"]:
        assert main(["show", name, "--wrt", wrt, "--lang", "zh"]) == 0
        assert "✓" in capsys.readouterr().out


@pytest.mark.parametrize(("lang", "says"), [("zh", "链式法则"), ("en", "chain rule")])
def test_show(capsys, lang, says):
    assert main(["show", "mse", "--wrt", "outputs", "--lang", lang]) == 0
    out = capsys.readouterr().out
    assert "(2/(N·C))·(Z[i,j] - Y[i,j])" in out
    assert says in out.lower()


def test_show_with_options(capsys):
    assert (
        main(["show", "cross-entropy", "--label-smoothing", "--weight", "--reduction", "sum", "--wrt", "weight"]) == 0
    )
    assert "CrossEntropyLoss(reduction=sum, weight, label_smoothing): ∂L/∂W" in capsys.readouterr().out
    assert main(["show", "adamw", "--weight-decay"]) == 0
    assert "(1 - γ·λ)·θ[t - 1]" in capsys.readouterr().out


def test_show_as_json(capsys):
    assert main(["show", "mse", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["lines"][-1]["latex"].endswith(r"\frac{2}{N C} (Z - Y)")
    assert shown["second opinions"] == ["diff", "difference"]
    assert all(line["judged"] or line["rules"] == "definition" for line in shown["lines"])


@pytest.mark.parametrize("wrong", [["show", "huber"], ["show", "mse", "--lang", "fr"], []])
def test_wrong_use_exits_with_2(wrong, capsys):
    with pytest.raises(SystemExit) as caught:
        main(wrong)
    assert caught.value.code == 2
    assert "usage: derivations" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (["show", "mse", "--label-smoothing"], "--label-smoothing is not an option of mse. Accepted: --reduction"),
        (["show", "mse", "--wrt", "labels"], "wrt='labels' is not something MSELoss() has a derivation for. Accepted:"),
        (["show", "cross-entropy", "--targets", "probabilities", "--ignore-index"], "names no class to ignore"),
        (["certify", "--device", "gpu"], "--device gpu: Expected one of cpu"),
        (["certify", "--device", "meta"], "--device meta: Cannot copy out of meta tensor; no data. Accepted: cpu, and"),
        (["show", "softmax", "--weight"], "--weight is not an option of softmax. Accepted: none."),
    ],
)
def test_what_does_not_go_together_exits_with_2_and_a_sentence(wrong, says, capsys):
    assert main(wrong) == 2
    assert says in capsys.readouterr().err


def test_a_disagreement_exits_with_1(monkeypatch, capsys):
    def disagree(*arguments):
        raise Disagreement("MSELoss disagrees", index="weight[0, 0]")

    monkeypatch.setattr(ledger, "run", disagree)
    assert main(["certify"]) == 1
    assert "weight[0, 0]" in capsys.readouterr().err


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_certify(capsys, lang):
    assert main(["certify", "--dtype", "float32", "--lang", lang]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert ("个元素一致" if lang == "zh" else "entries agree") in last
    assert main(["certify", "--dtype", "float16", "--json", "--device", "cpu"]) == 0
    assert json.loads(capsys.readouterr().out)["agree"] > 100


def test_ledger(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(ledger, "entries", lambda: ledger.PLAIN)
    assert main(["ledger", "--out", str(tmp_path / "ledger.json")]) == 0
    written = json.loads((tmp_path / "ledger.json").read_text(encoding="utf-8"))
    assert len(written["entries"]) == 2
    assert "2 criteria" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["list"], ["show", "nll"], ["--help"]])
def test_it_is_a_module_too_and_needs_no_torch(arguments):
    code = (
        "import sys, runpy\n"
        "sys.modules['torch'] = sys.modules['numpy'] = None\n"
        f"sys.argv = ['derivations', *{arguments!r}]\n"
        "runpy.run_module('derivations', run_name='__main__')\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    assert result.stdout


def test_a_reader_that_has_seen_enough_is_no_error():
    command = f"{sys.executable} -m derivations show cross-entropy --wrt weight | head -1"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=120)
    assert result.stderr == ""
