"""Every mistake has a sentence in both languages, with all its details in it."""

import re

import pytest
import typography

import derivations as dv
from derivations.closed_form.problems import problem
from derivations.diagnosis import mistake as catalogue
from derivations.diagnosis.mistake import Mistake
from derivations.diagnosis.mistakes import variants
from derivations.diagnosis.wording.amounts import multiple
from derivations.diagnosis.wording.clauses import CLAUSES, clause
from derivations.diagnosis.wording.divisors import OF_SIZES
from derivations.diagnosis.wording.places import WHICH
from derivations.diagnosis.wording.sentences import sentence
from derivations.verdict import AGREES, CANNOT_TELL, DISAGREES

HAN = re.compile("[\u4e00-\u9fff]")
KEYS = [*OF_SIZES, *CLAUSES]
#: The longest sentence about one mistake.
LONGEST = {"zh": 90, "en": 200}
#: Details that are not just any text.
HOWS = {
    "smoothing": ["ε/C", "1−ε", "ε", "C−1", "ε/(C−1)", "ε for 1−ε"],
    "option's term": ["wrong term", "both terms", "targets"],
    "summed": ["everything", "not", "classes", "mean"],
    "not differentiated": ["squared", "absolute", "sign", "terms"],
}
OF = {"weight by column": "targets", "not differentiated": "L1"}
DETAILS = {
    "over": "everything",
    "factor": "W",
    "which": "last",
    "row": "3",
    "rows": "3–5",
    "columns": "7",
    "times": "2",
    "how": "sign",
    "side": "above",
}


def listed():
    """The keys of the module's table."""
    table = catalogue.__doc__.split("what was done\n")[1].split("\nOf steps")[0]  # which have their own sentences
    lines = [line for line in table.splitlines() if line and not line.startswith(" ")]
    return [key.strip() for line in lines for key in re.split(r"\s{2,}", line)[0].split(" / ")]


def details_of(key):
    line = next(line for line in catalogue.__doc__.splitlines() if key in re.split(r"\s{2,}", line)[0].split(" / "))
    columns = re.split(r"\s{2,}", line)
    return [each.strip() for each in columns[1].split(",")] if len(columns) == 3 else []


def mistakes():
    for key in dict.fromkeys([*listed(), *KEYS]):
        names = details_of(key) if key in listed() else []
        needed = {name: DETAILS.get(name, f"«{name}»") for name in names if not name.endswith("?")}
        for how in HOWS.get(key, [""]):
            yield Mistake.of(key, **{**needed, "how": how} if how else needed)
        for name in (name.removesuffix("?") for name in names if name.endswith("?")):
            value = OF[key] if name == "of" and key in OF else DETAILS.get(name, f"«{name}»")
            yield Mistake.of(key, **{**needed, name: value})


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
    assert set(listed()) == set(KEYS)


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


SIZES = "N = 8, C = 8, D = 4, B = 2, T = 4, kept = 5, Σw = 2.813, Σw_y = 5.499, S = 4.706"
DIVISORS = {
    ("N", "1"): ("1/N is missing: N = 8, and", "少了 1/N：N = 8，"),
    ("1", "N"): ("1/N is too much: divided by N = 8, where there should be no divisor", "这里不该有分母"),
    ("N", "N²"): ("1/N is too much: divided by N² = 64 instead of N = 8", "该除以 N = 8，却除以了 N² = 64"),
    ("N·C", "N"): ("1/C is missing: divided by N = 8 instead of N·C = 64", "少了 1/C：该除以 N·C = 64"),
    ("N·C", "1"): ("1/(N·C) is missing: N·C = 64", "少了 1/(N·C)：N·C = 64"),
    ("N", "N·C"): ("1/C is too much", "多了 1/C"),
    ("N", "B"): ("B = 2 (the samples) instead of N = B·T = 8", "该除以 N = B·T = 8，却除以了 B = 2（样本数）"),
    ("kept", "N"): ("N = 8 instead of kept = 5 (the rows that are not ignored)", "kept = 5（没有被忽略的行数）"),
    ("Σw_y", "N"): ("instead of Σw_y = 5.499 (the sum of the labels' weights)", "各行标签的权重之和"),
    ("S", "kept"): ("(the weights of labels that are not ignored)", "没有被忽略的各行标签的权重之和"),
}
RATIOS = {
    ("N", "1"): ("8 times what it should be", "应有值的 8 倍"),
    ("1", "N"): ("1/8 of what it should be", "应有值的 1/8。"),
    ("kept", "N"): ("5/8 of what it should be", "应有值的 5/8。"),
    ("Σw_y", "N"): ("0.687 times what it should be", "应有值的 0.687 倍"),
}


def of_divisor(right, wrong, **more):
    numbers = {"sizes": SIZES, "ratio": "0.687412", **more}
    return sentence(DISAGREES, [Mistake.of("divisor", right=right, wrong=wrong)], numbers=numbers)


@pytest.mark.parametrize(("right", "wrong"), DIVISORS)
def test_a_divisor_is_told_with_its_values(right, wrong):
    en, zh = DIVISORS[right, wrong]
    told = of_divisor(right, wrong)
    assert en in told.en
    assert zh in told.zh


