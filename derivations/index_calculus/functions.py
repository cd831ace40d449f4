"""The functions that a formula may hold: the slope of each, how it is evaluated, and where it has a corner.

Everything that meets a function asks here: the chain rule, dual numbers, the values of the judge. Second opinions do
not; they ask SymPy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sympy import Abs, Expr, Heaviside, Integer, Max, Min, Symbol, erf, exp, log, pi, sign, sqrt, tanh

#: Where a slope speaks of the function's argument, and of its value there.
ARGUMENT, VALUE = Symbol("(argument)"), Symbol("(value)")


@dataclass(frozen=True)
class Smooth:
    """A function without corners: what mpmath calls it, and its slope in terms of ARGUMENT and VALUE."""

    digits: str
    slope: Expr


#: In exact arithmetic their values are free; see evaluator.py.
SMOOTH: Mapping[type, Smooth] = {
    exp: Smooth("exp", VALUE),
    log: Smooth("log", 1 / ARGUMENT),
    tanh: Smooth("tanh", 1 - VALUE**2),
    erf: Smooth("erf", 2 / sqrt(pi) * exp(-(ARGUMENT**2))),
}
#: Made of straight pieces that meet in corners. Their values are exact; their slopes are those of the pieces.
EXTREMES = (Max, Min)
SIDED = (Abs, sign, Heaviside)
CORNERED = (*EXTREMES, *SIDED)


def step(u: Expr) -> Expr:
    """1 where u > 0, else 0: SymPy's Heaviside, with the value 0 at 0, as the slope of torch's relu has it."""
    return Heaviside(u, 0)


def pieces(corner: Expr) -> int:
    """How many straight pieces meet: as many as Max and Min have arguments, or two, for u < 0 and for u > 0."""
    return len(corner.args) if isinstance(corner, EXTREMES) else 2


def slopes(f: Expr) -> Iterator[tuple[Expr, Expr]]:
    """Each argument of a function with the derivative in it, away from corners. Nothing for what is not known here."""
    if f.func in SMOOTH:
        yield f.args[0], SMOOTH[f.func].slope.xreplace({ARGUMENT: f.args[0], VALUE: f})
    elif isinstance(f, EXTREMES):
        for place, argument in enumerate(f.args):
            rest = f.func(*f.args[:place], *f.args[place + 1 :])
            yield argument, step(argument - rest if isinstance(f, Max) else rest - argument)
    elif isinstance(f, SIDED):
        yield f.args[0], sign(f.args[0]) if isinstance(f, Abs) else Integer(0)
