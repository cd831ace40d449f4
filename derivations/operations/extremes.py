"""The larger and the smaller of two, with what torch does where both are equal."""

from __future__ import annotations

from sympy import Expr, Max, Min

from ..derivation import Plan
from ..index_calculus.symbols import c, d, i, j, m
from ..wording import Words
from .binary import Binary
from .cornered import counts_at, half_at
from .letters import A, B
from .registry import register


class Extreme(Binary):
    """The larger or the smaller of two; where they are equal, torch gives half to each."""

    corner = Words("两者相等时，torch 各给一半", "where both are equal, torch gives half to each")

    def ending(self, wrt: str) -> Plan:
        # δ has put the target's indices in the place of those of its operand
        u = A[i, m] - B[i, c] if wrt == "A" else A[i, d] - B[i, j]
        sides = (u, -u)
        return ([half_at(each, (i, m, c, d, j)).where_possible for each in sides],)


@register
class Maximum(Extreme):
    """torch.maximum: `Z = max(A, B)`."""

    called = Words("两者中较大的", "the larger of two")
    nodes = ("MaximumBackward0",)

    def of(self, a: Expr, b: Expr) -> Expr:
        return Max(a, b)


@register
class Minimum(Extreme):
    """torch.minimum: `Z = min(A, B)`."""

    called = Words("两者中较小的", "the smaller of two")
    nodes = ("MinimumBackward0",)

    def of(self, a: Expr, b: Expr) -> Expr:
        return Min(a, b)


class FirstExtreme(Extreme):
    """The same; where they are equal, torch gives all to the first."""

    corner = Words("两者相等时，torch 全部给第一个", "where both are equal, torch gives all to the first")

    def ending(self, wrt: str) -> Plan:
        u = A[i, m] - B[i, c]
        return ([counts_at(each, (i, m, c)).where_possible for each in (u, -u)],) if wrt == "A" else ()


@register
class MaximumOrFirst(FirstExtreme):
    """torch.fmax, and clamp_min to a tensor: `Z = max(A, B)`."""

    called = Words("不小于另一个张量", "what is no less than another tensor")
    nodes = ("FmaxBackward0", "ClampMinBackward1")

    def of(self, a: Expr, b: Expr) -> Expr:
        return Max(a, b)


@register
class MinimumOrFirst(FirstExtreme):
    """torch.fmin, and clamp_max to a tensor: `Z = min(A, B)`."""

    called = Words("不大于另一个张量", "what is no more than another tensor")
    nodes = ("FminBackward0", "ClampMaxBackward1")

    def of(self, a: Expr, b: Expr) -> Expr:
        return Min(a, b)
