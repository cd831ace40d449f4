"""An account shows every node with a sign, folded by module, in both languages, and what is wrong is open."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import torch
from bs4 import BeautifulSoup
from torch import Tensor, nn

from derivations import audit
from derivations.display.account import BOXES, LONG, account_html, account_text, folded
from derivations.display.checks import AGREEING, OTHERS, UNCHECKED
from derivations.display.node import node_html, node_text
from derivations.display.tensors import tensor_text
from derivations.torch_bridge.auditing.account import Account
from derivations.torch_bridge.auditing.nodes import NodeAccount
from derivations.torch_bridge.auditing.seen import Seen, seen

CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


class Squared(torch.autograd.Function):
    """Its backward leaves the 2 out."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return gradients[0] * ctx.saved_tensors[0]


def net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))


INPUTS = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])


@pytest.fixture(scope="module")
def right() -> Account:
    model = net()
    return audit(lambda: model(INPUTS).sum(), model)


@pytest.fixture(scope="module")
def wrong() -> Account:
    model = net()
    return audit(lambda: torch.special.erfcx(Squared.apply(model(INPUTS))).sum(), model)


def node(account: Account, name: str) -> NodeAccount:
    return next(each for each in account.nodes if each.name == name)


def parsed(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "lxml")


def test_every_node_stands_in_the_box_of_its_module(right: Account) -> None:
    boxes = {box.named("en"): [each.name for each in box.nodes] for box in folded(right.nodes)}
    assert boxes == {
        "0": ["TBackward0", "AddmmBackward0"],
        "1": ["ReluBackward0"],
        "2": ["TBackward0", "AddmmBackward0"],
        "(in no submodule)": ["SumBackward0"],
    }
    root = parsed(account_html(right, "en"))
    assert len(root.select(".gl-audit > details")) == len(boxes)
    assert [code.text for code in root.select("details > details > summary > code")] == [n.name for n in right.nodes]


def test_in_a_terminal_a_node_is_a_line_with_formula_value_gradient_and_verdict(right: Account) -> None:
    text = account_text(right, "en")
    assert "✓ Every node agrees: 6 nodes, all derived" in text
    (line,) = [each for each in text.splitlines() if "ReluBackward0" in each]
    relu = node(right, "ReluBackward0")
    assert re.split(r"  +", line.strip()) == [
        "✓ ReluBackward0",
        "Z = max(A, 0)",
        tensor_text(relu.results[0], 3),
        f"G: {tensor_text(relu.arrived[0], 3)}",
        "agrees",
    ]
    assert "每个节点都对得上：6 个节点，都由推导核对" in account_text(right, "zh")


def test_what_is_wrong_is_open_and_said(wrong: Account) -> None:
    root = parsed(account_html(wrong, "en"))
    assert {code.text for code in root.select("details > details[open] > summary > code")} == {
        "SquaredBackward",
        "SpecialErfcxBackward0",
    }
    text = account_text(wrong, "en")
    assert "✗ Not every node agrees" in text
    assert "3 of 3 entries wrong: operand 0[0, 0] should be 0.7177233, handed on was 0.3588617" in text
    assert wrong.wrong[0].shares[0].diagnosis.sentence.en in text
    assert re.search(r"✗ SquaredBackward .* disagrees", text)
    assert re.search(r"≈ SpecialErfcxBackward0 .* agrees numerically", text)
    assert wrong.wrong[0].shares[0].diagnosis.sentence.zh in account_text(wrong, "zh")


def test_a_sign_and_a_word_tell_what_colour_tells(wrong: Account) -> None:
    checks = [*AGREEING.values(), *OTHERS.values(), UNCHECKED]
    assert len({each.words.en for each in checks}) == len({each.words.zh for each in checks}) == len(checks)
    assert {(each.sign, each.kind) for each in checks} >= {("✓", "gl-ok"), ("≈", "gl-ok"), ("✗", "gl-bad")}
    for lang in ("zh", "en"):
        signs = parsed(account_html(wrong, lang)).select("span[role=img]")
        assert len(signs) >= len(wrong.nodes)
        assert all(each["aria-label"] for each in signs)


