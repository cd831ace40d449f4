"""An arithmetic: a dtype, a way to add, and whether products are rounded before they are added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

#: Twice as many digits, in which the product of two numbers is exact; float64 has none here.
WIDER = {torch.bfloat16: torch.float32, torch.float16: torch.float32, torch.float32: torch.float64}


class Overflowed(ArithmeticError):
    """A sum is no finite number: no rounding, and none of the bound's business."""


@dataclass(frozen=True)
class Machine:
    """`products` are "rounded", "fused" (added before they are rounded) or "wide" (sums in twice the digits)."""

    dtype: torch.dtype
    order: Callable[[Tensor], Tensor]
    products: str = "rounded"

    def __str__(self) -> str:
        return f"{self.order.__name__}, {self.products}"

    def number(self, value: float) -> Tensor:
        return torch.tensor(value, dtype=self.dtype)

    def sum(self, terms: Tensor) -> Tensor:
        """Over the first axis."""
        if self.products == "wide" and self.dtype in WIDER:
            return self.finite(self.order(terms.to(WIDER[self.dtype])).to(self.dtype))
        return self.finite(self.order(terms))

    def matmul(self, left: Tensor, right: Tensor, start: Tensor | None = None) -> Tensor:
        """(m, K) times (K, n), added to `start` as to a first term."""
        left, right = left.T[:, :, None], right[:, None, :]
        if self.products == "rounded" or self.dtype not in WIDER:
            return self.sum(_after(start, left * right))
        wider = WIDER[self.dtype]
        products = _after(start, left.to(wider) * right.to(wider))
        if self.products == "wide":
            return self.finite(self.order(products).to(self.dtype))
        total = products.new_zeros(products.shape[1:], dtype=self.dtype)
        for product in products.unbind():
            total = (total.to(wider) + product).to(self.dtype)
        return self.finite(total)

    def finite(self, total: Tensor) -> Tensor:
        """`total`; raises Overflowed where it is no finite number."""
        if not bool(total.isfinite().all()):
            raise Overflowed
        return total


def _after(start: Tensor | None, products: Tensor) -> Tensor:
    return products if start is None else torch.cat((start.to(products).expand(1, *products.shape[1:]), products))
