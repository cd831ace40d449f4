"""What readers see: both languages, every line with its rule and its check mark, numbers as short as they are exact."""

import re

import pytest
import torch
from bs4 import BeautifulSoup
from registering import read_as
from test_closed_form import CRITERIA, case
from torch import nn
from wrong_losses import RowMeanMSE

from derivations import curvature, derive, explain
from derivations.display.bundle import CERTIFICATE_MIME
from derivations.display.certificate import certificate_text, number
from derivations.display.counts import counted
from derivations.display.lines import legend
from derivations.index_calculus import rules
from derivations.index_calculus.expressions import names_in
from derivations.losses import MSE, CrossEntropy
from derivations.optimizers import SGD
from derivations.torch_bridge.batch.batch import read_batch
from derivations.torch_bridge.certificates.certify import certify
from derivations.wording import RULES, SENTENCES, Words

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


def test_every_line_shows_its_rule_its_check_mark_and_its_reason_in_both_languages(derivation):
    data, metadata = derivation._repr_mimebundle_()
    pages = {lang: metadata["derivations"][lang]["text/html"] for lang in ("zh", "en")}
    assert not HAN.search(pages["en"])
    parsed = {lang: BeautifulSoup(html, "html.parser") for lang, html in pages.items()}
    each_line(derivation, parsed["zh"], {"要证", "定义", "条件", "结论"})
    each_line(derivation, parsed["en"], {"to show", "definition", "condition", "conclusion"})
    formulas = [{each.text for each in page.select(".arithmatex")} for page in parsed.values()]
    assert formulas[0] == formulas[1]
    assert data["text/plain"] == str(derivation)
    for told in (parsed["zh"].get_text(), parsed["en"].get_text(), data["text/plain"]):
        assert not re.search(r"None|Condition\(|Words\(|Symbol", told)


def each_line(derivation, page, kinds):
    """`kinds` are the lines that need no judgement."""
    lines = page.select_one(".gl-steps").find_all("li", class_="gl-step", recursive=False)
    judged = [line for line in lines if line.select_one(".gl-ok")]
    assert 0 <= len(judged) - len(derivation.steps) <= 1  # and the matrix form, where it reads well
    for line in lines:
        assert line.select_one(".gl-chip").text
    for line in judged:
        assert line.select_one(".gl-why").text
    unjudged = [line.select_one(".gl-chip").text for line in lines if line not in judged]
    assert set(unjudged) <= kinds
    concluded = {None: 0, "by induction": 2}.get(derivation.conclusion, 1)
    assert len(unjudged) == len(derivation.definitions) + bool(derivation.domain) + concluded


#: What every page of this site calls by the same letter.
ARRAYS = set("XWbZYyL")


def test_every_symbol_is_explained(derivation):
    """By its definition, in the line that introduces it, or in the sentence below."""
    steps, definitions = derivation.steps, derivation.definitions
    formulas = [derivation.left, *(each.right for each in definitions), *(step.expr for step in steps)]
    used = set().union(*(names_in(each) for each in [*formulas, *(each.left for each in derivation.domain)]))
    naming = [micro for step in steps for micro in step.micros if micro.rule.name in ("name", "define")]
    introduced = set().union(*(names_in(fact.left) for micro in naming for fact in micro.facts))
    defined = set().union(*(names_in(each.left) for each in definitions))
    assert used <= ARRAYS | introduced | defined | set(legend(derivation))


def test_every_rule_has_a_name_and_a_sentence():
    assert RULES.keys() == SENTENCES.keys() == {name for name in rules.__all__ if name[0].islower()}
    assert all(isinstance(words, Words) and words.zh and words.en for words in RULES.values())


@pytest.mark.parametrize(
    ("derived", "says"),
    [
        (derive(CrossEntropy(weight=True, ignore_index=True)), ["S ≠ 0", "ι is ignore_index", "δ is 1 where its two"]),
        (derive(MSE(reduction="none")), ["v is the vector that backward receives, grad_output"]),
        (derive(MSE(extra_dimensions=True)), ["T is the number of positions in a sample"]),
        (
            curvature.convexity(MSE(weight=True)),
            ["[condition] S > 0, w[n,c] ≥ 0", "[conclusion] ≥ 0", "positive semidefinite"],
        ),
        (curvature.normal_equations(), ["[conclusion] ∂L/∂W[j,m] = 0 ⟺ "]),
        (
            derive(SGD(momentum=True), "buffer"),
            ["b[t] := μ·b[t - 1] + g[t] (t ≥ 2), b[1] := g[1]", "[condition] t ≥ 2"],
        ),
    ],
    ids=lambda value: getattr(getattr(value, "title", None), "en", ""),
)
def test_what_a_derivation_says_beside_its_lines(derived, says):
    for part in says:
        assert part in str(derived)
    assert str(derived).count("is 1 where") <= 1  # δ is explained once


