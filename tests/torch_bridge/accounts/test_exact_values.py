"""The exact values that certificates are held to: fifty sure digits at any magnitude; where there are none, why."""

import copy
from fractions import Fraction

import mpmath
import pytest
import torch
from sympy import log
from torch import nn

from derivations import CannotTell, explain
from derivations.index_calculus.symbols import P
from derivations.torch_bridge.accounts import exact_values
from derivations.torch_bridge.batch.batch import read_batch

INF, NAN = float("inf"), float("nan")
DTYPES = (torch.float64, torch.float32, torch.bfloat16, torch.float16)
MAGNITUDES = (1e-30, 1e-8, 1.0, 110.0, 300.0, 1e4, 1e30)
LABELS, SHARES = torch.tensor([0, 2, 1]), torch.tensor([[0.25, 0.5, 0.25], [1.0, 0.0, 0.0], [0.0, 0.125, 0.875]])
PATTERN = torch.tensor([[1.0, -0.75, 0.5], [-1.0, 0.25, 0.0], [0.5, 0.5, 1.0]], dtype=torch.float64)
LOSSES = {
    "MSE": (nn.MSELoss(), SHARES),
    "cross-entropy": (nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 0.5]), label_smoothing=0.125), LABELS),
    "of probabilities": (nn.CrossEntropyLoss(reduction="sum"), SHARES),
    "binary": (nn.BCEWithLogitsLoss(pos_weight=torch.tensor([1.0, 3.0, 0.5])), SHARES),
    "NLL": (nn.NLLLoss(), LABELS),
}


def given_in(dtype, criterion, targets):
    return copy.deepcopy(criterion).to(dtype), targets.to(dtype) if targets.is_floating_point() else targets


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize(("criterion", "targets"), LOSSES.values(), ids=LOSSES)
def test_at_no_magnitude_is_the_truth_denied(criterion, targets, dtype):
    """All of one magnitude; and the largest beside the smallest, which no sum of floats keeps."""
    criterion, targets = given_in(dtype, criterion, targets)
    batches = {size: PATTERN * size for size in MAGNITUDES}
    batches["far apart"] = torch.tensor([[1e30, 1e-30, 1.0], [-1e30, 1e4, 1e-8], [1e30, 1e30, -1e30]])
    for size, outputs in batches.items():
        if bool((outputs.abs() > torch.finfo(dtype).max).any()):
            continue
        certificate = explain(None, criterion).certify(outputs.to(dtype), targets, exact=True)
        assert certificate.verdict != "disagrees", (size, str(certificate))
        if size in (1e-8, 1.0) and dtype == torch.float64:
            assert certificate.require()


def close(value, true):
    """To all 50 digits; a Fraction is taken as mpmath's."""
    value = mpmath.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else value
    return abs(value - true) <= abs(true) * mpmath.mpf(10) ** -49


def test_the_digits_are_right_where_all_others_cancel():
    """σ − y and softmax − one-hot, by mpmath at a thousand digits."""
    for size in (1.0, 110.0, 300.0, 700.0):
        outputs = size * PATTERN
        binary = explain(None, nn.BCEWithLogitsLoss(reduction="sum")).certify(outputs, SHARES.double(), exact=True)
        entropy = explain(None, nn.CrossEntropyLoss(reduction="sum")).certify(outputs, LABELS, exact=True)
        with mpmath.workdps(1000):
            powers = [[mpmath.exp(each) for each in row] for row in outputs.tolist()]
            for (n, c), value in entropy.rows[0].exact.items():
                true = powers[n][c] / mpmath.fsum(powers[n]) - (LABELS[n].item() == c)
                assert close(value, true), (size, n, c)
            for (n, c), value in binary.rows[0].exact.items():
                true = powers[n][c] / (1 + powers[n][c]) - SHARES[n, c].item()
                assert close(value, true), (size, n, c)
            share = zip(outputs.flatten().tolist(), SHARES.flatten().tolist(), strict=True)
            loss = mpmath.fsum(mpmath.log(1 + mpmath.exp(z)) - mpmath.mpf(z) * y for z, y in share)
            assert close(binary.exact_loss, loss)


def test_what_is_too_near_0_to_tell_is_not_taken_for_0():
    """At 1e4 softmax is one-hot to all 300 digits that a float has, and any factor gives 0; at ½ it is ½ − ½."""
    near = explain(None, nn.CrossEntropyLoss()).certify(1e4 * PATTERN[:1], LABELS[:1], exact=True)
    assert (near.verdict, near.rows[0].exact[0, 0], type(near.rows[0].exact[0, 0])) == (
        "cannot tell",
        0,
        exact_values.given.mpf,
    )
    assert not exact_values.is_zero(near.rows[0].exact[0, 0])
    none = torch.full((1, 2), -1e4, dtype=torch.float64)  # whose sigmoid underflows
    assert explain(None, nn.BCEWithLogitsLoss()).certify(none, none * 0, exact=True).verdict == "cannot tell"
    half = torch.ones(2, 2, dtype=torch.float64)
    at_half = explain(None, nn.CrossEntropyLoss()).certify(half, half / 2, exact=True).require()
    assert all(isinstance(value, Fraction) and value == 0 for value in at_half.rows[0].exact.values())
    tiny = exact_values.given.mpf(10) ** -60
    assert exact_values.distance(tiny, 0.0) == pytest.approx(1e-60, abs=0)
    assert exact_values.distance(Fraction(10) ** 400, 1.0) == INF


