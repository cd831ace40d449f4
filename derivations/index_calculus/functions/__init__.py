"""The functions that a formula may hold: one table, with all that is to be said of each.

Everything that meets a function asks here: the chain rule, dual numbers, the judge, printers, matrix forms, writers of
code, bounds. Second opinions do not: they ask SymPy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sympy import Abs, Expr, Heaviside, Integer, KroneckerDelta, Max, Min, sign
from sympy import Function as SympyFunction

from .cornered import CORNERED_FUNCTIONS, LISTED, closed_step, plus, step, undecided
from .function import ARGUMENT, VALUE, Code, Entries, Function, Layout, Numbers, Rounding
from .powers import HALF, PRODUCTS, power
from .reading import application, of_head, without_overflow
from .smooth import FUNCTION, SMOOTH_FUNCTIONS

__all__ = [
    "ARGUMENT",
    "CORNERED",
    "EXTREMES",
    "FUNCTION",
    "LISTED",
    "PRODUCTS",
    "SIDED",
    "SMOOTH",
    "TABLE",
    "VALUE",
    "Code",
    "Entries",
    "Function",
    "Layout",
    "Numbers",
    "Rounding",
    "UnknownFunction",
    "application",
    "closed_step",
    "named",
    "of_head",
    "pieces",
    "plus",
    "power",
    "slopes",
    "step",
    "undecided",
    "without_overflow",
]

#: Every function by its name; powers other than √ are made by `power`.
TABLE: Mapping[str, Function] = {each.name: each for each in (*SMOOTH_FUNCTIONS, power(HALF), *CORNERED_FUNCTIONS)}
#: Those without corners that SymPy has a class for. In exact arithmetic their values are free; see evaluator.py.
SMOOTH: Mapping[type, Function] = {each.head: each for each in SMOOTH_FUNCTIONS if each.head is not None}
#: Made of straight pieces that meet in corners.
EXTREMES = (Max, Min)
SIDED = (Abs, sign, Heaviside)
CORNERED = (*EXTREMES, *SIDED)


class UnknownFunction(LookupError):
    """A function that is not in the table."""

    def __init__(self, name: object):
        known = ", ".join(TABLE)
        super().__init__(
            f"{name} is no function that formulas may hold. Known are {known}, powers with a constant rational "
            f"exponent, and max and min; a new one is a row in index_calculus/functions."
        )


def named(name: str) -> Function:
    """The function of that name. Raises UnknownFunction."""
    if name not in TABLE:
        raise UnknownFunction(name)
    return TABLE[name]


def pieces(corner: Expr) -> int:
    """How many straight pieces meet: as many as Max and Min have arguments, or two, for u < 0 and for u > 0."""
    return len(corner.args) if isinstance(corner, EXTREMES) else 2


def slopes(f: Expr) -> Iterator[tuple[Expr, Expr]]:
    """Each argument of a function with the derivative in it, away from corners.

    Nothing for sums, products, powers and entries; raises UnknownFunction for a function that is not in the table.
    """
    if f.func in SMOOTH:
        yield f.args[0], SMOOTH[f.func].slope_at(f.args[0])
    elif isinstance(f, EXTREMES):
        for place, argument in enumerate(f.args):
            rest = f.func(*f.args[:place], *f.args[place + 1 :])
            yield argument, step(argument - rest if isinstance(f, Max) else rest - argument)
    elif isinstance(f, Abs):
        yield f.args[0], TABLE["abs"].slope_at(f.args[0])
    elif isinstance(f, SIDED):
        yield f.args[0], Integer(0)
    elif isinstance(f, SympyFunction) and not isinstance(f, KroneckerDelta):
        raise UnknownFunction(f.func.__name__)
