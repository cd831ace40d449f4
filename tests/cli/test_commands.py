"""What the commands print, and their exit codes."""

import json
import os
import re
import subprocess
import sys

import pytest

from derivations import MSE, __version__, as_data, derive, ledger
from derivations.cli import main
from derivations.cli.subjects import everything
from derivations.index_calculus.judging.judge import Disagreement

SUBJECTS = everything()


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


@pytest.mark.parametrize(
    "arguments",
    [
        ["--weight", "show", "--wrt", "weight", "nll", "--reduction", "sum"],
        ["show", "--wrt=weight", "--reduction=sum", "--weight", "--", "nll"],
        ["show", "nll", "--reduction", "mean", "--weight", "--wrt", "bias", "--reduction", "sum", "--wrt", "weight"],
    ],
)
def test_options_may_stand_anywhere_and_the_last_of_one_counts(arguments, capsys):
    assert main(arguments) == 0
    assert capsys.readouterr().out.startswith("NLLLoss(reduction=sum, weight): ∂L/∂W\n")


def test_an_operation_gives_way_to_what_has_its_name(capsys):
    assert main(["show", "softmax"]) == 0
    assert "∂P[n,c]/∂Z[i,j]" in capsys.readouterr().out
    assert main(["show", "softmax-operation"]) == 0
    assert capsys.readouterr().out.startswith("softmax passes G on to A\n")


def test_options_of_operations(capsys):
    assert main(["show", "power", "--exponent", "0.5"]) == 0
    assert "(1/2)·(1/√(A[i]))·G[i]" in capsys.readouterr().out
    assert main(["show", "layer-norm", "--no-affine", "--wrt", "w"]) == 2
    assert "LayerNorm(affine=False)" in capsys.readouterr().err
    assert main(["show", "mse-loss", "--reduction", "sum", "--lang", "zh"]) == 0
    assert capsys.readouterr().out.startswith("均方误差把 G 传给 A\n")


def test_show_as_json(capsys):
    assert main(["show", "mse", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["lines"][-1]["latex"].endswith(r"\frac{2}{N C} (Z - Y)")
    assert shown["second opinions"] == ["diff", "difference"]
    assert shown["data"] == as_data(derive(MSE()))
    assert all(line["judged"] or line["rules"] == "definition" for line in shown["lines"])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_disagreement_exits_with_1(monkeypatch, capsys, lang):
    def disagree(*arguments):
        raise Disagreement("MSELoss disagrees", index="weight[0, 0]")

    monkeypatch.setattr(ledger, "run", disagree)
    assert main(["certify", "--lang", lang]) == 1
    said = capsys.readouterr()
    assert said.err == "MSELoss disagrees\n  index  weight[0, 0]\n"
    assert said.out == ""


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_certify(capsys, lang):
    assert main(["certify", "--dtype", "float32", "--lang", lang]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert ("个元素一致" if lang == "zh" else "entries agree") in last


def test_certify_as_json(capsys):
    assert main(["certify", "--dtype", "float32", "--json", "--device", "cpu"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["agree"] > 100
    assert (said["verdict"], said["certificates"], said["that cannot tell"]) == ("agrees", 8, 0)


@pytest.mark.parametrize(
    ("lang", "says"), [("zh", r"^8 张证书里有 [1-8] 张看不出对错"), ("en", "^[1-8] of 8 certificates cannot tell")]
)
def test_what_cannot_be_told_exits_with_3(capsys, lang, says):
    """It is no error, and no success either."""
    assert main(["certify", "--dtype", "bfloat16", "--lang", lang]) == 3
    said = capsys.readouterr()
    assert re.search(says, said.out.splitlines()[-1])
    assert said.err == ""
    assert main(["certify", "--dtype", "bfloat16", "--json"]) == 3
    said = json.loads(capsys.readouterr().out)
    assert said["verdict"] == "cannot tell"
    assert 0 < said["that cannot tell"] <= said["certificates"] == 8


@pytest.mark.parametrize(
    ("verdicts", "code", "says"),
    [
        (
            ["agrees", "agrees"],
            0,
            {"zh": "2 种损失函数与选项的组合，全部对上", "en": "2 criteria with their options, certified"},
        ),
        (["agrees", "cannot tell"], 3, {"zh": "其中 1 种看不出对错", "en": "1 of them cannot be told"}),
    ],
)
def test_a_ledger_in_which_something_cannot_be_told_exits_with_3(monkeypatch, capsys, tmp_path, verdicts, code, says):
    """It is written all the same."""
    manifest = {"entries": [{"verdict": each} for each in verdicts]}
    monkeypatch.setattr(ledger, "manifest", lambda **_: manifest)
    assert main(["ledger"]) == code
    assert json.loads(capsys.readouterr().out) == manifest
    for lang in ("zh", "en"):
        assert main(["ledger", "--out", str(tmp_path / "l.json"), "--lang", lang]) == code
        assert says[lang] in capsys.readouterr().err
        assert json.loads((tmp_path / "l.json").read_text(encoding="utf-8")) == manifest


@pytest.mark.parametrize("arguments", [["--version"], ["show", "--version"], ["--lang", "zh", "--version"]])
def test_version(arguments, capsys):
    assert main(arguments) == 0
    assert capsys.readouterr().out == f"derivations {__version__}\n"


def test_it_is_a_module_too_and_says_what_to_do_without_torch():
    code = """
import runpy, sys
sys.modules["torch"] = sys.modules["numpy"] = None
from derivations.cli import main
for arguments in (["list"], ["show", "nll"], ["show", "--help"], ["certify"], ["ledger", "--processes", "2"]):
    print(main(arguments))
sys.argv = ["derivations", "list"]
runpy.run_module("derivations", run_name="__main__")
"""
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", timeout=120, env=environment
    )
    assert result.returncode == 0, result.stderr
    assert [line for line in result.stdout.splitlines() if line.isdigit()] == ["0", "0", "0", "2", "2"]
    assert result.stdout.endswith(
        "adamw            --wrt update, unrolled, moving_average, weights, bias_correction\n"
        "                 --weight-decay --maximize --amsgrad\n"
    )
    for command in ("certify", "ledger"):
        assert f"derivations: `derivations {command}` needs torch, which is not installed." in result.stderr
    assert "pip install" in result.stderr
    assert "Traceback" not in result.stderr
