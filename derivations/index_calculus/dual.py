"""Dual numbers: a value with its exact derivatives along tags ε_t, where ε_t² = 0 and each ∂ brings a fresh tag."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Tags = frozenset[int]
NO_TAGS: Tags = frozenset()


class Dual:
    """Σ over sets of tags of a coefficient times the product of their ε. Coefficients are Fractions or mpf."""

    __slots__ = ("parts",)

    def __init__(self, parts: dict[Tags, Any]):
        self.parts = parts

    @classmethod
    def constant(cls, value: Any) -> Dual:
        return cls({NO_TAGS: value})

    @classmethod
    def epsilon(cls, tag: int, one: Any) -> Dual:
        return cls({frozenset([tag]): one})

    @property
    def value(self) -> Any:
        return self.parts.get(NO_TAGS, 0)

    def along(self, tag: int) -> Dual:
        """The derivative along one tag."""
        return Dual({tags - {tag}: part for tags, part in self.parts.items() if tag in tags})

    def __add__(self, other: Dual) -> Dual:
        parts = dict(self.parts)
        for tags, part in other.parts.items():
            parts[tags] = parts.get(tags, 0) + part
        return Dual(parts)

    def __mul__(self, other: Dual) -> Dual:
        parts: dict[Tags, Any] = {}
        for own, left in self.parts.items():
            for others, right in other.parts.items():
                if not own & others:
                    parts[own | others] = parts.get(own | others, 0) + left * right
        return Dual(parts)

    def apply(self, taylor: Callable[[int], Any]) -> Dual:
        """f of this number; `taylor(k)` is the k-th Taylor coefficient of f at the value. Ends as ε_t² = 0."""
        step = Dual({tags: part for tags, part in self.parts.items() if tags and part != 0})
        result, power, order = Dual.constant(taylor(0)), step, 1
        while power.parts:
            result += power * Dual.constant(taylor(order))
            power, order = power * step, order + 1
        return result