def test_a_matrix_form_that_reads_worse_than_the_line_is_not_shown():
    simple, long = derive(CrossEntropy()), derive(CrossEntropy(weight=True, label_smoothing=True))
    assert long.matrix is not None
    chips = [
        [chip.text for chip in shown(each, "en").select_one(".gl-steps").select(".gl-chip")] for each in (simple, long)
    ]
    assert "matrix form" in chips[0]
    assert "matrix form" not in chips[1]


@pytest.mark.parametrize("criterion", CRITERIA, ids=str)
def test_a_certificate_tells_the_build_whether_it_agrees(criterion):
    explanation, inputs, targets = case(criterion)
    data, _ = explanation.certify(inputs, targets)._repr_mimebundle_()
    assert data[CERTIFICATE_MIME] == {"verdict": "agrees", "message": ""}


def refused(wrt="bias"):
    """A certificate with one wrong entry, in a tensor that is not the first."""
    explanation, inputs, targets = case(nn.CrossEntropyLoss())
    names = ("weight", "bias", "inputs")
    found = explanation.gradients(inputs, targets, wrt=names)
    wrong = {**found, wrt: found[wrt].clone()}
    wrong[wrt].view(-1)[-1] += 1e-3
    return certify(read_batch(explanation.setup, inputs, targets), wrong, found, 0.0, seed=0)


VERDICTS = {
    "zh": ("✓ 两本账一致", "✗ 两本账不一致", "? 看不出两本账对不对得上"),
    "en": ("✓ The two accounts agree", "✗ The two accounts disagree", "? Cannot tell whether the two accounts agree"),
}


@pytest.mark.parametrize("lang", VERDICTS)
def test_a_ledger_says_whether_the_accounts_agree(lang):
    explanation, inputs, targets = case(nn.CrossEntropyLoss())
    agrees, wrong, blunt = VERDICTS[lang]
    for certificate, verdict, mark in (
        (explanation.certify(inputs, targets), agrees, "gl-ok"),
        (refused(), wrong, "gl-bad"),
        (explanation.certify(inputs, targets, wrt=("weight",)), agrees, "gl-ok"),
        (at_the_minimum(), blunt, "gl-unsure"),
        (in_bfloat16(), blunt, "gl-unsure"),
    ):
        foot = shown(certificate, lang).select_one("tfoot")
        assert foot.span.get_text() == verdict
        assert foot.span.get("class") == [mark]
        assert len(shown(certificate, lang).select(".gl-ok, .gl-bad, .gl-unsure")) == 1
        sharp, entries = sum(row.sharp for row in certificate.rows), sum(row.entries for row in certificate.rows)
        assert counted(entries, sharp, lang) in foot.get_text()
        assert f"{max(row.deviation for row in certificate.rows):.2f} eps·κ" in foot.get_text()


def at_the_minimum():
    """A gradient of 0, where no bound tells anything."""
    model, inputs = nn.Linear(2, 1, dtype=torch.float64), torch.ones(4, 2, dtype=torch.float64)
    return explain(model, nn.MSELoss()).certify(inputs, model(inputs).detach(), wrt=("weight",))


def in_bfloat16():
    """Gradients of which a half could be missing: the targets are not far from what the model gives."""
    explanation, inputs, _ = case(nn.MSELoss(), torch.bfloat16)
    targets = 1.2 * explanation.setup.model(inputs).detach()
    return explanation.certify(inputs, targets, wrt=("weight", "bias"))


@pytest.mark.parametrize("lang", VERDICTS)
def test_a_doubt_says_of_each_tensor_what_might_not_show(lang):
    certificate = in_bfloat16()
    says = {
        "zh": "{}：倍数的差错不到 {:.0%} 时，可能看不出来",
        "en": "{}: a factor wrong by less than {:.0%} might not show",
    }
    legend = shown(certificate, lang).select_one(".gl-legend").get_text()
    assert legend.endswith({"zh": "（要算一致，11% 就该看得出来）", "en": " (to agree, 11% must show)"}[lang])
    for row in certificate.rows:
        said = says[lang].format(row.wrt, row.sharpest)
        assert said in legend
        assert said in certificate_text(certificate, lang)
    agreeing, *_ = case(nn.MSELoss())
    assert says[lang].partition("}")[2].partition("{")[0] not in certificate_text(agreeing.sample, lang)


@pytest.mark.parametrize("lang", VERDICTS)
def test_what_is_exactly_0_is_said_to_be(lang):
    certificate = explain(None, nn.CrossEntropyLoss()).certify(torch.zeros(2, 3), torch.tensor([-100, -100]))
    says = {"zh": "6 个元素，都恰好是 0", "en": "6 entries, all exactly 0"}[lang]
    assert says in shown(certificate, lang).select_one("tfoot").get_text()
    assert says in certificate_text(certificate, lang)


@pytest.mark.parametrize("certificate", [in_bfloat16(), at_the_minimum()], ids=["bfloat16", "minimum"])
def test_what_cannot_be_told_is_told_to_the_build_as_such(certificate):
    data, _ = certificate._repr_mimebundle_()
    assert data[CERTIFICATE_MIME] == {"verdict": "cannot tell", "message": ""}


