"""Wrong kernels: what each does wrong, and what the message must mention, as a regular expression.

Written before any message was read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from right_kernels import BCE, CE, MSE, by_rows, hot, shifted
from torch import Tensor, nn


@dataclass(frozen=True)
class Wrong:
    fn: Callable[..., Any]
    criterion: Any
    mentions: str
    options: dict[str, Any] = field(default_factory=dict)
    state: list[Any] = field(default_factory=list)


WRONG: dict[str, Wrong] = {}
LOSS = {"returns": "loss"}


def wrong(name: str, fn: Callable[..., Any], criterion: Any, mentions: str, **options: Any) -> None:
    assert name not in WRONG, name
    WRONG[name] = Wrong(fn, criterion, mentions, options)


right = by_rows(shifted)


def function(forward: Callable[..., Tensor], backward: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """An autograd.Function of (outputs, targets): the loss, and the gradient of (outputs, targets, incoming)."""

    class Own(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, z: Tensor, y: Tensor) -> Tensor:
            ctx.save_for_backward(z, y)
            return forward(z, y)

        @staticmethod
        def backward(ctx: Any, incoming: Tensor) -> tuple[Tensor, None]:
            return backward(*ctx.saved_tensors, incoming), None

    return Own.apply


# grad_output
wrong("ignores grad_output", function(F.cross_entropy, lambda z, y, v: right(z, y)), CE, "grad_output", **LOSS)
wrong(
    "ignores grad_output, sum",
    function(lambda z, y: F.mse_loss(z, y, reduction="sum"), lambda z, y, v: 2 * (z - y)),
    nn.MSELoss(reduction="sum"),
    "grad_output",
    **LOSS,
)
wrong(
    "ignores grad_output, none",
    function(lambda z, y: (z - y) ** 2, lambda z, y, v: 2 * (z - y)),
    nn.MSELoss(reduction="none"),
    "grad_output",
    **LOSS,
)
wrong("ignores its third argument", lambda z, y, v: 2 * (z - y), nn.MSELoss(reduction="none"), "grad_output")
wrong("grad_output squared", function(F.cross_entropy, lambda z, y, v: v * v * right(z, y)), CE, "grad_output", **LOSS)
wrong(
    "grad_output read as contiguous",
    function(
        lambda z, y: (z - y) ** 2,
        lambda z, y, v: (
            2 * (z - y) * torch.as_strided(v, v.shape, torch.empty(v.shape).stride(), 0)
            if v.untyped_storage().nbytes() >= v.numel() * v.element_size()
            else torch.zeros_like(z)
        ),
    ),
    nn.MSELoss(reduction="none"),
    "grad_output|stride|expand",
    **LOSS,
)


# What it is given
def overwrites_outputs(z: Tensor, y: Tensor) -> Tensor:
    result = 2 * (z - y) / max(z.numel(), 1)
    z.sub_(y)
    return result


def overwrites_targets(z: Tensor, y: Tensor) -> Tensor:
    result = right(z, y)
    y.clamp_(min=0)
    return result


def overwrites_incoming(z: Tensor, y: Tensor, v: Tensor) -> Tensor:
    v *= 2
    return v * (z - y)


def softmax_in_place(z: Tensor, y: Tensor) -> Tensor:
    result = right(z, y)
    z.copy_(result)
    return z


OVERWRITTEN = "overw|in place|in-place|chang|modif|written"
wrong("overwrites the outputs", overwrites_outputs, MSE, OVERWRITTEN)
wrong("overwrites the targets", overwrites_targets, CE, OVERWRITTEN)
wrong("overwrites grad_output", overwrites_incoming, nn.MSELoss(reduction="none"), OVERWRITTEN)
wrong("the gradient in place of the logits", softmax_in_place, CE, OVERWRITTEN)


def from_storage(z: Tensor) -> Tensor:
    """What lies in memory, as if it were contiguous."""
    flat = torch.as_strided(z, (z.untyped_storage().nbytes() // z.element_size() - z.storage_offset(),), (1,))
    if flat.numel() < z.numel():
        flat = flat.repeat(-(-z.numel() // max(flat.numel(), 1)))
    return flat[: z.numel()].reshape(z.shape)


STRIDED = "strid|contiguous|transpos|expand"
wrong("reads memory as if contiguous", lambda z, y: right(from_storage(z), y), CE, STRIDED)
wrong("reads memory as if contiguous, MSE", lambda z, y: 2 * (from_storage(z) - y) / max(z.numel(), 1), MSE, STRIDED)
wrong(
    "view",
    lambda z, y: right(z.view(-1).view(z.shape), y),
    CE,
    f"(?s)(?=.*({STRIDED}))(?=.*(trial|shape))",
)


# Values and sizes
def nan_at_minus_infinity(z: Tensor, y: Tensor) -> Tensor:
    log_p = torch.log_softmax(z, 1)
    return (log_p.exp() * (log_p * 0 + 1)) - hot(z, y)


def first_block_of_minus_infinity(z: Tensor, y: Tensor) -> Tensor:
    top = torch.full_like(z[:, :1], -torch.inf)
    total = torch.zeros_like(top)
    for block in z.split(16, 1):
        new = torch.maximum(top, block.amax(1, keepdim=True))
        total = total * (top - new).exp() + (block - new).exp().sum(1, keepdim=True)
        top = new
    return (z - top).exp() / total - hot(z, y)


def block_only(size: int) -> Callable[[Tensor, Tensor], Tensor]:
    def of_rows(z: Tensor, y: Tensor) -> Tensor:
        g = shifted(z, y)
        g[:, size:] = 0
        return g

    return of_rows


def tail_read_again(z: Tensor, y: Tensor) -> Tensor:
    """A last block that is not whole is added to the sum from its start at the end of the row: entries twice."""
    e = (z - z.amax(1, keepdim=True)).exp()
    total = e.sum(1, keepdim=True)
    rest = z.shape[1] % 128
    if z.shape[1] > 128 and rest:
        total = total + e[:, -128:-rest].sum(1, keepdim=True)
    return e / total - hot(z, y)


def without_label(which: Callable[[int], int]) -> Callable[[Tensor, Tensor], Tensor]:
    def of_rows(z: Tensor, y: Tensor) -> Tensor:
        missing = (y == which(z.shape[1])).unsqueeze(1)
        return shifted(z, y) + torch.where(missing, hot(z, y), 0)

    return of_rows


MINUS_INFINITY = "inf"
wrong("nan at −inf", by_rows(nan_at_minus_infinity), CE, MINUS_INFINITY)
wrong("nan after a first block of −inf", by_rows(first_block_of_minus_infinity), CE, MINUS_INFINITY)
wrong("nothing beyond 128 classes", by_rows(block_only(128)), CE, "column|class|128")
wrong("nothing beyond 1024 classes", by_rows(block_only(1024)), CE, "column|class|1024", blocks=1024)
wrong("nothing beyond 64 classes", by_rows(block_only(64)), CE, "column|class|64")
wrong("a last block read twice", by_rows(tail_read_again), CE, "129")
wrong("the last class's label", by_rows(without_label(lambda c: c - 1)), CE, "label|class")
wrong("the label at a block's end", by_rows(without_label(lambda c: 127)), CE, "label.*127|127")
wrong("the first label of the second block", by_rows(without_label(lambda c: 128)), CE, "label.*128|128")
wrong("the first class's label", by_rows(without_label(lambda c: 0)), CE, "label|class")
wrong("one sample is squeezed away", lambda z, y: right(z, y).squeeze(0), CE, r"shape")
wrong("divided by N − 1", lambda z, y: right(z, y) * len(z) / max(len(z) - 1, 1), CE, "N|divi|factor|ratio")
wrong(
    "an empty batch raises",
    lambda z, y: right(z, y) if z[0].numel() >= 0 else z,
    CE,
    r"batch|empty|\(0, ",
)
wrong("overflows", by_rows(lambda z, y: z.exp() / z.exp().sum(1, keepdim=True) - hot(z, y)), CE, "overflow|nan|finite")
wrong(
    "sum at one sample, mean at others of N − 0",
    lambda z, y: right(z, y) * (2 if len(z) == 1 else 1),
    CE,
    r"\(1, |factor|2",
)
wrong("wrong at 4096 classes", lambda z, y: right(z, y) * (1.5 if z.shape[1] >= 4096 else 1), CE, "4096")

# Twice the same
CALLS: list[int] = []


def accumulates(z: Tensor, y: Tensor) -> Tensor:
    """Writes into a buffer of the shape, which it does not clear."""
    key = (tuple(z.shape), z.dtype)
    BUFFERS[key] = BUFFERS.get(key, torch.zeros_like(z)) + right(z, y)
    return BUFFERS[key].clone()


BUFFERS: dict[Any, Tensor] = {}


def right_once(z: Tensor, y: Tensor) -> Tensor:
    CALLS.append(1)
    return right(z, y) * (1 if len(CALLS) % 2 else 1.25)


AGAIN = "again|second|twice|same|accumulat|calls?"
wrong("accumulates in a buffer", accumulates, CE, AGAIN)
wrong("another result each second time", right_once, CE, AGAIN)
wrong("noise", lambda z, y: right(z, y) * (1 + 1e-2 * torch.rand_like(z)), CE, "explain|again|second|same|differ")

# The loss
wrong(
    "the sum, with the gradient of the mean",
    function(lambda z, y: F.cross_entropy(z, y, reduction="sum"), lambda z, y, v: v * right(z, y)),
    CE,
    "loss|value",
    **LOSS,
)
wrong(
    "half the loss, with the gradient of all",
    function(lambda z, y: F.mse_loss(z, y) / 2, lambda z, y, v: v * 2 * (z - y) / z.numel()),
    MSE,
    "loss|value",
    **LOSS,
)
wrong("another reduction", lambda z, y: F.mse_loss(z, y, reduction="sum"), MSE, r"N·C|sum|divi|loss", **LOSS)


class Normaliser(torch.autograd.Function):
    """Saves log Σ exp of the forward: a constant to the backward, so the second derivative is that of exp alone."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, y: Tensor) -> Tensor:
        ctx.save_for_backward(z, y, torch.logsumexp(z, 1, keepdim=True))
        return F.cross_entropy(z, y)

    @staticmethod
    def backward(ctx: Any, incoming: Tensor) -> tuple[Tensor, None]:
        z, y, normaliser = ctx.saved_tensors
        keep = y != -100
        hit = F.one_hot(y.where(keep, 0), z.shape[1]).movedim(-1, 1)
        p = (z - normaliser).exp()
        return incoming * keep.unsqueeze(1) * (p - hit) / keep.sum().clamp(min=1), None


