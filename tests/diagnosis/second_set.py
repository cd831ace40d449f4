"""A second set of wrong gradients, as a stranger computes them: by hand, in the data's own precision, from tensors.

A row: its name, what was given, the criterion and its data, and the mistakes that are right, any one of these sets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

F32, F64, BF16 = torch.float32, torch.float64, torch.bfloat16
Accepted = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Row:
    name: str
    accepted: Accepted
    given: Any
    criterion: Any
    inputs: Tensor
    targets: Tensor
    wrt: str | None = None
    model: Any = None


def rows() -> Iterator[Row]:
    for at, (each, *arguments) in enumerate(SCENES):
        torch.manual_seed(at)
        yield from each(*arguments)


def _rows(scene: str, *data: Any, **more: Any) -> Callable[..., Row]:
    def row(name: str, given: Any, *accepted: str | tuple[str, ...], wrt: str | None = None) -> Row:
        sets = tuple((each,) if isinstance(each, str) else each for each in accepted)
        return Row(f"{scene}: {name}", sets, given, *data, wrt=wrt, **more)

    return row


def plain(n: int, classes: int, dtype: torch.dtype) -> Iterator[Row]:
    z, y = (2 * torch.randn(n, classes)).to(dtype), torch.randint(0, classes, (n,))
    p, hot = z.softmax(1), F.one_hot(y, classes).to(dtype)
    row = _rows(f"cross-entropy {n} × {classes} {dtype}", nn.CrossEntropyLoss(), z, y)
    g = (p - hot) / n
    yield row("no 1/N", p - hot, "divisor (right N, wrong 1)")
    yield row("by N·C", (p - hot) / (n * classes), "divisor (right N, wrong N·C)")
    yield row("minus", -g, "sign")
    yield row("logits", (z - hot) / n, "softmax missing")
    yield row("softmax of the rows", (z.softmax(0) - hot) / n, "softmax axis")
    yield row("sigmoid", (z.sigmoid() - hot) / n, "sigmoid for softmax")
    yield row("exponentials", (z.exp() - hot) / n, "softmax not normalised")
    yield row("no targets", p / n, "term missing (term Ŷ)")
    yield row("one column off", (p - F.one_hot((y + 1) % classes, classes)) / n, "labels shifted")
    yield row("1 for the one-hot", (p - 1) / n, "factor missing (factor Ŷ)")
    yield row("minus, no 1/N", hot - p, ("sign", "divisor (right N, wrong 1)"), ("divisor (right N, wrong 1)", "sign"))


def layer(n: int, features: int, classes: int, dtype: torch.dtype) -> Iterator[Row]:
    model, x, y = nn.Linear(features, classes).to(dtype), torch.randn(n, features).to(dtype), torch.arange(n) % classes
    with torch.no_grad():
        z, weight = model(x), model.weight.clone()
    p, hot = z.softmax(1), F.one_hot(y, classes).to(dtype)
    g = (p - hot) / n
    row = _rows(f"a layer {n} × {features} × {classes} {dtype}", nn.CrossEntropyLoss(), x, y, model=model)
    yield row("minus dW", -(g.T @ x), "sign", wrt="weight")
    yield row("dW without 1/N", (p - hot).T @ x, "divisor (right N, wrong 1)", wrt="weight")
    yield row("dW of logits", (z - hot).T @ x / n, "softmax missing", wrt="weight")
    yield row("dW without the last row", g[:-1].T @ x[:-1], f"sample missing (row {n - 1}, which last)", wrt="weight")
    yield row("db averaged", g.mean(0), "summed (how mean)", wrt="bias")
    yield row("dX without 1/N", (p - hot) @ weight, "divisor (right N, wrong 1)", wrt="inputs")


def extra(dtype: torch.dtype) -> Iterator[Row]:
    z, y = torch.randn(3, 4, 5).to(dtype), torch.randint(0, 4, (3, 5))
    p, hot = z.softmax(1), F.one_hot(y, 4).movedim(2, 1).to(dtype)
    row = _rows(f"extra dimensions {dtype}", nn.CrossEntropyLoss(), z, y)
    yield row("softmax of the last axis", (z.softmax(-1) - hot) / 15, "softmax axis (over positions)")
    yield row("softmax of the first axis", (z.softmax(0) - hot) / 15, "softmax axis (over samples)")
    yield row("by the batch", (p - hot) / 3, "divisor (right N, wrong B)")


def ignored(dtype: torch.dtype) -> Iterator[Row]:
    z, y = torch.randn(8, 5).to(dtype), torch.tensor([1, -100, 3, 4, 2, -100, 0, 1])
    kept, p = (y != -100)[:, None].to(dtype), z.softmax(1)
    hot = F.one_hot(y.clamp(min=0), 5).to(dtype)
    row = _rows(f"ignored labels {dtype}", nn.CrossEntropyLoss(), z, y)
    yield row("by N", (p - hot) * kept / 8, "divisor (right kept, wrong N)")
    yield row("labels clamped", (p - hot) / 6, "ignored rows counted (label 0)")
    yield row("P of all rows", (p - hot * kept) / 6, "ignored rows counted", "ignored rows counted (where P)")


def soft(dtype: torch.dtype) -> Iterator[Row]:
    z, t, w = (
        torch.randn(6, 4).to(dtype),
        torch.randn(6, 4).softmax(1).to(dtype),
        torch.tensor([0.5, 1, 2, 3]).to(dtype),
    )
    p, smooth = z.softmax(1), 0.9 * t + 0.1 / 4
    row = _rows(f"probabilities {dtype}", nn.CrossEntropyLoss(weight=w), z, t)
    yield row("weight by column", w * (p - t) / 6, "weight by column (of targets)")
    alone, both = "option ignored (option weight)", "factor missing (factor Σ_c Y)"
    yield row("no weight", (p - t) / 6, alone, (alone, both))  # these targets add up to 1 but for rounding
    row = _rows(f"smoothed probabilities {dtype}", nn.CrossEntropyLoss(weight=w, label_smoothing=0.1), z, t)
    yield row("weight by column", w * (p - smooth) / 6, "weight by column (of targets)")


def real(dtype: torch.dtype) -> Iterator[Row]:
    z, t = torch.randn(6, 3).to(dtype), torch.randn(6, 3).to(dtype)
    row = _rows(f"squares {dtype}", nn.MSELoss(), z, t)
    yield row("minus, and nobody says in what", 2 * (t - z) / 18, "sign")
    yield row("L1's", (z - t).sign() / 18, "not differentiated (how sign, of L1)")
    yield row("no 2, by N", (z - t) / 6, ("divisor (right N·C, wrong N)", "factor (times 1/2)"))


def one_row() -> Iterator[Row]:
    z, y = torch.randn(1, 5), torch.tensor([0])
    row = _rows("one row of label 0", nn.CrossEntropyLoss(), z, y)
    yield row("no targets", z.softmax(1), "term missing (term Ŷ)")


SCENES: list[tuple[Any, ...]] = [
    *((plain, *sizes) for sizes in ((5, 3, F32), (32, 10, F32), (7, 4, F64), (16, 6, BF16))),
    *((layer, *sizes) for sizes in ((8, 4, 3, F32), (5, 3, 6, F64), (16, 6, 4, BF16))),
    *((each, dtype) for each in (extra, ignored, soft, real) for dtype in (F32, F64)),
    (one_row,),
]
