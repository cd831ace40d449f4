"""Which function of the table an expression is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sympy import Abs, Add, Expr, Heaviside, Integer, Max, Pow, erf, exp, log, sign, tanh

from .powers import HALF

#: What a step is worth at 0, and what it is then called.
STEPS: Mapping[Expr, str] = {Integer(0): "step", Integer(1): "closed_step"}
HEADS: Mapping[type, str] = {exp: "exp", log: "log", tanh: "tanh", erf: "erf", Abs: "abs", sign: "sign"}


def application(expr: Expr) -> tuple[str, Expr] | None:
    """The name of the function that `expr` is, and its argument; None for what is no function of one argument.

    What is written with others is told from them by its shape: σ(u) = 1/(1 + e^−u), and log(1 + e^u).
    """
    sigmoid = _power_below_one_plus(expr)
    if sigmoid is not None:
        return "sigmoid", -sigmoid
    if isinstance(expr, log):
        softplus = _one_plus_power(expr.args[0])
        if softplus is not None:
            return "softplus", softplus
    return of_head(expr)


def of_head(expr: Expr) -> tuple[str, Expr] | None:
    """The same by SymPy's class alone: 1/(1 + e^−u) is a power then, and log(1 + e^u) a logarithm."""
    if expr.func in HEADS:
        return HEADS[expr.func], expr.args[0]
    if isinstance(expr, Heaviside) and expr.args[1] in STEPS:
        return STEPS[expr.args[1]], expr.args[0]
    if isinstance(expr, Max) and Integer(0) in expr.args:
        return "plus", Max(*[arg for arg in expr.args if arg != 0])
    return ("sqrt", expr.base) if isinstance(expr, Pow) and expr.exp == HALF else None


def without_overflow(factors: Sequence[Expr]) -> list[Expr]:
    """Factors of the same product, e^mu/(1 + e^u)^k as σ(u)^m σ(−u)^(k − m), each σ by itself: e^u may be infinite.

    A function and not a Mul, which would make (1 + e^u)^−k of it again.
    """
    for below in factors:
        if not (isinstance(below, Pow) and below.exp.is_Integer and below.exp < 0):
            continue
        power = _one_plus_power(below.base)
        if power is None:
            continue
        for top in factors:
            times = top.args[0] / power if isinstance(top, exp) else Integer(0)
            if times.is_Integer and 1 <= times <= -below.exp:
                rest = [each for each in factors if each is not top and each is not below]
                up, down = 1 / (1 + exp(-power)), 1 / (1 + exp(power))
                return [*without_overflow(rest), *[up] * int(times), *[down] * int(-below.exp - times)]
    return list(factors)


def _power_below_one_plus(expr: Expr) -> Expr | None:
    """u of 1/(1 + e^u)."""
    return _one_plus_power(expr.base) if isinstance(expr, Pow) and expr.exp == -1 else None


def _one_plus_power(expr: Expr) -> Expr | None:
    """u of 1 + e^u."""
    if not isinstance(expr, Add):
        return None
    power = expr - 1
    return power.args[0] if isinstance(power, exp) else None
