"""Does this device add bfloat16 and float16 in float32, and round once? Tried on random numbers of the same shapes.

What a rounding bound may assume of low precision is no matter of the dtype alone: it depends on device, library and
size. So its rules are tried where they are wanted, once for each device, dtype and shape, and where one does not hold a
bound counts every addition in the dtype itself. A trial is no proof: an addition in low precision that happens to be as
exact on random numbers between 0 and 1 goes unseen.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from ...index_calculus.functions import named
from ..shapes import Like
from .functions import elementwise, log_softmax, off, softmax
from .precision import Precision, Rounded

LOW = (torch.bfloat16, torch.float16)


@lru_cache(maxsize=1024)
def wider(
    dtype: torch.dtype, device: str, rows: int, classes: int, linear: tuple[int, int, int] | None = None
) -> float | None:
    """float32's eps in units of the dtype's where sums and functions are worked out in float32, else None.

    `rows` and `classes` are the shape of the loss, `linear` N, D and C of the layer.
    """
    if dtype not in LOW:
        return None
    wide = torch.finfo(torch.float32).eps / torch.finfo(dtype).eps
    precision = Precision(dtype, wide)
    trials = _trials(precision, device, (rows, classes), linear)
    return wide if all(_holds(precision, *each) for each in trials) else None


def _trials(
    precision: Precision, device: str, shape: tuple[int, int], linear: tuple[int, int, int] | None
) -> Iterator[tuple[Tensor, Tensor, Rounded]]:
    """What the device computes, the exact value, and how far that may be off."""
    generator = torch.Generator("cpu").manual_seed(0)

    def drawn(*shape: int) -> tuple[Tensor, Tensor]:
        given = torch.rand(shape, generator=generator, device="cpu").to(precision.dtype)
        return given.to(device), given.double()

    def product(left: Tensor, right: Tensor) -> Rounded:
        found = precision.contracted(Rounded(left), Rounded(right))
        return precision.stored(precision.accumulated(found, left.shape[1]), found.mass)

    g, exact = drawn(*shape)
    for dims in ((0,), (1,), (0, 1)):
        yield g.sum(dims), exact.sum(dims), precision.total(Rounded(exact), dims)
    yield torch.sigmoid(g), exact.sigmoid(), elementwise(precision, named("sigmoid"), exact, Rounded(exact))
    yield torch.softmax(g, 1), exact.softmax(1), softmax(precision, exact, Rounded(exact))
    yield torch.log_softmax(g, 1), exact.log_softmax(1), log_softmax(precision, exact, Rounded(exact))
    if linear is not None:
        samples, features, classes = linear
        (x, of_x), (w, of_w), (g, of_g) = drawn(samples, features), drawn(classes, features), drawn(samples, classes)
        for found in (F.linear(x, w), x @ w.T):
            yield found, of_x @ of_w.T, product(of_x, of_w.T)
        yield g.T @ x, of_g.T @ of_x, product(of_g.T, of_x)
        yield g @ w, of_g @ of_w, product(of_g, of_w)
        yield g.sum(0), of_g.sum(0), precision.total(Rounded(of_g), (0,))


def _holds(precision: Precision, found: Like, exact: Like, rounded: Rounded) -> bool:
    allowed = off(precision, exact, rounded)
    overflown = exact + allowed >= torch.finfo(precision.dtype).max
    return bool(((found.cpu().double() - exact).abs() <= allowed).logical_or(overflown).all())
