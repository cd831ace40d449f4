"""Functions of one entry that are made of pieces. Where two meet, torch's choice is the last line, with its reason."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from sympy import Abs, Expr, Integer, Symbol, exp, sign

from ..derivation import Plan
from ..index_calculus.expressions import Condition
from ..index_calculus.functions import closed_step, plus, step
from ..index_calculus.rules import Rule, lemma
from ..index_calculus.symbols import i
from ..options import FLAG
from ..wording import Words
from .letters import A, alpha, beta, gamma, lower, upper
from .pointwise import Pointwise
from .registry import register

#: What stands in an entry of a share.
a = A[i]


def counts_at(u: Expr, indices: tuple[Symbol, ...] = (i,)) -> Rule:
    """[u > 0] becomes [u ≥ 0]: what torch chooses where u is 0. `indices` are those that may be any."""
    title = Words(
        "两边只在 u = 0 处不同，而 torch 在那里按 1 算",
        "the two differ where u = 0 alone, and torch takes 1 there",
    )
    return lemma(step(u), closed_step(u), set(indices), title)


def half_at(u: Expr, indices: tuple[Symbol, ...]) -> Rule:
    """[u > 0] becomes ½ ([u > 0] + [u ≥ 0]): where u is 0, torch takes a half."""
    title = Words(
        "两边只在 u = 0 处不同，而 torch 在那里按 ½ 算",
        "the two differ where u = 0 alone, and torch takes ½ there",
    )
    return lemma(step(u), (step(u) + closed_step(u)) / 2, set(indices), title)


class Cornered(Pointwise):
    """A function that is made of pieces."""

    #: Where u = 0 belongs to the piece above it: these arguments of [u > 0].
    counted: ClassVar[tuple[Expr, ...]] = ()

    @abstractmethod
    def of(self, a: Expr) -> Expr: ...

    def ending(self, wrt: str) -> Plan:
        return ([counts_at(u) for u in self.counted],) if self.counted else ()


@register
class Relu(Cornered):
    """torch.relu: `Z = max(A, 0)`."""

    called = Words("ReLU", "ReLU")
    nodes = ("ReluBackward0",)
    corner = Words("在 A = 0 处 torch 取斜率 0", "at A = 0 torch takes the slope 0")

    def of(self, a: Expr) -> Expr:
        return plus(a)


@register
class LeakyRelu(Cornered):
    """torch.nn.functional.leaky_relu: `Z = max(A, 0) − α max(−A, 0)`."""

    called = Words("leaky ReLU", "leaky ReLU")
    nodes = ("LeakyReluBackward0",)
    numbers: ClassVar[Mapping[str, str]] = {"alpha": "negative_slope"}
    corner = Words("在 A = 0 处 torch 取负侧的斜率 α", "at A = 0 torch takes the slope of the negative side, α")
    counted = (-a,)

    def of(self, a: Expr) -> Expr:
        return plus(a) - alpha * plus(-a)


@register
class Elu(Cornered):
    """torch.nn.functional.elu, and selu and celu: `Z = β (max(A, 0) + α (e^{−γ max(−A, 0)} − 1))`."""

    called = Words("ELU", "ELU")
    nodes = ("EluBackward0",)
    numbers: ClassVar[Mapping[str, str]] = {"alpha": "alpha", "beta": "scale", "gamma": "input_scale"}
    corner = Words("在 A = 0 处 torch 取负侧的斜率 αβγ", "at A = 0 torch takes the slope of the negative side, αβγ")
    counted = (-a,)

    def of(self, a: Expr) -> Expr:
        return beta * (plus(a) + alpha * (exp(-gamma * plus(-a)) - 1))


@register
class Absolute(Cornered):
    """torch.abs: `Z = |A|`."""

    called = Words("绝对值", "the absolute value")
    nodes = ("AbsBackward0",)
    corner = Words("在 A = 0 处 torch 取斜率 0", "at A = 0 torch takes the slope 0")

    def of(self, a: Expr) -> Expr:
        return Abs(a)


@register
class Sign(Cornered):
    """torch.sign: `Z = sgn A`, constant on either side of 0."""

    called = Words("符号函数", "the sign")
    nodes = ("SignBackward0", "SgnBackward0")
    corner = Words("在 A = 0 处有跳跃，torch 处处取斜率 0", "it jumps at A = 0; torch takes the slope 0 everywhere")

    def of(self, a: Expr) -> Expr:
        return sign(a)


class Bounded(Cornered):
    """Something between two bounds, λ < η."""

    @property
    def domain(self) -> tuple[Condition, ...]:
        return (Condition(upper - lower, ">", Integer(0)),)


@register
@dataclass(frozen=True, kw_only=True)
class Clamp(Bounded):
    """torch.clamp to numbers: `Z = λ + max(A − λ, 0) − max(A − η, 0)` for bounds λ < η; `min` or `max` alone, too."""

    called = Words("clamp", "clamp")
    nodes = ("ClampBackward1", "ClampMinBackward0", "ClampMaxBackward0")
    numbers: ClassVar[Mapping[str, str]] = {"lambda": "min", "eta": "max"}
    corner = Words("恰好等于界限时，torch 取斜率 1", "at a bound itself torch takes the slope 1")

    min: bool = True
    max: bool = True

    def __post_init__(self) -> None:
        self.read(min=FLAG, max=FLAG)
        if not (self.min or self.max):
            raise ValueError("Clamp(min=False, max=False): it clamps nothing. Leave one of them True.")

    @property
    def domain(self) -> tuple[Condition, ...]:
        return super().domain if self.min and self.max else ()

    def of(self, a: Expr) -> Expr:
        if not self.min:
            return upper - plus(upper - a)
        return lower + plus(a - lower) - (plus(a - upper) if self.max else 0)

    def ending(self, wrt: str) -> Plan:
        if not self.min:
            return ([counts_at(upper - a)],)
        return ([counts_at(a - lower)],)


@register
class Hardtanh(Bounded):
    """torch.nn.functional.hardtanh, and relu6: `Z = λ + max(A − λ, 0) − max(A − η, 0)` for bounds λ < η."""

    called = Words("hardtanh", "hardtanh")
    nodes = ("HardtanhBackward0",)
    numbers: ClassVar[Mapping[str, str]] = {"lambda": "min_val", "eta": "max_val"}
    corner = Words("恰好等于界限时，torch 取斜率 0", "at a bound itself torch takes the slope 0")
    counted = (a - upper,)

    def of(self, a: Expr) -> Expr:
        return lower + plus(a - lower) - plus(a - upper)


@register
class Hardsigmoid(Cornered):
    """torch.nn.functional.hardsigmoid: `Z = max(A + 3, 0)/6 − max(A − 3, 0)/6`."""

    called = Words("hardsigmoid", "hardsigmoid")
    nodes = ("HardsigmoidBackward0",)
    corner = Words("在 A = ±3 处 torch 取斜率 0", "at A = ±3 torch takes the slope 0")
    counted = (a - 3,)

    def of(self, a: Expr) -> Expr:
        return (plus(a + 3) - plus(a - 3)) / 6


@register
class Hardswish(Cornered):
    """torch.nn.functional.hardswish: `Z = A (max(A + 3, 0) − max(A − 3, 0))/6`."""

    called = Words("hardswish", "hardswish")
    nodes = ("HardswishBackward0",)
    corner = Words(
        "在 A = −3 处 torch 取斜率 0，在 A = 3 处取 1", "at A = −3 torch takes the slope 0, and at A = 3 it takes 1"
    )
    counted = (a - 3,)

    def of(self, a: Expr) -> Expr:
        return a * (plus(a + 3) - plus(a - 3)) / 6


@register
class Softshrink(Cornered):
    """torch.nn.functional.softshrink: `Z = max(A − λ, 0) − max(−A − λ, 0)`."""

    called = Words("softshrink", "softshrink")
    nodes = ("SoftshrinkBackward0",)
    numbers: ClassVar[Mapping[str, str]] = {"lambda": "lambd"}
    corner = Words("在 A = ±λ 处 torch 取斜率 0", "at A = ±λ torch takes the slope 0")

    @property
    def domain(self) -> tuple[Condition, ...]:
        return (Condition(lower, ">", Integer(0)),)

    def of(self, a: Expr) -> Expr:
        return plus(a - lower) - plus(-a - lower)


@register
class Hardshrink(Cornered):
    """torch.nn.functional.hardshrink: `Z = A ([A > λ] + [−A > λ])`."""

    called = Words("hardshrink", "hardshrink")
    nodes = ("HardshrinkBackward0",)
    numbers: ClassVar[Mapping[str, str]] = {"lambda": "lambd"}
    corner = Words("在 A = ±λ 处 torch 取斜率 0", "at A = ±λ torch takes the slope 0")

    @property
    def domain(self) -> tuple[Condition, ...]:
        return (Condition(lower, ">", Integer(0)),)

    def of(self, a: Expr) -> Expr:
        return a * (step(a - lower) + step(-a - lower))


@register
class Threshold(Cornered):
    """torch.nn.functional.threshold: `Z = A` where A > λ, else the number η."""

    called = Words("threshold", "threshold")
    nodes = ("ThresholdBackward0",)
    numbers: ClassVar[Mapping[str, str]] = {"lambda": "threshold", "eta": "value"}
    corner = Words("在 A = λ 处 torch 取斜率 0", "at A = λ torch takes the slope 0")

    def of(self, a: Expr) -> Expr:
        return (a - upper) * step(a - lower) + upper
