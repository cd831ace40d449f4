"""Mistakes as transformations: each is what its name says, none is the truth, none has two names."""

import itertools
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pytest
from tables import ALL_OPTIONS, PLAIN_LOSSES
from tree_values import numbers, value

from derivations.closed_form.problems import problem
from derivations.diagnosis.mistake import Mistake
from derivations.diagnosis.mistakes import pairs, variants
from derivations.diagnosis.values.arrays import ShapeError
from derivations.diagnosis.values.evaluate import evaluate
from derivations.diagnosis.values.lists import Lists
from derivations.diagnosis.wording.sentences import clause
from derivations.losses import MSE, NLL, BCEWithLogits, CrossEntropy
from derivations.losses.entries import ElementwiseLoss

of = Mistake.of
CE, BCE = CrossEntropy, BCEWithLogits
#: Where sizes, sums and counts are all different, and once C is larger than N and once smaller; and once there are so
#: many rows that some lie on each side of every condition.
SIZES = (
    *({"N": 8, "D": 5, "C": 3, "B": 4, "T": 2}, {"N": 6, "D": 4, "C": 7, "B": 2, "T": 3}),
    {"N": 60, "D": 3, "C": 4, "B": 20, "T": 3},
)
FLAT = [replace(loss, extra_dimensions=False) for loss in PLAIN_LOSSES + ALL_OPTIONS]
ROWS = [(loss, wrt) for loss in FLAT for wrt in loss.wrt]
#: A sum over rows of what is linear in Y is that of its mean. Which slope a corner has shows at the corner alone. A
#: square is that of the difference turned round, and with swap the anchor and the positive may change places.
#: MultiMargin's own class is subtracted again with the sum; and where Y is at most 1, Poisson's logarithm is 0.
TRULY_EQUAL = {"bias": {"targets averaged"}, "var": {"swapped"}}
ANYWHERE = {"corner"}
OF_LOSS = {
    "MultiMarginLoss": {"factor missing", "label missing"},
    "TripletMarginWithDistanceLoss": {"swapped"},
}
WITH_STIRLING = {"factor missing", "condition missing", "term missing", "term sign"}


def cases(loss):
    found = [numbers(loss, seed, sizes) for seed, sizes in enumerate(SIZES)]
    if loss.reduction != "none":
        for each in found:
            each["grad_output"] = 1.7  # else nobody sees that it is ignored
    return found


def same(ours, theirs):
    return all(
        a.shape == b.shape and np.allclose(a, b, rtol=1e-9, atol=1e-12) for a, b in zip(ours, theirs, strict=True)
    )


def fitting(asked):
    """All variants but products that are there only where two sizes are the same."""
    return [each for each in variants(asked) if is_possible(each)]


def is_possible(variant):
    return not any(each.key == "transposed" and each.details for each in variant.mistakes)


def values(program, given):
    with np.errstate(all="ignore"):
        return [value(program, names) for names in given]


@pytest.mark.parametrize(("loss", "wrt"), ROWS, ids=lambda each: str(each))
def test_every_mistake_is_one_and_has_one_name(loss, wrt, record_property):
    """Each variant can be evaluated and is not the truth; of two names for one thing, one costs less."""
    given, asked = cases(loss), problem(loss, wrt)
    truth = values(asked.program, given)
    found = [(each, values(each.program, given)) for each in fitting(asked)]
    record_property("mistakes", len(found))
    assert [each.cost for each, _ in found] == sorted(each.cost for each, _ in found)
    equal = {each for each, numbers in found if same(numbers, truth)}
    known = TRULY_EQUAL.get(wrt, set()) | ANYWHERE | OF_LOSS.get(type(loss).torch_name, set())
    if wrt == "targets" and getattr(loss, "full", False):
        known |= WITH_STIRLING
    assert {each.mistakes[0].key for each in equal} <= known
    found = [(each, numbers) for each, numbers in found if each not in equal]
    twice = [
        {str(one.mistakes[0]), str(other.mistakes[0])}
        for (one, ours), (other, theirs) in itertools.combinations(found, 2)
        if one.mistakes != other.mistakes and one.cost == other.cost and same(ours, theirs)
    ]
    assert not twice


