"""Each mistake of the list, planted in the printed code of each criterion, is named."""

from collections import Counter

import cases
import pytest
import torch
from answers import counts, said, told
from planted_code import PLANTS, plants

from derivations import diagnosing as bridge
from derivations.torch_bridge.accounts import autograd
from derivations.torch_bridge.batch.batch import read_batch

NAMED = ("named", "among alternatives")


def test_what_is_planted_in_printed_code_is_named():
    found, lines = {}, []
    for planted in plants():
        explanation, inputs, targets, incoming = planted.case
        diagnosis = bridge.diagnose(planted.given, explanation, inputs, targets, planted.wrt, incoming)
        found[planted.name] = said(diagnosis, planted.accepted)
        if found[planted.name] not in NAMED:
            wanted = " or ".join(" + ".join(map(str, each)) for each in planted.accepted)
            lines.append(f"{found[planted.name]}: {planted.name}: {told(diagnosis)}; wanted {wanted}")
    report = "\n".join([f"{len(found)} planted: {counts(found)}", *sorted(lines)])
    assert sum(each in NAMED for each in found.values()) >= 0.95 * len(found), report
    assert not [each for each in found.values() if each in ("other name", "called right")], report


def test_each_is_planted_somewhere():
    made = Counter(each.name.split(": ", 1)[1] for each in plants())
    missing = [
        f"{line}: {old} → {new or 'nothing'}"
        for line, old, new, _ in PLANTS
        if not made[f"{line}: {old} → {new or 'nothing'}"]
    ]
    assert not missing
    assert len(plants()) == len(PLANTS)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16], ids=str)
def test_what_autograd_gives_is_right(dtype):
    """Of every criterion with every option, in every tensor."""
    wrong = []
    for name, make in cases.CASES.items():
        if dtype not in cases.DTYPES_OF[name]:
            continue
        explanation, inputs, targets, incoming = make(dtype)
        _, found = autograd.gradients(read_batch(explanation.setup, inputs, targets, incoming), explanation.setup.wrt)
        for wrt, gradient in found.items():
            diagnosis = bridge.diagnose(gradient, explanation, inputs, targets, wrt, incoming)
            if diagnosis.verdict == "disagrees" or diagnosis.mistakes:
                wrong.append(f"{name}, {wrt}: {told(diagnosis)}")
    assert not wrong, f"{len(wrong)} are called wrong\n" + "\n".join(wrong)
