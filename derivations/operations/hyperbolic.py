"""Hyperbolic functions and what undoes them, written with exp and log."""

from __future__ import annotations

from sympy import Expr, Integer, exp, log, sqrt

from ..derivation import Plan
from ..index_calculus.expressions import Condition
from ..index_calculus.rules import Rule, lemma, together
from ..index_calculus.symbols import n
from ..wording import Words
from .letters import A
from .pointwise import Pointwise
from .registry import register


@register
class Sinh(Pointwise):
    """torch.sinh: `Z = (e^A − e^−A)/2`."""

    called = Words("sinh", "sinh")
    nodes = ("SinhBackward0",)

    def of(self, a: Expr) -> Expr:
        return (exp(a) - exp(-a)) / 2


@register
class Cosh(Pointwise):
    """torch.cosh: `Z = (e^A + e^−A)/2`."""

    called = Words("cosh", "cosh")
    nodes = ("CoshBackward0",)

    def of(self, a: Expr) -> Expr:
        return (exp(a) + exp(-a)) / 2


def with_root(root: Expr) -> Rule:
    """The slope of log(A + √…) is 1/√…, where √… has the slope A/√…."""
    title = Words("分子分母约去 A + √…", "A + √… above and below cancel")
    return lemma((1 + A[n] / root) / (A[n] + root), 1 / root, {n}, title)


@register
class Asinh(Pointwise):
    """torch.asinh: `Z = log(A + √(A² + 1))`."""

    called = Words("asinh", "asinh")
    nodes = ("AsinhBackward0",)

    def of(self, a: Expr) -> Expr:
        return log(a + sqrt(a**2 + 1))

    def ending(self, wrt: str) -> Plan:
        return ([with_root(sqrt(A[n] ** 2 + 1))],)


@register
class Acosh(Pointwise):
    """torch.acosh: `Z = log(A + √(A² − 1))`, for A > 1."""

    called = Words("acosh", "acosh")
    nodes = ("AcoshBackward0",)

    @property
    def domain(self) -> tuple[Condition, ...]:
        return (Condition(A[n], ">", Integer(1)),)

    def of(self, a: Expr) -> Expr:
        return log(a + sqrt(a**2 - 1))

    def ending(self, wrt: str) -> Plan:
        return ([with_root(sqrt(A[n] ** 2 - 1))],)


@register
class Atanh(Pointwise):
    """torch.atanh: `Z = (log(1 + A) − log(1 − A))/2`, for −1 < A < 1."""

    called = Words("atanh", "atanh")
    nodes = ("AtanhBackward0",)

    @property
    def domain(self) -> tuple[Condition, ...]:
        return (Condition(A[n], ">", Integer(-1)), Condition(A[n], "<", Integer(1)))

    def of(self, a: Expr) -> Expr:
        return (log(1 + a) - log(1 - a)) / 2

    def ending(self, wrt: str) -> Plan:
        return ([together],)


@register
class Logit(Pointwise):
    """torch.logit: `Z = log A − log(1 − A)`, for 0 < A < 1."""

    called = Words("logit", "the logit")
    nodes = ("LogitBackward0",)

    @property
    def domain(self) -> tuple[Condition, ...]:
        return (Condition(A[n], ">", Integer(0)), Condition(A[n], "<", Integer(1)))

    def of(self, a: Expr) -> Expr:
        return log(a) - log(1 - a)
