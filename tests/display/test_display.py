"""What readers see: both languages, every line with its rule and its check mark, numbers as short as they are exact."""

import re

import pytest
import torch
from bs4 import BeautifulSoup
from test_closed_form import CRITERIA, case
from torch import nn

from derivations import derive, explain
from derivations.display.certificate import CERTIFICATE_MIME, number
from derivations.index_calculus.rules import RuleError
from derivations.losses import MSE, CrossEntropy
from derivations.wording import RULES, TEMPLATES, Words

HAN = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


def shown(thing, lang):
    _, metadata = thing._repr_mimebundle_()
    return BeautifulSoup(metadata["derivations"][lang]["text/html"], "html.parser")


def things():
    explanation, inputs, targets = case(nn.CrossEntropyLoss(), torch.float32, 5, 10, 2)
    yield "derivation", derive(MSE(), "weight")
    yield "certificate", explanation.certify(inputs, targets, exact=True)
    yield "explanation", explanation


@pytest.mark.parametrize(("name", "thing"), list(things()), ids=lambda value: value if isinstance(value, str) else "")
def test_each_language_is_whole(name, thing):
    data, metadata = thing._repr_mimebundle_()
    halves = metadata["derivations"]
    assert set(halves) == {"zh", "en"}
    assert halves["zh"].keys() == halves["en"].keys()
    assert data["text/html"] == halves["en"]["text/html"]
    for mime in ("text/html", "text/plain"):
        assert not HAN.search(halves["en"][mime])
        assert HAN.search(halves["zh"][mime])
    formulas = [[each.text for each in shown(thing, lang).select(".arithmatex")] for lang in ("zh", "en")]
    assert set(formulas[0]) == set(formulas[1])  # formulas exist once
    assert formulas[0]


def test_every_line_shows_its_rule_its_check_mark_and_its_reason(derivation):
    for lang in ("zh", "en"):
        html = shown(derivation, lang)
        lines = html.select_one(".gl-steps").find_all("li", class_="gl-step", recursive=False)
        judged = [line for line in lines if line.select_one(".gl-ok")]
        assert len(judged) == len(derivation.steps) + 1  # and the matrix form
        assert len(lines) == len(judged) + len(derivation.definitions)
        for line in judged:
            assert line.select_one(".gl-chip").text
            assert line.select_one(".gl-why").text
        for line in lines:
            if line not in judged:
                assert ":=" in line.select_one(".gl-line").text


def test_every_rule_has_a_name_and_a_sentence():
    assert RULES.keys() == TEMPLATES.keys()
    used = {
        micro.rule.name
        for loss in (MSE(), CrossEntropy())
        for wrt in ("outputs", "weight")
        for step in derive(loss, wrt).steps
        for micro in step.micros
    }
    assert used <= RULES.keys()
    assert all(isinstance(words, Words) and words.zh and words.en for words in RULES.values())
    assert issubclass(RuleError, ValueError)


@pytest.mark.parametrize("criterion", CRITERIA, ids=str)
def test_a_certificate_tells_the_build_whether_it_agrees(criterion):
    explanation, inputs, targets = case(criterion)
    data, _ = explanation.certify(inputs, targets)._repr_mimebundle_()
    assert data[CERTIFICATE_MIME] == {"agrees": True, "message": ""}


@pytest.mark.parametrize(
    ("value", "dtype", "text"),
    [
        (0.1, torch.float32, "0.1"),
        (-11.257436, torch.float32, "−11.257436"),
        (1 / 3, torch.float64, "0.3333333333333333"),
        (1 / 3, torch.float32, "0.33333334"),
        (1 / 3, torch.bfloat16, "0.334"),
        (0.0, torch.float32, "0"),
        (float("nan"), torch.float32, "nan"),
    ],
)
def test_numbers_have_as_many_digits_as_tell_them_apart(value, dtype, text):
    assert number(torch.tensor(value, dtype=dtype)) == text


def test_a_large_tensor_is_shown_by_its_worst_entry():
    explanation, inputs, targets = case(nn.CrossEntropyLoss(), torch.float32, 5, 10, 2)
    html = shown(explanation.certify(inputs, targets, wrt=("weight",)), "zh")
    assert len(html.select("tbody .gl-num")) == 2
    assert "20 个元素里偏差最大的一个：weight[" in html.text
    assert isinstance(explain(None, nn.MSELoss()).sample.worst, float)
