"""What puts or adds entries at positions, and what returns entries with their positions."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import operations
from ..recording.calls import Call, SliceCall
from .arranged import largest
from .bound import Bound, first
from .laid import Laid, flat, kept_and_reduced


def ranked(call: Call) -> list[Bound]:
    """max and min along an axis, sort, topk and their like, with the positions that torch returns; or of all."""
    x = call.arguments["self"]
    if len(call.results) == 1:
        return largest(call)
    if not x.dim():
        raise NotImplementedError
    out, positions = call.results
    dim = call.arguments["dim"] % x.dim()
    rows = kept_and_reduced(x, dim)
    laid = kept_and_reduced(out, dim) if out.dim() == x.dim() else Laid(tuple(out.shape), (tuple(range(out.dim())), ()))
    return [Bound(operations.Gather(), {"A": (x, rows)}, {"self": "A"}, first(laid), {"y": laid(positions)})]


def added_along(call: Call) -> list[Bound]:
    """torch.scatter_add: an entry is added where gather along the same dimension would take it from."""
    arguments = call.arguments
    x, index, source = arguments["self"], arguments["index"], arguments["src"]
    if index.shape != source.shape:
        raise NotImplementedError
    return _added(x, source, "src", torch.gather(_places(x), arguments["dim"], index), 1.0)


def added_rows(call: Call) -> list[Bound]:
    """torch.index_add."""
    arguments = call.arguments
    x, source = arguments["self"], arguments["source"]
    where = torch.index_select(_places(x), arguments["dim"], arguments["index"])
    return _added(x, source, "source", where, float(arguments["alpha"]))


def put(call: Call) -> list[Bound]:
    """x[index] = values, of as many values as places; no two in one place unless they are added up."""
    arguments = call.arguments
    x, values = arguments["self"], arguments["values"]
    where = torch.ops.aten.index(_places(x), arguments["indices"])
    if where.shape != values.shape:
        raise NotImplementedError
    if arguments["accumulate"]:
        return _added(x, values, "values", where, 1.0)
    covered = torch.bincount(where.reshape(-1), minlength=x.numel())
    if bool((covered > 1).any()):
        raise NotImplementedError
    return [
        Bound(
            operations.Scatter(),
            {"A": (x, flat(x)), "B": (values, flat(values))},
            {"self": "A", "values": "B"},
            first(flat(x)),
            {"y": where.reshape(-1), "mu": (covered == 0).double()},
        )
    ]


def assigned(call: SliceCall) -> list[Bound] | None:
    """z[index] = values or a number, where the index is a view; None for what else may be written to one."""
    x, arguments = call.before, call.call.arguments
    where = torch.empty_strided(x.shape, x.stride(), dtype=torch.long).copy_(_places(x))
    positions = call.view(where)
    values: Tensor = torch.zeros(positions.shape, dtype=x.dtype)
    if call.name == "copy_":
        values = arguments["src"]
    elif call.name == "fill_":
        values = values + arguments["value"]
    elif call.name != "zero_":
        return None
    if values.shape != positions.shape:
        return None
    covered = torch.bincount(positions.reshape(-1), minlength=x.numel())
    return [
        Bound(
            operations.Scatter(),
            {"A": (x, flat(x)), "B": (values, flat(values))},
            {"self": "A", "src": "B"},
            first(flat(x)),
            {"y": positions.reshape(-1), "mu": (covered == 0).double()},
        )
    ]


def _added(x: Tensor, source: Tensor, name: str, where: Tensor, alpha: float) -> list[Bound]:
    return [
        Bound(
            operations.ScatterAdd(),
            {"A": (x, flat(x)), "B": (source, flat(source))},
            {"self": "A", name: "B"},
            first(flat(x)),
            {"y": where.reshape(-1)},
            {"alpha": alpha},
        )
    ]


def _places(x: Tensor) -> Tensor:
    """The places of a tensor's entries, from 0."""
    return torch.arange(x.numel()).reshape(x.shape)