def test_words_are_in_the_language_of_the_page(right: Account, wrong: Account) -> None:
    for account in (right, wrong):
        assert not CHINESE.search(account_html(account, "en") + account_text(account, "en"))
        assert CHINESE.search(account_text(account, "zh"))
        for each in account.nodes:
            assert not CHINESE.search(node_html(each, "en") + node_text(each, "en"))


def test_a_node_has_definition_shares_numbers_and_verdict(right: Account) -> None:
    last = right.nodes[-2]
    text = node_text(last, "en")
    assert text.startswith("✓ AddmmBackward0   2   agrees")
    assert "Z = A @ B + b" in text
    for operand, formula in {"b": "1ᵀ @ G", "A": "G @ Bᵀ", "B": "Aᵀ @ G"}.items():
        share = last.share(operand)
        assert f"to {operand}            ✓ {formula} = {tensor_text(share.handed)}" in text
    html = node_html(last, "zh")
    assert html.count('<details class="gl-lemma">') >= 3
    assert "计算" in html
    assert "传来的 G" in html


def test_an_account_with_no_node_says_so() -> None:
    assert account_text(Account(), "en") == "? There is no node here"
    assert "这里没有一个节点" in account_html(Account(), "zh")


def many(modules: int, each: int = 4) -> Account:
    one = NodeAccount("ExpBackward0", "exp", "", 0, 0, (None,), "derived")
    nodes = [
        NodeAccount(one.name, one.call, f"blocks.{at // 4}.part{at % 4}", at, 0, one.arrived, "derived")
        for at in range(modules)
        for _ in range(each)
    ]
    return Account(tuple(nodes))


def test_many_boxes_are_folded_once_more_and_a_long_account_is_short_in_a_terminal() -> None:
    account = many(80)
    boxes = folded(account.nodes)
    assert [box.module for box in boxes] == [f"blocks.{at}" for at in range(20)]
    assert all(len(box.boxes) == 4 for box in boxes)
    assert len(folded(many(BOXES).nodes)) == BOXES
    assert len(account.nodes) > LONG


@pytest.mark.parametrize(
    ("tensor", "text"),
    [
        (torch.tensor(-11.257436752319336), "−11.257437"),
        (torch.tensor([[0.123456], [2.0]]), "[[0.1235], [2]]"),
        (torch.ones(8, 64), "8 × 64, ‖·‖ = 22.63"),
        (torch.tensor([float("nan"), 1.0]), "[nan, 1]"),
    ],
)
def test_a_tensor_in_a_line(tensor: Tensor, text: str) -> None:
    assert tensor_text(seen(tensor)) == text


def test_a_tensor_of_more_entries_than_fit_is_a_shape() -> None:
    assert tensor_text(Seen((2,), "float32", 5.0, True, [3.0, 4.0]), most=1) == "2, ‖·‖ = 5"


def test_json_has_every_number(right: Account, wrong: Account) -> None:
    for account in (right, wrong):
        data = json.loads(json.dumps(account.data(), allow_nan=False))
        assert [each["name"] for each in data["nodes"]] == [each.name for each in account.nodes]
        assert data["verdict"] == account.verdict
    relu = next(each for each in right.data()["nodes"] if each["name"] == "ReluBackward0")
    assert relu["results"][0]["values"] == node(right, "ReluBackward0").results[0].values
    assert relu["arrived"][0]["values"] is not None


def test_a_notebook_gets_both_languages(right: Account) -> None:
    for thing in (right, right.nodes[0]):
        data, metadata = thing._repr_mimebundle_()
        assert data == metadata["derivations"]["en"]
        assert CHINESE.search(metadata["derivations"]["zh"]["text/html"])