@pytest.mark.parametrize(("right", "wrong"), RATIOS)
def test_how_many_times_too_much_is_told(right, wrong):
    """Of whole numbers exactly, else as it was measured."""
    en, zh = RATIOS[right, wrong]
    told = of_divisor(right, wrong)
    assert en in told.en
    assert zh in told.zh


MULTIPLES = {
    "5": "5 times",
    "-1": "−1 times",
    "0.5": "1/2 of",
    "0.0666667": "1/15 of",
    "-0.714286": "−5/7 of",
    "1.66667": "5/3 times",
    "0.460105": "0.46 times",
    "1.0005": "1.0005 times",
    "2.57143": "18/7 times",
    "12.3456": "12.3 times",
    "4096": "4096 times",
    "nan": "nan times",
}


@pytest.mark.parametrize("ratio", MULTIPLES)
def test_a_ratio_has_as_many_digits_as_tell(ratio):
    assert multiple(ratio).en == f"{MULTIPLES[ratio]} what it should be"


def test_two_mistakes_are_named_in_one_sentence_and_their_ratio_in_another():
    told = sentence(
        DISAGREES, [Mistake.of("divisor", right="N", wrong="1"), Mistake.of("sign")], numbers={"sizes": SIZES}
    )
    assert told.en == (
        "Two mistakes at once: 1/N is missing (N = 8); and the sign is wrong. "
        "Every entry is −8 times what it should be."
    )
    assert told.zh == "两个错误叠在一起：少了 1/N（N = 8）；正负号反了。每个元素都是应有值的 −8 倍。"


def test_of_two_mistakes_neither_says_that_the_rest_is_right():
    rows = Mistake.of("rows missing", rows="4", which="last")
    assert "the rest is right" in sentence(DISAGREES, [rows]).en
    assert "the rest is right" not in sentence(DISAGREES, [rows, Mistake.of("sign")]).en


def test_a_mistake_in_one_place_is_one_mistake():
    told = sentence(DISAGREES, [Mistake.of("softmax missing"), Mistake.of("only in rows", rows="2, 5", which="")])
    assert told.en == "Only rows 2, 5 are wrong: softmax is missing (Z stands where P belongs)."
    assert told.zh == "只有第 2、5 行不对：没有做 softmax（该用 P 的地方用了 Z）。"


def test_what_else_explains_the_numbers_is_told_with_the_sizes_that_are_the_same():
    one, other = (Mistake.of("divisor", right="N·C", wrong=wrong) for wrong in ("C", "N"))
    told = sentence(DISAGREES, [one], [[other]], {"sizes": SIZES})
    assert "As N = C = 8, these data fit this as well: 1/C is missing" in told.en
    assert "这些数据里 N = C = 8，所以也可能是：少了 1/C" in told.zh


PAIRS = [
    [Mistake.of("divisor", right="kept", wrong="N"), Mistake.of("factor", times="2")],
    [Mistake.of("divisor", right="N", wrong="B"), Mistake.of("transposed")],
    [Mistake.of("sigmoid missing"), Mistake.of("divisor", right="1", wrong="Σw_y")],
    [Mistake.of("softmax missing"), Mistake.of("precision", dtype="float32")],
    [Mistake.of("rows missing", rows="1, 3, …", which=""), Mistake.of("overflow", rows="0–7", which="all")],
    [Mistake.of("factor", times="N"), Mistake.of("sign"), Mistake.of("transposed", factor="W")],
]


def told_of_all():
    """Of each mistake by itself, of divisors with all that they may be made of, and of several at once."""
    for mistake in mistakes():
        for which in WHICH if "which" in dict(mistake.details) else [""]:
            details = {**dict(mistake.details), **({"which": f"{which} 64"} if which else {})}
            yield [Mistake.of(mistake.key, **details)], ()
    for right, wrong in DIVISORS:
        yield [Mistake.of("divisor", right=right, wrong=wrong)], ()
    for times in ("2", "1/2", "-1/10", "-0.46", "N", "kept"):
        yield [Mistake.of("factor", times=times)], ()
    yield from ((pair, ()) for pair in PAIRS)
    yield PAIRS[0], PAIRS[1:]


@pytest.mark.parametrize(("said", "others"), [*told_of_all()], ids=lambda of: " + ".join(str(each) for each in of))
@pytest.mark.parametrize("sizes", ["", SIZES], ids=["no sizes", "sizes"])
def test_sentences_are_well_written(said, others, sizes):
    told = sentence(DISAGREES, said, others, {"sizes": sizes, "ratio": "5"})
    zh, en = told.zh.replace("«", "").replace("»", ""), told.en.replace("«", "").replace("»", "")
    assert not [*typography.chinese(zh, values_are_numbers=False)], zh
    assert not [*typography.english(en)], en
    assert zh.endswith("。")
    assert en.endswith(".")
    assert en[0] == en[0].upper()
    for text in (zh, en):
        assert not re.search(r"[{}]|None|-\d", text), text
    if len(said) == 1:
        assert len(zh) <= LONGEST["zh"], zh
        assert len(en) <= LONGEST["en"], en


CODE = ("weight", "pos_weight", "label_smoothing", "ignore_index", "grad_output", "exp", "outputs")


@pytest.mark.parametrize("mistake", [*mistakes()], ids=str)
def test_no_name_of_code_is_written_with_a_capital(mistake):
    assert not clause(mistake).en.startswith(CODE)
