"""Do the arrays that a criterion is called with fit its outputs? Sentences where they do not."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Size, Tensor

from ....losses.base import TARGETS
from ....losses.declared import Operand, Per, Values
from ...setup.models import DTYPES
from ...setup.setup import Setup
from ..laid import of_rows
from .labels import check_form, check_sets

WHOLE = (torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)


def in_dtype(setup: Setup, operands: Mapping[str, Tensor], dtype: torch.dtype) -> dict[str, Tensor]:
    """The operands, with whole numbers in the dtype of the outputs where torch takes them so, and with masks."""
    bits = {operand.name for operand in setup.loss.operands if operand.values is Values.BITS}
    taken = {TARGETS: _whole(setup), **dict.fromkeys(bits, WHOLE)}
    return {name: each.to(dtype) if each.dtype in taken.get(name, ()) else each for name, each in operands.items()}


def _whole(setup: Setup) -> tuple[torch.dtype, ...]:
    """The dtypes of whole numbers that torch takes for targets."""
    if not setup.of.whole_targets:
        return ()
    return WHOLE if setup.of.true_and_false else WHOLE[1:]


def check_operands(
    setup: Setup, dtype: torch.dtype, shape: Size, operands: Mapping[str, Tensor]
) -> tuple[dict[str, Size], Size]:
    """The shape with which each operand broadcasts with outputs of that shape, and the shape that all have in common.

    Raises ValueError for operands that do not fit.
    """
    loss, views = setup.loss, dict[str, Size]()
    for operand in loss.operands:
        array = operands[operand.name]
        views[operand.name] = setup.of.view(operand, array.shape, shape)
        if operand.values == Values.LABELS:
            check_form(setup, shape, operand.name, array)
            continue
        if operand.values == Values.CLASS_SETS:
            check_sets(setup, shape, operand.name, array)
            continue
        _check_dtype(setup, dtype, shape, operand, array)
        if operand.per == Per.ROW:
            wanted = of_rows(shape, loss.classes_second)
            if array.shape != wanted:
                raise ValueError(
                    f"{operand.name} must have the shape {tuple(wanted)}, a number for each row; {_given(array)}."
                )
        elif operand.letter not in loss.broadcast and views[operand.name] != shape:
            _refuse_shape(setup, operand, shape, array)
    setup.of.check_data(loss, shape, dtype, operands)
    common = shape
    for operand in loss.operands:
        if operand.per == Per.ENTRY:
            common = _common(operand, common, views[operand.name], operands[operand.name], shape)
    return views, common


def _check_dtype(setup: Setup, dtype: torch.dtype, shape: Size, operand: Operand, array: Tensor) -> None:
    name, given = operand.name, _given(array)
    if setup.of.one_dtype and array.dtype in DTYPES and array.dtype != dtype:
        raise ValueError(f"{name} must be {dtype}, as the outputs are; given {array.dtype}.")
    if array.dtype not in DTYPES or (setup.fused is not None and array.dtype != dtype):
        raise ValueError(f"{name} must be {dtype}, of the outputs' shape {tuple(shape)}; {given}. Use .to({dtype}).")


def _refuse_shape(setup: Setup, operand: Operand, shape: Size, array: Tensor) -> None:
    """Raise ValueError for an array that torch would not take, or broadcast after it has divided by weights."""
    if operand.name == TARGETS and setup.of.broadcasts_targets:
        _common(operand, shape, array.shape, array, shape)
        raise ValueError(
            f"with a weight, {operand.name} must have the outputs' shape {tuple(shape)}; {_given(array)}. torch would "
            "divide by the weights before they are broadcast."
        )
    raise ValueError(f"{operand.name} must have the outputs' shape {tuple(shape)}; {_given(array)}.")


def _common(operand: Operand, one: Size, other: Size, array: Tensor, shape: Size) -> Size:
    try:
        return torch.broadcast_shapes(one, other)
    except RuntimeError:
        raise ValueError(
            f"{operand.name} do not broadcast to the outputs' shape {tuple(shape)}; {_given(array)}."
        ) from None


def _given(array: Tensor) -> str:
    return f"given {array.dtype}, {tuple(array.shape)}"
