"""Right kernels as people write them. Each is right in real arithmetic; some compute in another precision inside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from derivations.nn import ZLoss

Kernel = Callable[..., Any]


def by_rows(of_rows: Callable[[Tensor, Tensor], Tensor]) -> Kernel:
    """Of P − Ŷ for matrices: cross-entropy's gradient, with ignored labels and any dimensions after the classes."""

    def gradient(outputs: Tensor, targets: Tensor) -> Tensor:
        moved = outputs.movedim(1, -1)
        y = targets.reshape(-1)
        keep = y != -100
        rows = of_rows(moved.reshape(-1, moved.shape[-1]), y.where(keep, 0))
        rows = torch.where(keep.unsqueeze(1), rows, 0) / keep.sum().clamp(min=1)
        return rows.to(outputs.dtype).reshape(moved.shape).movedim(-1, 1)

    return gradient


def safe_mean(z: Tensor, y: Tensor, mask: Tensor) -> Tensor:
    losses = F.cross_entropy(z, y, reduction="none")
    return (losses * mask).sum() / mask.sum().clamp(min=1)


def with_z_loss(z: Tensor, y: Tensor) -> Tensor:
    """log Σ e^z by hand, used twice."""
    largest = z.amax(1, keepdim=True)
    total = (z - largest).exp().sum(1, keepdim=True).log() + largest
    return F.nll_loss(z - total, y) + 1e-4 * total.square().mean()


def hot(z: Tensor, y: Tensor) -> Tensor:
    return F.one_hot(y, z.shape[1]).to(z.dtype)


def scattered(z: Tensor, y: Tensor) -> Tensor:
    """In place, on an array of its own."""
    p = torch.softmax(z, 1)
    p[torch.arange(len(y)), y] -= 1
    return p


def scatter_added(z: Tensor, y: Tensor) -> Tensor:
    return torch.softmax(z, 1).scatter_add(1, y.unsqueeze(1), -torch.ones_like(z[:, :1]))


def log_sum_exp(z: Tensor, y: Tensor) -> Tensor:
    return (z - torch.logsumexp(z, 1, keepdim=True)).exp() - hot(z, y)


def shifted(z: Tensor, y: Tensor) -> Tensor:
    e = (z - z.amax(1, keepdim=True)).exp()
    return e / e.sum(1, keepdim=True) - hot(z, y)


def in_float64(z: Tensor, y: Tensor) -> Tensor:
    return shifted(z.double(), y)


def in_float32(z: Tensor, y: Tensor) -> Tensor:
    return shifted(z.float(), y)


def online(z: Tensor, y: Tensor, size: int = 16) -> Tensor:
    """Maximum and sum in one pass over blocks of classes; a first block of −inf is no trouble."""
    top = torch.full_like(z[:, :1], -torch.inf)
    total = torch.zeros_like(top)
    for block in z.split(size, 1):
        new = torch.maximum(top, block.amax(1, keepdim=True))
        shift = new.masked_fill(new.isinf(), 0)
        total = total * (top - shift).exp() + (block - shift).exp().sum(1, keepdim=True)
        top = new
    return (z - top).exp() / total - hot(z, y)


def chunks_of_rows(z: Tensor, y: Tensor) -> Tensor:
    out = torch.empty_like(z)
    for start in range(0, len(z), 2):
        out[start : start + 2] = shifted(z[start : start + 2], y[start : start + 2])
    return out


def chunks_of_classes(z: Tensor, y: Tensor) -> Tensor:
    top = z.amax(1, keepdim=True)
    total = sum((block - top).exp().sum(1, keepdim=True) for block in z.split(32, 1))
    return torch.cat([(block - top).exp() / total for block in z.split(32, 1)], 1) - hot(z, y)


def backwards(z: Tensor, y: Tensor) -> Tensor:
    e = (z - z.amax(1, keepdim=True)).exp()
    return e / e.flip(1).cumsum(1)[:, -1:] - hot(z, y)


def from_small_to_large(z: Tensor, y: Tensor) -> Tensor:
    e = (z - z.amax(1, keepdim=True)).exp()
    return e / e.sort(1).values.sum(1, keepdim=True) - hot(z, y)


def kahan(z: Tensor, y: Tensor) -> Tensor:
    e = (z - z.amax(1, keepdim=True)).exp()
    total, lost = torch.zeros_like(e[:, 0]), torch.zeros_like(e[:, 0])
    for column in e.unbind(1):
        added = column - lost
        new = total + added
        lost = (new - total) - added
        total = new
    return e / total.unsqueeze(1) - hot(z, y)


def per_sample(z: Tensor, y: Tensor) -> Tensor:
    if len(z) == 0:
        return torch.zeros_like(z)
    each = torch.func.grad(lambda row, label: F.cross_entropy(row.unsqueeze(0), label.unsqueeze(0)))
    return torch.func.vmap(each)(z, y)


def jacobian(z: Tensor, y: Tensor) -> Tensor:
    return torch.func.jacrev(lambda rows: F.cross_entropy(rows, y, reduction="sum"))(z)


