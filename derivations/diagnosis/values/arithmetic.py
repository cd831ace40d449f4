"""Arithmetic of floats as IEEE has it: Python raises where this gives inf or nan."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any


def number(value: Any) -> float:
    """A float of what is one number. Raises TypeError for what is none."""
    if isinstance(value, str | bytes | complex) or not hasattr(value, "__float__"):
        raise TypeError(f"{type(value).__name__} is no number")
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def binary(operation: str, a: Sequence[float], b: Sequence[float]) -> list[float]:
    """Of two lists of one length."""
    if operation == "/":
        try:
            return [*map(operator.truediv, a, b)]
        except ZeroDivisionError:
            return [*map(divided, a, b)]
    return [*map(BINARY[operation], a, b)]


def divided(a: float, b: float) -> float:
    if b:
        return a / b
    return a * math.copysign(math.inf, b) if a else math.nan


def power(a: float, b: float) -> float:
    odd = b % 2 == 1 if math.isfinite(b) else False
    try:
        return math.pow(a, b)
    except OverflowError:
        return -math.inf if a < 0 and odd else math.inf
    except ValueError:  # a negative number to a fraction, or 0 to a negative power
        if a:
            return math.nan
        return math.copysign(math.inf, a) if odd else math.inf


def largest(a: float, b: float) -> float:
    return a if a >= b or a != a else b


def least(a: float, b: float) -> float:
    return a if a <= b or a != a else b


def exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def expm1(x: float) -> float:
    try:
        return math.expm1(x)
    except OverflowError:
        return math.inf


def log(x: float) -> float:
    return math.log(x) if x > 0 else math.nan if x else -math.inf


def log1p(x: float) -> float:
    return math.log1p(x) if x > -1 else -math.inf if x == -1 else math.nan


def sign(x: float) -> float:
    return x if x != x else float((x > 0) - (x < 0))


def sigmoid(x: float) -> float:
    e = exp(-abs(x))
    return (1.0 if x >= 0 else e) / (1.0 + e)


def log_sigmoid(x: float) -> float:
    return least(x, 0.0) - math.log1p(exp(-abs(x)))


def _total(x: Sequence[float]) -> float:
    return float(sum(x))


def _mean(x: Sequence[float]) -> float:
    return divided(_total(x), float(len(x)))


def _max(x: Sequence[float]) -> float:
    return math.nan if any(map(math.isnan, x)) else max(x)


def _min(x: Sequence[float]) -> float:
    return math.nan if any(map(math.isnan, x)) else min(x)


def _as_number(holds: Callable[[float, float], bool]) -> Callable[[float, float], float]:
    """1 where it holds, else 0."""
    return lambda a, b: float(holds(a, b))


UNARY: dict[str, Callable[[float], float]] = {
    "neg": operator.neg,
    "exp": exp,
    "expm1": expm1,
    "log": log,
    "log1p": log1p,
    "abs": abs,
    "sign": sign,
    "sqrt": lambda x: math.nan if x < 0 else math.sqrt(x),
    "square": lambda x: x * x,
    "sigmoid": sigmoid,
    "log_sigmoid": log_sigmoid,
    "tanh": math.tanh,
    "erf": math.erf,
}
BINARY: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": divided,
    "^": power,
    "max": largest,
    "min": least,
    "==": _as_number(operator.eq),
    "!=": _as_number(operator.ne),
    "<": _as_number(operator.lt),
    "<=": _as_number(operator.le),
    ">": _as_number(operator.gt),
    ">=": _as_number(operator.ge),
}
REDUCTIONS: dict[str, Callable[[Sequence[float]], float]] = {
    "sum": _total,
    "mean": _mean,
    "max": _max,
    "min": _min,
    "prod": math.prod,
    "any": lambda x: float(any(x)),
    "all": lambda x: float(all(x)),
}
