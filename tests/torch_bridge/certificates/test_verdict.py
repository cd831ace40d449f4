"""What a certificate makes of two accounts, entry by entry: what it accepts, what it refuses, and where it says so."""

import copy
import math
import pickle
import platform
import random
from dataclasses import replace
from fractions import Fraction

import mpmath
import pytest
import sympy
import torch
from torch import nn

from derivations import CannotTell, GradientMismatch, explain
from derivations.index_calculus.judging.digits import DIGITS
from derivations.index_calculus.symbols import P, Z, w, y
from derivations.torch_bridge.accounts import autograd, exact_values
from derivations.torch_bridge.batch.batch import read_batch
from derivations.torch_bridge.certificates.certificate import Certificate
from derivations.torch_bridge.certificates.certify import certify
from derivations.torch_bridge.certificates.notes import is_undefined, is_zero
from derivations.torch_bridge.certificates.rows import BLUNT, Row
from derivations.torch_bridge.rounding.bounds import Bound
from derivations.torch_bridge.setup.setup import Setup
from derivations.verdict import SEEN

INF, NAN = math.inf, math.nan
OUTPUTS = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])
LABELS = torch.tensor([0, 2])


def batch(dtype=torch.float64, criterion=None):
    return read_batch(explain(None, criterion or nn.CrossEntropyLoss()).setup, OUTPUTS.to(dtype), LABELS)


def verdict(found, expected, kappa=1.0, unit=0.0, dtype=torch.float64, of=None, **options):
    """The certificate of two accounts of one tensor whose κ and κ₀ are given."""
    found, expected = (torch.as_tensor(each, dtype=dtype) for each in (found, expected))
    kappa, unit = (torch.as_tensor(each, dtype=torch.float64).expand(found.shape) for each in (kappa, unit))
    limits = {"outputs": Bound(kappa, unit)}
    return certify(of or batch(dtype), {"outputs": found}, {"outputs": expected}, 0.0, limits=limits, **options)


def accepted(*arguments, **options):
    """Whether no entry is beyond its bound, told or not."""
    return verdict(*arguments, **options).verdict != "disagrees"


# One entry decides ---------------------------------------------------------------------------------------------------

ENTRIES = [(row, column) for row in range(2) for column in range(3)]


@pytest.mark.parametrize("at", ENTRIES, ids=lambda at: f"{at[0]}{at[1]}")
@pytest.mark.parametrize("scale", [1.0, 1e-3])
def test_one_wrong_entry_is_a_disagreement(at, scale):
    expected = scale * torch.ones(2, 3, dtype=torch.float64)
    found = expected.clone()
    found[at] *= 1 + 1e-12
    certificate = verdict(found, expected, scale)
    assert not certificate
    (row,) = certificate.rows
    assert (row.verdict, row.wrong, row.entries, row.worst) == ("disagrees", 1, 6, at)
    with pytest.raises(GradientMismatch, match=r"∂loss/∂outputs and torch\.autograd disagree") as caught:
        certificate.require()
    details = caught.value.details
    assert details["index"] == f"outputs[{at[0]}, {at[1]}], one of 1 wrong of 6"
    assert details["got"].startswith(repr(found[at].item()))
    assert details["expected"].startswith(repr(expected[at].item()))
    assert float(details["bound"]) == pytest.approx(2**-52 * scale, rel=0.01)


def test_a_single_number_decides_too():
    certificate = verdict(1 + 1e-12, 1.0)
    assert certificate.verdict == "disagrees"
    assert (certificate.rows[0].wrong, certificate.rows[0].worst) == (1, ())
    assert verdict([1 + 1e-12], [1.0]).verdict == "disagrees"


def test_every_wrong_entry_is_counted():
    expected = torch.ones(2, 3, dtype=torch.float64)
    found = expected.clone()
    found[0] += 1e-12
    assert verdict(found, expected).rows[0].wrong == 3
    assert verdict(found + 1e-12, expected).rows[0].wrong == 6
    assert verdict(expected, expected).rows[0].wrong == 0


@pytest.mark.parametrize("wrong", ["weight", "bias", "inputs", "outputs"])
def test_one_wrong_tensor_is_a_disagreement(wrong):
    torch.manual_seed(0)
    explanation = explain(nn.Linear(4, 3, dtype=torch.float64), nn.CrossEntropyLoss())
    inputs, labels = torch.randn(5, 4, dtype=torch.float64), torch.tensor([0, 1, 2, 1, 0])
    names = ("weight", "bias", "inputs", "outputs")
    right = explanation.gradients(inputs, labels, wrt=names)
    found = {**right, wrong: right[wrong].clone()}
    found[wrong].view(-1)[-1] *= 1 + 1e-11
    certificate = certify(read_batch(explanation.setup, inputs, labels), found, right, 0.0)
    assert not certificate
    assert [row.wrt for row in certificate.rows if row.verdict != "agrees"] == [wrong]
    assert certificate.mismatch().details["tensor"] == wrong
    assert certificate.worst == max(row.deviation for row in certificate.rows) > 100
    assert certify(read_batch(explanation.setup, inputs, labels), right, right, 0.0).require()