def test_what_is_undecided_with_few_digits_is_asked_again_with_more():
    batch = read_batch(explain(None, nn.CrossEntropyLoss()).setup, 300 * PATTERN, LABELS)
    (found,) = exact_values._values(batch, log(1 - P[2, 2] - P[2, 3]), [{}])
    with mpmath.workdps(1000):
        powers = [mpmath.exp(each) for each in (300 * PATTERN[1]).tolist()]
        assert close(found, mpmath.log(powers[0] / mpmath.fsum(powers)))


def test_where_even_the_most_digits_are_not_enough_a_sentence_says_so(monkeypatch):
    monkeypatch.setattr(exact_values, "MOST", 60)
    with pytest.raises(ValueError, match=r"exact=True finds no 50 sure digits here: .* 60 are not enough"):
        explain(None, nn.CrossEntropyLoss()).certify(300 * PATTERN, LABELS, exact=True)


REDUCTIONS = {"mean": NAN, "sum": 0, "none": 0}


@pytest.mark.parametrize(("reduction", "loss"), REDUCTIONS.items(), ids=REDUCTIONS)
@pytest.mark.parametrize("rows", [0, 3])
@pytest.mark.parametrize("model", [None, nn.Linear(3, 3, dtype=torch.float64)], ids=["outputs", "model"])
def test_where_nothing_counts_the_truth_is_torch_s(model, rows, reduction, loss):
    explanation = explain(model, nn.CrossEntropyLoss(reduction=reduction))
    incoming = torch.ones(rows, dtype=torch.float64) if reduction == "none" else None
    given = PATTERN[:rows], torch.full((rows,), -100)
    certificate = explanation.certify(*given, exact=True, grad_output=incoming).require()
    assert certificate.exact_loss == loss or loss != loss != certificate.exact_loss != certificate.exact_loss
    assert all(isinstance(each, Fraction) and each == 0 for row in certificate.rows for each in row.exact.values())


#: Weights that add up to 0; the last in exact numbers alone, whose float sum is −2⁻⁴⁰ or 0 as it is ordered.
NO_DIVISOR = ([0, 0, 0, 0], [1, -1, 2, -2], [1, 2.0**-40, -1, -(2.0**-40)])


@pytest.mark.parametrize("weight", NO_DIVISOR, ids=str)
def test_where_the_weights_add_up_to_0_there_is_no_truth(weight):
    criterion = nn.CrossEntropyLoss(weight=torch.tensor(weight, dtype=torch.float32))
    outputs = torch.linspace(-1, 1, 16).reshape(4, 4).sin()
    certificate = explain(None, criterion).certify(outputs, torch.arange(4), exact=True)
    assert certificate.verdict == "cannot tell"
    assert certificate.exact_loss != certificate.exact_loss
    assert all(value != value for value in certificate.rows[0].exact.values())
    with pytest.raises(CannotTell):
        certificate.require()


def test_an_entry_that_is_no_finite_number_has_no_truth():
    for number in (INF, -INF, NAN):
        outputs = PATTERN.clone()
        outputs[1, 1] = number
        for each in LOSSES.values():
            criterion, targets = given_in(torch.float64, *each)
            if not isinstance(criterion, nn.NLLLoss):
                with pytest.raises(ValueError, match=rf"exact=True takes finite numbers; given {number} in outputs"):
                    explain(None, criterion).certify(outputs, targets, exact=True)
    infinite = nn.CrossEntropyLoss(weight=torch.tensor([1, INF, 1], dtype=torch.float64))
    with pytest.raises(ValueError, match="given inf in weight"):
        exact_values.loss(read_batch(explain(None, infinite).setup, PATTERN, LABELS))


def test_all_slopes_of_a_long_sum():
    """Each is Σ (Z − Y)·x over two rows of the floats as they are."""
    inputs, targets = torch.linspace(-1, 1, 1024, dtype=torch.float64).reshape(2, 512), torch.zeros(2, 1).double()
    model = nn.Linear(512, 1, dtype=torch.float64)
    weight, *rows = ([Fraction(each) for each in row] for row in (model.weight[0].tolist(), *inputs.tolist()))
    outputs = [sum(x * w for x, w in zip(row, weight, strict=True)) + Fraction(model.bias.item()) for row in rows]
    found = exact_values.gradient(
        read_batch(explain(model, nn.MSELoss()).setup, inputs, targets), "weight", model.weight.shape
    )
    assert [found[0, d] for d in range(512)] == [
        sum(output * row[d] for output, row in zip(outputs, rows, strict=True)) for d in range(512)
    ]
