"""Convolutions and pooling: which position of the input stands at each place of each window."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ... import operations
from ..recording.calls import Call
from .bound import Bound, Results, first
from .laid import Laid, grouped


def windows(
    size: Sequence[int],
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    out: Sequence[int],
) -> tuple[Tensor, Tensor]:
    """φ (T, K), counted from 0, and the mask that says where a position stands and not the padding."""
    of_windows = torch.meshgrid(*[torch.arange(each) for each in out], indexing="ij")
    of_places = torch.meshgrid(*[torch.arange(each) for each in kernel], indexing="ij")
    found = torch.zeros(math.prod(out), math.prod(kernel), dtype=torch.long)
    inside = torch.ones_like(found, dtype=torch.bool)
    for axis, length in enumerate(size):
        at = of_windows[axis].reshape(-1, 1) * stride[axis] - padding[axis]
        at = at + of_places[axis].reshape(1, -1) * dilation[axis]
        inside &= (at >= 0) & (at < length)
        found = found * length + at.clamp(0, length - 1)
    return found, inside.double()


def convolution(call: Call) -> list[Bound]:
    """Each group of channels by itself; with `transposed`, inputs and result change places."""
    arguments, out = call.arguments, call.results[0]
    x, weight, bias = arguments["input"], arguments["weight"], arguments["bias"]
    axes, groups, transposed = x.dim() - 2, arguments["groups"], arguments["transposed"]
    options = ([*arguments[name]] * (axes if len(arguments[name]) == 1 else 1) for name in OPTIONS)
    stride, padding, dilation = options
    laid_over, seen = (out, x) if transposed else (x, out)
    phi, mask = windows(laid_over.shape[2:], weight.shape[2:], stride, padding, dilation, seen.shape[2:])
    kind = operations.TransposedConvolution if transposed else operations.Convolution
    operation = kind(bias=bias is not None)
    into, outof = x.shape[1] // groups, out.shape[1] // groups
    bounds = []
    for group in range(groups):
        mine, theirs = slice(group * into, (group + 1) * into), slice(group * outof, (group + 1) * outof)
        kernels = mine if transposed else theirs
        operands = {"A": _part(x, 1, mine), "W": _part(weight, 0, kernels)}
        if bias is not None:
            operands["b"] = _part(bias, 0, theirs)
        bounds.append(
            Bound(
                operation,
                {letter: (part, _channels(part)) for letter, part in operands.items()},
                {"input": "A", "weight": "W", **({"bias": "b"} if bias is not None else {})},
                _of_channels(theirs),
                {"phi": phi, "mu": mask},
                back={
                    "A": _placed(x, 1, mine),
                    "W": _placed(weight, 0, kernels),
                    **({"b": _placed(bias, 0, theirs)} if bias is not None else {}),
                },
            )
        )
    return bounds


OPTIONS = ("stride", "padding", "dilation")


def _part(tensor: Tensor, dim: int, where: slice) -> Tensor:
    return tensor.narrow(dim, where.start, where.stop - where.start)


def _channels(tensor: Tensor) -> Laid:
    """Two dimensions as they are, the positions as one axis; a bias as it is."""
    if tensor.dim() == 1:
        return grouped(tensor, [0])
    return grouped(tensor, [0], [1], [*range(2, tensor.dim())])


def _of_channels(where: slice) -> Callable[[Results], Tensor]:
    def result(results: Results) -> Tensor:
        value = results[0]
        assert value is not None
        part = _part(value, 1, where)
        return _channels(part)(part)

    return result


def _placed(whole: Tensor, dim: int, where: slice) -> Callable[[Tensor], Tensor]:
    """Puts the share of a part where it belongs; the rest is 0, and another part's."""

    def back(array: Tensor) -> Tensor:
        part = _part(whole, dim, where)
        found = torch.zeros(whole.shape, dtype=array.dtype)
        _part(found, dim, where).copy_(_channels(part).back(array))
        return found

    return back


def _rows(tensor: Tensor, dims: int) -> Laid:
    """Samples and channels as one axis, the last `dims` dimensions, the positions, as another."""
    return grouped(tensor, [*range(tensor.dim() - dims)], [*range(tensor.dim() - dims, tensor.dim())])


def max_pool(call: Call) -> list[Bound]:
    """With the positions that torch returns beside the result."""
    x, (out, positions) = call.arguments["self"], call.results
    dims = len(call.arguments["kernel_size" if "kernel_size" in call.arguments else "output_size"])
    laid = _rows(out, dims)
    return [Bound(operations.MaxPool(), {"A": (x, _rows(x, dims))}, {"self": "A"}, first(laid), {"y": laid(positions)})]


def average_pool(call: Call) -> list[Bound]:
    """avg_pool, whose windows all divide by the same number or by what they hold; with no window cut off."""
    arguments, x, out = call.arguments, call.arguments["self"], call.results[0]
    kernel = [*arguments["kernel_size"]]
    dims = len(kernel)
    stride, padding = [*arguments["stride"]] or kernel, [*arguments["padding"]]
    if arguments["ceil_mode"]:
        raise NotImplementedError
    phi, mask = windows(x.shape[-dims:], kernel, stride, padding, [1] * dims, out.shape[-dims:])
    divisor = torch.full((len(phi),), float(math.prod(kernel)), dtype=torch.float64)
    if arguments["divisor_override"]:
        divisor = torch.full_like(divisor, arguments["divisor_override"])
    elif not arguments["count_include_pad"]:
        divisor = mask.sum(1)
    given = {"phi": phi, "mu": mask, "w": 1 / divisor}
    return [Bound(operations.AveragePool(), {"A": (x, _rows(x, dims))}, {"self": "A"}, first(_rows(out, dims)), given)]


def adaptive_average_pool(call: Call) -> list[Bound]:
    """Window i of o over a length L runs from ⌊i L/o⌋ to ⌈(i + 1) L/o⌉, and divides by what it holds."""
    x, out = call.arguments["self"], call.results[0]
    dims = len(call.arguments["output_size"])
    phi, mask = torch.zeros(1, 1, dtype=torch.long), torch.ones(1, 1, dtype=torch.bool)
    for length, count in zip(x.shape[-dims:], out.shape[-dims:], strict=True):
        starts = torch.arange(count) * length // count
        ends = -(-(torch.arange(count) + 1) * length // count)
        places = torch.arange(int((ends - starts).max()))
        at = starts[:, None] + places
        inside = at < ends[:, None]
        phi = _crossed(phi * length, at.clamp_max(length - 1), torch.add)
        mask = _crossed(mask, inside, torch.logical_and)
    counted = mask.double()
    given = {"phi": phi, "mu": counted, "w": 1 / counted.sum(1)}
    return [Bound(operations.AveragePool(), {"A": (x, _rows(x, dims))}, {"self": "A"}, first(_rows(out, dims)), given)]


def _crossed(one: Tensor, other: Tensor, by: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """Every window of one with every window of the other, and so with their places."""
    both = by(one[:, None, :, None], other[None, :, None, :])
    return both.reshape(len(one) * len(other), -1)
