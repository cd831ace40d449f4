"""A criterion is given to assert_gradient as its own function: it is right, at every trial, its value too."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import derivations as dv

CRITERIA = {
    "batchmean": nn.KLDivLoss(reduction="batchmean"),
    "soft margin, whose exponential overflows": nn.SoftMarginLoss(reduction="none"),
    "squared hinges": nn.MultiMarginLoss(p=2, margin=0.5, reduction="sum"),
    "hinges": nn.MultiMarginLoss(),
    "sets of classes": nn.MultiLabelMarginLoss(),
    "cosines": nn.CosineEmbeddingLoss(),
    "a teacher": dv.nn.DistillationLoss(),
}


@pytest.mark.parametrize("name", CRITERIA)
def test_a_criterion_is_its_own_loss(name):
    criterion = CRITERIA[name]
    dv.assert_gradient(lambda *given: criterion(*given), criterion, returns="loss", without="block sizes")


@pytest.mark.parametrize("name", ["batchmean", "squared hinges", "sets of classes", "a teacher"])
def test_a_loss_a_thousandth_too_large_is_not(name):
    criterion = CRITERIA[name]
    with pytest.raises(dv.GradientMismatch):
        dv.assert_gradient(lambda *given: 1.001 * criterion(*given), criterion, returns="loss", without="block sizes")


@pytest.mark.parametrize(("name", "shape"), [("batchmean", (2, 3, 4)), ("squared hinges", (2, 3))])
def test_nor_is_a_value_that_is_off_where_the_gradient_is_right(name, shape):
    criterion, only = CRITERIA[name], ("ordinary outputs", "value of the loss")
    with pytest.raises(dv.GradientMismatch, match="the loss's value is not"):
        dv.assert_gradient(
            lambda *given: criterion(*given) + 1e-2,
            criterion,
            returns="loss",
            shapes=[shape],
            only=only,
            dtypes=[torch.float32],
        )


def test_a_value_that_is_no_number_is_said_to_be_none():
    def logarithms(p, y):
        return -(y * p.log() + (1 - y) * (1 - p).log()).mean()

    with pytest.raises(dv.GradientMismatch, match="takes the logarithm of 0") as found:
        dv.assert_gradient(logarithms, nn.BCELoss(), returns="loss")
    assert math.isinf(float(found.value.details["got"]))


def test_where_torchs_own_value_is_inf_another_number_is_held_to_the_truth():
    """Inf is excused as torch's own; a value that is merely wrong is not."""

    def stable(z, y):
        return -F.logsigmoid(y * z) + torch.where(-y * z > 100, 1.0, 0.0)

    only = ("large outputs", "value of the loss")

    with pytest.raises(dv.GradientMismatch, match="the loss's value is not"):
        dv.assert_gradient(
            stable, nn.SoftMarginLoss(reduction="none"), returns="loss", dtypes=[torch.float32], only=only
        )


def focal(z, y):
    """As torchvision writes it."""
    p = z.sigmoid()
    p_t = p * y + (1 - p) * (1 - y)
    return (F.binary_cross_entropy_with_logits(z, y, reduction="none") * (1 - p_t) ** 2).mean()


def told_of(fn):
    with pytest.raises(dv.GradientMismatch) as found:
        dv.assert_gradient(
            fn, dv.nn.FocalLoss(), returns="loss", dtypes=[torch.float32], shapes=[(64, 10)], only="large outputs"
        )
    return found.value.diagnosis.sentence


def test_a_right_formula_that_loses_its_digits_is_said_to_be_right():
    told = told_of(focal)
    assert "The formula is right" in told["en"]
    assert "terms cancel" in told["en"]
    assert "公式对" in told["zh"]


def test_what_is_wrong_of_large_outputs_alone_is_not_said_to_lose_digits():
    told = told_of(lambda z, y: focal(z, y) + torch.where(z.abs() > 500, 1e-10 * z, 0 * z).sum())
    assert "The formula is right" not in told["en"]


def test_what_is_wrong_of_large_outputs_in_one_dtype_is_not_said_to_lose_digits():
    told = told_of(
        lambda z, y: (
            focal(z, y) * 1.0
            if z.dtype == torch.float64
            else focal(z, y) + torch.where(z.abs() > 500, 0.01 * z, 0 * z).mean()
        )
    )
    assert "The formula is right" not in told["en"]