# The bound -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16], ids=str)
@pytest.mark.parametrize("kappa", [1.0, 8.0, 48.0])
def test_as_much_as_rounding_explains_is_accepted_and_no_more(dtype, kappa):
    """eps·κ: nearly all of it is accepted, half as much again is not, whatever the sign and the side."""
    limit = torch.finfo(dtype).eps * kappa
    expected = torch.zeros(2, 3, dtype=dtype)
    for part, explained in ((0.5, True), (0.95, True), (1.5, False), (2.0, False), (10.0, False)):
        for sign in (1, -1):
            found = expected.clone()
            found[1, 1] = sign * part * limit
            assert accepted(found, expected, kappa, dtype=dtype) == explained
            assert accepted(expected, found, kappa, dtype=dtype) == explained


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16], ids=str)
def test_underflow_explains_a_few_of_the_smallest_numbers(dtype):
    """2·s·κ₀, with s the smallest normal number, or half the smallest of float16."""
    smallest = 2.0**-24 if dtype == torch.float16 else torch.finfo(dtype).smallest_normal
    expected = torch.zeros(2, 3, dtype=dtype)
    for times, explained in ((3, True), (4, True), (6, False), (12, False)):
        found = expected.clone()
        found[0, 0] = times * smallest
        assert found[0, 0] > 0
        unit = 4.0 if dtype == torch.float16 else 2.0
        assert accepted(found, expected, 0.0, unit=unit, dtype=dtype) == explained
        assert accepted(found, expected, 0.0, unit=3 * unit, dtype=dtype)


def test_where_nothing_rounds_nothing_may_differ():
    smallest = torch.finfo(torch.float64).smallest_normal * torch.finfo(torch.float64).eps
    expected = torch.zeros(2, 3, dtype=torch.float64)
    found = expected.clone()
    assert verdict(found, expected, 0.0)
    found[1, 2] = smallest
    certificate = verdict(found, expected, 0.0)
    assert not certificate
    assert (certificate.rows[0].deviation, certificate.rows[0].worst) == (INF, (1, 2))


def test_the_bound_is_each_entry_s_own():
    """A wide bound of one entry excuses no other."""
    kappa = torch.ones(2, 3, dtype=torch.float64)
    kappa[0, 0] = 1e12
    expected = torch.ones(2, 3, dtype=torch.float64)
    found = expected.clone()
    found[0, 0] += 1e-5
    assert verdict(found, expected, kappa)
    found[1, 1] += 1e-5
    assert verdict(found, expected, kappa).rows[0].wrong == 1


def test_an_entry_with_a_wide_bound_can_be_wrong():
    """Blunt entries are beyond their bound as others are."""
    expected = torch.zeros(2, 3, dtype=torch.float64)
    found = expected.clone()
    found[0, 1] = 1e-3
    row = verdict(found, expected).rows[0]
    assert (row.blunt, row.sharp, row.wrong) == (6, 0, 1)


def test_it_is_blunt_where_the_bound_is_more_than_a_tenth_of_the_value():
    assert BLUNT == 0.1
    assert pytest.approx(BLUNT / (1 - BLUNT)) == SEEN
    bound = torch.finfo(torch.float64).eps
    expected = torch.tensor([9.0, 9.9, 10.1, 11.0, -11.0, 0.0], dtype=torch.float64).view(2, 3) * bound
    row = verdict(expected, expected).rows[0]
    assert (row.entries, row.blunt, row.sharp) == (6, 3, 3)
    assert row.condition == pytest.approx(1 / 10.1 / bound)


def test_what_a_row_says_of_the_worst_entry():
    eps = torch.finfo(torch.float64).eps
    kappa = torch.tensor([[4.0, 8.0, 16.0], [4.0, 8.0, 16.0]], dtype=torch.float64)
    expected = torch.ones(2, 3, dtype=torch.float64)
    found = expected + eps * torch.tensor([[0.0, 1.0, 2.0], [3.0, 2.0, 0.0]], dtype=torch.float64)
    row = verdict(found, expected, kappa).rows[0]
    assert row.worst == (1, 0)  # 3/4 of eps·κ; elsewhere less
    assert row.deviation == pytest.approx(3 / 4)
    assert row.kappa == 4
    assert row.bound == pytest.approx(4 * eps)
    assert row.part == pytest.approx(3 / 4)
    assert row.condition == pytest.approx(16)
    found[0, 2] += 30 * eps  # 32/16 = 2 eps·κ
    assert verdict(found, expected, kappa).rows[0].worst == (0, 2)


