"""Does this device add bfloat16 and float16 in float32, and round once? Tried on random numbers of the same shapes.

What a rounding bound may assume of low precision is no matter of the dtype alone: it depends on device, library and
size. So it is tried where the bound is wanted, once for each device, dtype and shape, and where it does not hold a
bound counts every addition in the dtype itself. A trial is no proof: an addition in low precision that happens to be as
exact on random numbers between 0 and 1 goes unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from .rounding import tiny

LOW = (torch.bfloat16, torch.float16)
#: One rounding, and what float32 leaves of a sum of K terms or of a function.
Trial = tuple[Callable[..., Tensor], tuple[Tensor, ...], int]


@lru_cache(maxsize=1024)
def wider(
    dtype: torch.dtype, device: str, rows: int, classes: int, linear: tuple[int, int, int] | None
) -> float | None:
    """float32's eps in units of the dtype's where sums and functions are worked out in float32, else None.

    `rows` and `classes` are the shape of the loss, `linear` N, D and C of the layer.
    """
    if dtype not in LOW or not all(map(_holds, _trials(dtype, device, rows, classes, linear))):
        return None
    return torch.finfo(torch.float32).eps / torch.finfo(dtype).eps


def _trials(
    dtype: torch.dtype, device: str, rows: int, classes: int, linear: tuple[int, int, int] | None
) -> Iterator[Trial]:
    generator = torch.Generator().manual_seed(0)

    def drawn(*shape: int) -> Tensor:
        return torch.rand(shape, generator=generator, dtype=torch.float32).to(device=device, dtype=dtype)

    g = drawn(rows, classes)
    yield lambda each: each.sum(1), (g,), classes
    yield lambda each: each.sum(0), (g,), rows
    yield lambda each: each.sum(), (g / rows,), rows * classes
    for function in (lambda each: torch.softmax(each, 1), lambda each: torch.log_softmax(each, 1), torch.sigmoid):
        yield function, (8 * g,), classes + 64
    if linear is not None:
        samples, features, columns = linear
        x, w, of_linear = drawn(samples, features), drawn(columns, features), drawn(samples, columns)
        yield F.linear, (x, w), features
        yield lambda left, right: left @ right.T, (x, w), features
        yield lambda left, right: left.T @ right, (of_linear, x), samples
        yield lambda left, right: left @ right, (of_linear, w), columns
        yield lambda each: each.sum(0), (of_linear,), samples


def _holds(trial: Trial) -> bool:
    """All terms are positive, so that what was added is no larger than the result."""
    function, arguments, terms = trial
    exact = function(*(each.cpu().double() for each in arguments))
    found = function(*arguments).cpu()
    u = torch.finfo(found.dtype).eps / 2
    allowed = (1.01 * u + terms * torch.finfo(torch.float32).eps) * exact.abs() + tiny(found.dtype)
    overflown = exact.abs() >= (1 - u) * torch.finfo(found.dtype).max
    return bool(((found.double() - exact).abs() <= allowed).logical_or(overflown).all())
