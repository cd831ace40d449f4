"""What an array must hold where torch takes other numbers too, and computes with them what no formula says."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from ...losses.declared import Operand, Values

#: The numbers that an array may hold.
HELD = {Values.SIGNS: (-1, 1), Values.BITS: (0, 1)}


def check_held(operand: Operand | None, operands: Mapping[str, Tensor], otherwise: str) -> None:
    """Raise ValueError where an operand holds other numbers than it is declared to; `otherwise`: what torch does then.

    As a clause without its full stop.
    """
    assert operand is not None
    array, held = operands[operand.name], HELD[operand.values]
    others = array[(array != held[0]) & (array != held[1])]
    if others.numel():
        raise ValueError(
            f"{operand.name} must be {operand.values.value}; given {others[0].item():g}, with which {otherwise}."
        )