@pytest.mark.parametrize(("lang", "words"), [("zh", ("一致", "不一致")), ("en", ("agrees", "disagrees"))])
def test_a_terminal_is_told_of_each_tensor(lang, words):
    for wrong in ("weight", "bias", "inputs"):
        _, *rows = certificate_text(refused(wrong), lang).splitlines()
        for wrt, line in zip(("weight", "bias", "inputs"), rows, strict=False):
            assert line.startswith(wrt)
            assert f" {words[wrt == wrong]}   " in line


def test_an_account_that_is_refused_stops_the_build():
    certificate = refused()
    told = certificate._repr_mimebundle_()[0][CERTIFICATE_MIME]
    assert told["verdict"] == "disagrees"
    assert told["message"] == str(certificate.mismatch())
    assert "bias[2], one of 1 wrong of 3" in told["message"]


def test_an_explanation_stops_the_build_when_its_sample_is_refused(monkeypatch):
    read_as(monkeypatch, nn.MSELoss, RowMeanMSE())
    explanation, *_ = case(nn.MSELoss())
    data, metadata = explanation._repr_mimebundle_()
    assert data[CERTIFICATE_MIME]["verdict"] == "disagrees"
    assert "tensor     weight" in data[CERTIFICATE_MIME]["message"]
    assert VERDICTS["en"][1] in metadata["derivations"]["en"]["text/html"]
    assert "disagrees" in str(explanation)


@pytest.mark.parametrize("lang", VERDICTS)
def test_a_ledger_that_disagrees_says_what_is_wrong(lang):
    certificate = refused()
    wrong = shown(certificate, lang).select_one(".gl-ledger + .gl-diagnosis")
    assert certificate.diagnosis.sentence[lang] in wrong.get_text()
    assert not wrong.select("table")
    agreeing, inputs, targets = case(nn.CrossEntropyLoss())
    assert not shown(agreeing.certify(inputs, targets), lang).select(".gl-diagnosis")


def test_a_small_ledger_shows_every_entry_of_either_side():
    """Closed form on the left, autograd on the right: they are not the same numbers."""
    certificate = refused()
    row = shown(certificate, "en").select("tbody tr")[1]
    left, right = ([each.get_text() for each in cell.select(".gl-num")] for cell in row.select("td")[:2])
    assert left == [number(each) for each in certificate.rows[1].closed_form]
    assert right == [number(each) for each in certificate.rows[1].autograd]
    assert left[:2] == right[:2]
    assert left[2] != right[2]


@pytest.mark.parametrize("lang", VERDICTS)
def test_a_ledger_shows_the_truth_its_conditions_and_its_notes(lang):
    outputs, targets = torch.tensor([[0.5], [-1.0]]), torch.tensor([[0.25], [2.0]])
    certificate = explain(None, nn.MSELoss()).certify(outputs, targets, exact=True, seed=3)
    page = shown(certificate, lang)
    left, right, truth = (
        [each.get_text() for each in cell.select(".gl-num")] for cell in page.select("tbody tr td")[:3]
    )
    assert truth == ["1/4", "−3"]
    assert left == right == ["0.25", "−3"]
    assert page.caption.span.get_text() == "seed 3 · float32 · N = 2"
    assert page.select_one("td .gl-lab").get_text() == "outputs.grad"
    surprising = explain(None, nn.MSELoss()).certify(outputs, targets[0], wrt=("outputs", "targets"))
    (note,) = surprising.notes
    assert note[lang] in shown(surprising, lang).get_text()
    assert note[lang] in certificate_text(surprising, lang)
    assert [each.get_text() for each in shown(surprising, lang).select("td > .gl-lab")][-1] == "∂loss/∂targets"


@pytest.mark.parametrize(
    ("entries", "sharp", "zh", "en"),
    [
        (20, 20, "20 个元素，误差界都够紧", "20 entries, all sharply bounded"),
        (20, 19, "20 个元素，其中 19 个误差界够紧", "20 entries, 19 sharply bounded"),
        (20, 0, "20 个元素，其中 0 个误差界够紧", "20 entries, 0 sharply bounded"),
    ],
)
def test_entries_and_sharp_ones_are_counted(entries, sharp, zh, en):
    assert (counted(entries, sharp, "zh"), counted(entries, sharp, "en")) == (zh, en)


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
    assert len(html.select(".gl-ledger .gl-num")) == 2
    (row,) = explanation.certify(inputs, targets, wrt=("weight",)).rows
    assert f"20 个元素里偏差最大的一个：weight[{', '.join(map(str, row.worst))}]" in html.text
    shown_entries = [each.get_text() for each in html.select(".gl-ledger .gl-num")]
    assert shown_entries == [number(row.closed_form[row.worst]), number(row.autograd[row.worst])]
    assert row.worst != (0, 0)
    assert isinstance(explain(None, nn.MSELoss()).sample.worst, float)