wrong("a second derivative without the normaliser's", Normaliser.apply, CE, "second|Hessian", **LOSS)
wrong("does not depend on the outputs", lambda z, y: F.mse_loss(z.detach(), y), MSE, "depend|autograd", **LOSS)


# Ignored labels
def textbook(z: Tensor, y: Tensor) -> Tensor:
    p = torch.softmax(z, 1)
    p[torch.arange(len(y)), y] -= 1
    return p / len(y)


def counted(z: Tensor, y: Tensor) -> Tensor:
    return right(z, y.clamp(min=0))


wrong("does not take −100", textbook, CE, r"(?s)(?=.*ignored labels)(?=.*without)", shapes=[(5, 3)])
wrong("ignored labels count as class 0", counted, CE, "ignore")
wrong("0/0 where all are ignored", lambda z, y: right(z, y) / ((y != -100).any().to(z.dtype)), CE, "ignored|finite|nan")
wrong(
    "ignored labels in the divisor",
    lambda z, y: right(z, y) * (y != -100).sum() / max(y.numel(), 1),
    CE,
    "ignore|N|kept|count",
)

# What is returned
wrong("float32 for every dtype", lambda z, y: right(z, y).float(), CE, "dtype")
wrong("a number", lambda z, y: 1.0, CE, "tensor.*float|float.*tensor")
wrong("nothing", lambda z, y: None, CE, "tensor.*None|None.*tensor")
wrong("a pair", lambda z, y: (right(z, y), None), CE, "tensor.*tuple|tuple.*tensor")
wrong("transposed", lambda z, y: right(z, y).transpose(0, 1), CE, "shape|transpos")
wrong(
    "raises in float32", lambda z, y: 1 / 0 if z.dtype == torch.float32 else right(z, y), CE, r"(?s)float32.*|division"
)

