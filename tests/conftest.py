"""Losses and tensors that many tests go through."""

import pytest

from derivations.losses import MSE, CrossEntropy
from derivations.losses.base import derive

LOSSES = (MSE(), CrossEntropy())
WRT = ("outputs", "weight", "bias", "inputs")


@pytest.fixture(params=[(loss, wrt) for loss in LOSSES for wrt in WRT], ids=lambda case: f"{case[0]}-{case[1]}")
def derivation(request):
    """Every derivation of this package."""
    loss, wrt = request.param
    return derive(loss, wrt)
