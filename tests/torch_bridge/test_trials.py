"""What breaks kernels is tried: for each edge a kernel that is wrong there alone, and one that is right everywhere."""

import functools

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import derivations as dv
from derivations import CannotTell, GradientMismatch, assert_gradient
from derivations.torch_bridge.testing.edges import NAMES

CE, MSE = nn.CrossEntropyLoss, nn.MSELoss


# Right kernels -------------------------------------------------------------------------------------------------------


def cross_entropy(z, y):
    counted = y != -100
    hit = F.one_hot(y.where(counted, 0), z.shape[1]).movedim(-1, 1)
    return counted.unsqueeze(1) * (torch.softmax(z, 1) - hit) / counted.sum().clamp(min=1)


def of_each(z, y, v):
    counted = y != -100
    hit = F.one_hot(y.where(counted, 0), z.shape[1]).movedim(-1, 1)
    return (counted * v).unsqueeze(1) * (torch.softmax(z, 1) - hit)


def with_incoming(z, y, grad_output):
    return grad_output * cross_entropy(z, y)


def squared(z, y):
    return 2 * (z - y) / z.numel()


def soft(z, y):
    return (y.sum(1, keepdim=True) * torch.softmax(z, 1) - y) * (z.shape[1] / z.numel() if z.numel() else 0)


def of_linear(x, w, b, y):
    g = cross_entropy(F.linear(x, w, b), y)
    return {"weight": g.T @ x, "bias": g.sum(0), "inputs": g @ w, "outputs": g}


class Function(torch.autograd.Function):
    """Cross-entropy whose gradient is computed in forward, as fused kernels do."""

    @staticmethod
    def forward(ctx, z, y):
        ctx.save_for_backward(cross_entropy(z, y))
        return F.cross_entropy(z, y)

    @staticmethod
    def backward(ctx, grad_output):
        return ctx.saved_tensors[0] * grad_output, None


# Wrong in one respect ------------------------------------------------------------------------------------------------


def only_where(there, right=cross_entropy):
    """A hundredth too large where that is so."""
    return lambda z, y, *more: right(z, y, *more) * (1.01 if there(z, y, *more) else 1)


class IgnoresIncoming(Function):
    @staticmethod
    def backward(ctx, grad_output):
        return ctx.saved_tensors[0] * 1, None


class SumInForward(Function):
    @staticmethod
    def forward(ctx, z, y):
        ctx.save_for_backward(cross_entropy(z, y))
        return F.cross_entropy(z, y, reduction="sum")


class ForgetsAPart(torch.autograd.Function):
    """Right once; differentiated again, log Σ exp is a constant."""

    @staticmethod
    def forward(ctx, z, y):
        ctx.save_for_backward(z, y, torch.logsumexp(z, 1, keepdim=True))
        return F.cross_entropy(z, y)

    @staticmethod
    def backward(ctx, grad_output):
        z, y, total = ctx.saved_tensors
        counted = y != -100
        hit = F.one_hot(y.where(counted, 0), z.shape[1]).movedim(-1, 1)
        return grad_output * counted.unsqueeze(1) * ((z - total).exp() - hit) / counted.sum().clamp(min=1), None


def reads_as_contiguous(z, y):
    """What a kernel does that is given a pointer and sizes."""
    return cross_entropy(z.as_strided(z.shape, z.new_empty(z.shape).stride(), z.storage_offset()), y)


def reads_rows_only(z, y):
    """It takes the stride of the rows, and 1 for that of the columns."""
    return cross_entropy(z if z.dim() != 2 else z.as_strided(z.shape, (z.stride(0), 1), z.storage_offset()), y)


def reads_labels_as_contiguous(z, y):
    return cross_entropy(z, y.as_strided(y.shape, y.new_empty(y.shape).stride()))


def takes_stride_0_for_contiguous(z, y, v):
    return of_each(z, y, v if 0 not in v.stride() else torch.zeros_like(v))


def online(z, y, block=128):
    """Online softmax that starts from −inf: a first block of −inf gives nan."""
    if z.dim() != 2 or not z.numel():
        return cross_entropy(z, y)
    largest, total = z.new_full((len(z), 1), -torch.inf), z.new_zeros(len(z), 1)
    for part in z.split(block, 1):
        now = torch.maximum(largest, part.amax(1, keepdim=True))
        total = total * (largest - now).exp() + (part - now).exp().sum(1, keepdim=True)
        largest = now
    counted = y != -100
    hit = F.one_hot(y.where(counted, 0), z.shape[1])
    return counted[:, None] * ((z - largest).exp() / total - hit) / counted.sum().clamp(min=1)