# Formulas
wrong("sum for mean", lambda z, y: right(z, y) * (y != -100).sum().clamp(min=1), CE, "N|divi")
wrong("minus", lambda z, y: -right(z, y), CE, "sign|minus|negat")
wrong("no softmax", by_rows(lambda z, y: z - hot(z, y)), CE, "softmax")
wrong("softmax over the last axis", lambda z, y: by_axis(z, y), CE, "axis|softmax|shape")
wrong("5e-4 too large", lambda z, y: right(z, y) * (1 + 5e-4), CE, r"1\.0005|factor|times")
wrong("no 2", lambda z, y: (z - y) / max(z.numel(), 1), MSE, "2|½|half")
wrong("softmax for sigmoid", lambda z, y: (torch.softmax(z, -1) - y) / max(z.numel(), 1), BCE, "softmax")
wrong(
    "smoothing over the others",
    by_rows(lambda z, y: shifted(z, y) * 1.0 + 0.1 * (hot(z, y) - (1 - hot(z, y)) / max(z.shape[1] - 1, 1))),
    nn.CrossEntropyLoss(label_smoothing=0.1),
    "smooth|C.1|ε",
    shapes=[(5, 3), (64, 10)],
)
wrong("no smoothing", right, nn.CrossEntropyLoss(label_smoothing=0.1), "smooth")
wrong(
    "no weights",
    right,
    nn.CrossEntropyLoss(weight=torch.tensor([0.5, 1.25, 2.0])),
    "weight",
    shapes=[(5, 3)],
)
wrong(
    "bfloat16 inside",
    lambda z, y: by_rows(shifted)(z.bfloat16(), y).to(z.dtype),
    CE,
    "bfloat16|precision",
    dtypes=[torch.float32],
)