def test_the_worst_entry_is_a_wrong_one():
    """Where nothing but underflow rounds, a small deviation is infinitely many eps·κ, and yet within its bound."""
    smallest = torch.finfo(torch.float64).smallest_normal * torch.finfo(torch.float64).eps
    kappa = torch.tensor([[0.0, 1.0, 1.0], [1.0, 1.0, 1.0]], dtype=torch.float64)
    found, expected = torch.ones(2, 3, dtype=torch.float64), torch.ones(2, 3, dtype=torch.float64)
    found[0, 0], expected[0, 0] = smallest, 0
    assert verdict(found, expected, kappa, unit=1.0).rows[0].worst == (0, 0)
    found[1, 1] += 1e-12
    row = verdict(found, expected, kappa, unit=1.0).rows[0]
    assert (row.wrong, row.worst) == (1, (1, 1))


# What is no number ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"), [(NAN, 1.0), (INF, 1.0), (-INF, 1.0), (NAN, 0.0), (INF, -INF), (NAN, INF), (NAN, -INF)], ids=str
)
@pytest.mark.parametrize("kappa", [1.0, 1e6, INF, NAN], ids=str)
def test_what_is_no_number_on_one_side_alone_is_wrong(one, other, kappa):
    for found, expected in ((one, other), (other, one)):
        mine, theirs = (torch.ones(2, 3, dtype=torch.float64) for _ in range(2))
        mine[0, 2], theirs[0, 2] = found, expected
        row = verdict(mine, theirs, kappa).rows[0]
        assert (row.wrong, row.worst) == (1, (0, 2))
        assert row.sharp < row.entries


@pytest.mark.parametrize("both", [NAN, INF, -INF], ids=str)
def test_what_is_no_number_on_both_sides_is_the_same_but_tells_nothing(both):
    found = torch.ones(2, 3, dtype=torch.float64)
    found[1, 0] = both
    row = verdict(found, found.clone()).rows[0]
    assert row.verdict == "agrees"
    assert (row.blunt, row.sharp) == (1, 5)
    everywhere = torch.full((2, 3), both)
    assert verdict(everywhere, everywhere).verdict == "cannot tell"
    found[0, 0] += 1e-12  # and excuses no other entry
    assert verdict(found, torch.where(found == found[0, 0], 1.0, found)).rows[0].wrong == 1


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16], ids=str)
def test_only_what_is_all_but_the_largest_number_may_overflow_on_the_other_side(dtype):
    largest = torch.finfo(dtype).max
    near, far = torch.full((2, 3), largest, dtype=dtype), torch.full((2, 3), largest / 2, dtype=dtype)
    over = torch.full((2, 3), INF, dtype=dtype)
    assert accepted(near, over, largest, dtype=dtype)
    assert accepted(-over, -near, largest, dtype=dtype)
    below = torch.full((2, 3), 0.95 * largest, dtype=dtype)
    for found, expected, kappa in (
        (far, over, largest / 100),
        (below, over, largest),
        (near, -over, largest),
        (-near, over, largest),
    ):
        assert verdict(found, expected, kappa, dtype=dtype).rows[0].wrong == 6
        assert verdict(expected, found, kappa, dtype=dtype).rows[0].wrong == 6


def test_a_loss_that_is_not_defined_excuses_what_is_no_number_and_nothing_else():
    criterion = nn.CrossEntropyLoss(weight=torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64))
    nothing = batch(criterion=criterion)
    assert is_undefined(nothing)
    assert not is_undefined(batch())
    found, expected = torch.zeros(2, 3), torch.zeros(2, 3)
    found[0, 0], expected[1, 1] = NAN, INF
    assert verdict(found, expected, of=nothing).verdict == "cannot tell"
    found[1, 2] = 1.0
    assert verdict(found, expected, of=nothing).rows[0].wrong == 1


def test_an_empty_batch_has_no_gradient_but_0():
    model = nn.Linear(3, 2)
    nothing = read_batch(explain(model, nn.MSELoss()).setup, torch.zeros(0, 3), torch.zeros(0, 2))
    zeros = {"weight": torch.zeros(2, 3)}
    assert certify(nothing, zeros, zeros, NAN)
    assert not certify(nothing, {"weight": torch.full((2, 3), 1e-30)}, zeros, NAN)
    assert not certify(nothing, {"weight": torch.full((2, 3), NAN)}, zeros, NAN)


