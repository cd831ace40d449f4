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
        """e^(a − m) / Σ e^(a − m), with m the largest along the axis."""
        away = self.arrays.binary("-", a, self.arrays.reduce("max", a, axis, True))
        powers = self.arrays.unary("exp", away)
        return self.arrays.binary("/", powers, self.arrays.reduce("sum", powers, axis, True))

    def log_softmax(self, a: Any, axis: int) -> Any:
        away = self.arrays.binary("-", a, self.arrays.reduce("max", a, axis, True))
        total = self.arrays.reduce("sum", self.arrays.unary("exp", away), axis, True)
        return self.arrays.binary("-", away, self.arrays.unary("log", total))
