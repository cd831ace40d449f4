"""Values alone, without what they may be off."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .arrays import Arrays


class Plain:
    """What an evaluator asks for; `roundoff.Tracked` keeps errors beside."""

    def __init__(self, arrays: Arrays):
        self.arrays = arrays
        self.given = self.number = arrays.array
        self.binary, self.unary, self.reduce, self.matmul = arrays.binary, arrays.unary, arrays.reduce, arrays.matmul

    def moved(self, a: Any, how: Callable[[Any], Any]) -> Any:
        return how(a)

    def named(self, a: Any) -> Any:
        return a

    exact = value = named

    def whole(self, a: Any) -> tuple[Any, None]:
        return a, None

    def entries(self, a: Any) -> int:
        return math.prod(self.arrays.shape(a))

    def softmax(self, a: Any, axis: int) -> Any:
        return softmax(self.arrays, "softmax", a, axis)

    def log_softmax(self, a: Any, axis: int) -> Any:
        return softmax(self.arrays, "log_softmax", a, axis)

    def logsumexp(self, a: Any, axis: int) -> Any:
        return self.arrays.reduce("sum", softmax(self.arrays, "logsumexp", a, axis), axis)  # of one each


def softmax(arrays: Arrays, word: str, a: Any, axis: int | None) -> Any:
    """softmax, log_softmax or logsumexp, along one axis or over everything; the largest is taken off first."""
    biggest = arrays.reduce("max", a, axis, True)
    shifted = arrays.binary("-", a, biggest)
    powers = arrays.unary("exp", shifted)
    total = arrays.reduce("sum", powers, axis, True)
    if word == "softmax":
        return arrays.binary("/", powers, total)
    if word == "logsumexp":
        return arrays.binary("+", arrays.unary("log", total), biggest)
    return arrays.binary("-", shifted, arrays.unary("log", total))