# The truth -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("criterion", [nn.MSELoss(), nn.CrossEntropyLoss()], ids=str)  # a Fraction; 50 digits
@pytest.mark.parametrize("at", ENTRIES, ids=lambda at: f"{at[0]}{at[1]}")
@pytest.mark.parametrize("false", ["closed form", "autograd"])
def test_each_side_is_held_to_the_truth_at_each_entry(criterion, at, false):
    """The two agree, but one of them is farther from the truth than rounding explains."""
    targets = LABELS if isinstance(criterion, nn.CrossEntropyLoss) else OUTPUTS.double().flip(0)
    given = read_batch(explain(None, criterion).setup, OUTPUTS.double(), targets)
    gradient = explain(None, criterion).gradients(OUTPUTS.double(), targets)["outputs"]
    bound = 32 * torch.finfo(torch.float64).eps
    limits = {"outputs": Bound(torch.full((2, 3), 64.0, dtype=torch.float64), torch.zeros(2, 3))}
    one, other = gradient.clone(), gradient.clone()
    assert certify(given, {"outputs": one}, {"outputs": other}, 0.0, exact=True, limits=limits)
    one[at] += 1.5 * bound
    other[at] += 0.7 * bound
    found, expected = (one, other) if false == "closed form" else (other, one)
    certificate = certify(given, {"outputs": found}, {"outputs": expected}, 0.0, exact=True, limits=limits)
    assert certify(given, {"outputs": found}, {"outputs": expected}, 0.0, limits=limits)
    assert (certificate.rows[0].wrong, certificate.rows[0].worst) == (1, at)
    with pytest.raises(GradientMismatch, match=r"outputs, torch\.autograd and the exact value disagree") as caught:
        certificate.require()
    assert caught.value.details["exact"] == exact_values.show(certificate.rows[0].exact[at])
    units = certificate.rows[0].from_exact
    assert units[false] == pytest.approx(1.5 / 2, rel=0.1)
    assert sum(units.values()) == pytest.approx((1.5 + 0.7) / 2, rel=0.1)


def with_truth(one, other, kappa, reduction="mean"):
    """A certificate, with the truth, of two accounts that differ so far from the squared error's gradient."""
    outputs, targets, criterion = OUTPUTS.double(), OUTPUTS.double().flip(0), nn.MSELoss(reduction=reduction)
    gradient = explain(None, criterion).gradients(outputs, targets)["outputs"]
    given = read_batch(explain(None, criterion).setup, outputs, targets)
    limits = {"outputs": Bound(kappa, torch.zeros(2, 3))}
    return certify(given, {"outputs": gradient + one}, {"outputs": gradient + other}, 0.0, exact=True, limits=limits)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("criterion", [nn.MSELoss(), nn.CrossEntropyLoss()], ids=str)
def test_the_truth_is_held_to_each_entry_s_own_bound(criterion, sign):
    """A wide bound of one entry excuses no other, above the truth or below."""
    targets = LABELS if isinstance(criterion, nn.CrossEntropyLoss) else OUTPUTS.double().flip(0)
    explanation, kappa = explain(None, criterion), torch.full((2, 3), 64.0, dtype=torch.float64)
    kappa[0, 0] = 1e12
    found = explanation.gradients(OUTPUTS.double(), targets)["outputs"]
    found[1, 1] += sign * 1.5 * 32 * torch.finfo(torch.float64).eps
    given = read_batch(explanation.setup, OUTPUTS.double(), targets)
    limits = {"outputs": Bound(kappa, torch.zeros(2, 3))}
    row = certify(given, {"outputs": found}, {"outputs": found}, 0.0, exact=True, limits=limits).rows[0]
    assert (row.wrong, row.worst) == (1, (1, 1))
    assert row.from_exact["closed form"] == pytest.approx(1.5 / 2, rel=0.1)


def test_two_that_are_0_may_be_false():
    """Where the truth is not 0, that both are says nothing."""
    gradient = explain(None, nn.MSELoss()).gradients(OUTPUTS.double(), OUTPUTS.double().flip(0))["outputs"]
    assert with_truth(-gradient, -gradient, torch.ones(2, 3, dtype=torch.float64)).rows[0].wrong == 6


def test_what_each_may_be_off_they_may_be_apart_on_both_sides_of_the_truth():
    apart, kappa = torch.zeros(2, 3), torch.full((2, 3), 64.0, dtype=torch.float64)
    apart[0, 2] = 0.9 * 32 * torch.finfo(torch.float64).eps
    assert with_truth(apart, apart, kappa)
    assert with_truth(apart, -apart, kappa)
    assert with_truth(1.2 * apart, 1.2 * apart, kappa).rows[0].wrong == 1


