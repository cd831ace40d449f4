"""Functions of one entry, and of two tensors that are broadcast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ... import operations
from ...operations.base import Operation
from ..recording.calls import Call
from .bound import Bound, first, numbers_of
from .laid import Laid, flat


def of_one(make: Callable[..., Operation], **options: Callable[[dict[str, Any]], Any]) -> Callable[[Call], list[Bound]]:
    """A function of one entry; `options` say how fields of the operation are read off the arguments."""

    def bind(call: Call) -> list[Bound]:
        arguments = call.arguments
        x, operation = arguments["self"], make(**{name: read(arguments) for name, read in options.items()})
        laid = flat(x)
        return [
            Bound(
                operation,
                {"A": (x, laid)},
                {"self": "A"},
                first(laid),
                numbers=numbers_of(operation, arguments),
            )
        ]

    return bind


def hardsigmoid(call: Call) -> list[Bound]:
    """torch.hardsigmoid, whose backward multiplies by 1/6 as float32 has it, also in float64."""
    return [replace(each, computed_in=torch.float32) for each in of_one(operations.Hardsigmoid)(call)]


def celu(call: Call) -> list[Bound]:
    """torch.celu: ELU of A/α, times α."""
    x, alpha = call.arguments["self"], float(call.arguments["alpha"])
    laid, numbers = flat(x), {"alpha": alpha, "beta": 1.0, "gamma": 1 / alpha}
    return [Bound(operations.Elu(), {"A": (x, laid)}, {"self": "A"}, first(laid), numbers=numbers)]


def broadcast(one: Tensor, other: Tensor) -> tuple[Laid, Laid, Laid]:
    """How two tensors and their result are laid out: the dimensions that both have, those of the first, of the second.

    A dimension of size 1 in both is one that both have.
    """
    shape = torch.broadcast_shapes(one.shape, other.shape)
    mine, theirs = ((1,) * (len(shape) - each.dim()) + tuple(each.shape) for each in (one, other))
    both = tuple(dim for dim in range(len(shape)) if mine[dim] == theirs[dim])
    first_alone = tuple(dim for dim in range(len(shape)) if dim not in both and theirs[dim] == 1)
    second_alone = tuple(dim for dim in range(len(shape)) if dim not in both and mine[dim] == 1)

    def laid(tensor: Tensor, padded: tuple[int, ...], own: tuple[int, ...], missing: tuple[int, ...]) -> Laid:
        return Laid(tuple(tensor.shape), (both, (*own, *missing)), padded)

    return (
        laid(one, mine, first_alone, second_alone),
        laid(other, theirs, second_alone, first_alone),
        Laid(tuple(shape), (both, first_alone, second_alone)),
    )


def of_entries(make: Callable[[], Operation], **letters: str) -> Callable[[Call], list[Bound]]:
    """A function of the entries of tensors of one shape; `letters` by torch's names of operands."""

    def bind(call: Call) -> list[Bound]:
        arguments, operation = call.arguments, make()
        tensors = {letter: arguments[name] for name, letter in letters.items()}
        if len({each.shape for each in tensors.values()}) > 1:
            raise NotImplementedError
        operands = {letter: (each, flat(each)) for letter, each in tensors.items()}
        return [Bound(operation, operands, letters, first(flat(call.results[0])), {}, numbers_of(operation, arguments))]

    return bind


def of_two(make: Callable[[], Operation], one: str = "self", other: str = "other") -> Callable[[Call], list[Bound]]:
    """A function of two tensors' entries; `one` and `other` are torch's names of A and B."""

    def bind(call: Call) -> list[Bound]:
        arguments, operation = call.arguments, make()
        first_one, second = as_tensor(arguments[one]), as_tensor(arguments[other])
        a, b, result = broadcast(first_one, second)
        operands = {"A": (first_one, a), "B": (second, b)}
        numbers = numbers_of(operation, arguments)
        return [Bound(operation, operands, {one: "A", other: "B"}, first(result), numbers=numbers)]

    return bind


def as_tensor(value: Any) -> Tensor:
    """A number among the operands as a tensor without dimensions."""
    return value if isinstance(value, Tensor) else torch.tensor(float(value), dtype=torch.float64)


def of_tensor_or_number(
    of_tensor: Callable[[Call], list[Bound]], of_number: Callable[[Call], list[Bound]]
) -> Callable[[Call], list[Bound]]:
    """Torch gives both one name."""

    def bind(call: Call) -> list[Bound]:
        return (of_tensor if isinstance(call.arguments["other"], Tensor) else of_number)(call)

    return bind


def where(call: Call) -> list[Bound]:
    """torch.where of two tensors; the condition is broadcast with them."""
    arguments = call.arguments
    one, other, condition = as_tensor(arguments["self"]), as_tensor(arguments["other"]), arguments["condition"]
    shape = torch.broadcast_shapes(one.shape, other.shape, condition.shape)
    if torch.broadcast_shapes(one.shape, other.shape) != shape:
        raise NotImplementedError  # the condition is larger than both
    a, b, result = broadcast(one, other)
    mask = result(condition.expand(shape).double())
    return [
        Bound(
            operations.Where(),
            {"A": (one, a), "B": (other, b)},
            {"self": "A", "other": "B"},
            first(result),
            {"mu": mask},
        )
    ]


def masked_fill(call: Call) -> list[Bound]:
    """torch.masked_fill with a number, of a tensor as large as the result."""
    arguments = call.arguments
    x, mask = arguments["self"], arguments["mask"]
    laid = flat(x)
    return [
        Bound(
            operations.MaskedFill(),
            {"A": (x, laid)},
            {"self": "A"},
            first(laid),
            {"mu": laid(mask.expand(x.shape).double())},
            {"alpha": float(arguments["value"])},
        )
    ]


def dropout(call: Call) -> list[Bound]:
    """torch.native_dropout, with the mask that it returned."""
    arguments = call.arguments
    x, laid = arguments["input"], flat(arguments["input"])
    mask = call.results[1].double()
    scale = 1 / (1 - arguments["p"]) if arguments["p"] < 1 else 0.0
    return [
        Bound(
            operations.Dropout(),
            {"A": (x, laid)},
            {"input": "A"},
            first(laid),
            {"mu": laid(mask)},
            {"alpha": scale},
        )
    ]
