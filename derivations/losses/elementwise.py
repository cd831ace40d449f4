"""A loss of one's own, from its formula for one entry: its derivation, code, bound and certificate follow."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from sympy import DiracDelta, Expr, Float, Integer, Pow, Rational, Symbol, exp, sympify
from sympy import Function as SympyFunction
from sympy import expand as sp_expand
from sympy.functions.elementary.hyperbolic import HyperbolicFunction

from ..derivation import Derivation, Plan
from ..index_calculus.expressions import Condition, Context, Partial
from ..index_calculus.functions import CORNERED, SMOOTH, TABLE
from ..index_calculus.rules import Rule, chain, collapse, common, define, independent, linear, product, pull
from ..index_calculus.symbols import INDEX_LETTERS, SIZES, Y, Z
from ..options import FLAG, NUMBER, shown
from ..wording import Words
from .base import ElementwiseLoss
from .declared import Option
from .piecewise import STRAIGHT
from .registry import COMMON, OTHERS, letters, registered, spelled

#: What a formula is of.
OUTPUT, TARGET = Symbol("z"), Symbol("y")
#: What no parameter may be called: a size, an index, an array of every formula.
TAKEN = {str(each) for each in SIZES} | {each for each in "".join(INDEX_LETTERS.values())} | COMMON | set(OTHERS)
EXAMPLE = 'derivations.Elementwise("squares", lambda z, y: (z - y)**2)'


@dataclass(frozen=True, repr=False)
class Elementwise(ElementwiseLoss):
    """A loss of one's own: the mean, or the sum, over all entries of `formula(z, y)`, in SymPy's functions.

    - `name`: what it is called.
    - `formula`: a function of an output z and its target y. Further parameters are numbers that the loss is used with,
      and their names are its letters: `lambda z, y, beta: sympy.sqrt((z - y)**2 + beta**2)`. It is called once, with
      symbols. It may hold what the table of functions holds (exp, log, tanh, erf, |·|, sign, max and min, the step),
      powers with a constant exponent, and hyperbolic functions, which are written with exp. A float counts as the
      decimal that it is written as. An expression of the symbols z and y will do, with its other letters as `parameters`.
    - `positive`: those of z, y and the parameters that the formula needs to be positive, such as what it takes the
      logarithm of.
    - `lines`: the plan of ∂L/∂Z, the rules of each line, from index_calculus.rules; without it all chain rules in turn.
    - `reduction` and `extra_dimensions` are those of every loss.

    Three examples, after `import sympy`:

    - `Elementwise("log-cosh", lambda z, y: sympy.log(sympy.cosh(z - y)))`
    - `Elementwise("Charbonnier", lambda z, y, beta: sympy.sqrt((z - y)**2 + beta**2), positive=("beta",))`
    - `Elementwise("pinball", lambda z, y, theta: sympy.Max(theta*(y - z), (theta - 1)*(y - z)))`

    Equal arguments make equal losses, and a loss can be pickled: what is kept is the expression, not the function.
    Raises TypeError for what is no function of z and y or cannot be called with symbols; ValueError for a name that is
    taken, a result that depends on no z or on unknown symbols, and functions that have no derivative here.
    """

    family: ClassVar[str] = "written"
    broadcast: ClassVar[tuple[str, ...]] = ("Y",)

    name: str
    formula: Callable[..., Any] | Expr
    parameters: tuple[str, ...] = field(default=(), kw_only=True)
    positive: tuple[str, ...] = field(default=(), kw_only=True)
    lines: tuple[tuple[Rule, ...], ...] | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        _check_name(self.name)
        parameters, formula = self.parameters, self.formula
        if not isinstance(formula, Expr):
            parameters = _parameters(self.name, formula)
        _check_letters(self.name, parameters)
        read = {
            "parameters": parameters,
            "formula": _expression(self.name, formula, parameters),
            "positive": _positive(self.name, self.positive, parameters),
            "lines": None if self.lines is None else tuple(map(tuple, self.lines)),
            # what other criteria say of their class
            "torch_name": self.name,
            "about": Words(self.name, self.name),
            "declared": tuple(Option(each, NUMBER, each, Words(each, each), always=True) for each in parameters),
        }
        for name, value in read.items():
            object.__setattr__(self, name, value)
        self.choose("reduction", self.reduction, self.reductions)
        self.read(extra_dimensions=FLAG)

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (type(self), {each.name: getattr(self, each.name) for each in fields(self)})

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
        entries = {"z": Z[self.entry], "y": Y[self.entry]}
        positive = (entries.get(each, Symbol(each)) for each in self.positive)
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


def _check_name(name: Any) -> None:
    if not isinstance(name, str) or not name.strip():
        raise TypeError(f"Elementwise({shown(name)}, …): the first argument is the loss's name, a text. {_example()}")
    for kind in registered():
        if name in (kind.torch_name, kind.__name__, spelled(kind)):
            raise ValueError(f"Elementwise({name!r}, …): {kind.torch_name} is called so. Choose another name.")


def _parameters(name: str, formula: Any) -> tuple[str, ...]:
    """What a formula takes beside z and y."""
    if not callable(formula):
        raise TypeError(f"Elementwise({name!r}, {shown(formula)}): the formula is a function of z and y. {_example()}")
    taken = list(inspect.signature(formula).parameters.values())
    if len(taken) < 2 or any(each.kind is not inspect.Parameter.POSITIONAL_OR_KEYWORD for each in taken):
        raise TypeError(
            f"Elementwise({name!r}, …): the formula takes {inspect.signature(formula)}. It must take z, y, and then the "
            f"numbers that it uses, each by a name. {_example()}"
        )
    return tuple(each.name for each in taken[2:])


def _check_letters(name: str, parameters: tuple[str, ...]) -> None:
    for each in parameters:
        if each in TAKEN | {"z"}:
            raise ValueError(f"Elementwise({name!r}, …): the letter {each} is taken. Call the parameter otherwise.")
        if letters().get(each, each) != each:
            raise ValueError(f"Elementwise({name!r}, …): the letter {each} stands for {letters()[each]} already.")


def _expression(name: str, formula: Callable[..., Any] | Expr, parameters: tuple[str, ...]) -> Expr:
    """What the formula makes of symbols."""
    try:
        given = formula if isinstance(formula, Expr) else formula(OUTPUT, TARGET, *map(Symbol, parameters))
        result = sympify(given, strict=True)
    except Exception as refused:
        raise TypeError(
            f"Elementwise({name!r}, …): the formula makes no SymPy expression of symbols: {refused}. Use SymPy's "
            "functions, such as sympy.exp and sympy.Max, not those of math, numpy or torch, and no `if`."
        ) from refused
    if not isinstance(result, Expr):
        raise TypeError(f"Elementwise({name!r}, …): the formula gives {shown(result)}, which is no SymPy expression.")
    expression = result.replace(lambda each: isinstance(each, HyperbolicFunction) and each.func not in SMOOTH, _as_exp)
    expression = expression.xreplace({each: Rational(str(each)) for each in expression.atoms(Float)})
    _check_expression(name, expression, {OUTPUT, TARGET, *map(Symbol, parameters)})
    return expression


def _as_exp(hyperbolic: Expr) -> Expr:
    return hyperbolic.rewrite(exp)


def _check_expression(name: str, expression: Expr, known: set[Symbol]) -> None:
    unknown = sorted(str(each) for each in expression.free_symbols - known)
    if unknown:
        raise ValueError(
            f"Elementwise({name!r}, …): the formula holds {', '.join(unknown)}, which it does not take. A number that "
            "it uses is a parameter: lambda z, y, beta: …."
        )
    if OUTPUT not in expression.free_symbols:
        raise ValueError(f"Elementwise({name!r}, …): {expression} does not depend on z, so its gradient is 0.")
    for each in expression.atoms(SympyFunction):
        if each.func not in (*SMOOTH, *CORNERED):
            raise ValueError(
                f"Elementwise({name!r}, …): {each.func.__name__} has no derivative here. Known are {', '.join(TABLE)}, "
                "max and min, and powers with a constant rational exponent."
            )
    for power in expression.atoms(Pow):
        if not power.exp.is_Rational:
            raise ValueError(
                f"Elementwise({name!r}, …): {power} has an exponent that is no rational number. Write u^a as "
                "exp(a*log(u)), for positive u."
            )
    if expression.is_extended_real is False or not all(each.is_real for each in expression.atoms() if each.is_number):
        raise ValueError(f"Elementwise({name!r}, …): {expression} holds a number that is not real.")


def _positive(name: str, positive: Sequence[str], parameters: tuple[str, ...]) -> tuple[str, ...]:
    accepted = ("z", "y", *parameters)
    given = (positive,) if isinstance(positive, str) else tuple(positive)
    for each in given:
        if each not in accepted:
            raise ValueError(
                f"Elementwise({name!r}, positive={shown(positive)}): {each!r} is none of {', '.join(accepted)}."
            )
    return given


def _example() -> str:
    return f"For example {EXAMPLE}."
