"""Formulas as people type them: right ones are right, wrong ones are named, the rest is refused with a place."""

import pytest
from answers import NOTHING, counts, said, told
from typed_formulas import HOSTILE, NOT_UNDERSTOOD, RIGHT, WRONG, explained

from derivations import checking
from derivations.diagnosis.diagnosis import Diagnosis
from derivations.diagnosis.reading import NotUnderstood
from derivations.words import Words

NAMED = ("named", "among alternatives")


def score(rows=WRONG):
    found, lines = {}, []
    for criterion, wrt, text, accepted in rows:
        name = f"{criterion}, {wrt}: {text}"
        try:
            diagnosis = checking.check(text, explained(criterion), wrt)
        except NotUnderstood as refused:
            found[name] = "not understood"
            lines.append(f"not understood: {name}: {refused}")
            continue
        found[name] = said(diagnosis, accepted)
        if found[name] not in NAMED:
            wanted = " or ".join(" + ".join(map(str, each)) or "no name" for each in accepted)
            lines.append(f"{found[name]}: {name}: {told(diagnosis)}; wanted {wanted}")
    return found, lines


def check(found, lines):
    report = "\n".join([f"{len(found)} wrong formulas: {counts(found)}", *sorted(lines)])
    assert sum(each in NAMED for each in found.values()) >= 0.95 * len(found), report
    assert not [each for each in found.values() if each in ("other name", "called right")], report


def test_wrong_formulas_are_named():
    check(*score())


def test_right_formulas_are_right():
    wrong = []
    for criterion, wrt, text in RIGHT:
        try:
            diagnosis = checking.check(text, explained(criterion), wrt)
        except NotUnderstood as refused:
            wrong.append(f"not understood: {criterion}, {wrt}: {text}: {refused}")
            continue
        if not diagnosis:
            wrong.append(f"{told(diagnosis)}: {criterion}, {wrt}: {text}")
    assert not wrong, f"{len(RIGHT)} right formulas, of which {len(wrong)} are not called right\n" + "\n".join(wrong)


@pytest.mark.parametrize("place", range(len(NOT_UNDERSTOOD)))
def test_what_is_no_formula_is_refused(place):
    with pytest.raises(NotUnderstood) as caught:
        checking.check(NOT_UNDERSTOOD[place], explained("ce"), "outputs")
    assert len(str(caught.value)) > 10


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_is_run_and_everything_ends(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    try:
        answer = checking.check(HOSTILE[name], explained("ce"), "outputs")
    except NotUnderstood as refused:
        answer = refused
    assert isinstance(answer, NotUnderstood) or (isinstance(answer, Diagnosis) and not answer)
    assert len(str(answer)) < 2_000
    assert not [*tmp_path.iterdir()]


DIFFERENT = Diagnosis("disagrees", Words("不对。", "Different."))
SIGN = Diagnosis("disagrees", Words("正负号反了。", "The sign."), mistakes=tuple(WRONG[12][3][0]))


@pytest.mark.parametrize("always", [DIFFERENT, SIGN], ids=["different", "the sign"])
def test_one_answer_for_all_would_be_found(monkeypatch, always):
    monkeypatch.setattr(checking, "check", lambda *given, **more: always)
    with pytest.raises(AssertionError, match="wrong formulas:"):
        check(*score())


def test_there_are_enough():
    assert len(RIGHT) >= 70
    assert len(WRONG) >= 120
    assert len(NOT_UNDERSTOOD) >= 40
    assert len(HOSTILE) >= 20
    assert len({row[:3] for row in WRONG}) == len(WRONG)
    assert sum(NOTHING in row[3] for row in WRONG) >= 8
