"""Smooth activations: sigmoid, its logarithm, SiLU, Mish, GELU and softplus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from sympy import Expr, Integer, Rational, erf, exp, log, pi, sqrt, tanh

from ..derivation import Plan
from ..index_calculus.expressions import Condition, Definition
from ..index_calculus.functions import step
from ..index_calculus.rules import Rule, common, fold, lemma
from ..index_calculus.symbols import n, sigma
from ..wording import Words
from .letters import A, alpha, beta
from .pointwise import Pointwise
from .registry import register


def sigmoid() -> Definition:
    """σ_n := 1/(1 + e^{−A_n})"""
    return Definition(sigma[n], 1 / (1 + exp(-A[n])))


def in_sigmoids() -> list[Rule]:
    """e^−A and 1 + e^−A, as σ and 1 − σ."""
    own = sigmoid()
    title = Words("1 − σ 也是一个分数", "1 − σ as a fraction")
    return [lemma(exp(-A[n]) * own.right, 1 - own.left, {n}, title).where_possible, fold(own)]


@register
class Sigmoid(Pointwise):
    """torch.sigmoid: `σ = 1/(1 + e^−A)`."""

    called = Words("sigmoid", "the sigmoid")
    nodes = ("SigmoidBackward0",)
    letter = sigma

    def of(self, a: Expr) -> Expr:
        return 1 / (1 + exp(-a))

    def ending(self, wrt: str) -> Plan:
        return (in_sigmoids(),)


@register
class LogSigmoid(Pointwise):
    """torch.nn.functional.logsigmoid: `Z = log σ(A)`."""

    called = Words("log σ", "the logarithm of the sigmoid")
    nodes = ("LogSigmoidBackward0",)

    def of(self, a: Expr) -> Expr:
        return log(1 / (1 + exp(-a)))


@register
class Silu(Pointwise):
    """torch.nn.functional.silu: `Z = A σ(A)`."""

    called = Words("SiLU", "SiLU")
    nodes = ("SiluBackward0",)

    def of(self, a: Expr) -> Expr:
        return a / (1 + exp(-a))

    @property
    def stages(self) -> dict[str, Definition]:
        return {"sigma": sigmoid()}

    def ending(self, wrt: str) -> Plan:
        return ([*in_sigmoids(), common()],)


@register
class Mish(Pointwise):
    """torch.nn.functional.mish: `Z = A tanh(log(1 + e^A))`."""

    called = Words("Mish", "Mish")
    nodes = ("MishBackward0",)

    def of(self, a: Expr) -> Expr:
        return a * tanh(log(1 + exp(a)))


@register
@dataclass(frozen=True, kw_only=True)
class Gelu(Pointwise):
    """torch.nn.functional.gelu: `Z = A (1 + erf(A/√2))/2`; with `approximate="tanh"`, a tanh in the place of erf."""

    called = Words("GELU", "GELU")
    nodes = ("GeluBackward0",)

    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {"approximate": ("none", "tanh")}

    approximate: str = "none"

    def __post_init__(self) -> None:
        self.check()

    def of(self, a: Expr) -> Expr:
        if self.approximate == "tanh":
            return a * (1 + tanh(sqrt(2 / pi) * (a + Rational("0.044715") * a**3))) / 2
        return a * (1 + erf(a / sqrt(2))) / 2


@register
class Softplus(Pointwise):
    """torch.nn.functional.softplus: `Z = log(1 + e^{βA})/β`, and A itself where βA exceeds the threshold α."""

    called = Words("softplus", "softplus")
    nodes = ("SoftplusBackward0",)
    numbers: ClassVar[Mapping[str, str]] = {"beta": "beta", "alpha": "threshold"}
    corner = Words(
        "超过 threshold 之后，torch 改用 A 自己，斜率是 1；恰在 threshold 处还不算",
        "beyond the threshold torch takes A itself, with the slope 1; at the threshold it does not yet",
    )

    @property
    def domain(self) -> tuple[Condition, ...]:
        return (Condition(beta, ">", Integer(0)),)

    def of(self, a: Expr) -> Expr:
        beyond = step(beta * a - alpha)
        return beyond * a + (1 - beyond) * log(1 + exp(beta * a)) / beta
