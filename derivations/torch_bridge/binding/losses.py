"""Losses that torch records as one node."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ... import operations
from ...operations.base import Operation
from ..recording.calls import Call
from .bound import Bound, Results, first, numbers_of
from .laid import Laid, flat, grouped

#: Torch's numbers for a reduction.
REDUCTIONS = ("none", "mean", "sum")
NUMBER = Laid((), ())


def criterion(make: Callable[..., Operation]) -> Callable[[Call], list[Bound]]:
    """A loss of each entry, of outputs and targets of one shape."""

    def bind(call: Call) -> list[Bound]:
        arguments = call.arguments
        x, y = arguments["self"], arguments["target"]
        if x.shape != y.shape:
            raise NotImplementedError
        reduction = REDUCTIONS[arguments["reduction"]]
        operation = make(reduction=reduction)
        operands, slots, given = {"A": (x, flat(x))}, {"self": "A"}, {}
        if "B" in operation.wrt:
            operands["B"], slots["target"] = (y, flat(y)), "B"
        else:
            given["B"] = flat(y)(y).double()
        for letter, name in (("w", "weight"), ("q", "pos_weight")):
            if letter in operation.meanings:
                value = arguments.get(name)
                wide = torch.ones(x.shape, dtype=torch.float64) if value is None else value.double().expand(x.shape)
                given[letter] = flat(x)(wide)
        result = first(flat(x) if reduction == "none" else NUMBER)
        return [Bound(operation, operands, slots, result, given, numbers_of(operation, arguments))]

    return bind


def nll(call: Call) -> list[Bound]:
    """nll_loss and nll_loss2d: rows are samples with their positions."""
    arguments = call.arguments
    x, labels = arguments["self"], arguments["target"]
    reduction = REDUCTIONS[arguments["reduction"]]
    classes = 0 if x.dim() == 1 else 1
    laid = grouped(x, [dim for dim in range(x.dim()) if dim != classes], [classes])
    labels = labels.reshape(-1)
    counts = labels != arguments["ignore_index"]
    weight = arguments["weight"]
    given = {
        "y": torch.where(counts, labels, 0),
        "mu": counts.double(),
        "w": torch.ones(x.shape[classes], dtype=torch.float64) if weight is None else weight.double(),
    }

    def each_row(results: Results) -> Tensor:
        value = results[0]
        assert value is not None
        return value.reshape(-1)

    result = each_row if reduction == "none" else first(NUMBER)
    return [Bound(operations.NllLoss(reduction=reduction), {"A": (x, laid)}, {"self": "A"}, result, given)]
