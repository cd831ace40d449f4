"""Margins, geometry and what people write, where torch does what its documentation does not say."""

import math
import re
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from derivations import Unsupported, derive, explain
from derivations.losses.cosine_embedding import CosineEmbedding
from derivations.nn import CappedCrossEntropy, DistillationLoss, FocalLoss, MaskedCrossEntropy, ZLoss

ROWS, CLASSES = 4, 3
OUTPUTS = torch.randn(ROWS, CLASSES, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
LABELS = torch.tensor([0, 2, 1, 1])


def certified(criterion, outputs, operands, **options):
    explanation = explain(None, criterion)
    return explanation.certify(outputs, operands, wrt=explanation.setup.wrt, **options)


def notes(certificate):
    return " ".join(each.en for each in certificate.notes)


# What torch computes with -------------------------------------------------------------------------------------------


def test_cosines_have_the_small_number_that_torch_adds():
    """1e-12 as a float32, in every dtype: where lengths are small, 1e-12 itself gives another gradient."""
    (small,) = {each.right for name, each in CosineEmbedding().definitions.items() if name == "eta"}
    assert Fraction(int(small.p), int(small.q)) == Fraction(float(np.float32(1e-12)))
    outputs, others = 1e-6 * OUTPUTS, 1e-6 * OUTPUTS.flip(0)
    certified(nn.CosineEmbeddingLoss(), outputs, (others, torch.tensor([1, -1, 1, 1])), exact=True).require()


def test_a_row_of_zeros_has_a_cosine_and_a_note():
    outputs, targets = OUTPUTS.clone(), torch.tensor([1.0, -1, 1, 1], dtype=torch.float64)
    outputs[0] = 0
    found = certified(nn.CosineEmbeddingLoss(margin=0.5), outputs, (OUTPUTS.flip(0), targets))
    assert found.require().rows[0].autograd.isfinite().all()
    assert "In 1 rows there is a vector of zeros" in notes(found)


def test_code_keeps_a_small_number_as_a_letter():
    """Multiplied out, 1,000,000 × Z is more than float16 holds."""
    code = explain(None, nn.TripletMarginWithDistanceLoss()).code("outputs")
    assert "1000000 *" not in code
    outputs, positive, negative = torch.randn(3, ROWS, CLASSES).half()
    found = certified(nn.TripletMarginWithDistanceLoss(), outputs, (positive, negative))
    assert all(row.closed_form.isfinite().all() and not row.wrong for row in found.rows)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("criterion", [nn.TripletMarginLoss(margin=2.0), nn.TripletMarginWithDistanceLoss(margin=2.0)])
def test_equal_rows_that_are_large_keep_their_small_number(criterion, dtype):
    """a + η − b would be 0, and the gradient 0/0, where torch has 1/√C."""
    rows = torch.full((ROWS, CLASSES), 1e4, dtype=dtype)
    rows, positive, negative = (rows.clone().requires_grad_() for _ in range(3))
    criterion(rows, positive, negative + 1).backward()
    found = explain(None, criterion).gradients(
        rows.detach(), (positive.detach(), negative.detach() + 1), wrt=("outputs", "positive", "negative")
    )
    for name, expected in zip(found, (rows, positive, negative), strict=True):
        torch.testing.assert_close(found[name], expected.grad)


SQUARES = {  # what float16 holds no squares of: torch computes the distance in float32
    "large": lambda: 1e3 * torch.randn(3, ROWS, CLASSES, generator=torch.Generator().manual_seed(0)),
    "small": lambda: 1e-6 * torch.randn(3, ROWS, CLASSES, generator=torch.Generator().manual_seed(0)),
}


@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize("size", SQUARES)
def test_where_squares_overflow_or_vanish_nothing_is_said_against_torch(size, swap):
    outputs, positive, negative = SQUARES[size]().half()
    found = certified(nn.TripletMarginLoss(swap=swap), outputs, (positive, negative))
    assert found.verdict == "cannot tell"


@pytest.mark.parametrize("scale", [1, 30, 100, 1e4])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0, 5.0])
def test_focal_losses_of_certain_examples_are_numbers(gamma, scale):
    """1 − p would be 0, and to the power γ − 1 infinite."""
    targets = (OUTPUTS > 0.2).double()
    found = certified(FocalLoss(gamma=gamma), scale * OUTPUTS, targets)
    assert found.verdict == "agrees"
    assert found.rows[0].autograd.isfinite().all()


