"""A certificate of a sample of entries: what is compared, and what is said of the rest."""

import re

import pytest
import torch
from cases import CASES
from torch import nn

from derivations import explain
from derivations.display.certificate import certificate_html, certificate_text
from derivations.torch_bridge.accounts import autograd
from derivations.torch_bridge.batch import parts, sampling
from derivations.torch_bridge.batch.batch import read_batch
from derivations.torch_bridge.batch.parts import EVERYTHING
from derivations.torch_bridge.certificates.certify import certify
from derivations.torch_bridge.rounding import bounds

#: Labels and real numbers, with S and without, alone and with a model, where samples are apart and where they are not.
OF_EACH_KIND = (
    "BCE mean weight pos_weight of a linear model",
    "CE mean weight ignore_index of a linear model",
    "CE mean weight probabilities",
)


def batch_of(name, dtype=torch.float64):
    explanation, inputs, targets, incoming = CASES[name](dtype)
    return read_batch(explanation.setup, inputs, targets, incoming)


def large():
    """Linear(3, 40) on 30 samples: its batch, and what both accounts make of it."""
    generator = torch.Generator().manual_seed(0)
    explanation = explain(nn.Linear(3, 40, dtype=torch.float64), nn.CrossEntropyLoss())
    inputs = torch.randn(30, 3, dtype=torch.float64, generator=generator)
    batch = read_batch(explanation.setup, inputs, torch.randint(40, (30,), generator=generator))
    loss, expected = autograd.gradients(batch, ("weight", "bias", "inputs", "outputs"))
    return batch, {wrt: value.clone() for wrt, value in expected.items()}, expected, loss.item()


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16], ids=str)
@pytest.mark.parametrize("cut", [1, 2**40], ids=["in parts", "at once"])
@pytest.mark.parametrize("name", OF_EACH_KIND)
@pytest.mark.parametrize("of_sums", [True, False], ids=["all", "rows of samples"])
def test_a_bound_of_chosen_rows_is_that_of_the_whole(name, cut, of_sums, dtype, monkeypatch):
    batch = batch_of(name, dtype)
    wrt = [each for each in batch.setup.wrt if of_sums or each not in ("weight", "bias")]
    whole = bounds.bounds(batch, wrt)
    chosen = sampling.drawn({each: bound.kappa.shape for each, bound in whole.items()}, 2, seed=1)
    assert any(rows != EVERYTHING for rows in chosen.values())
    monkeypatch.setattr(parts, "ENTRIES", cut)
    monkeypatch.setattr(parts, "ROWS", cut)
    seen = {each: [] for each in wrt}
    for each, rows, bound in bounds.bounds_in_parts(batch, wrt, chosen):
        where = torch.arange(len(whole[each].kappa))[rows]
        seen[each] += where.tolist()
        torch.testing.assert_close(bound.kappa, whole[each].kappa[where], rtol=1e-13, atol=0)
        torch.testing.assert_close(bound.unit, whole[each].unit[where], rtol=1e-13, atol=0)
    for each, rows in seen.items():
        every = torch.arange(len(whole[each].kappa))
        assert rows == every[chosen[each] if cut == 1 or each in ("weight", "bias") else EVERYTHING].tolist()


def test_a_sample_has_about_as_many_entries_as_asked_for():
    shapes = {"weight": torch.Size((40, 3)), "bias": torch.Size((40,)), "inputs": torch.Size((30, 3))}
    for entries in (1, 3, 10, 90):
        chosen = sampling.drawn(shapes, entries, seed=4)
        for wrt, rows in chosen.items():
            row = shapes[wrt][1:].numel()
            compared = len(torch.arange(shapes[wrt][0])[rows]) * row
            assert min(entries, shapes[wrt].numel()) <= compared < entries + row
    assert {len(set(each.tolist())) == len(each) for each in chosen.values() if each != EVERYTHING} == {True}
    assert all(rows == EVERYTHING for rows in sampling.drawn(shapes, None, seed=4).values())


