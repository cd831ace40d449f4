"""Losses as people write them, whose formula is right: what rounding does to some entries is told as that."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import derivations as dv


def cosine(one, other, labels):
    """The cosine of two vectors of one entry is a sign: its gradient is made of terms that cancel."""
    of_rows = (F.normalize(one, dim=1) * F.normalize(other, dim=1)).sum(1)
    return torch.where(labels == 1, 1 - of_rows, of_rows.clamp_min(0)).mean()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_the_second_derivative_of_what_cancels_is_not_blamed(seed, dtype):
    asked = {"shapes": [(4, 1)], "dtypes": [dtype], "only": ("ordinary outputs", "second derivative")}
    with pytest.raises(dv.CannotTell):  # the gradient is nothing but rounding
        dv.assert_gradient(
            cosine, nn.CosineEmbeddingLoss(), returns="loss", seed=seed, precision=torch.float32, **asked
        )


def focal(outputs, targets, alpha=0.25, gamma=2.0):
    """As torchvision has it: 1 − p is 0 where p is rounded to 1, in every dtype."""
    p = torch.sigmoid(outputs)
    entropy = F.binary_cross_entropy_with_logits(outputs, targets, reduction="none")
    of_label = p * targets + (1 - p) * (1 - targets)
    return ((alpha * targets + (1 - alpha) * (1 - targets)) * entropy * (1 - of_label) ** gamma).mean()


def in_float32(outputs, targets):
    return focal(outputs.float(), targets.float()).to(outputs.dtype)


@pytest.mark.parametrize(
    ("loss", "says", "mistake"),
    [
        (focal, "With large outputs, terms cancel", {"key": "edge", "edge": "large outputs", "dtype": "float64"}),
        (in_float32, "something inside is computed in float32", {"key": "precision", "dtype": "float32"}),
    ],
)
def test_digits_that_a_step_loses_are_told_from_a_lower_precision(loss, says, mistake):
    with pytest.raises(dv.GradientMismatch) as found:
        dv.assert_gradient(loss, dv.nn.FocalLoss(2.0, 0.25), returns="loss", dtypes=[torch.float64])
    assert says in " ".join(str(found.value).split())
    assert found.value.diagnosis.mistakes[0].data() == mistake