def test_targets_of_a_sum_that_cancels_are_within_their_bound():
    """torch subtracts two logarithms near log ½, where the formula has Z itself."""
    for scale in (1, 1e-3, 1e-6):
        found = certified(nn.MultiLabelSoftMarginLoss(), scale * OUTPUTS, (OUTPUTS > 0).double())
        assert not any(row.wrong for row in found.rows)


@pytest.mark.parametrize("shift", [30.0, 1e3, 1e4])
def test_torch_hands_on_what_it_has_rounded_of_log_sum_exp(shift):
    outputs = (shift + torch.randn(ROWS, CLASSES)).half()
    assert certified(ZLoss(strength=1.0), outputs, LABELS).verdict != "disagrees"


def test_an_overflow_of_torchs_is_said_and_not_held_against_it():
    found = certified(nn.SoftMarginLoss(), 1e3 * OUTPUTS.abs(), -torch.ones_like(OUTPUTS))
    assert not found.rows[0].wrong
    assert math.isnan(found.rows[0].autograd[0, 0])
    assert found.rows[0].closed_form.isfinite().all()
    assert found.rows[0].overflowed == 0, "what the criterion itself knows of is no step that nobody foresaw"
    assert "overflows in float64" in notes(found)
    outputs = 30 * torch.randn(ROWS, CLASSES, generator=torch.Generator().manual_seed(0)).half()
    others = outputs.flip(1) + 1
    found = certified(nn.CosineEmbeddingLoss(margin=-1.0), outputs, (others, torch.tensor([1, -1, 1, -1])))
    assert not any(row.wrong for row in found.rows)
    assert "more than float16 holds" in notes(found)


# What is refused ----------------------------------------------------------------------------------------------------

REFUSED = {
    "hinge of 0 and 1": (nn.HingeEmbeddingLoss(), (torch.zeros_like(OUTPUTS),), "must be −1 or 1; given 0"),
    "cosine of 0 and 1": (nn.CosineEmbeddingLoss(), (OUTPUTS, torch.tensor([1, 0, 1, 1])), "must be −1 or 1; given 0"),
    "soft focal": (FocalLoss(), (torch.full_like(OUTPUTS, 0.5),), "must be 0 or 1; given 0.5"),
    "a class twice": (
        nn.MultiLabelMarginLoss(),
        (torch.tensor([[0, 1, -1], [2, 0, 2], [-1, 1, 1], [0, -1, 0]]),),
        "at most once in a row; given 2 twice",
    ),
    **{
        f"−100 of {type(criterion).__name__}": (
            criterion,
            (*others, torch.tensor([0, -100, 1, 1]), *masks),
            "has no ignore_index",
        )
        for criterion, others, masks in (
            (nn.MultiMarginLoss(), (), ()),
            (ZLoss(), (), ()),
            (CappedCrossEntropy(), (), ()),
            (DistillationLoss(), (OUTPUTS,), ()),
            (MaskedCrossEntropy(), (), (torch.ones(ROWS),)),
        )
    },
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_be_another_loss_is_refused(name):
    criterion, operands, sentence = REFUSED[name]
    given = operands if len(operands) > 1 else operands[0]
    with pytest.raises(ValueError, match=re.escape(sentence)):
        explain(None, criterion).gradients(OUTPUTS, given)


def test_after_the_first_minus_one_a_class_may_stand_again():
    labels = torch.tensor([[0, -1, 0], [-1, 2, 2], [1, 2, -1], [0, 1, 2]])
    certified(nn.MultiLabelMarginLoss(), OUTPUTS, labels, exact=True).require()


@pytest.mark.parametrize("dtype", [torch.bool, torch.int64, torch.uint8])
def test_masks_and_labels_of_zero_and_one_may_be_whole_numbers(dtype):
    mask, bits = torch.tensor([1, 0, 1, 1]).to(dtype), (OUTPUTS > 0).to(dtype)
    certified(MaskedCrossEntropy(), OUTPUTS, (LABELS, mask)).require()
    certified(FocalLoss(alpha=0.25), OUTPUTS, bits).require()


@pytest.mark.parametrize("p", [1, 3, math.inf])
def test_another_distance_is_refused_with_its_reason(p):
    for criterion in (nn.TripletMarginLoss(p=p), partial(F.triplet_margin_loss, p=p)):
        with pytest.raises(Unsupported, match=r"has another distance than the Euclidean one.* Leave p out"):
            explain(None, criterion)
    assert derive(explain(None, nn.TripletMarginLoss(p=2)).loss, wrt="outputs")
