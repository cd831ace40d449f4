"""A node's own forward, to be run again at other values: as a function of its floating-point operands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .. import vendor
from ..recording.calls import Call, FunctionCall, Made, SliceCall
from ..recording.undone import Undone
from .unchecked import Unchecked


@dataclass(frozen=True)
class Operand:
    """A tensor that a node may hand a gradient to: its name, and where it stands among what the call was given."""

    name: str
    value: Tensor
    place: int


@dataclass(frozen=True)
class Forward:
    """`run(values)` gives the results, where `values` stand for the floating-point tensors `at`, in their order.

    `operands` has one for each slot of the node, None for a tensor that was not given; `results` what came out.
    """

    run: Callable[[Sequence[Tensor]], list[Tensor]]
    at: tuple[Tensor, ...]
    operands: tuple[Operand | None, ...]
    results: tuple[Tensor, ...]


def forward_of(call: Made | None) -> Forward:
    """Raises Unchecked where no call was recorded, or numbers are complex."""
    if call is None:
        raise Unchecked("没有记录到产生它的调用", "no call was recorded that made it")
    if isinstance(call, FunctionCall):
        found = _of_function(call)
    else:
        found = _of_slice(call) if isinstance(call, SliceCall) else _of_call(call)
    if any(each.is_complex() for each in found.at):
        raise Unchecked("它的数是复数", "its numbers are complex")
    return found


def _of_call(call: Call) -> Forward:
    given = vendor.schema(call.operation).arguments
    items, spec = vendor.leaves((call.args, call.kwargs))
    places = {id(each): place for place, each in enumerate(items) if isinstance(each, Tensor)}
    operands: list[Operand | None] = []
    for argument in given:
        if "Tensor" not in str(argument.type):
            continue
        value = call.arguments[argument.name]
        several = isinstance(value, list | tuple)
        for number, each in enumerate(value if several else [value]):
            if each is None and not several:  # of a list of indices, None is no operand
                operands.append(None)
            elif isinstance(each, Tensor) and (each.is_floating_point() or each.is_complex()):
                name = f"{argument.name}[{number}]" if several else argument.name
                operands.append(Operand(name, each, places[id(each)]))

    def run(filled: list[Any]) -> Any:
        args, kwargs = vendor.rebuilt(filled, spec)
        return call.operation(*args, **kwargs)

    return _forward(items, run, operands, call.results)


def _of_slice(call: SliceCall) -> Forward:
    """The whole tensor is the first operand; the others are those of the call that wrote."""
    inner = _of_call(call.call)
    at = (call.before, *inner.at[1:])

    def run(values: Sequence[Tensor]) -> list[Tensor]:
        def written(filled: list[Any]) -> Tensor:
            whole = filled[0]
            args, kwargs = vendor.rebuilt([call.view(whole), *filled[1:]], spec)
            call.call.operation(*args, **kwargs)
            return whole

        return _run(items, real, values, written)

    items, spec = vendor.leaves((call.call.args, call.call.kwargs))
    items = [call.before, *items[1:]]
    real = [place for place, each in enumerate(items) if isinstance(each, Tensor) and _is_real(each)]
    whole = Operand("self", call.before, 0)
    return Forward(run, at, (whole, *inner.operands[1:]), tuple(call.results))


def _of_function(call: FunctionCall) -> Forward:
    """A slot for each tensor among the arguments, whatever its dtype."""
    tensors = [place for place, each in enumerate(call.args) if isinstance(each, Tensor)]
    operands = [
        Operand(f"operand {slot}", call.args[place], place) if _is_real(call.args[place]) else None
        for slot, place in enumerate(tensors)
    ]

    def run(filled: list[Any]) -> Any:
        for each in filled:  # as they did the first time
            if isinstance(each, Tensor) and _is_real(each):
                each.requires_grad_()
        now = torch.get_rng_state()
        torch.set_rng_state(call.state)
        try:
            return call.function.apply(*filled, **call.kwargs)
        finally:
            torch.set_rng_state(now)

    return _forward(call.args, run, operands, call.results)


def _forward(
    items: list[Any],
    function: Callable[[list[Any]], Any],
    operands: Sequence[Operand | None],
    results: Sequence[Any],
) -> Forward:
    real = [place for place, each in enumerate(items) if isinstance(each, Tensor) and _is_real(each)]

    return Forward(
        lambda values: _run(items, real, values, function),
        tuple(items[place].detach() for place in real),
        tuple(None if each is None else Operand(each.name, each.value, real.index(each.place)) for each in operands),
        tuple(each for each in results if isinstance(each, Tensor)),
    )


def _run(
    items: list[Any], real: list[int], values: Sequence[Tensor], function: Callable[[list[Any]], Any]
) -> list[Tensor]:
    """The function of copies of its arguments, with these values for the real tensors among them."""
    filled = [*items]
    for place, value in zip(real, values, strict=True):
        filled[place] = value
    with torch.no_grad(), Undone():
        out = function([each.clone() if isinstance(each, Tensor) else each for each in filled])
    return [each.detach() for each in vendor.leaves(out)[0] if isinstance(each, Tensor)]


def _is_real(tensor: Tensor) -> bool:
    return tensor.is_floating_point() or tensor.is_complex()
