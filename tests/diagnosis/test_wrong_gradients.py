"""Wrong gradients are named, and none is named wrongly; right ones are right, in whatever order they are summed."""

import re

import pytest
import right_gradients
import torch
from answers import NOTHING, counts, said, told
from trial_data import Data
from wrong_gradients import ROWS

from derivations import diagnosing as bridge
from derivations.diagnosis.diagnosis import Diagnosis
from derivations.words import Words

NAMED, NEVER = ("named", "among alternatives"), ("other name", "called right", "raised")


def diagnosed(scene, gradient):
    """Of the batch of a scene, afresh: nothing that a row does to it is seen here."""
    data = Data(scene)
    given = gradient(data)
    return bridge.diagnose(given, data.explanation, data.inputs, data.y, scene.wrt, data.grad_output)


def score(rows=None):
    """What was said of each row, and a line for each that was not named as it should."""
    found, lines = {}, []
    for row in (rows or ROWS).values():
        try:
            diagnosis = diagnosed(row.scene, row.wrong)
        except Exception as raised:  # told with the others
            found[row.name] = "raised"
            lines.append(f"raised: {row.name}: {type(raised).__name__}: {raised}")
            continue
        found[row.name] = said(diagnosis, row.accepted)
        if found[row.name] not in NAMED:
            wanted = " or ".join(" + ".join(map(str, each)) or "no name" for each in row.accepted)
            lines.append(f"{found[row.name]}: {row.name}: {told(diagnosis)}; wanted {wanted}")
    return found, lines


def check(found, lines):
    report = "\n".join([f"{len(found)} wrong gradients: {counts(found)}", *sorted(lines)])
    assert sum(each in NAMED for each in found.values()) >= 0.95 * len(found), report
    assert not [each for each in found.values() if each in NEVER], report


#: Rows by the word that their names begin with: a criterion, mostly.
KINDS = {
    kind: {name: row for name, row in ROWS.items() if name.split()[0] == kind}
    for kind in dict.fromkeys(name.split()[0] for name in ROWS)
}


@pytest.mark.parametrize("kind", KINDS)
def test_wrong_gradients_are_named(kind):
    check(*score(KINDS[kind]))


@pytest.mark.parametrize("name", right_gradients.ROWS)
def test_right_gradients_are_right(name):
    diagnosis = diagnosed(*right_gradients.ROWS[name])
    assert diagnosis, told(diagnosis)
    assert not diagnosis.mistakes


DIFFERENT = Diagnosis("disagrees", Words("不对。", "Different."))
SIGN = Diagnosis("disagrees", Words("正负号反了。", "The sign."), mistakes=tuple(ROWS["mse: y − z"].accepted[0]))
RIGHT = Diagnosis("agrees", Words("对。", "Right."))


@pytest.mark.parametrize("always", [DIFFERENT, SIGN, RIGHT], ids=["different", "the sign", "right"])
def test_one_answer_for_all_would_be_found(monkeypatch, always):
    monkeypatch.setattr(bridge, "diagnose", lambda *given, **more: always)
    with pytest.raises(AssertionError, match="wrong gradients:"):
        check(*score(dict([*ROWS.items()][:100])))


# The table itself ----------------------------------------------------------------------------------------------------


def test_there_are_enough():
    pairs = [row for row in ROWS.values() if any(len(each) == 2 for each in row.accepted)]
    unnamed = [row for row in ROWS.values() if NOTHING in row.accepted]
    assert len(ROWS) >= 150
    assert len(pairs) >= 25
    assert len(unnamed) >= 10
    assert len(right_gradients.ROWS) >= 20


@pytest.mark.parametrize("name", ROWS)
def test_what_is_wrong_is_wrong(name):
    """By more than a rounding, or as a name of its own says."""
    row = ROWS[name]
    data = Data(row.scene)
    given, right = row.wrong(data), data.right
    assert given.dtype == right.dtype
    if given.shape == right.shape and given.isfinite().all():
        off = (given - right).abs().max() / right.abs().max()
        assert off > 4 * torch.finfo(right.dtype).eps


@pytest.mark.parametrize("name", right_gradients.ROWS)
def test_what_is_right_is_right(name):
    scene, gradient = right_gradients.ROWS[name]
    data = Data(scene)
    given = gradient(data)
    assert given.dtype == data.right.dtype
    tolerance = 64 * torch.finfo(given.dtype).eps * data.right.abs().max().item()
    torch.testing.assert_close(given, data.right, rtol=0, atol=tolerance)


def sizes(data):
    """What the letters of a divisor are, in this batch."""
    found = {"N": data.N, "C": data.C, "B": data.B, "T": data.N // data.B, "1": 1}
    if data.scene.features is not None:
        found["D"] = data.D
    if getattr(data.criterion, "weight", None) is not None or hasattr(data.criterion, "keywords"):
        found["Σw"] = data.w.sum().item()
    if data.scene.targets == "indices":
        weighted = getattr(data.criterion, "weight", None) is not None
        found |= {"kept": data.kept.item(), "S": data.S.item() if weighted else data.kept.item()}
        found["Σw_y"] = found["S"]
    elif hasattr(data.criterion, "keywords"):
        found["S"] = found["Σw"]
    return found


SINGLE = [
    name
    for name, row in ROWS.items()
    if len(row.accepted) == 1 and [each.key for each in row.accepted[0]] == ["divisor"]
]


@pytest.mark.parametrize("name", SINGLE)
def test_the_divisors_of_the_table_are_true(name):
    row = ROWS[name]
    data = Data(row.scene)
    there = data.right.abs() > 1e-3 * data.right.abs().max()
    times = (row.wrong(data) / data.right)[there].double()
    right, wrong = dict(row.accepted[0][0].details)["as_written"][0]

    def value(text):
        total = 1.0
        for each in re.split("·", text):
            total *= sizes(data)[each]
        return total

    torch.testing.assert_close(times, torch.full_like(times, value(right) / value(wrong)), rtol=0.05, atol=0)
