"""Functions of one entry and of numbers, or of a mask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from sympy import Expr, Integer, exp, log

from ..derivation import Plan
from ..index_calculus.expressions import Condition
from ..index_calculus.symbols import mu, n
from ..wording import Words
from .base import BEGIN
from .letters import E, alpha, beta
from .pointwise import Pointwise
from .registry import register


@register
class AddNumber(Pointwise):
    """torch.add of a number: `Z = A + αβ`."""

    called = Words("加上一个数", "adding a number")
    nodes = ("AddBackward0", "AddBackward1")
    numbers: ClassVar[Mapping[str, str]] = {"alpha": "alpha", "beta": "other"}

    def of(self, a: Expr) -> Expr:
        return a + alpha * beta


@register
class SubtractNumber(Pointwise):
    """torch.sub of a number: `Z = A − αβ`."""

    called = Words("减去一个数", "subtracting a number")
    nodes = ("SubBackward0", "SubBackward1")
    numbers: ClassVar[Mapping[str, str]] = {"alpha": "alpha", "beta": "other"}

    def of(self, a: Expr) -> Expr:
        return a - alpha * beta


@register
class SubtractFromNumber(Pointwise):
    """torch.rsub: `Z = β − αA`."""

    called = Words("用一个数去减", "subtracting from a number")
    nodes = ("RsubBackward1",)
    numbers: ClassVar[Mapping[str, str]] = {"alpha": "alpha", "beta": "other"}

    def of(self, a: Expr) -> Expr:
        return beta - alpha * a


@register
class MultiplyByNumber(Pointwise):
    """torch.mul by a number: `Z = αA`."""

    called = Words("乘上一个数", "multiplying by a number")
    nodes = ("MulBackward0", "MulBackward1")
    numbers: ClassVar[Mapping[str, str]] = {"alpha": "other"}

    def of(self, a: Expr) -> Expr:
        return alpha * a


@register
class DivideByNumber(Pointwise):
    """torch.div by a number: `Z = A/α`, for α ≠ 0."""

    called = Words("除以一个数", "dividing by a number")
    nodes = ("DivBackward0", "DivBackward1")
    numbers: ClassVar[Mapping[str, str]] = {"alpha": "other"}

    @property
    def domain(self) -> tuple[Condition, ...]:
        return (Condition(alpha, "≠", Integer(0)),)

    def of(self, a: Expr) -> Expr:
        return a / alpha


@register
class NumberPower(Pointwise):
    """torch.pow of a number to a tensor: `Z = α^A`, written e^(A log α), for α > 0."""

    called = Words("以一个数为底的幂", "a number to a power")
    nodes = ("PowBackward2",)
    numbers: ClassVar[Mapping[str, str]] = {"alpha": "base"}

    @property
    def domain(self) -> tuple[Condition, ...]:
        return (Condition(alpha, ">", Integer(0)),)

    def of(self, a: Expr) -> Expr:
        return exp(a * log(alpha))


@register
class MaskedFill(Pointwise):
    """torch.masked_fill with a number: `Z = (1 − μ)A + μα`, where μ is 1 or 0."""

    called = Words("按掩码填数", "filling where a mask says so")
    nodes = ("MaskedFillBackward0",)
    numbers: ClassVar[Mapping[str, str]] = {"alpha": "value"}
    meanings: ClassVar[Mapping[str, Words]] = {
        **Pointwise.meanings,
        "mu": Words("掩码，要填的地方为 1，否则为 0", "the mask, 1 where it is filled and 0 elsewhere"),
    }

    def of(self, a: Expr) -> Expr:
        return (1 - mu[n]) * a + mu[n] * alpha


@register
class Constant(Pointwise):
    """What is constant but where it jumps, as round, floor, ceil and trunc are: `Z = E`, the values that it has."""

    called = Words("分段常数", "a piecewise constant")
    nodes = ("RoundBackward0", "RoundBackward1", "FloorBackward0", "CeilBackward0", "TruncBackward0")
    corner = Words("跳跃之处 torch 也取斜率 0", "where it jumps, torch takes the slope 0 as well")
    meanings: ClassVar[Mapping[str, Words]] = {**Pointwise.meanings, "E": Words("它的值", "its values")}

    def of(self, a: Expr) -> Expr:
        return E[n]

    def plan(self, wrt: str) -> Plan:
        return ([*BEGIN],)


@register
class Remainder(Pointwise):
    """torch.remainder and fmod by a number, and frac: `Z = A − E`, E the multiple that is taken away."""

    called = Words("余数", "the remainder")
    nodes = ("FracBackward0", "FmodBackward0", "RemainderBackward0")
    corner = Words("跳跃之处 torch 也取斜率 1", "where it jumps, torch takes the slope 1 as well")
    meanings: ClassVar[Mapping[str, Words]] = {
        **Pointwise.meanings,
        "E": Words("减去的倍数，除跳跃之处外都是常数", "the multiple that is taken away, constant but where it jumps"),
    }

    def of(self, a: Expr) -> Expr:
        return a - E[n]


@register
class Dropout(Pointwise):
    """torch.nn.functional.dropout as one node: `Z = αμA`, where μ is 1 or 0 and α is the scale 1/(1 − p)."""

    called = Words("dropout", "dropout")
    nodes = ("NativeDropoutBackward0",)
    numbers: ClassVar[Mapping[str, str]] = {"alpha": "scale"}
    meanings: ClassVar[Mapping[str, Words]] = {
        **Pointwise.meanings,
        "mu": Words("掩码，留下的为 1，丢掉的为 0", "the mask, 1 for what is kept and 0 for what is dropped"),
    }

    def of(self, a: Expr) -> Expr:
        return alpha * mu[n] * a
