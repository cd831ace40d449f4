"""Products, reductions and distances: what has one layout of axes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from ... import operations
from ...operations.base import Operation
from ..recording.calls import Call
from .bound import Bound, first, numbers_of
from .laid import Laid, as_it_is, flat, grouped, kept_and_reduced


def product(make: Callable[..., Operation], **letters: str) -> Callable[[Call], list[Bound]]:
    """A product whose axes are the dimensions as they are; `letters` are torch's names of operands."""

    def bind(call: Call) -> list[Bound]:
        arguments, operation = call.arguments, make()
        return [
            Bound(
                operation,
                {letter: (arguments[name], as_it_is(arguments[name])) for name, letter in letters.items()},
                letters,
                first(as_it_is(call.results[0])),
                numbers=numbers_of(operation, arguments),
            )
        ]

    return bind


def dot(call: Call) -> list[Bound]:
    """torch.dot, with n of size 1."""
    arguments = call.arguments
    laid = Laid(tuple(arguments["self"].shape), ((), (0,)))
    return [
        Bound(
            operations.Dot(),
            {"A": (arguments["self"], laid), "B": (arguments["tensor"], laid)},
            {"self": "A", "tensor": "B"},
            first(Laid((), ((),))),
        )
    ]


def addmm(call: Call) -> list[Bound]:
    """torch.addmm: a bias for each column, a matrix, or what is broadcast to one."""
    arguments, out = call.arguments, call.results[0]
    added = arguments["self"]
    if added.shape == out.shape:
        operation, letter = operations.AddMm(added="matrix"), "E"
    elif tuple(added.shape) == (out.shape[1],):
        operation, letter = operations.AddMm(), "b"
    else:
        raise NotImplementedError
    slots = {"self": letter, "mat1": "A", "mat2": "B"}
    return [
        Bound(
            operation,
            {each: (arguments[name], as_it_is(arguments[name])) for name, each in slots.items()},
            slots,
            first(as_it_is(out)),
            numbers=numbers_of(operation, arguments),
        )
    ]


def reduction(make: Callable[[], Operation], order: str = "") -> Callable[[Call], list[Bound]]:
    """What takes a number of each row; `order` is the name of the argument that must be 2."""

    def bind(call: Call) -> list[Bound]:
        arguments = call.arguments
        if order and arguments[order] not in (2, None):
            raise NotImplementedError
        x, operation = arguments["self"], make()
        return [
            Bound(
                operation,
                {"A": (x, kept_and_reduced(x, arguments.get("dim")))},
                {"self": "A"},
                first(flat(call.results[0])),
                numbers=numbers_of(operation, arguments),
            )
        ]

    return bind


def spread(make: Callable[[], Operation]) -> Callable[[Call], list[Bound]]:
    """Variance and standard deviation, whose correction is 1 where it is left out."""

    def bind(call: Call) -> list[Bound]:
        arguments = call.arguments
        correction = arguments.get("correction")
        if "unbiased" in arguments:
            correction = float(arguments["unbiased"])
        x = arguments["self"]
        return [
            Bound(
                make(),
                {"A": (x, kept_and_reduced(x, arguments.get("dim")))},
                {"self": "A"},
                first(flat(call.results[0])),
                numbers={"alpha": 1.0 if correction is None else float(correction)},
            )
        ]

    return bind


def along(make: Callable[[], Operation]) -> Callable[[Call], list[Bound]]:
    """What maps each row to one as long, along `dim`."""

    def bind(call: Call) -> list[Bound]:
        x = call.arguments["self"]
        laid = kept_and_reduced(x, call.arguments["dim"])
        return [Bound(make(), {"A": (x, laid)}, {"self": "A"}, first(laid))]

    return bind


def cumulative(make: Callable[[], Operation]) -> Callable[[Call], list[Bound]]:
    """What takes the entries of a row up to each: a triangle says which."""

    def bind(call: Call) -> list[Bound]:
        (bound,) = along(make)(call)
        size = bound.operands["A"][1].sizes[1]
        return [replace(bound, given={"mu": torch.ones(size, size, dtype=torch.float64).tril()})]

    return bind


def multiplied(call: Call) -> list[Bound]:
    """torch.prod of numbers other than 0, whose sign is given."""
    x = call.arguments["self"]
    laid = kept_and_reduced(x, call.arguments.get("dim"))
    if bool((x == 0).any()):
        raise NotImplementedError
    signs = laid(x.double()).sign().prod(1)
    return [Bound(operations.Product(), {"A": (x, laid)}, {"self": "A"}, first(flat(call.results[0])), {"mu": signs})]


def largest(call: Call) -> list[Bound]:
    """torch.amax and its like: which entries are taken is read off the result, equal parts of each."""
    x, out = call.arguments["self"], call.results[0]
    laid = kept_and_reduced(x, call.arguments.get("dim"))
    rows = laid(x.double())
    taken = (rows == out.double().reshape(-1, 1)).double()
    return [
        Bound(
            operations.Largest(),
            {"A": (x, laid)},
            {"self": "A"},
            first(flat(out)),
            {"mu": taken / taken.sum(1, keepdim=True)},
        )
    ]


def distances(call: Call) -> list[Bound]:
    """torch.cdist of order 2; batches are one axis more."""
    one, other = (value for value in call.arguments.values() if isinstance(value, Tensor))
    if call.arguments.get("p", 2) != 2 or one.shape[:-2] != other.shape[:-2]:
        raise NotImplementedError
    batches = [*range(one.dim() - 2)]
    batched = bool(batches)

    def laid(tensor: Tensor) -> Laid:
        return grouped(tensor, *([batches] if batched else []), [-2], [-1])

    names = [name for name, value in call.arguments.items() if isinstance(value, Tensor)]
    return [
        Bound(
            operations.Cdist(),
            {"A": (one, laid(one)), "B": (other, laid(other))},
            dict(zip(names, "AB", strict=True)),
            first(laid(call.results[0])),
            batched=batched,
        )
    ]