def test_where_nothing_rounds_the_truth_is_met_or_infinitely_far():
    nothing = torch.zeros(2, 3, dtype=torch.float64)
    row = with_truth(nothing, nothing, nothing, reduction="sum").rows[0]  # which a float64 holds
    assert (row.wrong, row.from_exact) == (0, {"closed form": 0.0, "autograd": 0.0})
    row = with_truth(nothing, nothing, nothing, reduction="mean").rows[0]  # sixths, which it does not
    assert (row.wrong > 0, row.from_exact) == (True, {"closed form": INF, "autograd": INF})


@pytest.mark.parametrize("criterion", [nn.MSELoss(), nn.CrossEntropyLoss()], ids=str)
@pytest.mark.parametrize("value", [NAN, INF, -INF], ids=str)
def test_what_is_no_number_on_both_sides_is_not_true(criterion, value):
    targets = LABELS if isinstance(criterion, nn.CrossEntropyLoss) else OUTPUTS.double().flip(0)
    given = read_batch(explain(None, criterion).setup, OUTPUTS.double(), targets)
    found = explain(None, criterion).gradients(OUTPUTS.double(), targets)["outputs"]
    found[1, 2] = value
    assert certify(given, {"outputs": found}, {"outputs": found}, 0.0)
    row = certify(given, {"outputs": found}, {"outputs": found}, 0.0, exact=True).rows[0]
    assert (row.wrong, row.worst) == (1, (1, 2))


def test_the_truth_has_fifty_digits():
    """Softmax minus one-hot of the floats as they are, and no float of it; and so the loss."""
    certificate = explain(None, nn.CrossEntropyLoss()).certify(OUTPUTS, LABELS, exact=True)
    with mpmath.workdps(60):
        powers = [[mpmath.exp(mpmath.mpf(each)) for each in row] for row in OUTPUTS.tolist()]
        p = [[each / mpmath.fsum(row) for each in row] for row in powers]
        for (n, c), value in certificate.rows[0].exact.items():
            assert abs(value - (p[n][c] - (LABELS[n].item() == c)) / 2) < mpmath.mpf(10) ** -45
        loss = -mpmath.fsum(mpmath.log(p[n][label]) for n, label in enumerate(LABELS.tolist())) / 2
        assert abs(certificate.exact_loss - loss) < mpmath.mpf(10) ** -45
        shown = mpmath.nstr(loss, 60)
    assert str(certificate.exact_loss)[:48] == shown[:48]
    assert len(str(certificate.exact_loss)) <= len("0.") + DIGITS
    assert pickle.loads(pickle.dumps(certificate.exact_loss)) == copy.deepcopy(certificate.exact_loss)


#: Entries of the arrays of two rows and three classes, whose second label is −100 and ignored.
THERE_IS_NONE = [Z[3, 1], Z[0, 1], Z[1, 4], Z[1, 0], Z[1, -98], Z[3, y[2]], y[3], y[0], y[-99], w[4], w[-98], P[3, 1]]


def with_an_ignored_label():
    labels, criterion = torch.tensor([1, -100]), nn.CrossEntropyLoss(weight=torch.ones(3))
    return exact_values.evaluator(read_batch(explain(None, criterion).setup, OUTPUTS, labels))


@pytest.mark.parametrize("entry", THERE_IS_NONE, ids=str)
def test_the_truth_has_no_entries_that_there_are_not(entry):
    with pytest.raises(IndexError, match=r"the formula asks for .*counted from 1.*Only a label equal to ignore_index"):
        with_an_ignored_label()(entry)


def test_what_an_ignored_label_would_pick_is_0():
    evaluate = with_an_ignored_label()
    assert [evaluate(each) for each in (Z[2, y[2]], w[y[2]], Z[1, y[1]])] == [0, 0, OUTPUTS[0, 1].item()]
    outputs = OUTPUTS.double()
    labels, alone = read_batch(explain(None, nn.CrossEntropyLoss()).setup, outputs, LABELS), exact_values.evaluator
    with pytest.raises(IndexError):
        alone(labels)(Z[1, -99])


def test_the_truth_of_a_squared_error_is_a_fraction():
    outputs, targets = torch.tensor([[0.1, 0.2]]), torch.tensor([[0.3, -0.4]])
    certificate = explain(None, nn.MSELoss()).certify(outputs, targets, exact=True)
    apart = [Fraction(z) - Fraction(y) for z, y in zip(outputs[0].tolist(), targets[0].tolist(), strict=True)]
    assert certificate.exact_loss == sum(each**2 for each in apart) / 2
    assert [certificate.rows[0].exact[0, c] for c in (0, 1)] == apart


