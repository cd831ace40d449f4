"""`derivations audit`: a step from a file is audited, in both languages; what cannot be is said."""

import json

import pytest

from derivations.cli import main

FILE = """
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
x, y = torch.randn(5, 3), torch.tensor([0, 1, 1, 0, 1])


class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, g):
        return g


def step():
    return nn.functional.cross_entropy(net(x), y)


def trained():
    step().backward()


def wrong():
    return Twice.apply(net(x)).sum()


def number():
    return 3


def fails():
    return 1 / 0


def needs(batch):
    return batch
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "train.py"
    path.write_text(FILE, encoding="utf-8")
    return path


@pytest.mark.parametrize(("lang", "said"), [("en", "Every node agrees: 7 nodes"), ("zh", "每个节点都对得上：7 个节点")])
@pytest.mark.parametrize("name", ["step", "trained"])
def test_a_step_is_audited_by_module(file, name, lang, said, capsys):
    assert main(["audit", f"{file}::{name}", "--lang", lang]) == 0
    out = capsys.readouterr().out
    assert said in out
    assert "✓ 0   2 " in out


def test_a_wrong_node_is_named_and_ends_with_1(file, capsys):
    assert main(["audit", f"{file}::wrong", "--lang", "en"]) == 1
    out = capsys.readouterr().out
    assert "✗ TwiceBackward" in out
    assert "every entry is 1/2 of what it should be" in out


def test_an_audit_as_json_of_one_module(file, capsys):
    assert main(["audit", f"{file}::step", "--json", "--only", "2", "--model", "net", "--seed", "1"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert {each["module"] for each in data["nodes"]} == {"2"}
    assert data["verdict"] == "agrees"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "Give `FILE.py::NAME`"),
        (["::number"], 2, "must return the loss"),
        (["::fails"], 1, "failed, so there is nothing to check"),
        (["::needs"], 2, "a function without arguments"),
        (["::net"], 2, "a function without arguments"),
        (["::step", "--model", "other"], 2, "Accepted: net"),
        (["::step", "--only", "3"], 2, "Modules with nodes: '0', '1', '2', ''"),
    ],
)
def test_what_cannot_be_audited_is_said(file, arguments, code, said, capsys):
    words = [f"{file}{arguments[0]}", *arguments[1:]] if arguments else []
    assert main(["audit", *words, "--lang", "en"]) == code
    assert said in capsys.readouterr().err