def blocks_of(size):
    """It leaves out what is beyond the last whole block, once there is one."""

    def kernel(z, y):
        found = cross_entropy(z, y)
        if z.dim() == 2 and z.shape[1] > size and z.shape[1] % size:
            found[:, z.shape[1] // size * size :] = 0
        return found

    return kernel


def label_at(place, size=128):
    """The label at a block's end is not subtracted."""

    def kernel(z, y):
        found = cross_entropy(z, y)
        if z.dim() == 2 and z.shape[1] > size:
            found[y == place % z.shape[1], place % z.shape[1]] *= 1.01
        return found

    return kernel


def no_minus_inf(z, y):
    """0 · −inf is nan."""
    return cross_entropy(z, y) + 0 * (torch.softmax(z, 1) * z)


def overwriting(z, y):
    found = cross_entropy(z, y)
    z.mul_(2)
    return found


def out_of_bounds(z, y):
    """It writes beside the rows that it is given."""
    found = cross_entropy(z, y)
    if z._base is not None and z._base.shape != z.shape:
        z._base[..., -1] = 0
    return found


class Stateful:
    """A call with the same data as the last adds to it."""

    last = None

    def __call__(self, z, y):
        same = self.last is not None and self.last.shape == z.shape and torch.equal(self.last, z.double())
        self.last = None if same else z.double()
        return cross_entropy(z, y) * (2 if same and z.numel() else 1)


def without_rows(z, y):
    if not len(z):
        raise ValueError("no rows")
    return cross_entropy(z, y)


def weight_as_contiguous(x, w, b, y):
    return of_linear(x, w.as_strided(w.shape, (w.shape[1], 1)), b, y)


#: What is left out by that name: a kernel that is wrong there alone, and how it is tried.
GUARDS = {
    "ignored labels": (only_where(lambda z, y: (y == -100).any()), CE(), {}),
    "all labels ignored": (lambda z, y: cross_entropy(z, y) / (y != -100).any(), CE(), {"without": "empty batch"}),
    "unnormalised probabilities": (
        only_where(lambda z, y: y.numel() and (y.sum(1) - 1).abs().max() > 0.01, soft),
        CE(),
        {"targets": "probabilities"},
    ),
    "small outputs": (only_where(lambda z, y: z.numel() and z.abs().max() < 0.01), CE(), {}),
    "large outputs": (only_where(lambda z, y: z.numel() and z[z.isfinite()].abs().max() > 100), CE(), {}),
    "masked vocabulary": (
        only_where(lambda z, y: z.isinf().all(0).any() and z.shape[0] > 1),
        CE(),
        {"shapes": [(5, 3)]},
    ),
    "masked block": (no_minus_inf, CE(), {"without": "masked vocabulary"}),
    "one row": (only_where(lambda z, y: len(z) == 1), CE(), {"shapes": [(5, 3)]}),
    "empty batch": (without_rows, CE(), {}),
    "grad_output": (IgnoresIncoming.apply, CE(), {"returns": "loss"}),
    "expanded grad_output": (takes_stride_0_for_contiguous, CE(reduction="none"), {"without": "one row"}),
    "strided outputs": (reads_as_contiguous, CE(), {"without": ["transposed outputs", "expanded outputs"]}),
    "transposed outputs": (reads_rows_only, CE(), {}),
    "expanded outputs": (
        only_where(lambda z, y: 0 in z.stride()),
        CE(),
        {"shapes": [(5, 3)]},
    ),
    "strided targets": (reads_labels_as_contiguous, CE(), {}),
    "strided weight": (weight_as_contiguous, CE(), {"model": nn.Linear(6, 4)}),
    "block sizes": (blocks_of(128), CE(), {}),
    "labels at ends": (label_at(127), CE(), {"only": "labels at ends", "shapes": [(7, 129)]}),
    "value of the loss": (SumInForward.apply, CE(), {"returns": "loss"}),
    "second call": (Stateful(), CE(), {"only": ["ordinary outputs", "second call"]}),
    "second derivative": (ForgetsAPart.apply, CE(), {"returns": "loss"}),
    "overwritten inputs": (overwriting, CE(), {"without": "expanded outputs"}),
}


def listed(names):
    return [names] if isinstance(names, str) else list(names)


@pytest.mark.parametrize("name", GUARDS)
def test_a_kernel_that_is_wrong_there_alone_is_found_there_alone(name):
    kernel, criterion, given = GUARDS[name]
    with pytest.raises((GradientMismatch, ValueError)) as caught:
        assert_gradient(kernel, criterion, **given)
    text = str(caught.value) + "".join(getattr(caught.value, "__notes__", []))
    assert f"without=({name!r},)" in text
    if given.get("only") == name:
        return
    assert_gradient(kernel, criterion, **{**given, "without": [*listed(given.get("without", [])), name]})


def test_every_name_has_such_a_kernel():
    assert {*GUARDS} == {*NAMES} - {"ordinary outputs"}