def test_the_truth_rests_on_the_definition_alone(monkeypatch):
    """A derivation whose last line is false does not change it."""
    right = Setup.derivation

    def false(self, wrt):
        derivation = right(self, wrt)
        *steps, last = derivation.steps
        *micros, micro = last.micros
        return replace(
            derivation, steps=(*steps, replace(last, micros=(*micros, replace(micro, after=2 * micro.after))))
        )

    explanation = explain(None, nn.CrossEntropyLoss())
    monkeypatch.setattr(Setup, "derivation", false)
    assert explanation.derivation("outputs").result != right(explanation.setup, "outputs").result
    assert explanation.certify(OUTPUTS, LABELS, exact=True)


def test_the_distance_from_the_truth_is_rounded_once():
    third = Fraction(1, 3)
    assert exact_values.distance(third, 1 / 3) == float(abs(third - Fraction(1 / 3))) > 0
    assert exact_values.distance(Fraction(1, 2), 0.5) == 0
    with mpmath.workdps(50):
        of_fifty = mpmath.mpf(1) / 3
    assert exact_values.distance(of_fifty, 1 / 3) == pytest.approx(float(abs(third - Fraction(1 / 3))), rel=1e-12)
    assert exact_values.distance(of_fifty, 1 / 3 + 1e-12) == pytest.approx(1e-12, rel=1e-3)
    assert all(exact_values.distance(third, each) == INF for each in (NAN, INF, -INF))


# What it takes to see the same again ---------------------------------------------------------------------------------


def test_the_conditions_are_those_of_the_run():
    """A seed of 0 is a seed; without one it is torch's."""
    torch.manual_seed(7)
    given = verdict(torch.ones(2, 3), torch.ones(2, 3), seed=0).conditions
    assert (given["seed"], given["dtype"], given["shape"], given["device"]) == ("0", "float64", "(2, 3)", "cpu")
    assert verdict(torch.ones(2, 3), torch.ones(2, 3)).conditions["seed"] == "7"
    versions = (torch.__version__, sympy.__version__, platform.python_version())
    assert (given["torch"], given["sympy"], given["python"]) == versions
    threads = torch.get_num_threads()
    try:
        for number in (1, 3):
            torch.set_num_threads(number)
            assert verdict(torch.ones(2, 3), torch.ones(2, 3)).conditions["threads"] == str(number)
    finally:
        torch.set_num_threads(threads)


def test_a_mismatch_says_what_is_needed_to_look_into_it():
    criterion = nn.CrossEntropyLoss(weight=torch.tensor([-1.0, 1.0, 2.0], dtype=torch.float64))
    given = read_batch(explain(None, criterion).setup, OUTPUTS.double(), torch.tensor([0, -100]))
    kappa, expected = torch.full((2, 3), 1e6, dtype=torch.float64), torch.zeros(2, 3, dtype=torch.float64)
    kappa[1, 1], found = 2.0, expected.clone()
    found[1, 1] = 1e-3
    limits = {"outputs": Bound(kappa, torch.zeros(2, 3))}
    certificate = certify(given, {"outputs": found}, {"outputs": expected}, 0.0, seed=3, limits=limits)
    details = certificate.mismatch().details
    assert details["loss"] == str(given.setup.loss) == "CrossEntropyLoss(weight, ignore_index)"
    assert details["index"] == "outputs[1, 1], one of 1 wrong of 6"
    assert certificate.rows[0].bound == pytest.approx(2 * torch.finfo(torch.float64).eps)
    assert float(details["bound"]) == pytest.approx(certificate.rows[0].bound, rel=1e-2)
    assert details["note"] == " ".join(note.en for note in certificate.notes)
    assert len(certificate.notes) == 2
    assert certificate.conditions.items() <= details.items()


def test_the_loss_is_torch_s():
    certificate = explain(None, nn.NLLLoss()).certify(OUTPUTS, LABELS)
    assert certificate.loss == nn.NLLLoss()(OUTPUTS, LABELS).item() == 0.125
    assert explain(None, nn.NLLLoss()).certify(-OUTPUTS, LABELS).loss == -0.125


# Certificates of several rows ----------------------------------------------------------------------------------------


AGREES, DISAGREES, UNSURE = {"sharpest": SEEN / 2}, {"wrong": 1, "sharpest": SEEN / 2}, {"sharpest": SEEN}


def certificate_of(*rows):
    """A certificate of several tensors."""
    one = torch.ones(1)
    right = Row("row", one, one, (0,), 1.0, 1.0, 1.0, 10**6, 0, 0, 0.0, 1.0, 1.0)
    rows = tuple(replace(right, wrt=f"row{at}", **each) for at, each in enumerate(rows))
    return Certificate(explain(None, nn.MSELoss()).setup, rows, 0.0, None, {"seed": "0"})


