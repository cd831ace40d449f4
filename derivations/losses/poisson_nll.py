"""The likelihood of counts, torch.nn.PoissonNLLLoss: Poisson regression."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from sympy import Expr, Integer, Max, Symbol, exp, log, pi

from ..derivation import Derivation, Plan
from ..index_calculus.expressions import Condition, Context
from ..index_calculus.functions import step
from ..index_calculus.rules import chain, collapse, common, define, expand, independent, linear, product
from ..index_calculus.symbols import Z
from ..linear import BIAS, INPUTS, WEIGHT
from ..linear import gradient as linear_gradient
from ..options import AMOUNT, FLAG
from ..wording import Words
from .base import TARGETS
from .declared import Operand, Option, Values
from .entries import ElementwiseLoss
from .piecewise import idempotent
from .registry import register

eta = Symbol("eta")
OF_MODEL = (WEIGHT, BIAS, INPUTS)
EPS = Words("eps，加在对数里的小常数", "eps, a small number that is added inside the logarithm")


@register
@dataclass(frozen=True, kw_only=True)
class PoissonNLL(ElementwiseLoss):
    """The negative log-likelihood of counts, torch.nn.PoissonNLLLoss: `L = 1/(NC) Σ (e^{Z_nc} − Y_nc Z_nc)`.

    With `log_input=False` the outputs are the rates themselves: `Z_nc − Y_nc log(Z_nc + η)`, where η is `eps`. `full`
    adds Stirling's `Y log Y + ½ log Y − Y + ½ log 2π` for log Y! where Y > 1: a constant for Z, but not for Y. There,
    torch's gradient in Y is not a number where Y = 0; the formula's is.
    """

    torch_name: ClassVar[str] = "PoissonNLLLoss"
    called: ClassVar[Words] = Words("泊松损失", "Poisson loss")
    family: ClassVar[str] = "likelihoods"
    about: ClassVar[Words] = Words("计数数据的回归：泊松回归", "regression of counts: Poisson regression")
    declared: ClassVar[tuple[Option, ...]] = (
        Option(
            "log_input", FLAG, words=Words("输出是泊松均值的对数", "the outputs are logarithms of rates"), default=True
        ),
        Option(
            "full", FLAG, words=Words("加上斯特林近似的那几项", "with the terms of Stirling's formula"), default=False
        ),
        Option("eps", AMOUNT, "eta", EPS, default=1e-8, always=True),
    )
    broadcast: ClassVar[tuple[str, ...]] = ("Y",)

    log_input: bool = True
    full: bool = False
    eps: bool | float = True

    def uses(self, option: Option) -> bool:
        return super().uses(option) and not (option.name == "eps" and self.log_input)

    @property
    def operands(self) -> tuple[Operand, ...]:
        return (Operand(TARGETS, self.target_name, Values.COUNTS),)

    @property
    def of_outputs(self) -> Values:
        """Rates are positive: where they are not, the loss is not a number."""
        return Values.REAL if self.log_input else Values.POSITIVE

    def of_entry(self, z: Expr, y: Expr, at: tuple[Symbol, ...]) -> Expr:
        likelihood = exp(z) - y * z if self.log_input else z - y * log(z + eta)
        return likelihood + stirling(y) if self.full else likelihood

    @property
    def plan(self) -> Plan:
        return [
            [define("L"), linear],
            [chain, linear.where_possible],
            [independent, common()],
            [collapse()],
        ]

    @property
    def plan_for_targets(self) -> Plan:
        lines: Plan = [[define("L"), linear], [independent], [collapse()]]
        if not self.full:
            return lines
        return [
            [define("L"), linear],
            [product, linear, product, chain, linear.where_possible],
            [chain.where_possible, linear.where_possible, independent],
            [expand(), idempotent],
            [collapse()],
        ]

    @property
    def context(self) -> Context:
        """Where the outputs are rates, the domain is Z + η > 0."""
        context = super().context
        return context if self.log_input else context.under(Condition(Z[self.entry] + eta, ">", Integer(0)))

    def derivation(self, wrt: str, bias: bool = True, **options: Any) -> Derivation:
        """Through the model, L goes without Stirling's terms: no function of Z, but with corners to be seen."""
        if self.full and wrt in OF_MODEL and (bias or wrt != BIAS):
            plain = replace(self, full=False)
            title = self.title(wrt)
            return linear_gradient(wrt, self.of_logits(), plain.context, title, bias, self.layout, self.meanings)
        return super().derivation(wrt, bias, **options)


def stirling(y: Expr) -> Expr:
    """Y log Y + ½ log Y − Y + ½ log 2π where Y > 1, else 0; no logarithm is taken of what is less than 1."""
    large = Max(y, 1)
    return step(y - 1) * (large * log(large) + log(large) / 2 - large + log(2 * pi) / 2)
