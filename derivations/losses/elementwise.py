"""A loss of one's own, from its formula for one entry: its derivation, code, bound and certificate follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from sympy import DiracDelta, Expr, Integer, Symbol
from sympy import expand as sp_expand

from ..derivation import Derivation, Plan
from ..index_calculus.expressions import Condition, Context, Partial
from ..index_calculus.rules import Rule, chain, collapse, common, define, independent, linear, product, pull
from ..index_calculus.symbols import Y, Z
from ..options import FLAG, NUMBER, POSITIVE
from ..wording import Words
from .base import TARGETS
from .declared import Operand, Option, Values
from .entries import ElementwiseLoss
from .own_formula import OUTPUT, TARGET, check_name, expression_of, letter_of, parameters_of, positive_of, values_of
from .piecewise import STRAIGHT


@dataclass(frozen=True, repr=False)
class Elementwise(ElementwiseLoss):
    """A loss of one's own: the mean, or the sum, over all entries of `formula(z, y)`, in SymPy's functions.

    - `name`: what it is called.
    - `formula`: a function of an output z and its target y. Further parameters are numbers that the loss is used with:
      `lambda z, y, beta=0.5: sympy.sqrt((z - y)**2 + beta**2)`. Their names are its letters, but for those that torch
      has a number of that name for: delta is printed Δ. It is called once, with symbols. It may hold what the table of
      functions holds (exp, log, tanh, erf, |·|, sign, max and min, the step), powers with a constant exponent, and
      hyperbolic functions, which are written with exp. A float counts as the decimal that it is written as. An
      expression of the symbols z and y will do, its other letters being `parameters`.
    - `values`: by name, what the parameters are where numbers are computed; a default in the formula says the same.
      `derive` needs none, and derives for any. `explain`, `assert_gradient` and `certified_loss` take the loss in the
      place of a criterion of torch, with these values. What autograd differentiates there is the formula itself, as
      torch code, on outputs and targets of any shape that broadcast. What overflows in it is nan there, which no
      certificate calls right: write log(1 + exp(u)), which has a form that does not.
    - `positive`: those of z, y and the parameters that the formula needs to be positive, such as what it takes the
      logarithm of. Numbers are drawn so, and values of parameters that are not are refused.
    - `lines`: the plan of ∂L/∂Z, the rules of each line, from index_calculus.rules; without it all chain rules in turn.
    - `reduction` and `extra_dimensions` are those of every loss.

    Three examples, after `import sympy`:

    - `Elementwise("log-cosh", lambda z, y: sympy.log(sympy.cosh(z - y)))`
    - `Elementwise("Charbonnier", lambda z, y, beta=0.5: sympy.sqrt((z - y)**2 + beta**2), positive=("beta",))`
    - `Elementwise("pinball", lambda z, y, theta=0.9: sympy.Max(theta*(y - z), (theta - 1)*(y - z)))`

    Equal arguments make equal losses, up to `values`, which no formula depends on. A loss can be pickled: what is kept
    is the expression, not the function. Raises TypeError for what is no function of z and y or cannot be called with
    symbols; ValueError for a name that is taken, a result that depends on no z or on unknown symbols, functions that
    have no derivative here, and values that are none.
    """

    family: ClassVar[str] = "written"
    broadcast: ClassVar[tuple[str, ...]] = ("Y",)

    name: str
    formula: Callable[..., Any] | Expr
    parameters: tuple[str, ...] = field(default=(), kw_only=True)
    values: Mapping[str, float] = field(default_factory=dict, kw_only=True, compare=False)
    positive: tuple[str, ...] = field(default=(), kw_only=True)
    lines: tuple[tuple[Rule, ...], ...] | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        check_name(self.name)
        formula = self.formula
        of_names = isinstance(formula, Expr)
        defaults = dict.fromkeys(self.parameters) if of_names else parameters_of(self.name, formula)
        parameters = {each: letter_of(self.name, each) for each in defaults}
        if taken := [each for each in parameters if each in self.__dataclass_fields__ or hasattr(type(self), each)]:
            raise ValueError(
                f"Elementwise({self.name!r}, …): a loss has a {taken[0]} already. Call the parameter otherwise."
            )
        positive = positive_of(self.name, self.positive, (*parameters,))
        declared = tuple(
            Option(name, POSITIVE if name in positive else NUMBER, letter, Words(name, name), always=True)
            for name, letter in parameters.items()
        )
        read = {
            "parameters": (*parameters,),
            "formula": expression_of(self.name, formula, parameters),
            "values": values_of(self.name, {**defaults, **self.values}, declared),
            "positive": positive,
            "lines": None if self.lines is None else tuple(map(tuple, self.lines)),
            # what other criteria say of their class
            "torch_name": self.name,
            "about": Words(self.name, self.name),
            "declared": declared,
            **dict.fromkeys(parameters, True),
        }
        for name, value in read.items():
            object.__setattr__(self, name, value)
        self.choose("reduction", self.reduction, self.reductions)
        self.read(extra_dimensions=FLAG)

    def __reduce__(self) -> tuple[Any, ...]:
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        return _made, (type(self), {**given, "values": dict(self.values)})

    @property
    def of_outputs(self) -> Values:
        return Values.POSITIVE if "z" in self.positive else Values.REAL

    @property
    def operands(self) -> tuple[Operand, ...]:
        return (Operand(TARGETS, self.target_name, Values.POSITIVE if "y" in self.positive else Values.REAL),)

    @property
    def expression(self) -> Expr:
        """The formula, in the symbols z and y and the parameters."""
        assert isinstance(self.formula, Expr)
        return self.formula

    def of_entry(self, z: Expr, y: Expr, at: tuple[Symbol, ...]) -> Expr:
        return self.expression.xreplace({OUTPUT: z, TARGET: y})

    @property
    def in_use(self) -> tuple[Option, ...]:
        return self.declared

    @property
    def context(self) -> Context:
        symbols = {"z": Z[self.entry], "y": Y[self.entry]}
        symbols |= {each.name: Symbol(each.letter) for each in self.declared}
        positive = (symbols[each] for each in self.positive)
        return super().context.under(*(Condition(each, ">", Integer(0)) for each in positive))

    @property
    def plan(self) -> Plan:
        return self.plan_for_targets if self.lines is None else self.lines

    @property
    def plan_for_targets(self) -> Plan:
        return [
            [define("L"), linear],
            [*_ROUND],
            [*_ROUND],
            [*_ROUND * _depth(self.expression)],
            [independent, common().where_possible],
            [pull.where_possible, collapse()],
        ]

    @property
    def without_hessian(self) -> str:
        return STRAIGHT if _is_straight(self.expression) else ""

    def plan_for_hessian(self, first: Derivation) -> Plan:
        return [
            [first.as_lemma],
            [linear],
            [*_ROUND * _depth(first.result)],
            [independent.where_possible, common().where_possible],
        ]

    def derivation(self, wrt: str, bias: bool = True, **options: Any) -> Derivation:
        derived = super().derivation(wrt, bias, **options)
        if derived.result.has(Partial):
            raise ValueError(
                f"{self}: a ∂ is left in the last line of its plan, {derived.result}. Add the rules that remove it, or "
                "leave `plan` out."
            )
        return derived

    @property
    def options(self) -> tuple[str, ...]:
        changed = [] if self.reduction == "mean" else [f"reduction={self.reduction}"]
        return (*changed, *(["extra_dimensions"] if self.extra_dimensions else []))

    __str__ = ElementwiseLoss.__str__
    __repr__ = ElementwiseLoss.__str__


def _made(kind: type[Elementwise], given: dict[str, Any]) -> Elementwise:
    return kind(**given)


#: One step inwards.
_ROUND = (chain.where_possible, product.where_possible, linear.where_possible)


def _depth(expr: Expr) -> int:
    """How many functions stand inside one another, at most."""
    return 1 + max(map(_depth, expr.args), default=0)


def _is_straight(expression: Expr) -> bool:
    """Is its second derivative 0 wherever there is one?"""
    real = {each: Symbol(each.name, real=True) for each in expression.free_symbols}
    second = expression.xreplace(real).diff(real[OUTPUT], 2)
    return bool(sp_expand(second.replace(DiracDelta, lambda *of: Integer(0))) == 0)