@pytest.mark.parametrize(
    ("rows", "says", "named"),
    [
        ((AGREES, AGREES, AGREES), "agrees", None),
        ((DISAGREES, AGREES, AGREES), "disagrees", "row0"),
        ((AGREES, DISAGREES, AGREES), "disagrees", "row1"),
        ((AGREES, AGREES, DISAGREES), "disagrees", "row2"),
        ((UNSURE, AGREES, AGREES), "cannot tell", "row0"),
        ((AGREES, AGREES, UNSURE), "cannot tell", "row2"),
        ((UNSURE, DISAGREES, UNSURE), "disagrees", "row1"),
        (({**DISAGREES, **UNSURE},), "disagrees", "row0"),
        ((), "cannot tell", None),
    ],
)
def test_it_agrees_when_all_its_rows_do(rows, says, named):
    """What disagrees is said before what cannot be told, and each is raised as what it is."""
    certificate = certificate_of(*rows)
    assert certificate.verdict == says
    assert bool(certificate) == (says == "agrees")
    if says == "agrees":
        assert certificate.require() is certificate
    elif named:
        error = {"disagrees": GradientMismatch, "cannot tell": CannotTell}[says]
        with pytest.raises(error) as caught:
            certificate.require()
        assert type(caught.value) is error
        assert caught.value.details["tensor"] == named


# What agreement means ------------------------------------------------------------------------------------------------

DTYPES = (torch.float64, torch.float32, torch.bfloat16, torch.float16)
CRITERIA = (nn.MSELoss(), nn.CrossEntropyLoss(), nn.BCEWithLogitsLoss(), nn.CrossEntropyLoss(reduction="none"))


@pytest.mark.parametrize("factor", [100, -1, 0, 1.12, 0.88])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("criterion", CRITERIA, ids=str)
def test_a_wrong_factor_never_agrees(criterion, dtype, factor):
    """On either side, in any tensor, and whether or not the exact values are asked for."""
    generator = torch.Generator().manual_seed(5)
    explanation = explain(nn.Linear(4, 3, dtype=dtype), criterion)
    inputs, targets = explanation.setup.random_data(6, generator)
    incoming = explanation.setup.random_grad_output(inputs, targets, generator)
    given = read_batch(explanation.setup, inputs, targets, incoming)
    _, right = autograd.gradients(given, ("weight", "bias", "inputs", "outputs"))
    found = certify(given, right, right, 0.0)
    assert found.verdict == ("agrees" if dtype in DTYPES[:2] else found.verdict)
    for wrt in right:
        wrong = {wrt: (factor * right[wrt].double()).to(dtype)}
        for sides in ((wrong, {wrt: right[wrt]}), ({wrt: right[wrt]}, wrong)):
            for exact in (False, True) if (dtype, factor) == (torch.bfloat16, 1.12) else (False,):
                certificate = certify(given, *sides, 0.0, exact=exact)
                assert certificate.verdict != "agrees"
                assert not certificate
                assert dtype not in DTYPES[:2] or certificate.verdict == "disagrees"


def test_a_factor_that_agrees_is_near_1():
    """Whatever a right evaluation is within its bound, and whichever side the factor is on."""
    numbers, one, agreed = random.Random(0), torch.ones(1, dtype=torch.float64), 0
    of_kappa_1 = verdict(one, one).rows[0].bound
    for _ in range(400):
        bound = 10 ** numbers.uniform(-3, 0.5)
        right = 1 + bound * numbers.choice([-1, -0.5, 0, 0.5, 1])
        factor = 1 + numbers.choice([-1, 1]) * 10 ** numbers.uniform(-4, 0)
        for sides in ((factor * right * one, one), (one, factor * right * one)):
            row = verdict(*sides, bound / of_kappa_1).rows[0]
            agreed += row.verdict == "agrees"
            assert row.verdict != "agrees" or abs(factor - 1) < SEEN
            assert row.wrong or abs(factor - 1) <= row.sharpest * (1 + 1e-9)
    assert agreed > 50


