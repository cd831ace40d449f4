"""The array protocol: what a program is evaluated with."""

from __future__ import annotations

from typing import Any, Protocol


class Arrays(Protocol):
    """Arrays of real numbers in double precision, and what a program does with them; numbers have the shape ().

    `Lists` is it in pure Python, with a budget; `torch_bridge.tensors.Tensors` is it with tensors. Entrywise operations
    broadcast as numpy's do. What does not fit raises ShapeError; division by 0 gives ±inf or nan, log of 0 −inf, and an
    exp that overflows inf, as in IEEE arithmetic, and nothing raises.
    """

    def array(self, value: Any) -> Any:
        """Of nested lists, of a number, or of an array of whatever kind it is made for."""

    def shape(self, a: Any) -> tuple[int, ...]: ...

    def binary(self, operation: str, a: Any, b: Any) -> Any:
        """+ - * / ^ min max, and == != < <= > >= as 1 and 0."""

    def unary(self, function: str, a: Any) -> Any:
        """One of trees.FUNCTIONS."""

    def reduce(self, function: str, a: Any, axis: int | None, keep: bool = False) -> Any:
        """sum, mean, max, min, prod, any, all."""

    def matmul(self, a: Any, b: Any) -> Any: ...

    def transpose(self, a: Any) -> Any: ...

    def reshape(self, a: Any, shape: tuple[int, ...]) -> Any: ...

    def take(self, a: Any, labels: Any) -> Any:
        """a[labels] along the first axis; 0 for a label that is out of range."""

    def onehot(self, labels: Any, columns: int) -> Any: ...

    def flat(self, a: Any) -> list[float]:
        """Every entry, in rows."""
