"""Penalties on the weights: λ/2 Σ W², which is weight decay as a part of the loss; λ₁ Σ |W|; and the elastic net."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from sympy import Abs, Expr, Rational, Symbol

from ..derivation import Derivation, Plan, derive_lines
from ..index_calculus.expressions import Context, Definition, Partial
from ..index_calculus.rules import chain, collapse, define, independent, linear
from ..index_calculus.symbols import L, W, c, d, sum_over
from ..linear import TENSOR_OF, WEIGHT
from ..subject import Subject
from ..wording import Words

STRENGTH, L1_STRENGTH = Symbol("lambda"), Symbol("lambda_1")
SYMBOLS = {
    "lambda": Words("惩罚的强度，即 weight_decay", "the strength of the penalty, weight_decay"),
    "lambda_1": Words("L1 惩罚的强度", "the strength of the L1 penalty"),
}
#: The lines of ∂L/∂W.
PLAN: Plan = [[define("L"), linear], [chain], [independent], [collapse()]]


class Penalty(Subject):
    """A penalty: the sum over all weights of what each of them costs."""

    #: What it is called.
    name: ClassVar[Words]

    @abstractmethod
    def of_weight(self, weight: Expr) -> Expr:
        """What one weight costs."""

    @property
    def wrt(self) -> tuple[str, ...]:
        return (WEIGHT,)

    @property
    def letters(self) -> list[str]:
        """The letters of its strengths."""
        return [name for name in SYMBOLS if Symbol(name) in self.of_weight(W[c, d]).free_symbols]

    @property
    def plan(self) -> Plan:
        return PLAN

    def derivation(self, wrt: str, **options: Any) -> Derivation:
        tensor = TENSOR_OF[wrt]
        return derive_lines(
            title=Words(f"{self.name.zh}的 ∂L/∂W", f"{self.name.en}: ∂L/∂W"),
            left=Partial(L, tensor.entry),
            plan=self.plan,
            context=Context({"L": Definition(L, sum_over(self.of_weight(W[c, d]), c, d))}),
            targets=tensor.free,
            shown=("L",),
            meanings={name: SYMBOLS[name] for name in self.letters},
        )

    def __str__(self) -> str:
        return type(self).__name__


@dataclass(frozen=True, kw_only=True)
class L2Penalty(Penalty):
    """The L2 penalty, `L = λ/2 Σ_c Σ_d W_cd²`: its gradient is what SGD's weight_decay adds."""

    name: ClassVar[Words] = Words("L2 惩罚项", "the L2 penalty")

    def of_weight(self, weight: Expr) -> Expr:
        return STRENGTH * weight**2 * Rational(1, 2)


@dataclass(frozen=True, kw_only=True)
class L1Penalty(Penalty):
    """The L1 penalty, `L = λ₁ Σ_c Σ_d |W_cd|`: it makes weights 0. Its gradient is λ₁ sgn(W); torch takes 0 at 0."""

    name: ClassVar[Words] = Words("L1 惩罚项", "the L1 penalty")

    def of_weight(self, weight: Expr) -> Expr:
        return L1_STRENGTH * Abs(weight)


@dataclass(frozen=True, kw_only=True)
class ElasticNet(Penalty):
    """The elastic net, `L = Σ_c Σ_d (λ/2 W_cd² + λ₁ |W_cd|)`: the L2 and the L1 penalty together."""

    name: ClassVar[Words] = Words("弹性网惩罚项", "the elastic net")

    def of_weight(self, weight: Expr) -> Expr:
        return STRENGTH * weight**2 * Rational(1, 2) + L1_STRENGTH * Abs(weight)


def letters_of_penalties() -> dict[str, list[str]]:
    """Each letter of a penalty, with the names of the penalties that have it."""
    found: dict[str, list[str]] = {}
    for kind in (L2Penalty, L1Penalty, ElasticNet):
        for letter in kind().letters:
            found.setdefault(letter, []).append(kind.__name__)
    return found
