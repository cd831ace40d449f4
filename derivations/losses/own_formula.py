"""What somebody gives as a loss of one's own: name, formula, parameters, values. Read, or refused with a sentence."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sympy import Expr, Float, Pow, Rational, Symbol, cosh, exp, log, sympify
from sympy import Function as SympyFunction
from sympy.functions.elementary.hyperbolic import HyperbolicFunction

from ..index_calculus.functions import CORNERED, SMOOTH, TABLE
from ..index_calculus.symbols import INDEX_LETTERS, SIZES
from ..options import LABEL, shown
from .declared import Option
from .registry import COMMON, OTHERS, letters, registered, spelled

#: What a formula is of.
OUTPUT, TARGET = Symbol("z"), Symbol("y")
#: What no parameter may be called: a size, an index, an array of every formula.
TAKEN = {str(each) for each in SIZES} | set("".join(INDEX_LETTERS.values())) | COMMON | set(OTHERS)
EXAMPLE = 'derivations.Elementwise("squares", lambda z, y: (z - y)**2)'


def check_name(name: Any) -> None:
    if not isinstance(name, str) or not name.strip():
        raise TypeError(f"Elementwise({shown(name)}, …): the first argument is the loss's name, a text. {_example()}")
    for kind in registered():
        if name in (kind.torch_name, kind.__name__, spelled(kind)):
            raise ValueError(f"Elementwise({name!r}, …): {kind.torch_name} is called so. Choose another name.")


def parameters_of(name: str, formula: Any) -> dict[str, Any]:
    """What a formula takes beside z and y, each with its default; None where it has none."""
    if not callable(formula):
        raise TypeError(f"Elementwise({name!r}, {shown(formula)}): the formula is a function of z and y. {_example()}")
    taken = list(inspect.signature(formula).parameters.values())
    if len(taken) < 2 or any(each.kind is not inspect.Parameter.POSITIONAL_OR_KEYWORD for each in taken):
        raise TypeError(
            f"Elementwise({name!r}, …): the formula takes {inspect.signature(formula)}. It must take z, y, and then "
            f"the numbers that it uses, each by a name. {_example()}"
        )
    return {each.name: None if each.default is each.empty else each.default for each in taken[2:]}


def letter_of(name: str, parameter: str) -> str:
    """The letter of a parameter: that of torch's numbers of this name, or else the name itself.

    Raises ValueError where it stands for something else.
    """
    of_numbers = {option.name: option.letter for kind in registered() for option in kind.declared if _is_number(option)}
    if parameter in of_numbers:
        return of_numbers[parameter]
    if parameter in TAKEN | {"z"} | {*letters().values()}:
        raise ValueError(f"Elementwise({name!r}, …): the letter {parameter} is taken. Call the parameter otherwise.")
    if letters().get(parameter, parameter) != parameter:
        raise ValueError(
            f"Elementwise({name!r}, …): the letter {parameter} stands for {letters()[parameter]} already. Call the "
            "parameter otherwise."
        )
    return parameter


def _is_number(option: Option) -> bool:
    return bool(option.letter) and not option.is_tensor and option.kind is not LABEL


def values_of(name: str, given: Mapping[str, Any], declared: tuple[Option, ...]) -> Mapping[str, float]:
    """What is said of the parameters' values."""
    options = {each.name: each for each in declared}
    if unknown := [each for each in given if each not in options]:
        accepted = ", ".join(options) or "none, the formula takes no numbers beside z and y"
        raise ValueError(f"Elementwise({name!r}, values=…): {unknown[0]!r} is no parameter. Accepted: {accepted}.")
    said = {parameter: value for parameter, value in given.items() if value is not None}
    for parameter, value in said.items():
        if isinstance(value, bool) or not options[parameter].kind.takes(value):
            raise ValueError(
                f"Elementwise({name!r}, …): {parameter}={shown(value)} must be {options[parameter].kind.wanted}."
            )
    return MappingProxyType(said)


def expression_of(name: str, formula: Callable[..., Any] | Expr, parameters: Mapping[str, str]) -> Expr:
    """What the formula makes of symbols, in letters; `parameters` has them by their names."""
    symbols = {Symbol(each): Symbol(letter) for each, letter in parameters.items()}
    try:
        given = formula.xreplace(symbols) if isinstance(formula, Expr) else formula(OUTPUT, TARGET, *symbols.values())
        result = sympify(given, strict=True)
    except Exception as refused:
        raise TypeError(
            f"Elementwise({name!r}, …): the formula makes no SymPy expression of symbols: {refused}. Use SymPy's "
            "functions, such as sympy.exp and sympy.Max, not those of math, numpy or torch, and no `if`."
        ) from refused
    if not isinstance(result, Expr):
        raise TypeError(f"Elementwise({name!r}, …): the formula gives {shown(result)}, which is no SymPy expression.")
    expression = result.replace(_is_log_cosh, _log_cosh).replace(_is_hyperbolic, lambda each: each.rewrite(exp))
    expression = expression.xreplace({each: Rational(str(each)) for each in expression.atoms(Float)})
    _check_expression(name, expression, {OUTPUT, TARGET, *symbols.values()})
    return expression


def _is_log_cosh(each: Expr) -> bool:
    return isinstance(each, log) and isinstance(each.args[0], cosh)


def _log_cosh(each: Expr) -> Expr:
    """log cosh u = u + log(1 + e^−2u) − log 2: cosh u itself overflows soon."""
    u = each.args[0].args[0]
    return u + log(1 + exp(-2 * u)) - log(2)


def _is_hyperbolic(each: Expr) -> bool:
    return isinstance(each, HyperbolicFunction) and each.func not in SMOOTH


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


def positive_of(name: str, positive: Sequence[str], parameters: tuple[str, ...]) -> tuple[str, ...]:
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
