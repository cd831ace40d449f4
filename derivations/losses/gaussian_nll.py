"""The likelihood of normally distributed targets, torch.nn.GaussianNLLLoss: regression that predicts its own variance.

torch keeps the variance from being too small without telling autograd: the gradient in `var` is that in the variance
as it is used, also where that is `eps` and another `var` would give the same loss. So is ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sympy import Expr, IndexedBase, Integer, Max, Rational, Symbol, log, pi

from ..derivation import Derivation, Plan
from ..index_calculus.expressions import Condition, Context, Definition
from ..index_calculus.rules import chain, collapse, common, define, independent, linear, product, pull
from ..index_calculus.symbols import Tensor
from ..options import AMOUNT, FLAG
from ..wording import Words
from .base import TARGETS
from .declared import Operand, Option, Values
from .entries import ElementwiseLoss
from .registry import register

#: The variance as it is given, and as it is used; the least that it may be.
nu, nu_bar, eta = IndexedBase("nu"), IndexedBase("nu_bar"), Symbol("eta")
VARIANCE, VAR = Words("var，每个元素的方差", "var, a variance for each entry"), "var"
CLAMPED = Words("用到的方差：不小于 eps", "the variance that is used: eps, or more")
EPS = Words("eps，方差的下限", "eps, the least variance")


@register
@dataclass(frozen=True, kw_only=True)
class GaussianNLL(ElementwiseLoss):
    """The negative log-likelihood of normal targets, torch.nn.GaussianNLLLoss: the outputs are their means.

    `L = 1/(NC) Σ ½ (log ν̄_nc + (Z_nc − Y_nc)²/ν̄_nc)`, where ν̄ = max(ν, η) is the variance `var`, but `eps` at least.
    `full` adds the constant ½ log 2π. The gradient in "var" is ∂L/∂ν̄, as torch has it.
    """

    torch_name: ClassVar[str] = "GaussianNLLLoss"
    called: ClassVar[Words] = Words("高斯负对数似然", "Gaussian negative log-likelihood")
    family: ClassVar[str] = "likelihoods"
    about: ClassVar[Words] = Words(
        "回归：连方差也一起预测，给出不确定度", "regression with a variance of its own for each prediction: uncertainty"
    )
    declared: ClassVar[tuple[Option, ...]] = (
        Option("full", FLAG, words=Words("加上常数项 ½ log 2π", "with the constant ½ log 2π"), default=False),
        Option("eps", AMOUNT, "eta", EPS, default=1e-6, always=True),
    )
    broadcast: ClassVar[tuple[str, ...]] = ("Y", "nu")

    full: bool = False
    eps: bool | float = True

    @property
    def operands(self) -> tuple[Operand, ...]:
        return (Operand(TARGETS, self.target_name), Operand(VAR, "nu", Values.POSITIVE, words=VARIANCE))

    def of_entry(self, z: Expr, y: Expr, at: tuple[Symbol, ...]) -> Expr:
        twice = log(nu_bar[at]) + (z - y) ** 2 / nu_bar[at]
        return (twice + log(2 * pi) if self.full else twice) * Rational(1, 2)

    @property
    def definitions(self) -> dict[str, Definition]:
        used = Definition(nu_bar[self.entry], Max(nu[self.entry], eta))
        return {**super().definitions, "nu_bar": used}

    @property
    def context(self) -> Context:
        return super().context.under(Condition(nu_bar[self.entry], ">", Integer(0)))

    def tensor(self, wrt: str) -> Tensor:
        own = super().tensor(wrt)
        return Tensor("nu_bar", own.free) if wrt == VAR else own

    @property
    def plan(self) -> Plan:
        return [[define("L"), linear], [chain, linear], [independent], [collapse(), pull.where_possible]]

    @property
    def plan_for_targets(self) -> Plan:
        return self.plan

    def plan_for(self, operand: str) -> Plan:
        if operand != VAR:
            return super().plan_for(operand)
        return [
            [define("L"), linear],
            [chain, linear.where_possible, product.where_possible, chain.where_possible],
            [independent, common().where_possible],
            [collapse(), pull.where_possible],
        ]

    def plan_for_hessian(self, first: Derivation) -> Plan:
        return [[first.as_lemma], [linear], [independent]]

    @property
    def meanings(self) -> dict[str, Words]:
        return {"nu": VARIANCE, "nu_bar": CLAMPED, "eta": EPS}