@pytest.mark.parametrize("wrt", ["weight", "bias", "inputs", "outputs"])
@pytest.mark.parametrize("cut", [1, 2**40], ids=["in parts", "at once"])
def test_a_mistake_is_seen_where_it_was_looked_for_and_nowhere_else_is_it_said_to_be_none(wrt, cut, monkeypatch):
    monkeypatch.setattr(parts, "ENTRIES", cut)
    monkeypatch.setattr(parts, "ROWS", cut)
    batch, found, expected, loss = large()
    rows = sampling.drawn({each: value.shape for each, value in found.items()}, 20, seed=3)[wrt].tolist()
    outside = next(each for each in range(len(found[wrt])) if each not in rows)
    for row in (outside, rows[-1]):  # first where nobody looks, then also where somebody does
        at = (row, *[0] * (found[wrt].dim() - 1))
        found[wrt][at] *= 1.001
        certificate = certify(batch, found, expected, loss, seed=3, entries=20)
        of_wrt = next(each for each in certificate.rows if each.wrt == wrt)
        compared, among = sum(each.entries for each in certificate.rows), sum(map(torch.numel, found.values()))
        said = f"{compared} of {among}, chosen with seed 3"
        assert certificate.conditions["entries"] == said
        assert f"{compared} of {among} entries were compared" in certificate.notes[-1].en
        assert f"{among} 个元素里只比较了 {compared} 个" in certificate.notes[-1].zh
        assert (of_wrt.entries, of_wrt.among) == (len(rows) * found[wrt][0].numel(), found[wrt].numel())
        assert certificate.verdict == ("agrees" if row == outside else "disagrees")
    assert (of_wrt.wrong, of_wrt.worst) == (1, at)
    details = certificate.mismatch().details
    assert details["entries"] == said
    assert details["index"].startswith(f"{wrt}[{', '.join(map(str, at))}]")
    assert certify(batch, found, expected, loss).mismatch().details["tensor"] == wrt


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "{} of {} entries compared"), ("zh", "比较了 {1} 个元素中的 {0} 个")]
)
def test_whoever_reads_it_is_told(lang, words):
    batch, found, expected, loss = large()
    certificate = certify(batch, found, expected, loss, seed=3, entries=5)
    for text in (certificate_text(certificate, lang), certificate_html(certificate, lang)):
        assert certificate.notes[-1][lang] in text
    every = [(row.entries, row.among) for row in certificate.rows]
    assert all(words.format(*each) in certificate_text(certificate, lang) for each in every)
    assert words.format(*map(sum, zip(*every, strict=True))) in certificate_html(certificate, lang)


def test_a_sample_is_its_seed_s():
    explanation = explain(None, nn.MSELoss())
    outputs, targets = torch.randn(100, 3), torch.randn(100, 3)
    of = [explanation.certify(outputs, targets, entries=30, seed=seed).rows[0].condition for seed in (0, 0, 1, 2, 3)]
    assert of[0] == of[1]
    assert len(set(of)) > 2
    torch.manual_seed(8)
    named = explanation.certify(outputs, targets, entries=30)
    assert named.conditions["entries"] == "30 of 300, chosen with seed 8"
    whole = explanation.certify(outputs, targets)
    for entries in (300, 301, 10**9):
        certificate = explanation.certify(outputs, targets, entries=entries)
        assert (str(certificate), certificate.notes) == (str(whole), whole.notes)
    assert "entries" not in whole.conditions


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        *(
            ({"entries": each}, f"entries={each!r} is no number of entries. Accepted: a positive integer")
            for each in (0, -1, 2.0, True, "all")
        ),
        ({"entries": 3, "exact": True}, "entries=3 with exact=True: exact values are worked out for every entry."),
        ({"entries": 3, "seed": "a"}, "seed='a' cannot draw a sample of entries. Accepted: an integer, or no seed."),
    ],
)
def test_what_no_sample_can_be_drawn_from_is_refused(given, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        explain(None, nn.MSELoss()).certify(torch.ones(2, 3), torch.zeros(2, 3), **given)
