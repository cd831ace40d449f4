"""A part of a program's result is what the whole has there; no explanation is lost by looking at a part first."""

import itertools
import math

import cases
import pytest
import torch

from derivations.diagnosis.mistakes import variants
from derivations.diagnosis.problem import PRECISIONS
from derivations.diagnosis.searching.part import Part, cut, view
from derivations.diagnosis.searching.sample import within
from derivations.diagnosis.searching.trial import Trial
from derivations.diagnosis.trees import Program
from derivations.diagnosis.values.evaluate import Evaluator, UnknownName
from derivations.diagnosis.values.lists import Lists
from derivations.torch_bridge.accounts import autograd
from derivations.torch_bridge.batch.batch import read_batch
from derivations.torch_bridge.diagnosing.tensors import Tensors
from derivations.torch_bridge.diagnosing.trials import case_of, problem_of

PLACES = (1, 2), (0, 2)
SOME = [name for number, name in enumerate(cases.CASES) if number % 8 == 0]


def trials(name, dtype=torch.float64):
    """Of every tensor of a criterion, with the right gradient given."""
    explanation, inputs, given, incoming = cases.CASES[name](dtype)
    batch = read_batch(explanation.setup, inputs, given, incoming)
    for wrt, gradient in autograd.gradients(batch, explanation.setup.wrt)[1].items():
        yield Trial(problem_of([batch], wrt), case_of(batch, wrt, gradient), Tensors())


@pytest.mark.parametrize("name", SOME)
def test_a_part_of_every_mistake_is_what_the_whole_has_there(name):
    tried = 0
    for trial in trials(name):
        part = Part(trial.evaluator, PLACES)
        for program in [trial.problem.program, *(each.program for each in variants(trial.problem))]:
            whole = trial.value(program)
            if whole is None:
                continue
            found, at = part.evaluate(program), view(trial.arrays.shape(whole.value), PLACES)
            assert part.shape(program) == trial.arrays.shape(whole.value)
            for ours, theirs in ((found.value, whole.value), (found.error, whole.error)):
                torch.testing.assert_close(ours, cut(trial.arrays, theirs, at), rtol=1e-9, atol=1e-300, equal_nan=True)
            tried += 1
    assert tried > 20


X = [[1.0, 2.0, 4.0], [3.0, 5.0, 7.0], [2.0, 0.5, 1.0], [8.0, 6.0, 9.0]]
NAMES = {"X": X, "v": [1.0, 2.0, 3.0], "y": [2, 0, 1, 5], "C": 3, "ignore_index": 5, "n": [3.0, 1.0, 4.0, 1.0]}
TREES = {
    "a row for each": ("*", ("column", "n"), "X"),
    "broadcast along rows": ("-", "X", "v"),
    "means of columns": ("-", "X", ("mean_kept", "X", 0)),
    "sums of rows": ("/", "X", ("sum_kept", "X", 1)),
    "sums of rows, not kept": ("sum", "X", 1),
    "the largest of columns": ("max", "X", 0),
    "softmax of rows": ("softmax", "X", 1),
    "softmax of columns": ("log_softmax", "X", 0),
    "a transpose": ("T", ("@", ("T", "X"), "X")),
    "a product": ("@", "X", ("T", "X")),
    "a vector's product": ("@", ("T", "X"), "n"),
    "a vector before": ("@", "n", "X"),
    "one-hot": ("-", "X", ("onehot", "y", "C")),
    "taken": ("*", ("column", ("take", "v", "y")), "X"),
    "rows taken": ("take", ("T", "X"), ("kept", "y", 0.0)),
    "kept": ("*", ("column", ("kept", "y", "ignore_index")), "X"),
    "or one": ("/", "X", ("or_one", ("sum", "n", None), "n")),
    "or one of nothing": ("/", "X", ("or_one", "v", ("*", "n", 0.0))),
    "a number": ("sum", "X", None),
}


@pytest.mark.parametrize("arrays", [Lists(), Tensors()], ids=["lists", "tensors"])
@pytest.mark.parametrize("name", TREES)
def test_each_operation_has_a_part(name, arrays):
    evaluator = Evaluator(NAMES, arrays, PRECISIONS["float32"])
    program = Program((("A", TREES[name]),), ("+", "A", 1.0))
    whole, found = evaluator.evaluate(program), Part(evaluator, PLACES).evaluate(program)
    at = view(arrays.shape(whole.value), PLACES)
    for ours, theirs in ((found.value, whole.value), (found.error, whole.error)):
        assert arrays.flat(ours) == pytest.approx(arrays.flat(cut(arrays, theirs, at)), rel=1e-12)


def test_what_needs_rows_alone_computes_no_others():
    """Of 4,096 rows two are wanted, and two are exponentiated."""
    seen = []

    class Seen(Tensors):
        def unary(self, function, a):
            seen.append(tuple(self.shape(a)))
            return super().unary(function, a)

    names = {"Z": torch.ones(4096, 8, dtype=torch.float64)}
    Part(Evaluator(names, Seen()), PLACES).evaluate(Program((("P", ("softmax", "Z", 1)),), "P"))
    assert set(seen) == {(2, 8)}


def test_an_unknown_name_is_one_of_a_part_too():
    with pytest.raises(UnknownName):
        Part(Evaluator(NAMES, Lists()), PLACES).shape(Program((), "missing"))


# Samples ----------------------------------------------------------------------------------------------------


def large(change, dtype=torch.float64):
    """A trial of cross-entropy, of many more entries than a sample has; `change` makes what was given of the right."""
    import derivations as dv

    generator = torch.Generator().manual_seed(3)
    logits = torch.randn(60, 40, generator=generator, dtype=dtype)
    labels = torch.randint(0, 40, (60,), generator=generator)
    batch = read_batch(dv.explain(None, torch.nn.CrossEntropyLoss()).setup, logits, labels, None)
    right = autograd.gradients(batch, ["outputs"])[1]["outputs"]
    return Trial(problem_of([batch], "outputs"), case_of(batch, "outputs", change(right)), Tensors())


def test_a_sample_is_small_and_holds_what_differs_most():
    def one_wrong(right):
        right[37, 23] += 1
        return right

    trial = large(one_wrong)
    rows, columns = trial.places
    assert 37 in rows
    assert 23 in columns
    assert len(rows) * len(columns) < 400


def test_the_right_program_may_be_and_others_may_not():
    sample = large(lambda right: right).sample
    program = sample.program
    assert sample.may_be(program)
    assert sample.resembles(program)
    for wrong in (Program(program.lines, ("*", 1.001, program.result)), Program(program.lines, ("*", -1.0, "P"))):
        assert not sample.may_be(wrong)
    assert not sample.resembles(Program(program.lines, ("*", -1.0, program.result)))
    assert not sample.may_be(Program(program.lines, ("T", program.result)))


@pytest.mark.parametrize(("times", "dtype"), [*itertools.product((3.0, -0.125, 1e-3), (torch.float64, torch.bfloat16))])
def test_a_factor_lies_between_two_numbers(times, dtype):
    sample = large(lambda right: times * right, dtype).sample
    between = sample.factor(sample.program)
    assert within(between, times)
    assert not within(between, 1.1 * times)
    assert not within(between, -times)


def test_no_factor_makes_noise_of_a_gradient():
    sample = large(lambda right: right.roll(1, 1)).sample
    assert sample.factor(sample.program) is None
    assert not within(None, 1.0)
    assert within((-math.inf, math.inf), 1.0)