HAND = [
    (MSE(), "outputs", of("sign"), lambda v: 2 * (v.Y - v.Z) / (v.N * v.C)),
    (MSE(), "outputs", of("factor", times="1/2"), lambda v: (v.Z - v.Y) / (v.N * v.C)),
    (MSE(), "outputs", of("divisor", right="N·C", wrong="N"), lambda v: 2 * (v.Z - v.Y) / v.N),
    (MSE(), "outputs", of("divisor", right="N·C", wrong="1"), lambda v: 2 * (v.Z - v.Y)),
    (MSE(), "outputs", of("not differentiated", how="terms"), lambda v: (v.Z - v.Y) ** 2 / (v.N * v.C)),
    (MSE(), "outputs", of("not differentiated", how="sign"), lambda v: 2 * np.sign(v.Z - v.Y) / (v.N * v.C)),
    (MSE(), "outputs", of("term missing", term="Y"), lambda v: 2 * v.Z / (v.N * v.C)),
    (MSE(), "outputs", of("term sign", term="Y"), lambda v: 2 * (v.Z + v.Y) / (v.N * v.C)),
    (MSE(weight=True), "outputs", of("divisor", right="Σw", wrong="N·C"),
     lambda v: 2 * v.weight * (v.Z - v.Y) / (v.N * v.C)),
    (MSE(weight=True), "outputs", of("option missing", option="weight"), lambda v: 2 * (v.Z - v.Y) / v.weight.sum()),
    (MSE(reduction="none"), "outputs", of("grad_output ignored"), lambda v: 2 * (v.Z - v.Y)),
    (MSE(), "outputs", of("targets averaged"), lambda v: 2 * (v.Z - v.Y.mean(0)) / (v.N * v.C)),
    (MSE(), "weight", of("transposed"), lambda v: v.X.T @ (2 * (v.Z - v.Y) / (v.N * v.C))),
    (MSE(), "weight", of("another gradient", of="outputs"), lambda v: 2 * (v.Z - v.Y) / (v.N * v.C)),
    (MSE(), "weight", of("another gradient", of="bias"), lambda v: (2 * (v.Z - v.Y) / (v.N * v.C)).sum(0)),
    (MSE(), "inputs", of("another gradient", of="weight"), lambda v: (2 * (v.Z - v.Y) / (v.N * v.C)).T @ v.X),
    (MSE(), "bias", of("summed", how="mean"), lambda v: (2 * (v.Z - v.Y) / (v.N * v.C)).mean(0)),
    (MSE(), "bias", of("summed", how="classes"), lambda v: (2 * (v.Z - v.Y) / (v.N * v.C)).sum(1)),
    (MSE(), "bias", of("summed", how="everything"), lambda v: (2 * (v.Z - v.Y) / (v.N * v.C)).sum()),
    (MSE(), "bias", of("summed", how="not"), lambda v: 2 * (v.Z - v.Y) / (v.N * v.C)),
    (MSE(), "weight", of("term missing", term="b"), lambda v: (2 * (v.X @ v.W.T - v.Y) / (v.N * v.C)).T @ v.X),
    (CE(), "outputs", of("divisor", right="N", wrong="1"), lambda v: v.P - v.hot),
    (CE(), "outputs", of("divisor", right="N", wrong="N·C"), lambda v: (v.P - v.hot) / (v.N * v.C)),
    (CE(), "outputs", of("softmax missing"), lambda v: (v.Z - v.hot) / v.N),
    (CE(), "outputs", of("softmax axis"), lambda v: (np.exp(v.Z) / np.exp(v.Z).sum(0) - v.hot) / v.N),
    (CE(), "outputs", of("softmax axis", over="everything"), lambda v: (np.exp(v.Z) / np.exp(v.Z).sum() - v.hot) / v.N),
    (CE(), "outputs", of("softmax not normalised"), lambda v: (np.exp(v.Z) - v.hot) / v.N),
    (CE(), "outputs", of("softmax not normalised"), lambda v: (np.exp(v.Z - v.Z.max(1)[:, None]) - v.hot) / v.N),
    (CE(), "outputs", of("sigmoid for softmax"), lambda v: (v.sigma - v.hot) / v.N),
    (CE(), "outputs", of("log for probability"), lambda v: (np.log(v.P) - v.hot) / v.N),
    (CE(), "outputs", of("differentiated twice", of="softmax"), lambda v: (v.P - v.hot) * v.P * (1 - v.P) / v.N),
    (CE(), "outputs", of("of probabilities", of="softmax"), lambda v: -v.hot / v.P / v.N),
    (CE(), "outputs", of("not differentiated", how="terms"), lambda v: -v.hot * np.log(v.P) / v.N),
    (CE(), "outputs", of("labels as numbers"), lambda v: (v.P - v.y[:, None]) / v.N),
    (CE(), "outputs", of("labels shifted"), lambda v: (v.P - np.eye(v.C)[v.y - 1]) / v.N),
    (CE(), "outputs", of("labels shifted"), lambda v: (v.P - np.roll(v.hot, 1, 1)) / v.N),
    (CE(), "outputs", of("label missing", label="C−1"), lambda v: (v.P - v.hot * (np.arange(v.C) < v.C - 1)) / v.N),
    (CE(), "outputs", of("term missing", term="Ŷ"), lambda v: v.P / v.N),
    (CE(), "outputs", of("term sign", term="Ŷ"), lambda v: (v.P + v.hot) / v.N),
    (CE(), "outputs", of("factor missing", factor="Ŷ"), lambda v: (v.P - 1) / v.N),
    (CE(), "outputs", of("factor missing", factor="1/N", where="P"), lambda v: v.P - v.hot / v.N),
    (CE(targets="probabilities"), "outputs", of("factor missing", factor="Σ_c Y"), lambda v: (v.P - v.Y) / v.N),
    (CE(reduction="none"), "outputs", of("grad_output twice"), lambda v: v.grad_output[:, None] ** 2 * (v.P - v.hot)),
    (CE(weight=True), "outputs", of("option ignored", option="weight"), lambda v: (v.P - v.hot) / v.N),
    (CE(weight=True), "outputs", of("option missing", option="weight"), lambda v: (v.P - v.hot) / v.w_y.sum()),
    (CE(weight=True), "outputs", of("divisor", right="Σw_y", wrong="N"),
     lambda v: v.w_y[:, None] * (v.P - v.hot) / v.N),
    (CE(weight=True), "outputs", of("divisor", right="Σw_y", wrong="Σw"),
     lambda v: v.w_y[:, None] * (v.P - v.hot) / v.weight.sum()),
    (CE(weight=True), "outputs", of("weight by column"), lambda v: v.weight * (v.P - v.hot) / v.w_y.sum()),
    (CE(weight=True, label_smoothing=True), "outputs", of("weight by label"),
     lambda v: v.w_y[:, None] * (v.P - 0.8 * v.hot - 0.2 / v.C) / v.w_y.sum()),
    (CE(weight=True, label_smoothing=True), "outputs", of("factor missing", factor="Σ_c A"),
     lambda v: (v.P - 0.8 * v.weight * v.hot - 0.2 / v.C * v.weight) / v.w_y.sum()),
    (CE(weight=True), "outputs", of("option missing", option="weight", where="P"),
     lambda v: (v.P - v.weight * v.hot) / v.w_y.sum()),
    (CE(weight=True), "outputs", of("option twice", option="weight"),
     lambda v: v.w_y[:, None] ** 2 * (v.P - v.hot) / v.w_y.sum()),
    (CE(ignore_index=True), "outputs", of("ignored rows counted"), lambda v: (v.P - v.hot) / v.kept.sum()),
    (CE(ignore_index=True), "outputs", of("divisor", right="kept", wrong="N"),
     lambda v: v.kept[:, None] * (v.P - v.hot) / v.N),
    (CE(ignore_index=True), "outputs", of("ignored rows counted", where="P"),
     lambda v: (v.P - v.kept[:, None] * v.hot) / v.kept.sum()),
    (CE(label_smoothing=True), "outputs", of("option ignored", option="label_smoothing"),
     lambda v: (v.P - v.hot) / v.N),
    (CE(label_smoothing=True), "outputs", of("smoothing", how="1−ε"), lambda v: (v.P - v.hot - 0.2 / v.C) / v.N),
    (CE(label_smoothing=True), "outputs", of("smoothing", how="ε/C"), lambda v: (v.P - 0.8 * v.hot) / v.N),
    (CE(label_smoothing=True), "outputs", of("smoothing", how="ε/C"), lambda v: 0.8 * (v.P - v.hot) / v.N),
    (CE(label_smoothing=True), "outputs", of("smoothing", how="ε"), lambda v: (v.P - 0.8 * v.hot - 0.2) / v.N),
    (CE(label_smoothing=True), "outputs", of("smoothing", how="C−1"),
     lambda v: (v.P - 0.8 * v.hot - 0.2 / (v.C - 1) * (1 - v.hot)) / v.N),
    (CE(label_smoothing=True), "outputs", of("smoothing", how="ε/(C−1)"),
     lambda v: (v.P - 0.8 * v.hot - 0.2 / (v.C - 1)) / v.N),
    (NLL(), "outputs", of("another gradient", of="logits"), lambda v: (v.P - v.hot) / v.N),
    (NLL(), "outputs", of("of probabilities", of="exp"), lambda v: -v.hot / v.P / v.N),
    (NLL(weight=True), "outputs", of("divisor", right="Σw_y", wrong="N"), lambda v: -v.w_y[:, None] * v.hot / v.N),
    (BCE(), "outputs", of("sigmoid missing"), lambda v: (v.Z - v.Y) / (v.N * v.C)),
    (BCE(), "outputs", of("softmax for sigmoid"), lambda v: (v.P - v.Y) / (v.N * v.C)),
    (BCE(), "outputs", of("of probabilities", of="sigmoid"),
     lambda v: (v.sigma - v.Y) / (v.sigma * (1 - v.sigma)) / (v.N * v.C)),
    (BCE(), "outputs", of("not differentiated", how="terms"),
     lambda v: -(v.Y * np.log(v.sigma) + (1 - v.Y) * np.log(1 - v.sigma)) / (v.N * v.C)),
    (BCE(), "outputs", of("differentiated twice", of="sigmoid"),
     lambda v: (v.sigma - v.Y) * v.sigma * (1 - v.sigma) / (v.N * v.C)),
    (BCE(), "outputs", of("squared error", of="sigmoid"),
     lambda v: 2 * (v.sigma - v.Y) * v.sigma * (1 - v.sigma) / (v.N * v.C)),
    (CE(), "outputs", of("squared error", of="softmax"),
     lambda v: 2 * v.P * (v.P - v.hot - (v.P * (v.P - v.hot)).sum(1, keepdims=True)) / v.N),
    (CE(), "outputs", of("squared error", of="softmax"),
     lambda v: 2 * v.P * (v.P - v.hot - (v.P * (v.P - v.hot)).sum(1, keepdims=True)) / (v.N * v.C)),
    (BCE(pos_weight=True), "outputs", of("option's term", option="pos_weight", how="both terms"),
     lambda v: v.pos_weight * (v.sigma - v.Y) / (v.N * v.C)),
    (BCE(pos_weight=True), "outputs", of("option's term", option="pos_weight", how="wrong term"),
     lambda v: (v.pos_weight * (1 - v.Y) * v.sigma - (1 - v.sigma) * v.Y) / (v.N * v.C)),
    (BCE(pos_weight=True), "outputs", of("option's term", option="pos_weight", how="targets"),
     lambda v: (v.sigma - v.pos_weight * v.Y) / (v.N * v.C)),
    (BCE(weight=True), "outputs", of("divisor", right="N·C", wrong="Σw"),
     lambda v: v.weight * (v.sigma - v.Y) / v.weight.sum()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("loss", "wrt", "mistake", "by_hand"), HAND, ids=[f"{row[0]} {row[1]} {row[2]} {at}" for at, row in enumerate(HAND)]
)
def test_a_mistake_is_what_its_name_says(loss, wrt, mistake, by_hand):
    """As somebody types it, by hand."""
    given = [{**names, "grad_output": 1.0} if loss.reduction != "none" else names for names in cases(loss)]
    wanted = [np.asarray(by_hand(spoken(names))) for names in given]
    found = [each for each in fitting(problem(loss, wrt)) if same(values(each.program, given), wanted)]
    assert mistake in [each.mistakes[0] for each in found]
    assert found[0].mistakes == (mistake,)  # nothing that costs less is the same


def spoken(names):
    """The numbers as attributes, with what one calls by a name of its own."""
    v = SimpleNamespace(**names)
    v.sigma, v.P = 1 / (1 + np.exp(-v.Z)), np.exp(v.Z) / np.exp(v.Z).sum(1, keepdims=True)
    if hasattr(v, "y"):
        v.hot, v.kept, v.w_y = np.eye(v.C)[v.y], (v.y != v.ignore_index) * 1.0, v.weight[v.y % len(v.weight)]
    return v


TWO = [
    (CE(), "outputs", {of("sign"), of("divisor", right="N", wrong="1")}, lambda v: v.hot - v.P),
    (CE(), "outputs", {of("softmax missing"), of("divisor", right="N", wrong="1")}, lambda v: v.Z - v.hot),
    (CE(), "weight", {of("transposed"), of("divisor", right="N", wrong="1")}, lambda v: v.X.T @ (v.P - v.hot)),
    (MSE(), "outputs", {of("sign"), of("factor", times="1/2")}, lambda v: (v.Y - v.Z) / (v.N * v.C)),
    (MSE(), "bias", {of("factor", times="1/2"), of("divisor", right="N·C", wrong="N")}, lambda v: (v.Z - v.Y).mean(0)),
    (CE(weight=True, label_smoothing=True), "outputs",
     {of("option ignored", option="label_smoothing"), of("divisor", right="Σw_y", wrong="N")},
     lambda v: v.w_y[:, None] * (v.P - v.hot) / v.N),
]  # fmt: skip


@pytest.mark.parametrize(
    ("loss", "wrt", "mistakes", "by_hand"), TWO, ids=[f"{row[0]} {row[1]} {at}" for at, row in enumerate(TWO)]
)
def test_two_mistakes_at_once(loss, wrt, mistakes, by_hand):
    given = [{**names, "grad_output": 1.0} for names in cases(loss)]
    wanted = [np.asarray(by_hand(spoken(names))) for names in given]
    possible = filter(is_possible, pairs(problem(loss, wrt)))
    found = next(each for each in possible if same(values(each.program, given), wanted))
    assert set(found.mistakes) == mistakes


@pytest.mark.parametrize("loss", [MSE(), CE(), BCE(weight=True), CE(reduction="sum")], ids=str)
def test_a_divisor_beside_another_mistake_is_told_with_the_one_that_belongs_there(loss):
    right = {"mean": {"N·C", "N"}, "sum": {"1"}}[loss.reduction]
    for each in itertools.islice(pairs(problem(loss, "outputs")), 600):
        assert {mistake["right"] for mistake in each.mistakes if mistake.key == "divisor"} <= right


@pytest.mark.parametrize(("loss", "wrt"), [row for row in ROWS if row[1] in ("outputs", "bias")], ids=str)
def test_pairs_come_in_order_and_can_be_evaluated(loss, wrt):
    found, given = list(itertools.islice(pairs(problem(loss, wrt)), 400)), cases(loss)
    assert [each.cost for each in found] == sorted(each.cost for each in found)
    assert all(len(set(each.mistakes)) == 2 for each in found)
    refused = 0
    for each in found:
        try:
            values(each.program, given)
        except (ValueError, IndexError):  # a sum over rows of what has none
            refused += 1
    assert refused < 0.05 * len(found)


def test_a_factor_may_be_transposed_where_it_is_square():
    names = {**numbers(MSE(), 0, {"N": 4, "D": 4, "C": 4}), "grad_output": 1.0}
    found = {str(each.mistakes[0]): each.program for each in variants(problem(MSE(), "inputs"))}
    g = 2 * (names["Z"] - names["Y"]) / 16
    np.testing.assert_allclose(value(found["transposed (factor W)"], names), g @ names["W"].T)
    found = {str(each.mistakes[0]): each.program for each in variants(problem(MSE(), "weight"))}
    np.testing.assert_allclose(value(found["transposed (factor G)"], names), g @ names["X"])
    np.testing.assert_allclose(value(found["transposed (factor X)"], names), g.T @ names["X"].T)


def test_what_is_looked_for_otherwise_is_left_out():
    asked, of_all = problem(MSE(), "outputs"), ("sign", "factor", "divisor")
    keys = {mistake.key for each in variants(asked, of_all) for mistake in each.mistakes}
    assert keys
    assert not keys & set(of_all)
    assert not {mistake.key for each in pairs(asked, of_all) for mistake in each.mistakes} & set(of_all)


@dataclass(frozen=True, kw_only=True)
class Quartic(ElementwiseLoss):
    """Σ (z − y)⁴/4, which the package has never seen."""

    torch_name = "QuarticLoss"

    def of_entry(self, z, y, at):
        return (z - y) ** 4 / 4


def test_a_criterion_of_ones_own_has_its_mistakes_from_its_derivation():
    found = {each.mistakes[0]: each.program for each in variants(problem(Quartic(), "outputs"))}
    v = spoken(cases(Quartic())[0])
    names, d = {**vars(v), "grad_output": 1.0}, v.Z - v.Y
    for mistake, wanted in {
        of("sign"): -(d**3) / (v.N * v.C),
        of("divisor", right="N·C", wrong="N"): d**3 / v.N,
        of("term sign", term="Y"): (v.Z + v.Y) ** 3 / (v.N * v.C),
        of("not differentiated", how="terms"): d**4 / 4 / (v.N * v.C),
        of("another gradient", of="targets"): None,
    }.items():
        assert mistake in found
        if wanted is not None:
            np.testing.assert_allclose(value(found[mistake], names), wanted)


def test_samples_and_positions_divide_where_there_are_positions():
    loss = CE(extra_dimensions=True)
    wrong = {
        each.mistakes[0]["wrong"] for each in variants(problem(loss, "outputs")) if each.mistakes[0].key == "divisor"
    }
    assert {"B", "T", "N·C"} <= wrong
    assert not {"B", "T"} & {
        each.mistakes[0]["wrong"] for each in variants(problem(CE(), "outputs")) if each.mistakes[0].key == "divisor"
    }


@pytest.mark.parametrize(("loss", "wrt"), ROWS, ids=str)
def test_every_mistake_can_be_told(loss, wrt):
    for each in variants(problem(loss, wrt)):
        told = clause(each.mistakes[0])
        assert told.zh
        assert told.en
        details = {name: word for name, word in each.mistakes[0].details if word != "Ŷ" or name != "factor"}
        assert all(details[name] in told.zh for name in {"term", "factor", "where"} & details.keys())


@pytest.mark.parametrize("loss", FLAT, ids=str)
def test_the_evaluator_of_the_package_evaluates_every_one(loss):
    arrays, given = Lists(), cases(loss)[0]
    names = {name: arrays.array(np.asarray(each).tolist()) for name, each in given.items()}
    for wrt in loss.wrt:
        for each in fitting(problem(loss, wrt)):
            try:
                found = arrays.flat(evaluate(each.program, names, arrays).value)
            except ShapeError as wrong:
                raise AssertionError(f"{each.mistakes[0]}: {wrong}") from wrong
            np.testing.assert_allclose(found, values(each.program, [given])[0].ravel(), rtol=1e-9, atol=1e-12)
