"""Certified programs as plain data: the numbers of the printed code, and the same after a way through JSON."""

import gzip
import inspect
import json
from dataclasses import dataclass, replace

import numpy as np
import pytest
from tables import ALL_OPTIONS, LOSSES, PLAIN_LOSSES
from tree_values import numbers, value
from wrong_losses import WRONG_LOSSES

from derivations import derive
from derivations.closed_form import source
from derivations.closed_form.problems import problem
from derivations.diagnosis.data import as_data, from_data
from derivations.diagnosis.mistake import Mistake
from derivations.diagnosis.trees import names_in
from derivations.linear import outputs
from derivations.losses import MSE, NLL, BCEWithLogits, CrossEntropy
from derivations.losses.entries import ElementwiseLoss

FLAT = [loss for loss in LOSSES if not loss.extra_dimensions]
LAYER = ("weight", "bias", "inputs")


def of_printed_code(loss, wrt, backend, names):
    """What the printed code computes, given a number that multiplies the loss where that is one."""
    of_outputs = derive(loss, "logits" if "logits" in loss.wrt and wrt != "outputs" else "outputs")
    model = outputs() if wrt in LAYER else None
    namespace = {}
    exec(source({wrt: derive(loss, wrt)}, of_outputs, backend, model), namespace)
    asked = inspect.signature(namespace["gradients"]).parameters
    found = namespace["gradients"](**{each: names[each] for each in asked})
    return found if loss.reduction == "none" else found * names["grad_output"]


@pytest.mark.parametrize("loss", FLAT, ids=str)
def test_programs_compute_what_the_printed_code_does(loss):
    for seed in range(2):
        names = numbers(loss, seed)
        if loss.reduction != "none":
            names["grad_output"] = 1.5 - 3 * seed
        for wrt in loss.wrt:
            made = problem(loss, wrt)
            printed = of_printed_code(loss, wrt, "numpy", names)
            for each in (made.program, *made.forms):
                np.testing.assert_allclose(value(each, names), printed, rtol=1e-12, atol=1e-14, err_msg=wrt)


@pytest.mark.parametrize("loss", [each for each in FLAT if getattr(each, "ignore_index", False)], ids=str)
@pytest.mark.parametrize("ignored", [-100, "all"])
def test_labels_that_name_no_class_and_rows_that_do_not_count(loss, ignored):
    names = numbers(loss)
    names["ignore_index"] = -100 if ignored == -100 else 2
    names["y"] = np.where(np.arange(8) == 1, -100, names["y"]) if ignored == -100 else np.full(8, 2)
    for wrt in loss.wrt:
        found = value(problem(loss, wrt).program, names)
        np.testing.assert_allclose(found, of_printed_code(loss, wrt, "numpy", names), rtol=1e-12, atol=1e-14)
        assert np.isfinite(found).all()
        assert ignored == -100 or not found.any()


def test_options_show_in_lines_of_their_own():
    made = problem(CrossEntropy(weight=True, ignore_index=True, label_smoothing=True), "weight")
    assert dict(made.program.lines) == {
        "Z": ("+", ("@", "X", ("T", "W")), "b"),
        "mu": ("kept", "y", "ignore_index"),
        "Y_hat": ("onehot", "y", "C"),
        "A": (
            "*",
            ("column", "mu"),
            (
                "+",
                ("/", ("*", "label_smoothing", "weight"), "C"),
                ("*", ("-", 1, "label_smoothing"), ("*", ("column", ("take", "weight", "y")), "Y_hat")),
            ),
        ),
        "P": ("softmax", "Z", 1),
        "S": ("or_one", ("sum", ("*", "mu", ("take", "weight", "y")), None), "mu"),
        "G": ("*", "grad_output", ("/", ("-", ("*", ("column", ("sum", "A", 1)), "P"), "A"), "S")),
    }
    assert made.program.result == ("@", ("T", "G"), "X")
    assert made.divisor == "S"
    assert (made.symbol, made.sizes) == ("W", ("C", "D"))
    plain = problem(CrossEntropy(), "outputs").program
    assert plain.line("G") == ("*", "grad_output", ("/", ("-", "P", "Y_hat"), "N"))
    assert plain.line("S") is None


