"""Right gradients in other orders and other words: each must be called right."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor
from trial_data import Data, Scene
from wrong_gradients import (
    BLOCK,
    CEA,
    EXTRA,
    LARGE,
    LINEAR,
    ONE,
    SQUARE,
    VOCABULARY,
    WMSE,
    bce,
    ce,
    log_softmax,
    mse,
    nll,
)

ROWS: dict[str, tuple[Scene, Callable[[Data], Tensor]]] = {}


def row(name: str, scene: Scene, right: Callable[[Data], Tensor]) -> None:
    assert name not in ROWS, name
    ROWS[name] = scene, right


def online(d: Data) -> Tensor:
    """Maximum and sum updated block by block."""
    top, total = torch.full_like(d.z[:, :1], -torch.inf), torch.zeros_like(d.z[:, :1])
    for block in d.z.split(16, 1):
        new = torch.maximum(top, block.amax(1, keepdim=True))
        total = total * (top - new).exp() + (block - new).exp().sum(1, keepdim=True)
        top = new
    return ((d.z - top).exp() / total - d.h) / d.N


def scattered(d: Data) -> Tensor:
    p = d.p.clone()
    p[torch.arange(d.N), d.y] -= 1
    return p / d.N


def one_by_one(d: Data) -> Tensor:
    total = torch.zeros_like(d.right)
    for n in reversed(range(d.N)):
        total += torch.outer(d.g[n], d.X[n])
    return total


def smoothed(d: Data) -> Tensor:
    uniform = torch.full_like(d.h, 1 / d.C)
    return ((1 - d.e) * (d.p - d.h) + d.e * (d.p - uniform)) / d.N


row("ce: itself", ce(), lambda d: d.right)
row("ce: scattered", ce(), scattered)
row("ce: (p − h) times 1/N", ce(), lambda d: (d.p - d.h) * (1 / d.N))
row("ce: each divided first", ce(), lambda d: d.p / d.N - d.h / d.N)
row("ce: naive softmax", ce(), lambda d: (d.z.exp() / d.z.exp().sum(1, keepdim=True) - d.h) / d.N)
row("ce: log-sum-exp", ce(), lambda d: ((d.z - d.z.logsumexp(1, keepdim=True)).exp() - d.h) / d.N)
row("ce: online softmax, a vocabulary", ce(shape=VOCABULARY, dtype=torch.float32), online)
row("ce: online softmax, blocks and one", ce(shape=BLOCK), online)
row("ce: one sample, where mean is sum", ce(shape=ONE), lambda d: d.p - d.h)
row("ce: N is C", ce(shape=SQUARE), lambda d: (d.p - d.h) / d.C)
row("ce: extra dimensions", ce(shape=EXTRA), lambda d: (d.p - d.h) / (d.z.shape[0] * d.z.shape[2]))
row("ce: W sample by sample", ce(**LINEAR, wrt="weight"), one_by_one)
row("ce: W by einsum", ce(**LINEAR, wrt="weight"), lambda d: torch.einsum("nc,nd->cd", d.p - d.h, d.X) / d.N)
row("ce: b backwards", ce(**LINEAR, wrt="bias"), lambda d: d.g.flip(0).cumsum(0)[-1])
row("ce: X the other way round", ce(**LINEAR, wrt="inputs"), lambda d: (d.W.T @ (d.p - d.h).T).T / d.N)
row("ce: float32, divided after", ce(shape=LARGE, dtype=torch.float32), lambda d: (d.p - d.h) / d.N)
row("ce: bfloat16", ce(shape=LARGE, dtype=torch.bfloat16), lambda d: (d.p - d.h) / d.N)
row("ce: wider inside", ce(dtype=torch.float32), lambda d: ((d.z.double().softmax(1) - d.h) / d.N).float())
row("ce: smoothing as a mixture", ce("s"), smoothed)
row("ce: ignored by indexing", ce("i"), lambda d: (d.p - d.h) * (d.y != -100)[:, None] / (d.y != -100).sum())
row("ce: weights, none", ce("w", reduction="none"), lambda d: (d.v * d.wy) * d.p - (d.v * d.wy) * d.h)
row("ce: all options, by torch", CEA, lambda d: torch.func.grad(lambda z: d.criterion(z, d.y))(d.z))
row("mse: 2z/n − 2y/n", mse(), lambda d: 2 * d.z / 15 - 2 * d.y / 15)
row("mse: weighted", WMSE, lambda d: (d.z - d.y) * (d.w / d.w.sum()) * 2)
row(
    "mse: W of squares",
    mse(**LINEAR, wrt="weight"),
    lambda d: 2 / 15 * (d.W @ d.X.T @ d.X + torch.outer(d.layer.bias.detach(), d.X.sum(0)) - d.y.T @ d.X),
)
row("bce: tanh", bce(), lambda d: ((d.z / 2).tanh() / 2 + 0.5 - d.y) / d.z.numel())
row("bce: 1/(1 + exp)", bce(), lambda d: (1 / (1 + (-d.z).exp()) - d.y) / d.z.numel())
row("bce: pos_weight by terms", bce("q"), lambda d: (d.s * (1 + (d.q - 1) * d.y) - d.q * d.y) / d.z.numel())
row("bce: both", bce("w", "q"), lambda d: d.w * ((1 - d.y) * d.s + d.q * d.y * (d.s - 1)) / d.z.numel())
row("nll: scattered", nll(), lambda d: torch.zeros_like(d.z).scatter(1, d.y[:, None], -1 / d.N))
row("nll: weights", nll("w"), lambda d: -F.one_hot(d.y, d.C) * d.criterion.weight[d.y][:, None] / d.S)
row("nll softmax: W", log_softmax(wrt="weight"), lambda d: (d.p - d.h).T @ d.X / d.N)
