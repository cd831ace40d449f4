"""The array protocol of programs (`diagnosis.values.arrays`) over tensors of doubles on the CPU."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from ...diagnosis.values.arrays import Shape, ShapeError, axis_of, broadcast, contracted, reshaped, size_of
from ...diagnosis.values.lists import Lists

BINARY: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "+": torch.add,
    "-": torch.sub,
    "*": torch.mul,
    "/": torch.div,
    "^": torch.pow,
    "max": torch.maximum,
    "min": torch.minimum,
    "==": torch.eq,
    "!=": torch.ne,
    "<": torch.lt,
    "<=": torch.le,
    ">": torch.gt,
    ">=": torch.ge,
}
UNARY: dict[str, Callable[[Tensor], Tensor]] = {
    "neg": torch.neg,
    "exp": torch.exp,
    "expm1": torch.expm1,
    "log": torch.log,
    "log1p": torch.log1p,
    "abs": torch.abs,
    "sign": lambda a: torch.where(a.isnan(), a, a.sign()),
    "sqrt": torch.sqrt,
    "square": torch.square,
    "sigmoid": torch.sigmoid,
    "log_sigmoid": torch.nn.functional.logsigmoid,
    "tanh": torch.tanh,
    "erf": torch.erf,
}
REDUCTIONS: dict[str, Callable[[Tensor, int], Tensor]] = {
    "sum": torch.sum,
    "mean": torch.mean,
    "max": torch.amax,
    "min": torch.amin,
    "prod": torch.prod,
    "any": lambda a, axis: (a != 0).any(axis),
    "all": lambda a, axis: (a != 0).all(axis),
}


class Tensors:
    """See `diagnosis.values.arrays.Arrays`. Labels may be tensors of integers; what is computed is in float64."""

    def array(self, value: Any) -> Tensor:
        if isinstance(value, Tensor):
            if value.dtype == torch.float64 and value.is_cpu and not value.requires_grad:
                return value  # most are
            return value.detach().to("cpu", torch.float64)
        if isinstance(value, float | int):
            return self._of(float(value)) if abs(value) < 2**53 else self._listed(value)
        return self._listed(value)

    def _listed(self, value: Any) -> Tensor:
        lists = Lists()
        return self.reshape(self._of(lists.flat(value)), lists.shape(value))

    def _of(self, value: Any) -> Tensor:
        return torch.tensor(value, dtype=torch.float64, device="cpu")

    def full(self, shape: Sequence[int], number: float) -> Tensor:
        return torch.full(tuple(map(size_of, shape)), number, dtype=torch.float64, device="cpu")

    def shape(self, a: Any) -> Shape:
        return tuple(a.shape) if isinstance(a, Tensor) else tuple(self.array(a).shape)

    def flat(self, a: Any) -> list[float]:
        return list(self.array(a).flatten().tolist())

    def binary(self, operation: str, a: Any, b: Any) -> Tensor:
        a, b = self.array(a), self.array(b)
        broadcast(tuple(a.shape), tuple(b.shape))
        return BINARY[operation](a, b).to(torch.float64)

    def where(self, condition: Any, a: Any, b: Any) -> Tensor:
        condition, a, b = self.array(condition), self.array(a), self.array(b)
        broadcast(tuple(condition.shape), broadcast(tuple(a.shape), tuple(b.shape)))
        return torch.where(condition != 0, a, b)

    def unary(self, function: str, a: Any) -> Tensor:
        return UNARY[function](self.array(a))

    def reduce(self, function: str, a: Any, axis: int | None, keep: bool = False) -> Tensor:
        a = self.array(a)
        axis = None if axis is None else axis_of(tuple(a.shape), axis)
        if function in ("max", "min") and not (a.numel() if axis is None else a.shape[axis]):
            raise ShapeError("empty", tuple(a.shape))
        if axis is None:
            found = REDUCTIONS[function](a.flatten(), 0)
            return self.reshape(found, (1,) * a.dim()).double() if keep else found.double()
        found = REDUCTIONS[function](a, axis)
        return (found.unsqueeze(axis) if keep else found).double()

    def matmul(self, a: Any, b: Any) -> Tensor:
        a, b = self.array(a), self.array(b)
        contracted(tuple(a.shape), tuple(b.shape))
        return torch.matmul(a, b)

    def transpose(self, a: Any) -> Tensor:
        a = self.array(a)
        return a.permute(tuple(reversed(range(a.dim()))))

    def reshape(self, a: Any, shape: Sequence[int]) -> Tensor:
        a = self.array(a)
        return a.reshape(reshaped(tuple(a.shape), shape))

    def gather(self, a: Any, places: Any, shape: Sequence[int]) -> Tensor:
        entries, chosen = self.array(a).flatten(), self.array(places).flatten()
        outside = ~((chosen >= 0) & (chosen < entries.numel()))
        if outside.any():
            raise ShapeError("place", chosen[outside][0].item(), entries.numel())
        return self.reshape(entries[chosen.long()], shape)

    def take(self, a: Any, labels: Any) -> Tensor:
        a, labels = self.array(a), self.array(labels)
        if not a.dim():
            raise ShapeError("axis", 0, ())
        if not a.shape[0]:
            return self.full((*labels.shape, *a.shape[1:]), 0.0)
        named = (labels >= 0) & (labels < a.shape[0]) & (labels == labels.floor())
        found = a[torch.where(named, labels, 0.0).long()]
        return torch.where(named.reshape(*named.shape, *[1] * (a.dim() - 1)), found, 0.0)

    def onehot(self, labels: Any, columns: float) -> Tensor:
        classes = torch.arange(size_of(columns), dtype=torch.float64, device="cpu")
        return (self.array(labels)[..., None] == classes).to(torch.float64)
