"""Networks that no rule of the audit was tried on while it was written: so they say how it does on those of others."""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional as F


class Separable(nn.Module):
    """A mobile network's block: depthwise and pointwise convolutions, squeeze and excitation, hard swish."""

    def __init__(self):
        super().__init__()
        self.wide = nn.Sequential(nn.Conv2d(3, 8, 1, bias=False), nn.BatchNorm2d(8), nn.Hardswish())
        self.depth = nn.Sequential(nn.Conv2d(8, 8, 3, 2, 1, groups=8, bias=False), nn.BatchNorm2d(8), nn.ReLU6())
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 2, 1), nn.ReLU(), nn.Conv2d(2, 8, 1), nn.Hardsigmoid()
        )
        self.narrow = nn.Sequential(nn.Conv2d(8, 4, 1, bias=False), nn.BatchNorm2d(4))
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        h = self.depth(self.wide(x))
        return self.head(self.narrow(h * self.gate(h)).mean((2, 3)))


def mobile(dtype):
    model, x, y = Separable().to(dtype), torch.randn(3, 3, 6, 6, dtype=dtype), torch.randint(3, (3,))
    return model, lambda: F.cross_entropy(model(x), y, weight=torch.tensor([1.0, 2.0, 0.5]).to(dtype))


def translator(dtype):
    """Encoder and decoder with masks, and labels that are padding."""
    model = nn.ModuleDict(
        {"words": nn.Embedding(9, 8, padding_idx=0), "both": nn.Transformer(8, 2, 1, 1, 16, 0.1, batch_first=True)}
    ).to(dtype)
    head = nn.Linear(8, 9).to(dtype)
    model["head"] = head
    source, target = torch.randint(1, 9, (2, 5)), torch.randint(1, 9, (2, 4))
    target[1, 3] = 0

    def step():
        later = nn.Transformer.generate_square_subsequent_mask(4).to(dtype)
        h = model["both"](model["words"](source), model["words"](target), tgt_mask=later)
        return F.cross_entropy(head(h).flatten(0, 1), target.flatten(), ignore_index=0, label_smoothing=0.1)

    return model, step


class Recurrent(nn.Module):
    """Two directions, two layers, sequences of their own lengths, attention over time."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(4, 5, 2, bidirectional=True, dropout=0.2)
        self.score, self.head = nn.Linear(10, 1), nn.Linear(10, 3)

    def forward(self, x, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths, enforce_sorted=False)
        h, _ = nn.utils.rnn.pad_packed_sequence(self.rnn(packed)[0])
        missing = torch.arange(len(h))[:, None] >= lengths
        share = self.score(h).squeeze(-1).masked_fill(missing, -math.inf).softmax(0)
        return self.head((share[..., None] * h).sum(0))


def recurrent(dtype):
    model, x = Recurrent().to(dtype), torch.randn(6, 3, 4, dtype=dtype)
    lengths, y = torch.tensor([6, 3, 4]), torch.randn(3, 3, dtype=dtype)
    return model, lambda: F.smooth_l1_loss(model(x, lengths), y, beta=0.5)


class Diffusion(nn.Module):
    """A small U-Net that is told the time, with attention in the middle."""

    def __init__(self):
        super().__init__()
        self.time = nn.Sequential(nn.Linear(8, 16), nn.SiLU(), nn.Linear(16, 8))
        self.down, self.up = nn.Conv2d(2, 4, 3, padding=1), nn.Conv2d(8, 2, 3, padding=1)
        self.norm, self.middle = nn.GroupNorm(2, 4), nn.Conv2d(4, 4, 3, 2, 1)
        self.qkv, self.back = nn.Conv2d(4, 12, 1), nn.ConvTranspose2d(4, 4, 2, 2)

    def forward(self, x, t):
        waves = t[:, None] * torch.exp(torch.arange(4).to(x) * -1.5)
        scale, shift = self.time(torch.cat([waves.sin(), waves.cos()], 1))[:, :, None, None].chunk(2, 1)
        first = F.silu(self.norm(self.down(x)) * (1 + scale) + shift)
        h = self.middle(first)
        q, k, v = self.qkv(h).flatten(2).chunk(3, 1)
        weights = torch.einsum("bci,bcj->bij", q, k).div(2).softmax(-1)
        h = h + torch.einsum("bij,bcj->bci", weights, v).reshape(h.shape)
        return self.up(torch.cat([first, self.back(h)], 1))


def diffusion(dtype):
    model, x, noise = Diffusion().to(dtype), torch.randn(2, 2, 4, 4, dtype=dtype), torch.randn(2, 2, 4, 4, dtype=dtype)
    t = torch.rand(2, dtype=dtype)

    def step():
        keep = torch.cos(t * math.pi / 2)[:, None, None, None]
        return F.mse_loss(model(keep * x + (1 - keep**2).sqrt() * noise, t), noise)

    return model, step


class Experts(nn.Module):
    """Each row goes to the two experts that its gate likes best, and the load is balanced."""

    def __init__(self):
        super().__init__()
        self.gate = nn.Linear(5, 4)
        self.experts = nn.ModuleList(nn.Sequential(nn.Linear(5, 6), nn.GELU(), nn.Linear(6, 3)) for _ in range(4))

    def forward(self, x):
        likes = self.gate(x).softmax(-1)
        best, which = likes.topk(2)
        best = best / best.sum(-1, keepdim=True)
        out = x.new_zeros(len(x), 3)
        for number, expert in enumerate(self.experts):
            rows, place = (which == number).nonzero(as_tuple=True)
            out = out.index_add(0, rows, best[rows, place, None] * expert(x[rows]))
        used = torch.zeros(4).to(x).scatter_add(0, which.flatten(), torch.ones(which.numel()).to(x)) / which.numel()
        return out, 4 * (used * likes.mean(0)).sum()


def experts(dtype):
    model, x, y = Experts().to(dtype), torch.randn(8, 5, dtype=dtype), torch.randint(3, (8,))

    def step():
        out, balance = model(x)
        return F.nll_loss(out.log_softmax(-1), y) + 0.01 * balance

    return model, step


class GraphAttention(nn.Module):
    """Every node of a graph attends to those that point at it; two heads."""

    def __init__(self):
        super().__init__()
        self.project, self.head = nn.Linear(3, 8, bias=False), nn.Linear(8, 2)
        self.here, self.there = (nn.Parameter(torch.randn(2, 4)) for _ in range(2))

    def forward(self, x, edges):
        start, end = edges
        h = self.project(x).view(-1, 2, 4)
        score = F.leaky_relu((h * self.here).sum(-1)[start] + (h * self.there).sum(-1)[end], 0.2)
        most = torch.full((len(x), 2), -math.inf).to(x).scatter_reduce(0, end[:, None].expand(-1, 2), score, "amax")
        grown = (score - most.detach()[end]).exp()
        total = torch.zeros(len(x), 2).to(x).index_add(0, end, grown)
        share = grown / (total[end] + 1e-9)
        out = torch.zeros_like(h).index_add(0, end, share[..., None] * h[start])
        return self.head(F.elu(out).flatten(1))


def graph_attention(dtype):
    model, x = GraphAttention().to(dtype), torch.randn(6, 3, dtype=dtype)
    edges = torch.tensor([[0, 1, 2, 3, 4, 5, 0, 2], [1, 2, 0, 4, 5, 3, 0, 5]])
    y = torch.tensor([0, 1, 1, 0, 1, 0])
    return model, lambda: F.multi_margin_loss(model(x, edges), y)


OTHERS = {make.__name__: make for make in (mobile, translator, recurrent, diffusion, experts, graph_attention)}
