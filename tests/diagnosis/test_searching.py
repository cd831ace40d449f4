"""Which mistake explains the numbers: the simplest that does, entry by entry, and none that does not."""

import math
import random
import struct

import pytest

import derivations as dv
from derivations.closed_form.problems import problem
from derivations.diagnosis.mistake import Mistake
from derivations.diagnosis.problem import PRECISIONS, Case
from derivations.diagnosis.searching.search import Search, search
from derivations.diagnosis.values.evaluate import evaluate
from derivations.diagnosis.values.lists import Lists

SHAPES = ((4, 3, 5), (6, 2, 3))  # N, D, C
CE, MSE, BCE = dv.CrossEntropy(), dv.MSE(), dv.BCEWithLogits()
WEIGHTED, IGNORING = dv.CrossEntropy(weight=True), dv.CrossEntropy(ignore_index=True)


def matrix(source, rows, columns):
    return [[source.gauss(0, 1) for _ in range(columns)] for _ in range(rows)]


def numbers(n, d, c, scale=1.0):
    """Everything that a program may name."""
    source = random.Random(100 * n + 10 * d + c)
    weight = [source.uniform(0.3, 3) for _ in range(c)]
    outputs = [[scale * each for each in row] for row in matrix(source, n, c)]
    labels = [k % c for k in range(n)]
    return {
        **{"N": n, "D": d, "C": c, "X": matrix(source, n, d), "W": matrix(source, c, d), "b": matrix(source, 1, c)[0]},
        **{"Z": outputs, "Y": [[source.random() for _ in range(c)] for _ in range(n)], "y": labels, "weight": weight},
        **{"ignore_index": 1, "label_smoothing": 0.1, "pos_weight": weight, "grad_output": 1.0},
    }


def rows(array, lists):
    shape, flat = lists.shape(array), lists.flat(array)
    return [flat[k : k + shape[1]] for k in range(0, len(flat), shape[1])] if len(shape) == 2 else flat


def cases(of, change, shapes=SHAPES, precision="float64", scale=1.0):
    """Trials of what somebody computes who changes the right gradient, given with the names of the trial."""
    lists, found = Lists(), []
    for shape in shapes:
        names = numbers(*shape, scale=scale)
        true = rows(evaluate(of.program, names, lists).value, lists)
        found.append(Case(names, change(true, names), PRECISIONS[precision]))
    return found


def diagnosed(loss, wrt, change, **how):
    of = problem(loss, wrt)
    return search(of, cases(of, change, **how), Lists())


def times(factor):
    """Every entry so many times as large; a number, or a function of the trial's names."""
    by = factor if callable(factor) else lambda names: factor
    return lambda true, names: each_entry(true, lambda x: x * by(names))


def each_entry(array, function):
    return [each_entry(each, function) if isinstance(each, list) else function(each) for each in array]


def turned(true, names):
    return [list(column) for column in zip(*true, strict=True)]


def in_row(row, function):
    return lambda true, names: [
        [function(x) for x in each] if k == row % len(true) else each for k, each in enumerate(true)
    ]


def in_column(column, function):
    return lambda true, names: [
        [function(x) if k == column % len(each) else x for k, x in enumerate(each)] for each in true
    ]


