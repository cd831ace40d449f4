"""A call as an operation of formulas, with its arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from ...operations.base import Operation
from .laid import Laid

#: What came out of a call, or what arrives at it: a place for each result, None where there is no gradient.
Results = Sequence[Tensor | None]


@dataclass(frozen=True)
class Bound:
    """One operation that a call is, or a part of it.

    - `operands`: by letter, a tensor as the call was given it, and how its dimensions are axes.
    - `slots`: by torch's name of an operand, as "mat1", its letter.
    - `result` takes what came out, or what arrives, and gives it the axes of the definition.
    - `given`: by letter, arrays that no gradient is handed to: labels from 0, masks, weights.
    - `numbers`: by letter, options that the formula holds.
    - `batched`: arrays have one axis more, the first, that the formula does not speak of.
    - `computed_in`: the dtype whose roundings torch's kernel has, whatever it is given, where it is known to be coarse.
    - `back`: by letter, where a part's share belongs in its operand, where that is not `operands[letter].back`.
    """

    operation: Operation
    operands: Mapping[str, tuple[Tensor, Laid]]
    slots: Mapping[str, str]
    result: Callable[[Results], Tensor]
    given: Mapping[str, Tensor] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    batched: bool = False
    computed_in: torch.dtype | None = None
    back: Mapping[str, Callable[[Tensor], Tensor]] = field(default_factory=dict)

    def handed_back(self, letter: str, array: Tensor) -> Tensor:
        """What an operand's share is in the operand's own shape."""
        if letter in self.back:
            return self.back[letter](array)
        return self.operands[letter][1].back(array)


def first(laid: Laid) -> Callable[[Results], Tensor]:
    """The first result, laid out."""

    def result(results: Results) -> Tensor:
        value = results[0]
        assert value is not None
        return laid(value)

    return result


def numbers_of(operation: Operation, arguments: Mapping[str, Any]) -> dict[str, float]:
    """The numbers that a formula holds, by letter, from the options of a call by torch's names."""
    given = {letter: arguments.get(name) for letter, name in operation.numbers.items()}
    return {letter: float(value) for letter, value in given.items() if value is not None}
