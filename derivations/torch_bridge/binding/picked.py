"""What only picks, repeats and places entries: which ones is found by letting the same call pick positions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ... import operations
from .. import vendor
from ..recording.calls import Call
from .bound import Bound, Results, first
from .laid import Laid, as_it_is, flat, grouped

#: The largest number below which float64 holds every whole one.
WHOLE = 2**53


def same(operand: str = "self") -> Callable[[Call], list[Bound]]:
    """A copy in the same order, in another shape or dtype perhaps."""

    def bind(call: Call) -> list[Bound]:
        x = call.arguments[operand]
        return [Bound(operations.Copy(), {"A": (x, flat(x))}, {operand: "A"}, first(flat(call.results[0])))]

    return bind


def permuted(call: Call) -> list[Bound]:
    """t, transpose and permute: a transpose where there are two dimensions, else a copy whose axes were moved."""
    x, out = call.arguments["self"], call.results[0]
    order = _order(call, x)
    if order == [1, 0]:
        return [Bound(operations.Transpose(), {"A": (x, as_it_is(x))}, {"self": "A"}, first(as_it_is(out)))]
    inverse = sorted(range(len(order)), key=order.__getitem__)
    return [Bound(operations.Copy(), {"A": (x, flat(x))}, {"self": "A"}, first(grouped(out, inverse)))]


def _order(call: Call, x: Tensor) -> list[int]:
    """Which dimension of the operand each dimension of the result is."""
    arguments, dims = call.arguments, [*range(x.dim())]
    if "dims" in arguments:
        return [dim % x.dim() for dim in arguments["dims"]]
    if x.dim() > 1:
        one, other = (arguments.get(name, at) % x.dim() for at, name in enumerate(("dim0", "dim1")))
        dims[one], dims[other] = other, one
    return dims


def expanded(call: Call) -> list[Bound]:
    """torch.expand: c are the dimensions along which the operand is repeated."""
    x, out = call.arguments["self"], call.results[0]
    padded = (1,) * (out.dim() - x.dim()) + tuple(x.shape)
    repeated = tuple(dim for dim in range(out.dim()) if padded[dim] != out.shape[dim])
    stays = tuple(dim for dim in range(out.dim()) if dim not in repeated)
    laid = Laid(tuple(x.shape), ((*stays, *repeated),), padded)
    return [Bound(operations.Expand(), {"A": (x, laid)}, {"self": "A"}, first(grouped(out, stays, repeated)))]


def picks(call: Call) -> list[Bound]:
    """One operand, the first; all results in a row."""
    name, x = next((name, each) for name, each in call.arguments.items() if isinstance(each, Tensor))
    outs = vendor.leaves(_with_positions(call, x, _positions(x)))[0]
    found = torch.cat([each.reshape(-1) for each in outs]).long()
    shapes = [each.shape for each in outs]

    def result(results: Results) -> Tensor:
        given = [
            torch.zeros(shape, dtype=torch.float64) if each is None else each.double()
            for each, shape in zip(results, shapes, strict=True)
        ]
        return torch.cat([each.reshape(-1) for each in given])

    return [_pick(x, name, found, result)]


def _pick(x: Tensor, name: str, found: Tensor, result: Callable[[Results], Tensor]) -> Bound:
    """`found` are positions from 1, 0 where the result has a 0 of its own."""
    return Bound(
        operations.Pick(),
        {"A": (x, flat(x))},
        {name: "A"},
        result,
        {"y": (found - 1).clamp_min(0), "mu": (found > 0).double()},
    )


def _positions(x: Tensor) -> Tensor:
    """The places of a tensor's entries, from 1; 0 is left for what is filled in."""
    if x.numel() >= WHOLE:
        raise NotImplementedError
    return torch.arange(1, x.numel() + 1, dtype=torch.float64).reshape(x.shape)


def _with_positions(call: Call, x: Tensor, positions: Tensor) -> Any:
    """The same call, given positions in the place of a tensor."""
    items, spec = vendor.leaves((call.args, call.kwargs))
    args, kwargs = vendor.rebuilt([positions if each is x else each for each in items], spec)
    with torch.no_grad():
        return call.operation(*args, **kwargs)


def padded(call: Call) -> list[Bound]:
    """constant_pad_nd, which fills in 0."""
    if call.arguments["value"]:
        raise NotImplementedError
    return picks(call)


def joined(call: Call) -> list[Bound]:
    """cat and stack, one operand at a time; E is what the others bring."""
    tensors = call.arguments["tensors"]
    out = call.results[0]
    bounds = []
    for place, each in enumerate(tensors):
        filled = [
            _positions(each) if at == place else torch.zeros(one.shape, dtype=torch.float64)
            for at, one in enumerate(tensors)
        ]
        with torch.no_grad():
            found = call.operation(filled, *call.args[1:], **call.kwargs).reshape(-1).long()
        mask = (found > 0).double()
        bounds.append(
            Bound(
                operations.Concatenate(),
                {"A": (each, flat(each))},
                {f"tensors[{place}]": "A"},
                first(flat(out)),
                {"y": (found - 1).clamp_min(0), "mu": mask, "E": torch.where(mask > 0, 0.0, out.double().reshape(-1))},
            )
        )
    return bounds


def embedding(call: Call) -> list[Bound]:
    """Rows of a table; the row of padding_idx is handed nothing."""
    arguments = call.arguments
    table, words = arguments["weight"], arguments["indices"]
    padding = arguments.get("padding_idx", -1)
    out = call.results[0]
    given = {"y": words.reshape(-1)}
    if padding >= 0:
        given["mu"] = (words.reshape(-1) != padding).double()
        given["E"] = out.double().reshape(-1, table.shape[1])
    laid = grouped(out, [*range(out.dim() - 1)], [-1])
    operation = operations.Embedding(padding=padding >= 0)
    return [Bound(operation, {"W": (table, as_it_is(table))}, {"weight": "W"}, first(laid), given)]
