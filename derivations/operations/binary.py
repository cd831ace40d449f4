"""Functions of two entries, Z_ndc = f(A_nd, B_nc): n are the axes that both have, d and c those that are broadcast."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from sympy import Expr, Indexed, Integer, exp, log, sqrt

from ..derivation import Plan
from ..index_calculus.expressions import Condition, Definition
from ..index_calculus.functions import plus
from ..index_calculus.rules import common, join, lemma
from ..index_calculus.symbols import Z, c, d, i, m, mu, n
from ..wording import Words
from .base import Operation
from .cornered import counts_at
from .letters import A, B, alpha
from .registry import register


class Binary(Operation):
    """Z_ndc = f(A_nd, B_nc): a share adds up over what its operand does not have."""

    meanings: ClassVar[Mapping[str, Words]] = {
        "A": Words("第一个操作数", "the first operand"),
        "B": Words("第二个操作数", "the second operand"),
    }

    @abstractmethod
    def of(self, a: Expr, b: Expr) -> Expr:
        """f(a, b)."""

    @property
    def definition(self) -> Definition:
        return Definition(Z[n, d, c], self.of(A[n, d], B[n, c]))

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"A": A[n, d], "B": B[n, c]}


@register
class Add(Binary):
    """torch.add: `Z = A + αB`."""

    called = Words("加法", "addition")
    nodes = ("AddBackward0",)
    numbers: ClassVar[Mapping[str, str]] = {"alpha": "alpha"}

    def of(self, a: Expr, b: Expr) -> Expr:
        return a + alpha * b


@register
class Subtract(Binary):
    """torch.sub: `Z = A − αB`."""

    called = Words("减法", "subtraction")
    nodes = ("SubBackward0",)
    numbers: ClassVar[Mapping[str, str]] = {"alpha": "alpha"}

    def of(self, a: Expr, b: Expr) -> Expr:
        return a - alpha * b


@register
class Multiply(Binary):
    """torch.mul: `Z = A·B`."""

    called = Words("逐元素乘法", "multiplication entry by entry")
    nodes = ("MulBackward0",)

    def of(self, a: Expr, b: Expr) -> Expr:
        return a * b


@register
class Divide(Binary):
    """torch.div: `Z = A/B`, for B ≠ 0."""

    called = Words("逐元素除法", "division entry by entry")
    nodes = ("DivBackward0",)

    @property
    def domain(self) -> tuple[Condition, ...]:
        return (Condition(B[n, c], "≠", Integer(0)),)

    def of(self, a: Expr, b: Expr) -> Expr:
        return a / b


@register
class TensorPower(Binary):
    """torch.pow of one tensor to another: `Z = A^B`, written e^(B log A), for A > 0."""

    called = Words("以张量为指数的幂", "a power with a tensor as its exponent")
    nodes = ("PowBackward1",)

    @property
    def domain(self) -> tuple[Condition, ...]:
        return (Condition(A[n, d], ">", Integer(0)),)

    def of(self, a: Expr, b: Expr) -> Expr:
        return exp(b * log(a))


@register
class LogAddExp(Binary):
    """torch.logaddexp: `Z = log(e^A + e^B)`, written B + log(1 + e^{A − B}), which overflows nowhere."""

    called = Words("log(e^A + e^B)", "log(e^A + e^B)")
    nodes = ("LogaddexpBackward0",)

    def of(self, a: Expr, b: Expr) -> Expr:
        return b + log(1 + exp(a - b))

    def ending(self, wrt: str) -> Plan:
        return ([join, common()],) if wrt == "B" else ()


@register
class Hypot(Binary):
    """torch.hypot: `Z = √(A² + B²)`, where that is not 0."""

    called = Words("hypot", "hypot")
    nodes = ("HypotBackward0",)

    @property
    def domain(self) -> tuple[Condition, ...]:
        return (Condition(Z[n, d, c], ">", Integer(0)),)

    def of(self, a: Expr, b: Expr) -> Expr:
        return sqrt(a**2 + b**2)

    def ending(self, wrt: str) -> Plan:
        own = self.definition
        title = Words("hypot 的定义取倒数", "the definition of hypot, inverted")
        return ([lemma(1 / own.right, 1 / own.left, {n, d, c}, title)],)


@register
class XLogY(Binary):
    """torch.xlogy: `Z = A log B`, for B > 0."""

    called = Words("A log B", "A log B")
    nodes = ("XlogyBackward0",)

    @property
    def domain(self) -> tuple[Condition, ...]:
        return (Condition(B[n, c], ">", Integer(0)),)

    def of(self, a: Expr, b: Expr) -> Expr:
        return a * log(b)


@register
class Where(Binary):
    """torch.where, and masked_fill with a tensor: `Z = μA + (1 − μ)B`, where μ is 1 or 0."""

    called = Words("where", "where")
    nodes = ("WhereBackward0", "MaskedFillBackward1")
    meanings: ClassVar[Mapping[str, Words]] = {
        **Binary.meanings,
        "mu": Words("条件，成立处为 1，否则为 0", "the condition, 1 where it holds and 0 elsewhere"),
    }

    def of(self, a: Expr, b: Expr) -> Expr:
        return mu[n, d, c] * a + (1 - mu[n, d, c]) * b


@register
class Prelu(Binary):
    """torch.prelu: `Z = max(A, 0) − B max(−A, 0)`, B the slopes of the negative side, which need not have all axes."""

    called = Words("PReLU", "PReLU")
    nodes = ("PreluKernelBackward0",)
    corner = Words("在 A = 0 处 torch 取负侧的斜率 B", "at A = 0 torch takes the slope of the negative side, B")
    meanings: ClassVar[Mapping[str, Words]] = {
        "A": Binary.meanings["A"],
        "B": Words("负侧的斜率", "the slopes of the negative side"),
    }

    def of(self, a: Expr, b: Expr) -> Expr:
        return plus(a) - b * plus(-a)

    def ending(self, wrt: str) -> Plan:
        return ([counts_at(-A[i, m], (i, m))],) if wrt == "A" else ()


@register
class Lerp(Binary):
    """torch.lerp with a number for a weight: `Z = A + α(B − A)`."""

    called = Words("线性插值", "linear interpolation")
    nodes = ("LerpBackward0",)
    numbers: ClassVar[Mapping[str, str]] = {"alpha": "weight"}

    def of(self, a: Expr, b: Expr) -> Expr:
        return a + alpha * (b - a)