def single(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def softmax_of(row):
    top = [math.exp(each) for each in row]
    return [each / math.fsum(top) for each in top]


def label_left_out(true, names):
    """P/N without the one-hot of the last class."""
    n, last = names["N"], names["C"] - 1
    return [
        [p / n - (k == label != last) / n for k, p in enumerate(softmax_of(z))]
        for z, label in zip(names["Z"], names["y"], strict=True)
    ]


def without_sample(row):
    def changed(true, names):
        n = names["N"]
        z = [
            [
                math.fsum(x * w for x, w in zip(xs, ws, strict=True)) + b
                for ws, b in zip(names["W"], names["b"], strict=True)
            ]
            for xs in names["X"]
        ]
        g = [
            [(p - (k == label)) / n for k, p in enumerate(softmax_of(each))]
            for each, label in zip(z, names["y"], strict=True)
        ]
        kept = [k for k in range(n) if k != row % n]
        return [
            [math.fsum(g[k][c] * names["X"][k][d] for k in kept) for d in range(names["D"])] for c in range(names["C"])
        ]

    return changed


NAMED = {
    "1/N": (CE, "outputs", times(lambda names: names["N"]), "divisor (right N, wrong 1)"),
    "1/C": (MSE, "weight", times(lambda names: names["C"]), "divisor (right N·C, wrong N)"),
    "no mean": (BCE, "bias", times(lambda names: names["N"] * names["C"]), "divisor (right N·C, wrong 1)"),
    "a mean for a sum": (CE, "bias", times(lambda names: 1 / names["N"]), "summed (how mean)"),
    "by N twice": (CE, "weight", times(lambda names: 1 / names["N"]), "divisor (right N, wrong N²)"),
    "by C for N": (CE, "inputs", times(lambda names: names["N"] / names["C"]), "divisor (right N, wrong C)"),
    "weights not in the divisor": (
        WEIGHTED,
        "outputs",
        times(lambda names: math.fsum(names["weight"][k] for k in names["y"]) / names["N"]),
        "divisor (right Σw_y, wrong N)",
    ),
    "ignored rows in the divisor": (
        IGNORING,
        "outputs",
        times(lambda names: sum(k != 1 for k in names["y"]) / names["N"]),
        "divisor (right kept, wrong N)",
    ),
    "2": (MSE, "outputs", times(2), "factor (times 2)"),
    "1/2": (MSE, "outputs", times(0.5), "factor (times 1/2)"),
    "sign": (CE, "weight", times(-1), "sign"),
    "sign and 1/N": (CE, "outputs", times(lambda names: -names["N"]), "divisor (right N, wrong 1); sign"),
    "a factor of no name": (CE, "outputs", times(3.7), "factor (times 37/10)"),
    "zero": (CE, "outputs", times(0), "zero"),
    "transposed": (CE, "weight", turned, "transposed"),
    "transposed and 1/N": (
        CE,
        "weight",
        lambda true, names: turned(times(names["N"])(true, names), names),
        "divisor (right N, wrong 1); transposed",
    ),
    "last row": (CE, "outputs", in_row(-1, lambda x: 0.0), "rows missing (rows 3, which last)"),
    "last class": (MSE, "outputs", in_column(-1, lambda x: 0.0), "columns missing (columns 4, which last)"),
    "a row twice": (CE, "outputs", in_row(0, lambda x: 2 * x), "factor (times 2); only in rows (rows 0, which first)"),
    "one entry": (
        MSE,
        "outputs",
        lambda true, names: [[7.0, *true[0][1:]], *true[1:]],
        "entries wrong (entries [0, 0])",
    ),
    "nan": (CE, "outputs", in_row(1, lambda x: math.nan), "not finite (rows 1, which )"),
    "a number added": (
        CE,
        "outputs",
        lambda true, names: each_entry(true, lambda x: x + 0.25),
        "term added (term 1, times 0.25)",
    ),
    "single precision": (MSE, "outputs", lambda true, names: each_entry(true, single), "precision (dtype float32)"),
    "another shape": (CE, "bias", lambda true, names: [*true, 0.0], "shape (given (6,), expected (5,))"),
    "no sense": (CE, "outputs", lambda true, names: each_entry(true, lambda x: math.sin(1e3 * x)), ""),
    "a label": (CE, "outputs", label_left_out, "label missing (label C−1)"),
    "the last sample": (CE, "weight", without_sample(-1), "sample missing (row 3, which last)"),
    "a sample": (CE, "weight", without_sample(1), "sample missing (row 1, which )"),
}


@pytest.mark.parametrize("what", NAMED)
def test_the_mistake_is_named(what):
    loss, wrt, change, expected = NAMED[what]
    found = diagnosed(loss, wrt, change)
    assert found.verdict == "disagrees"
    assert "; ".join(map(str, found.mistakes)) == expected
    assert not found
    assert found.explained == (found.entries if expected else 0)


@pytest.mark.parametrize("wrt", ["outputs", "weight", "bias", "inputs"])
@pytest.mark.parametrize("loss", [CE, MSE, BCE, WEIGHTED, IGNORING], ids=str)
def test_what_is_right_is_right(loss, wrt):
    found = diagnosed(loss, wrt, times(1))
    assert found
    assert found.verdict == "agrees"
    assert not found.mistakes


@pytest.mark.parametrize("off", [50.0, 500.0])
def test_a_mistake_is_not_named_where_one_entry_is_beyond_its_bound(off):
    """Right to fifteen digits is no explanation: the bound is meant literally."""
    of, lists = problem(CE, "outputs"), Lists()

    def nearly(true, names):
        bound = rows(evaluate_error(of, names, lists), lists)[2][1]
        found = times(names["N"])(true, names)
        found[2][1] += off * bound * names["N"]
        return found

    assert [each.key for each in diagnosed(CE, "outputs", nearly).mistakes] != ["divisor"]


def evaluate_error(of, names, lists):
    return evaluate(of.program, names, lists, PRECISIONS["float64"]).error


def test_where_n_is_c_both_are_told():
    found = diagnosed(MSE, "outputs", times(4), shapes=((4, 3, 4),))
    told = [*map(str, found.mistakes), *(str(each) for mistakes in found.alternatives for each in mistakes)]
    assert sorted(told) == ["divisor (right N·C, wrong C)", "divisor (right N·C, wrong N)"]
    assert "As N = C = 4, these data fit this as well" in found.sentence.en
    assert "也可能是" in found.sentence.zh


def test_every_trial_must_be_explained():
    """4 is N in the first trial, and C − 2 in no other."""
    found = diagnosed(CE, "outputs", times(4.0))
    assert [str(each) for each in found.mistakes] == ["factor (times 4)"]


def test_trials_that_are_right_do_not_hide_those_that_are_not():
    def of_large(true, names):
        return times(2)(true, names) if names["N"] > 4 else true

    assert [str(each) for each in diagnosed(CE, "outputs", of_large).mistakes] == ["factor (times 2)"]


def test_overflow_is_told_from_other_nan():
    def naive(true, names):
        return [[math.nan] * len(row) if max(z) > 710 else row for row, z in zip(true, names["Z"], strict=True)]

    found = diagnosed(CE, "outputs", naive, shapes=((4, 3, 5),), scale=1000.0)
    assert [each.key for each in found.mistakes] == ["overflow"]


def test_bounds_that_are_too_wide_tell_nothing():
    """In bfloat16 a sum of large terms that cancel might be anything."""
    found = diagnosed(MSE, "bias", lambda true, names: [0.0 for _ in true], shapes=((4, 3, 5),), precision="bfloat16")
    assert found.verdict in ("disagrees", "cannot tell")
    assert bool(found) is False


def test_numbers_show_it():
    found = diagnosed(CE, "outputs", times(lambda names: names["N"]), shapes=((4, 3, 5),))
    assert found.numbers["ratio"] == "4"
    assert found.numbers["sizes"] == "N = 4, C = 5, D = 3"
    assert float(found.numbers["given"]) == pytest.approx(4 * float(found.numbers["expected"]))
    assert found.latex == r"\text{given} = N \cdot \frac{\partial L}{\partial Z}"
    assert "1/N is missing" in found.text("en")
    assert "少了 1/N" in found.text("zh")


def test_as_data_it_is_json():
    import json

    data = diagnosed(CE, "outputs", times(2)).data()
    assert json.loads(json.dumps(data)) == data
    assert data["mistakes"] == [{"key": "factor", "times": "2"}]


def test_without_a_trial_there_is_nothing_to_search():
    with pytest.raises(ValueError, match="one trial at least"):
        search(problem(CE, "outputs"), [], Lists())


def test_a_mistake_reads_as_a_key_with_its_details():
    assert str(Mistake.of("divisor", right="N", wrong="1")) == "divisor (right N, wrong 1)"


def test_what_sums_in_a_wider_precision_tell_is_searched_once(monkeypatch):
    searched = []

    def found(self):
        searched.append(self.trials)
        return []

    monkeypatch.setattr(Search, "found", found)
    of = problem(CE, "bias")
    off = cases(of, lambda true, names: [x * 1.02 for x in true], shapes=((40, 3, 5),), precision="float16")
    assert search(of, off, Lists())  # within the bound of sums in half precision
    assert not search(of, off, Lists(), wrong=True)
    assert len(searched) == 1