@pytest.mark.parametrize(
    ("loss", "divisor"),
    [
        (MSE(), ("*", "N", "C")),
        (MSE(weight=True), "S"),
        (MSE(reduction="sum"), 1),
        (MSE(reduction="none"), 1),
        (CrossEntropy(), "N"),
        (CrossEntropy(label_smoothing=True), "N"),
        (CrossEntropy(ignore_index=True), "S"),
        (CrossEntropy(weight=True, targets="probabilities"), "N"),
        (CrossEntropy(weight=True, reduction="sum"), 1),
        (NLL(weight=True), "S"),
        (BCEWithLogits(weight=True), ("*", "N", "C")),
    ],
    ids=str,
)
def test_what_the_mean_divides_by(loss, divisor):
    for wrt in loss.wrt:
        assert problem(loss, wrt).divisor == divisor


def test_relatives_are_certified_programs_of_others():
    loss = CrossEntropy(weight=True, ignore_index=True, label_smoothing=True)
    found = dict(problem(loss, "weight").relatives)
    ignored = {mistake["option"]: program for mistake, program in found.items() if mistake.key == "option ignored"}
    assert len(ignored) == 7
    fewer = replace(loss, weight=False, label_smoothing=False)
    assert ignored["weight, label_smoothing"] == problem(fewer, "weight").program
    for other in ("outputs", "bias", "inputs"):
        assert found[Mistake.of("another gradient", of=other)] == problem(loss, other, model=True).program
    assert not problem(CrossEntropy(), "outputs").relatives
    ((of, logits),) = problem(NLL(), "outputs").relatives
    names = numbers(NLL())
    assert of == Mistake.of("another gradient", of="logits")
    np.testing.assert_allclose(value(logits, names), value(problem(NLL(), "logits").program, names))
    assert "Z" not in set().union(*(names_in(tree) for _, tree in logits.lines))


def test_with_a_model_the_outputs_begin_with_the_inputs():
    for loss in PLAIN_LOSSES:
        for wrt in set(loss.wrt) - set(LAYER):
            names = numbers(loss)
            alone, whole = problem(loss, wrt), problem(loss, wrt, model=True)
            given = {name: each for name, each in names.items() if name != "Z"}
            np.testing.assert_allclose(value(whole.program, given), value(alone.program, names), rtol=1e-12)
            assert problem(loss, wrt, bias=False, model=True).program.line("Z") == ("@", "X", ("T", "W"))
    with pytest.raises(ValueError, match="no bias"):
        problem(MSE(), "bias", bias=False)


def test_extra_dimensions_make_rows():
    loss = NLL(weight=True, ignore_index=True, extra_dimensions=True)
    made = problem(loss, "weight")
    flat = problem(replace(loss, extra_dimensions=False), "weight")
    assert made.positions
    assert not flat.positions
    assert "extra_dimensions" in made.title
    assert replace(made, title=flat.title, positions=False) == flat


@dataclass(frozen=True, kw_only=True)
class Quartic(ElementwiseLoss):
    """Σ (z − y)⁴/4, which the package has never seen."""

    torch_name = "QuarticLoss"

    def of_entry(self, z, y, at):
        return (z - y) ** 4 / 4


def test_a_criterion_of_ones_own_has_its_problem_from_its_derivation():
    made, names = problem(Quartic(), "bias"), numbers(Quartic())
    assert made.divisor == ("*", "N", "C")
    np.testing.assert_allclose(value(made.program, names), ((names["Z"] - names["Y"]) ** 3).sum(0) / 24, rtol=1e-12)


@pytest.mark.parametrize("loss", [loss for _, loss in WRONG_LOSSES], ids=lambda loss: type(loss).__name__)
def test_other_definitions_have_other_programs(loss):
    names, kind = numbers(loss), type(loss).__mro__[1]
    found, plain = (value(problem(each, "weight").program, names) for each in (loss, kind()))
    ratio = {"RowMeanMSE": names["C"], "HalvedMSE": 0.5, "EntryMeanCrossEntropy": 1 / names["C"]}[type(loss).__name__]
    np.testing.assert_allclose(found, ratio * plain, rtol=1e-12)


def test_a_way_through_json_changes_nothing_and_all_of_it_is_small():
    made = [problem(loss, wrt) for loss in FLAT for wrt in loss.wrt]
    text = json.dumps([as_data(each) for each in made], separators=(",", ":"))
    assert [from_data(each) for each in json.loads(text)] == made
    assert len(gzip.compress(text.encode())) < 40_000


@pytest.mark.parametrize("loss", ALL_OPTIONS, ids=str)
def test_a_problem_is_made_once(loss):
    assert problem(loss, "outputs") is problem(loss, "outputs")
