"""How a diagnosis looks, on a page and in a terminal: a sentence, a formula, the numbers; in both languages."""

import re

import pytest
from bs4 import BeautifulSoup

from derivations.diagnosis.diagnosis import Diagnosis
from derivations.display.diagnosis import diagnosis_html, diagnosis_text
from derivations.verdict import AGREES, CANNOT_TELL, DISAGREES
from derivations.words import Words, wide

HAN = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
SENTENCE = Words("正负号反了，<应当> 是正的。", "The sign is reversed, <and should> be positive.")
NUMBERS = {"read": "Y - softmax(Z)", "ratio": "-1", "expected": -0.25, "got": "0.25", "bound": "3e-10", "seed": None}
WRONG = Diagnosis(DISAGREES, SENTENCE, latex=r"\text{given} = -\frac{\partial L}{\partial Z}", numbers=NUMBERS)


def page(diagnosis, lang):
    return BeautifulSoup(diagnosis_html(diagnosis, lang), "html.parser")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_sentence_comes_first_and_then_the_formula_and_the_numbers(lang):
    shown = page(WRONG, lang).div
    paragraph, formula, table = shown.find_all(recursive=False)
    assert paragraph.get_text() == f"✗ {SENTENCE[lang]}"
    assert WRONG.latex in formula.get_text()
    assert len(table.select("tr")) == len(NUMBERS) - 1  # what is not known is left out
    assert bool(HAN.search(shown.get_text())) == (lang == "zh")


def test_numbers_have_real_minus_signs_and_formulas_stay_as_typed():
    cells = [cell.get_text() for cell in page(WRONG, "en").select("td")]
    assert cells == ["Y - softmax(Z)", "−1", "−0.25", "0.25", "3e−10"]


@pytest.mark.parametrize(
    ("verdict", "sign", "kind"), [(AGREES, "✓", "gl-ok"), (DISAGREES, "✗", "gl-bad"), (CANNOT_TELL, "?", "gl-unsure")]
)
def test_each_verdict_has_its_sign_and_colour(verdict, sign, kind):
    shown = page(Diagnosis(verdict, SENTENCE), "en")
    assert shown.select_one(f"p > .{kind}").get_text() == sign
    assert not shown.select("table, .arithmatex")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_in_a_terminal_the_numbers_stand_in_a_column(lang):
    first, *rows = diagnosis_text(WRONG, lang).splitlines()
    assert first == f"✗ {SENTENCE[lang]}"
    assert WRONG.text(lang) == "\n".join([SENTENCE[lang], *rows])
    shown = ["Y - softmax(Z)", "-1", "-0.25", "0.25", "3e-10"]
    assert len({wide(row.removesuffix(value)) for row, value in zip(rows, shown, strict=True)}) == 1
