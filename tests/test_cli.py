"""The command: what it prints, and its exit codes."""

import pytest

from derivations import ledger
from derivations.cli import main
from derivations.index_calculus.judge import Disagreement


def test_list(capsys):
    assert main(["list"]) == 0
    assert "cross-entropy" in capsys.readouterr().out


@pytest.mark.parametrize(("lang", "says"), [("zh", "链式法则"), ("en", "chain rule")])
def test_show(capsys, lang, says):
    assert main(["show", "mse", "--wrt", "outputs", "--lang", lang]) == 0
    out = capsys.readouterr().out
    assert "(2/(N·C))·(Z[i,j] - Y[i,j])" in out
    assert says in out.lower()


@pytest.mark.parametrize("wrong", [["show", "huber"], ["show", "mse", "--lang", "fr"], []])
def test_wrong_use_exits_with_2(wrong, capsys):
    with pytest.raises(SystemExit) as caught:
        main(wrong)
    assert caught.value.code == 2
    assert "usage: derivations" in capsys.readouterr().err


def test_a_disagreement_exits_with_1(monkeypatch, capsys):
    def disagree():
        raise Disagreement("MSELoss disagrees", index="weight[0, 0]")

    monkeypatch.setattr(ledger, "run", disagree)
    assert main(["certify"]) == 1
    assert "weight[0, 0]" in capsys.readouterr().err