def by_einsum(z: Tensor, y: Tensor) -> Tensor:
    """Softmax's Jacobian, row by row, times −1/p: slow, and right where no probability is 0."""
    p = torch.softmax(z, 1)
    return torch.einsum("nc,nk->nk", hot(z, y), p) - torch.einsum("nc,ck->nk", hot(z, y), torch.eye(z.shape[1]).to(z))


def by_bmm(z: Tensor, y: Tensor) -> Tensor:
    p = torch.softmax(z, 1)
    return torch.bmm(hot(z, y).sum(1)[:, None, None], p.unsqueeze(1)).squeeze(1) - hot(z, y)


class Saved(torch.autograd.Function):
    """The forward keeps softmax for the backward."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, y: Tensor) -> Tensor:
        log_p = torch.log_softmax(z, 1)
        keep = y != -100
        ctx.save_for_backward(log_p.exp(), y, keep)
        picked = log_p.gather(1, y.where(keep, 0).unsqueeze(1)).squeeze(1)
        return -torch.where(keep, picked, 0).sum() / keep.sum()

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, incoming: Tensor) -> tuple[Tensor, None]:
        p, y, keep = ctx.saved_tensors
        hit = F.one_hot(y.where(keep, 0), p.shape[1]).movedim(-1, 1)
        return incoming * keep.unsqueeze(1) * (p - hit) / keep.sum().clamp(min=1), None


def picked_loss(z: Tensor, y: Tensor) -> Tensor:
    keep = y != -100
    safe = y.where(keep, 0).unsqueeze(1)
    each = torch.logsumexp(z, 1) - z.gather(1, safe).squeeze(1)
    return torch.where(keep, each, torch.zeros_like(each)).sum() / keep.sum()


def double_where(z: Tensor, y: Tensor) -> Tensor:
    """Rows that are ignored are made harmless before the logarithm, and left out after it."""
    keep = y != -100
    harmless = torch.where(keep.unsqueeze(1), z, torch.zeros_like(z))
    each = F.cross_entropy(harmless, y.where(keep, 0), reduction="none")
    return torch.where(keep, each, torch.zeros_like(each)).sum() / keep.sum()


def checkpointed(z: Tensor, y: Tensor) -> Tensor:
    return checkpoint(F.cross_entropy, z, y, use_reentrant=False)


def upcast_loss(z: Tensor, y: Tensor) -> Tensor:
    return F.cross_entropy(z.float(), y).to(z.dtype)


CE, MSE, BCE = nn.CrossEntropyLoss(), nn.MSELoss(), nn.BCEWithLogitsLoss()

RIGHT: dict[str, tuple[Kernel, Any, str]] = {
    **{
        f"ce, {each.__name__}": (by_rows(each), CE, "gradient")
        for each in (
            scattered,
            scatter_added,
            log_sum_exp,
            shifted,
            in_float64,
            in_float32,
            online,
            chunks_of_rows,
            chunks_of_classes,
            backwards,
            from_small_to_large,
            kahan,
            per_sample,
            jacobian,
            by_einsum,
            by_bmm,
        )
    },
    "ce, saved softmax": (Saved.apply, CE, "loss"),
    "ce, gather": (picked_loss, CE, "loss"),
    "ce, double where": (double_where, CE, "loss"),
    "ce, checkpoint": (checkpointed, CE, "loss"),
    "ce, float32 inside, the loss": (upcast_loss, CE, "loss"),
    "z-loss": (with_z_loss, ZLoss(), "loss"),
    "mse, 2z/n − 2y/n": (lambda z, y: 2 * z / max(z.numel(), 1) - 2 * y / max(z.numel(), 1), MSE, "gradient"),
    "mse, times 1/n": (lambda z, y: (z - y) * (2 / max(z.numel(), 1)), MSE, "gradient"),
    "mse, float32 inside": (lambda z, y: (2 * (z.float() - y.float()) / z.numel()).to(z.dtype), MSE, "gradient"),
    "mse, a square of its own": (lambda z, y: ((z - y) * (z - y)).mean(), MSE, "loss"),
    "mse, none": (lambda z, y, v: v * (z - y) + v * (z - y), nn.MSELoss(reduction="none"), "gradient"),
    "bce, tanh": (lambda z, y: (torch.tanh(z / 2) / 2 + 0.5 - y) / z.numel(), BCE, "gradient"),
    "bce, logaddexp": (
        lambda z, y: (torch.exp(-torch.logaddexp(torch.zeros_like(z), -z)) - y) / z.numel(),
        BCE,
        "gradient",
    ),
    "bce, the loss as max(z, 0) − zy + log1p": (
        lambda z, y: (z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))).mean(),
        BCE,
        "loss",
    ),
    "bce, two terms": (
        lambda z, y: -(y * F.logsigmoid(z) + (1 - y) * F.logsigmoid(-z)).mean(),
        BCE,
        "loss",
    ),
}
DTYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16)
