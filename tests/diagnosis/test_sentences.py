"""Every mistake has a sentence in both languages, with all its details in it."""

import re

import pytest

import derivations as dv
from derivations.closed_form.problems import problem
from derivations.diagnosis import mistake as catalogue
from derivations.diagnosis.mistake import Mistake
from derivations.diagnosis.mistakes import variants
from derivations.diagnosis.sentences import CLAUSES, WHICH, clause, sentence
from derivations.verdict import AGREES, CANNOT_TELL, DISAGREES

HAN = re.compile("[\u4e00-\u9fff]")
#: Details that are not just any text.
HOWS = {
    "smoothing": ["ε/C", "1−ε", "ε", "C−1", "ε for 1−ε"],
    "pos_weight": ["wrong term", "both terms", "targets"],
    "summed": ["everything", "not", "classes", "mean"],
    "not differentiated": ["squared", "absolute", "sign", "terms"],
}
DETAILS = {"over": "everything", "which": "last", "row": "3", "rows": "3–5", "columns": "7", "times": "2"}


def listed():
    """The keys of the module's table."""
    table = catalogue.__doc__.split("what was done\n")[1].split("\nOf steps")[0]  # which have their own sentences
    lines = [line for line in table.splitlines() if line and not line.startswith(" ")]
    return [key.strip() for line in lines for key in re.split(r"\s{2,}", line)[0].split(" / ")]


def details_of(key):
    line = next(line for line in catalogue.__doc__.splitlines() if key in re.split(r"\s{2,}", line)[0].split(" / "))
    columns = re.split(r"\s{2,}", line)
    return [each.strip("? ") for each in columns[1].split(",")] if len(columns) == 3 else []


def mistakes():
    for key in dict.fromkeys([*listed(), *CLAUSES]):
        names = details_of(key) if key in listed() else []
        for how in HOWS.get(key, [""]):
            details = {name: DETAILS.get(name, f"«{name}»") for name in names}
            yield Mistake.of(key, **{**details, "how": how} if how else details)


def criteria():
    yield from (
        dv.MSE(),
        dv.MSE(weight=True, reduction="sum"),
        dv.BCEWithLogits(weight=True, pos_weight=True),
        dv.NLL(),
    )
    yield dv.CrossEntropy(weight=True, label_smoothing=True, ignore_index=True)
    yield dv.CrossEntropy(weight=True, label_smoothing=True, targets="probabilities")


@pytest.mark.parametrize("loss", [*criteria()], ids=str)
def test_every_change_of_a_program_has_a_sentence(loss):
    for wrt in loss.wrt:
        for variant in variants(problem(loss, wrt)):
            told = sentence(DISAGREES, variant.mistakes)
            assert HAN.search(told.zh)
            assert not HAN.search(told.en)


@pytest.mark.parametrize("mistake", [*mistakes()], ids=str)
def test_every_mistake_has_a_sentence_in_both_languages(mistake):
    told = clause(mistake)
    assert HAN.search(told.zh)
    assert not HAN.search(told.en)
    for text in (told.zh, told.en):
        assert "{" not in text
        assert "}" not in text
        assert "None" not in text
        assert not text.endswith(("。", "."))
    for _, value in mistake.details:
        if value.startswith("«"):
            assert value in told.zh
            assert value in told.en


def test_the_table_names_keys_that_are_known():
    assert len(listed()) > 40
    assert set(listed()) <= set(CLAUSES)


@pytest.mark.parametrize("which", WHICH)
def test_what_is_special_about_rows_is_told(which):
    told = clause(Mistake.of("rows missing", rows="7", which=f"{which} 64"))
    assert HAN.search(told.zh)
    assert not HAN.search(told.en)
    assert "{" not in told.zh + told.en


@pytest.mark.parametrize("verdict", [AGREES, CANNOT_TELL, DISAGREES])
def test_without_a_mistake_the_verdict_is_said(verdict):
    told = sentence(verdict, ())
    assert told.zh.endswith("。")
    assert told.en.endswith(".")
    assert HAN.search(told.zh)
    assert not HAN.search(told.en)


DIVISORS = {
    ("N", "1"): ("1/N is missing", "分母少了 N"),
    ("1", "N"): ("Divided by N", "多除了 N"),
    ("N", "N²"): ("Divided by N once too often", "多除了一次 N"),
    ("N·C", "N"): ("1/C is missing", "分母少了 C"),
    ("N·C", "C"): ("1/N is missing", "分母少了 N"),
    ("N", "N·C"): ("Divided by C once too often", "多除了一次 C"),
    ("kept", "N"): ("The divisor is wrong: N instead of kept (the rows that count)", "没有被忽略的行数"),
    ("Σw_y", "N"): ("N instead of Σw_y (the sum of the labels' weights)", "各行标签的权重之和"),
}


@pytest.mark.parametrize(("right", "wrong"), DIVISORS)
def test_a_divisor_is_told_by_what_is_wrong_with_it(right, wrong):
    en, zh = DIVISORS[right, wrong]
    told = sentence(DISAGREES, [Mistake.of("divisor", right=right, wrong=wrong)], numbers={"ratio": "5"})
    assert en in told.en
    assert zh in told.zh
    assert "every entry is 5 times what it should be" in told.en
    assert "应有值的 5 倍" in told.zh


def test_two_mistakes_are_one_sentence():
    told = sentence(DISAGREES, [Mistake.of("softmax missing"), Mistake.of("sign")])
    assert told.en.count(".") == 1
    assert told.zh.count("。") == 1
    assert "; and the sign" in told.en
    assert "；正负号" in told.zh
