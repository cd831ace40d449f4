"""assert_gradient and kernels as people write them: no alarm without its reason, and wrong ones told what is wrong."""

import re

import pytest
import torch
from right_kernels import DTYPES, RIGHT, safe_mean
from wrong_kernels import BUFFERS, CALLS, WRONG

from derivations import CannotTell, GradientMismatch, assert_gradient
from derivations.nn import MaskedCrossEntropy

#: An alarm about a right kernel must say that it is of precision.
WHY = "agrees to (float32|float16|bfloat16) precision|cancel|precision"


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: str(dtype).removeprefix("torch."))
@pytest.mark.parametrize("name", RIGHT)
def test_a_right_kernel_raises_no_alarm_that_does_not_say_why(name, dtype):
    fn, criterion, returns = RIGHT[name]
    try:
        assert_gradient(fn, criterion, returns=returns, dtypes=[dtype], shapes=[(5, 3), (3, 33)])
    except (GradientMismatch, CannotTell) as alarm:
        text = str(alarm)
    else:
        return
    assert re.search(WHY, text), text


def test_a_mean_over_what_a_mask_keeps_passes_at_every_shape():
    """No mask is drawn that keeps no row, nor a label that this criterion does not ignore."""
    assert_gradient(safe_mean, MaskedCrossEntropy(), returns="loss")


def message(name):
    """What is said of a wrong kernel, notes included; "" where nothing is."""
    kernel = WRONG[name]
    BUFFERS.clear()
    CALLS.clear()
    torch.manual_seed(0)
    try:
        assert_gradient(kernel.fn, kernel.criterion, **kernel.options)
    except Exception as alarm:
        return "\n".join([type(alarm).__name__, str(alarm), *getattr(alarm, "__notes__", [])])
    return ""


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_kernel_is_told_what_is_wrong(name):
    said = message(name)
    assert said, "it passes"
    assert not said.startswith(("AttributeError", "CannotTell")), said
    assert re.search(WRONG[name].mentions, said, re.IGNORECASE), said
