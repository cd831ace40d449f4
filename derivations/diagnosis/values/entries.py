"""Arrays of any kind with operators, so that a rule reads as it is written on paper."""

from __future__ import annotations

import math
from typing import Any

from .arrays import Arrays, Shape


class Entries:
    """`of` is an array of `arrays`; every operation broadcasts and makes a new one."""

    __slots__ = ("arrays", "of")

    def __init__(self, arrays: Arrays, of: Any):
        self.arrays, self.of = arrays, of

    def _with(self, operation: str, a: Any, b: Any) -> Entries:
        left, right = (each.of if isinstance(each, Entries) else each for each in (a, b))
        return Entries(self.arrays, self.arrays.binary(operation, left, right))

    def __add__(self, other: Entries | float) -> Entries:
        return self._with("+", self, other)

    def __radd__(self, other: float) -> Entries:
        return self._with("+", other, self)

    def __sub__(self, other: Entries | float) -> Entries:
        return self._with("-", self, other)

    def __rsub__(self, other: float) -> Entries:
        return self._with("-", other, self)

    def __mul__(self, other: Entries | float) -> Entries:
        return self._with("*", self, other)

    def __rmul__(self, other: float) -> Entries:
        return self._with("*", other, self)

    def __truediv__(self, other: Entries | float) -> Entries:
        return self._with("/", self, other)

    def __rtruediv__(self, other: float) -> Entries:
        return self._with("/", other, self)

    def __pow__(self, other: Entries | float) -> Entries:
        return self._with("^", self, other)

    def __le__(self, other: Entries | float) -> Entries:
        return self._with("<=", self, other)

    def __neg__(self) -> Entries:
        return self("neg")

    def __abs__(self) -> Entries:
        return self("abs")

    def __matmul__(self, other: Entries) -> Entries:
        return Entries(self.arrays, self.arrays.matmul(self.of, other.of))

    def __call__(self, function: str) -> Entries:
        """A function of each entry."""
        return Entries(self.arrays, self.arrays.unary(function, self.of))

    def with_(self, operation: str, other: Entries | float) -> Entries:
        """Any operation of the protocol, by its sign."""
        return self._with(operation, self, other)

    def at_least(self, other: Entries | float) -> Entries:
        return self._with("max", self, other)

    def at_most(self, other: Entries | float) -> Entries:
        return self._with("min", self, other)

    def reduced(self, function: str, axis: int | None, keep: bool = True) -> Entries:
        return Entries(self.arrays, self.arrays.reduce(function, self.of, axis, keep))

    @property
    def shape(self) -> Shape:
        return self.arrays.shape(self.of)

    @property
    def count(self) -> int:
        return math.prod(self.shape)

    def largest(self) -> float:
        """Of all entries; 0 if there are none."""
        return self.arrays.flat(self.reduced("max", None, False).of)[0] if self.count else 0.0