def test_the_sharpest_entry_decides():
    """As far as it goes: the bound as a part of the value that the bound leaves, and one rounding of the mistake."""
    kappa, eps = torch.tensor([[1.0, 1e3, 1e6]] * 2, dtype=torch.float64), torch.finfo(torch.float32).eps
    row = verdict(torch.ones(2, 3), torch.ones(2, 3), kappa, dtype=torch.float32).rows[0]
    bound = verdict(torch.ones(2, 3), torch.ones(2, 3), dtype=torch.float32).rows[0].bound
    assert row.sharpest == pytest.approx(bound / (1 - bound) + eps)
    assert (row.verdict, row.sharp) == ("agrees", 4)
    assert verdict(torch.zeros(2, 3), torch.zeros(2, 3)).rows[0].sharpest == INF


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_where_the_formula_is_0_no_less_is_agreement(dtype):
    """All labels ignored, one class, no rows: 0 on both sides agrees, and nothing else does."""
    ignored = read_batch(explain(None, nn.CrossEntropyLoss()).setup, OUTPUTS.to(dtype), LABELS * 0 - 100)
    one = read_batch(explain(None, nn.CrossEntropyLoss()).setup, OUTPUTS[:, :1].to(dtype), LABELS * 0)
    for given in (ignored, one):
        zero = torch.zeros(given.outputs_shape, dtype=dtype)
        certificate = certify(given, {"outputs": zero}, {"outputs": -zero}, 0.0)
        assert certificate.require().rows[0].zero
        off = torch.full_like(zero, 1.0)
        for sides in ((off, zero), (zero, off)):
            assert certify(given, *({"outputs": each} for each in sides), 0.0).verdict == "disagrees"
    assert explain(nn.Linear(3, 2, dtype=dtype), nn.MSELoss()).certify(OUTPUTS[:0].to(dtype), OUTPUTS[:0, :2].to(dtype))


def test_0_is_no_agreement_where_the_data_make_it_so():
    """At a minimum any factor gives the same; it is told where nothing rounds, or where the truth is 0 too."""
    model, inputs = nn.Linear(2, 1, dtype=torch.float64), torch.ones(4, 2, dtype=torch.float64)
    nn.init.ones_(model.weight)
    nn.init.ones_(model.bias)
    at_minimum = (inputs, model(inputs).detach())
    assert explain(model, nn.MSELoss()).certify(*at_minimum).verdict == "cannot tell"
    assert explain(model, nn.MSELoss()).certify(*at_minimum, exact=True).require()
    assert explain(None, nn.MSELoss()).certify(*at_minimum[1:] * 2).require()
    zeros, kappa = torch.zeros(2, 3), torch.ones(2, 3)
    assert verdict(zeros, zeros, 0 * kappa).require()
    kappa[0, 0] = 0
    assert verdict(zeros, zeros, kappa).verdict == "cannot tell"
    log_probabilities = torch.log_softmax(OUTPUTS[:, :1], 1)
    with_model = explain(nn.Sequential(nn.Linear(3, 1), nn.LogSoftmax(1)), nn.NLLLoss())
    assert with_model.certify(OUTPUTS, LABELS * 0).require()  # though ∂loss/∂outputs is −1/N
    assert explain(None, nn.NLLLoss()).certify(log_probabilities, LABELS * 0).require()


def test_what_the_formula_makes_0():
    model, one = nn.Sequential(nn.Linear(3, 1), nn.LogSoftmax(1)), nn.NLLLoss()
    of_one = read_batch(explain(model, one).setup, OUTPUTS, LABELS * 0)
    assert [is_zero(of_one, wrt) for wrt in ("weight", "logits", "outputs")] == [True, True, False]
    assert is_zero(read_batch(explain(None, nn.CrossEntropyLoss()).setup, OUTPUTS, LABELS * 0 - 100), "outputs")
    assert not is_zero(batch(), "outputs")
    assert not is_zero(
        read_batch(explain(None, nn.BCEWithLogitsLoss()).setup, OUTPUTS[:, :1], OUTPUTS[:, 1:2]), "outputs"
    )


def test_a_doubt_says_what_would_be_seen_and_what_to_do():
    with pytest.raises(CannotTell, match=r"whether the closed form of .* cannot be told") as caught:
        verdict([[0.5, 0.25, 1.0]] * 2, [[0.5, 0.25, 1.0]] * 2, 20.0, dtype=torch.bfloat16).require()
    details, bound = caught.value.details, float(caught.value.details["bound"])
    assert not isinstance(caught.value, GradientMismatch)  # `except GradientMismatch` has not found a mistake
    assert details["seen"] == f"a factor wrong by {bound / (1 - bound) + 1 / 128:.0%} or more"
    assert details["needed"] == "a factor wrong by 11%"
    assert (details["largest"], details["sharp"]) == ("1 (autograd)", "0 of 6 entries")
    assert details["do"].startswith("give float64,")
    undefined = batch(criterion=nn.CrossEntropyLoss(weight=torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64)))
    nothing = torch.full((2, 3), NAN)
    doubt = verdict(nothing, nothing, NAN, of=undefined).doubt()
    assert doubt.details["seen"] == "no wrong factor"
    assert doubt.details["do"] == "give data at which the gradient is a number"
    for wanted in (lambda: verdict(nothing, nothing, NAN).mismatch(), lambda: verdict([[1.0]], [[1.0]]).doubt()):
        with pytest.raises(ValueError, match="There is no such tensor here"):
            wanted()