def by_axis(z: Tensor, y: Tensor) -> Tensor:
    keep = y != -100
    p = torch.softmax(z, -1)
    hit = F.one_hot(y.where(keep, 0), z.shape[1]).movedim(-1, 1)
    return keep.unsqueeze(1) * (p - hit) / keep.sum().clamp(min=1)


# With a model: fn(inputs, weight, bias, targets)
MODEL = nn.Linear(4, 3)
GRADIENTS = {"model": MODEL, "returns": "gradients"}


def parts(x: Tensor, w: Tensor, b: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """G, as a matrix, and X."""
    return right(F.linear(x, w, b), y), x


def of_model(change: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]) -> Callable[..., dict[str, Tensor]]:
    def fn(x: Tensor, w: Tensor, b: Tensor, y: Tensor) -> dict[str, Tensor]:
        of_weight, of_bias = change(*parts(x, w, b, y))
        return {"weight": of_weight, "bias": of_bias}

    return fn


wrong(
    "model: dW transposed",
    of_model(lambda g, x: (x.T @ g, g.sum(0))),
    CE,
    "(?s)(?=.*weight)(?=.*(transpos|shape))",
    **GRADIENTS,
)
wrong(
    "model: db averaged",
    of_model(lambda g, x: (g.T @ x, g.mean(0))),
    CE,
    "(?s)(?=.*bias)(?=.*(N|divi|aver))",
    **GRADIENTS,
)
wrong("model: dW without X", of_model(lambda g, x: (g.T @ torch.ones_like(x), g.sum(0))), CE, "weight", **GRADIENTS)
wrong("model: db left at 0", of_model(lambda g, x: (g.T @ x, 0 * g.sum(0))), CE, "bias", **GRADIENTS)
wrong(
    "model: weight decay",
    lambda x, w, b, y: {"weight": parts(x, w, b, y)[0].T @ x + 0.1 * w, "bias": parts(x, w, b, y)[0].sum(0)},
    CE,
    "(?s)(?=.*weight)(?=.*W)",
    **GRADIENTS,
)


def mean_of_means(x: Tensor, w: Tensor, b: Tensor, y: Tensor) -> Tensor:
    """Chunks of 2 samples, the last of which may be smaller."""
    losses = [
        F.cross_entropy(F.linear(rows, w, b), labels) for rows, labels in zip(x.split(2), y.split(2), strict=True)
    ]
    return torch.stack(losses).mean()


wrong("model: mean of means", mean_of_means, CE, "loss|chunk|mean|differ", model=MODEL, returns="loss")
wrong(
    "model: the bias forgotten",
    lambda x, w, b, y: F.cross_entropy(F.linear(x, w) + 0 * b, y),
    CE,
    "loss|bias|zero|0",
    model=MODEL,
    returns="loss",
)
