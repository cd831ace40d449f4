"""A share against the formula that was derived for it, evaluated on the values torch used, with its rounding error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, reduce
from typing import Any

import torch
from torch import Tensor

from ...closed_form.named_axes.nodes import Program
from ...closed_form.shares import definition_program, shares_program
from ...index_calculus.symbols import size_of
from ...operations.base import Operation
from ...subject import derive
from ..binding import Bound, Unbound, bind
from ..recording.calls import FunctionCall
from ..recording.passes import Gradients
from ..rounding.accumulation import LOW, wider
from ..rounding.known import Known
from ..rounding.named_axes import evaluate
from ..rounding.precision import Precision, Rounded
from ..shapes import Like
from .compared import compared, of_shape
from .exact import exact_share, from_exact
from .forward import forward_of
from .nodes import NodeAccount
from .stacked import stacked
from .unchecked import Unchecked

#: A node's kernel need not evaluate its formula as it stands, nor with a library's functions: torch's gelu in float32
#: has an erf of its own that is off by 1.5 times what the rules allow. Nothing else was seen to need more than 1.
MARGIN = 2
#: Letters of arrays that may be left out of a formula where they are 1.
WEIGHTS = {"w", "q", "mu"}


@dataclass(frozen=True)
class Worth:
    """What a formula comes to: its value, how far any evaluation may be off, and how many entries stand at a corner."""

    value: Like
    bound: Like
    corners: int = 0


def checked(node: NodeAccount, call: Any, arrived: Gradients, handed: Gradients, exact: bool = False) -> NodeAccount:
    """The node, checked against derived formulas. Raises Unchecked where no operation describes its call.

    With `exact`, both sides are compared with the exact values; raises ValueError where there are none.
    """
    if call is None:
        raise Unchecked("没有记录到产生它的调用", "no call was recorded that made it")
    if isinstance(call, FunctionCall):
        raise Unchecked(
            "这是自定义的函数，没有定义", "it is a function of somebody's own, of which there is no definition"
        )
    try:
        parts = bind(call)
    except Unbound:
        raise Unchecked(
            f"没有带这些选项的运算 {call.name} 的定义",
            f"no definition has the operation {call.name} with these options",
        ) from None
    operands = forward_of(call).operands
    found = []
    for slot, got in enumerate(handed):
        if got is None:
            continue
        operand = operands[slot] if slot < len(operands) else None
        mine = [part for part in parts if operand is not None and operand.name in part.slots]
        if operand is None or not mine:
            raise Unchecked(f"定义里没有第 {slot} 个操作数", f"the definition has no operand for slot {slot}")
        letter = mine[0].slots[operand.name]
        if got.shape != operand.value.shape:
            found.append(of_shape(letter, slot, got, tuple(operand.value.shape)))
            continue
        worth = reduce(_plus, [share(part, letter, arrived, got.dtype) for part in mine])
        derivation = derive(mine[0].operation, letter)
        found.append(compared(letter, slot, got, worth.value, worth.bound, worth.corners, derivation))
        if exact:
            apart = [exact_share(part, letter, derive(part.operation, letter), arrived) for part in mine]
            truth = [sum(each) for each in zip(*apart, strict=True)]
            found[-1] = from_exact(found[-1], got, worth.value, worth.bound, truth)
    result = max((defined(part, call.results) for part in parts), default=0.0)
    return replace(
        node,
        status="derived",
        shares=tuple(found),
        operation=parts[0].operation,
        numbers=dict(parts[0].numbers),
        ones=tuple(letter for letter, each in parts[0].given.items() if letter in WEIGHTS and bool((each == 1).all())),
        forward=result,
    )


def share(part: Bound, letter: str, arrived: Gradients, dtype: torch.dtype) -> Worth:
    """What a part of a call hands on to an operand, in the operand's shape."""
    arriving = part.result([None if each is None else each.double() for each in arrived])
    program, dtypes = _share_of(part.operation, letter), [*_dtypes(part, arrived), dtype]
    known, precision = _evaluated(program, part, dtypes, tuple(arriving.shape), arriving)
    worth = _cast(_worth(known[letter], precision), dtype, [each.dtype for each in arrived if each is not None])
    back = part.handed_back
    return replace(worth, value=back(letter, worth.value), bound=back(letter, worth.bound))


