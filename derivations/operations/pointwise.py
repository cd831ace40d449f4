"""Functions of one entry, Z_n = f(A_n): what is smooth where it is defined."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from sympy import Expr, Indexed, IndexedBase, Integer, Rational, erf, exp, log, sqrt, tanh

from ..derivation import Plan
from ..index_calculus.expressions import Condition, Definition
from ..index_calculus.rules import lemma
from ..index_calculus.symbols import Z, n
from ..options import shown
from ..wording import Words
from .base import Operation
from .letters import A
from .registry import register


class Pointwise(Operation):
    """Z_n = f(A_n): n are all axes."""

    meanings: ClassVar[Mapping[str, Words]] = {"A": Words("操作数", "the operand")}
    #: What the result is called.
    letter: ClassVar[IndexedBase] = Z

    @abstractmethod
    def of(self, a: Expr) -> Expr:
        """f(a)."""

    @property
    def definition(self) -> Definition:
        return Definition(self.letter[n], self.of(A[n]))

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"A": A[n]}


class OfPositive(Pointwise):
    """A function that has a derivative where A > 0."""

    @property
    def domain(self) -> tuple[Condition, ...]:
        return (Condition(A[n], ">", Integer(0)),)


@register
class Copy(Pointwise):
    """What moves, renames or casts numbers and changes none, as clone, view and `to` do: `Z = A`."""

    called = Words("复制", "a copy")
    nodes = (
        "CloneBackward0",
        "AliasBackward0",
        "ToCopyBackward0",
        "ViewBackward0",
        "UnsafeViewBackward0",
        "ReshapeAliasBackward0",
        "SqueezeBackward0",
        "SqueezeBackward1",
        "SqueezeBackward2",
        "UnsqueezeBackward0",
    )

    def of(self, a: Expr) -> Expr:
        return a


@register
class Negative(Pointwise):
    """torch.neg: `Z = −A`."""

    called = Words("取负", "negation")
    nodes = ("NegBackward0",)

    def of(self, a: Expr) -> Expr:
        return -a


@register
class Exp(Pointwise):
    """torch.exp: `Z = e^A`."""

    called = Words("exp", "exp")
    nodes = ("ExpBackward0",)

    def of(self, a: Expr) -> Expr:
        return exp(a)


@register
class Exp2(Pointwise):
    """torch.exp2: `Z = 2^A`, written e^(A log 2)."""

    called = Words("exp2", "exp2")
    nodes = ("Exp2Backward0",)

    def of(self, a: Expr) -> Expr:
        return exp(a * log(2))


@register
class Expm1(Pointwise):
    """torch.expm1: `Z = e^A − 1`."""

    called = Words("expm1", "expm1")
    nodes = ("Expm1Backward0",)

    def of(self, a: Expr) -> Expr:
        return exp(a) - 1

    def ending(self, wrt: str) -> Plan:
        """In terms of the result, which is what torch keeps."""
        title = Words("expm1 的定义移项", "the definition of expm1, with the 1 moved over")
        return ([lemma(exp(A[n]), Z[n] + 1, {n}, title)],)


@register
class Log(OfPositive):
    """torch.log: `Z = log A`, for A > 0."""

    called = Words("log", "log")
    nodes = ("LogBackward0",)

    def of(self, a: Expr) -> Expr:
        return log(a)


@register
class Log2(OfPositive):
    """torch.log2: `Z = log A / log 2`, for A > 0."""

    called = Words("log2", "log2")
    nodes = ("Log2Backward0",)

    def of(self, a: Expr) -> Expr:
        return log(a) / log(2)


@register
class Log10(OfPositive):
    """torch.log10: `Z = log A / log 10`, for A > 0."""

    called = Words("log10", "log10")
    nodes = ("Log10Backward0",)

    def of(self, a: Expr) -> Expr:
        return log(a) / log(10)


@register
class Log1p(Pointwise):
    """torch.log1p: `Z = log(1 + A)`, for A > −1."""

    called = Words("log1p", "log1p")
    nodes = ("Log1PBackward0",)

    @property
    def domain(self) -> tuple[Condition, ...]:
        return (Condition(A[n], ">", Integer(-1)),)

    def of(self, a: Expr) -> Expr:
        return log(1 + a)


@register
class Sqrt(OfPositive):
    """torch.sqrt: `Z = √A`, for A > 0; at 0 torch hands on an infinity."""

    called = Words("平方根", "the square root")
    nodes = ("SqrtBackward0",)
    corner = Words("在 A = 0 处斜率无穷大，torch 给出 inf", "at A = 0 the slope is infinite, and torch hands on inf")

    def of(self, a: Expr) -> Expr:
        return sqrt(a)


@register
class Rsqrt(OfPositive):
    """torch.rsqrt: `Z = 1/√A`, for A > 0."""

    called = Words("平方根的倒数", "the inverse square root")
    nodes = ("RsqrtBackward0",)

    def of(self, a: Expr) -> Expr:
        return 1 / sqrt(a)

    def ending(self, wrt: str) -> Plan:
        """In terms of the result, which is what torch keeps."""
        return ([lemma(A[n] ** Rational(-3, 2), Z[n] ** 3, {n}, Words("定义取立方", "the definition, cubed"))],)


@register
class Reciprocal(Pointwise):
    """torch.reciprocal: `Z = 1/A`, for A ≠ 0."""

    called = Words("倒数", "the reciprocal")
    nodes = ("ReciprocalBackward0",)

    @property
    def domain(self) -> tuple[Condition, ...]:
        return (Condition(A[n], "≠", Integer(0)),)

    def of(self, a: Expr) -> Expr:
        return 1 / a


@register
@dataclass(frozen=True, kw_only=True)
class Power(Pointwise):
    """torch.pow with one number for an exponent: `Z = A^p`, for `exponent` p, a rational number other than 0.

    A float counts as the decimal that it is written as. Where p is no whole number, A > 0; where it is negative, A ≠ 0.
    Raises ValueError for another exponent.
    """

    called = Words("幂", "a power")
    nodes = ("PowBackward0",)
    corner = Words(
        "指数小于 1 时，在 A = 0 处斜率无穷大，torch 给出 inf",
        "with an exponent below 1 the slope is infinite at A = 0, and torch hands on inf",
    )

    any_number = ("exponent",)

    exponent: Any = 2

    def __post_init__(self) -> None:
        try:
            read = Fraction(str(self.exponent))
        except ValueError:
            read = Fraction(0)
        if isinstance(self.exponent, bool) or not read:
            raise ValueError(
                f"Power(exponent={shown(self.exponent)}): the exponent must be a rational number other than 0, such as "
                "3, 0.5 or Fraction(1, 3)."
            )
        object.__setattr__(self, "exponent", read)

    @property
    def domain(self) -> tuple[Condition, ...]:
        if self.exponent.denominator > 1:
            return (Condition(A[n], ">", Integer(0)),)
        return (Condition(A[n], "≠", Integer(0)),) if self.exponent < 0 else ()

    def of(self, a: Expr) -> Expr:
        return a ** Rational(self.exponent.numerator, self.exponent.denominator)


@register
class Tanh(Pointwise):
    """torch.tanh."""

    called = Words("tanh", "tanh")
    nodes = ("TanhBackward0",)

    def of(self, a: Expr) -> Expr:
        return tanh(a)


@register
class Erf(Pointwise):
    """torch.erf."""

    called = Words("erf", "erf")
    nodes = ("ErfBackward0",)

    def of(self, a: Expr) -> Expr:
        return erf(a)


@register
class Erfc(Pointwise):
    """torch.erfc: `Z = 1 − erf A`."""

    called = Words("erfc", "erfc")
    nodes = ("ErfcBackward0",)

    def of(self, a: Expr) -> Expr:
        return 1 - erf(a)