def defined(part: Bound, results: Sequence[Any]) -> float:
    """By which part of its bound the recorded result differs from what the definition says."""
    out = part.result([each.double() if isinstance(each, Tensor) else None for each in results])
    floating = [each for each in results if isinstance(each, Tensor) and each.is_floating_point()]
    program, dtypes = _definition_of(part.operation), _dtypes(part, floating)
    known, precision = _evaluated(program, part, dtypes, tuple(out.shape))
    worth = _cast(_worth(known[part.operation.result], precision), floating[0].dtype, _dtypes(part))
    told = worth.value.isfinite() & out.isfinite() & worth.bound.isfinite() & (worth.value != out)
    deviation = (worth.value - out).abs()[told]
    return float((deviation / worth.bound.expand(out.shape)[told]).max()) if deviation.numel() else 0.0


@cache
def _share_of(operation: Operation, letter: str) -> Program:
    return shares_program(operation, (letter,))


@cache
def _definition_of(operation: Operation) -> Program:
    return definition_program(operation)


def _evaluated(
    program: Program,
    part: Bound,
    dtypes: list[torch.dtype],
    shape: tuple[int, ...],
    arriving: Tensor | None = None,
) -> tuple[dict[str, Known], Precision]:
    dtype = max(dtypes, key=lambda each: torch.finfo(each).eps)
    arrays = {letter: laid(tensor.double()) for letter, (tensor, laid) in part.operands.items()}
    if arriving is not None:
        arrays["G"] = arriving
    precision = Precision(dtype, _wide(dtype, arrays.values()))
    numbers = {letter: torch.tensor(value, dtype=torch.float64) for letter, value in part.numbers.items()}
    rounded = {letter: precision.number(value) for letter, value in numbers.items()}
    rounded |= {letter: Rounded(each, shift=True) for letter, each in part.given.items() if _is_mask(each)}
    stacks = {*arrays, *(letter for letter, each in part.given.items() if each.dim() > 2)} if part.batched else set()
    program = stacked(program, stacks) if part.batched else program
    given = {**arrays, **part.given, **numbers}
    return evaluate(program, precision, given, rounded, _sizes(part, shape)), precision


def _is_mask(array: Tensor) -> bool:
    """Ones and zeros, by which a product is exact."""
    return array.is_floating_point() and bool(((array == 0) | (array == 1)).all())


def _sizes(part: Bound, shape: tuple[int, ...]) -> dict[str, int]:
    """The sizes of the axes, by letter, whichever arrays a formula speaks of; `shape` is the result's."""
    entries = [(entry.indices, part.operands[letter][1].sizes) for letter, entry in part.operation.operands.items()]
    entries.append((part.operation.definition.placeholders, shape))
    return {
        str(size_of(index).name): size
        for indices, sizes in entries
        for index, size in zip(indices, sizes[part.batched :], strict=True)
    }


def _wide(dtype: torch.dtype, arrays: Any) -> float | None:
    if dtype not in LOW:
        return None
    largest = max(arrays, key=lambda each: each.numel())
    return wider(dtype, "cpu", largest.numel() // max(largest.shape[-1:] or (1,)), max(largest.shape[-1:] or (1,)))


def _worth(known: Known, precision: Precision) -> Worth:
    """In float64 both sides round."""
    off = precision.off(known.off)
    bound = torch.zeros_like(known.value) if off is None else MARGIN * off
    corners = 0 if known.open is None else int((known.open > 0).sum())
    return Worth(known.value, bound * (2 if precision.dtype == torch.float64 else 1), corners)


def _dtypes(part: Bound, tensors: Sequence[Tensor | None] = ()) -> list[torch.dtype]:
    """Of what is computed with."""
    operands = [tensor.dtype for tensor, _ in part.operands.values() if tensor.is_floating_point()]
    operands += [] if part.computed_in is None else [part.computed_in]
    return [*operands, *(each.dtype for each in tensors if each is not None and each.is_floating_point())]


def _cast(worth: Worth, dtype: torch.dtype, given: Sequence[torch.dtype]) -> Worth:
    """What is stored in a coarser dtype than it was given in is rounded once more."""
    if all(torch.finfo(dtype).eps <= torch.finfo(each).eps for each in given):
        return worth
    last = Precision(dtype)
    return replace(worth, bound=worth.bound + last.u * (worth.value.abs() + worth.bound) + last.tiny)


def _plus(one: Worth, other: Worth) -> Worth:
    """Parts that do not overlap."""
    return Worth(one.value + other.value, one.bound + other.bound, one.corners + other.corners)
