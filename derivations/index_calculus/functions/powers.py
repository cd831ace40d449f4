"""Powers: u^p for any constant rational exponent p.

Whole powers are products and quotients; any other is defined where u ≥ 0, or u > 0 if the exponent is negative.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

from sympy import Integer, Pow, Rational

from ..expressions import Condition
from .function import ARGUMENT, Code, Entries, Function, Layout, Numbers, Rounding
from .smooth import FUNCTION, positive

#: Powers up to this one are products, with one rounding less than factors; others are a function's.
PRODUCTS = 3
HALF = Rational(1, 2)


@lru_cache
def power(exponent: Rational) -> Function:
    """u ↦ u^p. Raises ValueError for what is no rational number other than 0."""
    if not (isinstance(exponent, Rational) and exponent.is_finite and exponent != 0):
        raise ValueError(f"{exponent} is no exponent of a power of entries: rational numbers other than 0 are.")
    p, whole = float(exponent), bool(exponent.is_Integer)
    text = _text(exponent)
    layout = Layout(f"{{base}}^{{{{{exponent}}}}}", f"{{base}}^{text}", f"{{base}}^{{{{\\circ {exponent}}}}}")
    code = Code(f"{{0}} ** {text}", atom=True, calls=False)
    root = exponent == HALF
    return Function(
        "sqrt" if root else f"power {exponent}",
        lambda u: Pow(u, exponent),
        slope=exponent * Pow(ARGUMENT, exponent - 1),
        layout=Layout(r"\sqrt{{{0}}}", "√({0})") if root else layout,
        torch=Code("torch.sqrt({0})") if root else code,
        numpy=Code("np.sqrt({0})") if root else code,
        rounding=Rounding(_of_sqrt, FUNCTION, above=_of_root_above) if root else _rounding(exponent),
        value=(lambda on, x: on.sqrt(x)) if root else (lambda on, x: x**p),
        known={1: 1},
        rises=bool(exponent > 0 and (not whole or exponent % 2 == 1)),
        domain=_domain(exponent),
        otherwise="a division by 0" if whole else "the root of a negative number",
        sign=_sign(exponent),
    )


def _of_sqrt(on: Numbers, x: Entries, d: Entries) -> Entries:
    """√x − √(x − d) = d/(√x + √(x − d)); nothing where all is 0."""
    root = on.sqrt(positive(on, x)) + on.sqrt(positive(on, x - d))
    return on.where(d > x, math.inf, on.where(d > 0, d / root, 0.0))


def _of_root_above(on: Numbers, x: Entries, d: Entries) -> Entries:
    """√ of what is not negative: down to √(x − d), or to 0, where it is steepest, or up to √(x + d)."""
    down = x - positive(on, x - d)
    below = on.sqrt(x) + on.sqrt(positive(on, x - d))
    falls = on.where(down > 0, down / on.where(down > 0, below, 1.0), 0.0)
    above = on.sqrt(x + d) + on.sqrt(x)
    rises = on.where(d > 0, d / on.where(d > 0, above, 1.0), 0.0)
    return -on.least(-falls, -rises)


def _rounding(exponent: Rational) -> Rounding:
    """Products in the dtype; and an exponent that is no binary fraction is itself rounded."""
    p, binary = float(exponent), exponent.q & (exponent.q - 1) == 0
    logarithm = None if binary else lambda on, x: p * on.log(abs(x))
    return Rounding(_change(p, bool(exponent.is_Integer)), _times(exponent), apart=True, logarithm=logarithm)


def _times(exponent: Rational) -> int:
    """A product is rounded once for each factor after the first, a quotient once more; a function as functions are."""
    if not exponent.is_Integer or abs(exponent) > PRODUCTS:
        return FUNCTION
    return int(abs(exponent)) - 1 + bool(exponent < 0)


def _change(p: float, whole: bool) -> Callable[[Numbers, Entries, Entries], Entries]:
    """The slope |p| |u|^(p − 1) is the steepest farthest from 0 if p ≥ 1, and nearest to it if p < 1."""

    def change(on: Numbers, x: Entries, d: Entries) -> Entries:
        size = abs(x) if whole else x
        if p >= 1:
            found = p * d * (size + d) ** (p - 1)
        else:
            least = size - d
            found = on.where(least > 0, abs(p) * d * abs(least) ** (p - 1), math.inf)
            found = on.where(d > 0, found, 0.0)
        return found if whole else on.where(d > x, math.inf, found)

    return change


def _domain(exponent: Rational) -> tuple[Condition, ...]:
    if exponent.is_Integer:
        return (Condition(ARGUMENT, "≠", Integer(0)),) if exponent < 0 else ()
    return (Condition(ARGUMENT, ">" if exponent < 0 else "≥", Integer(0)),)


def _sign(exponent: Rational) -> str:
    if exponent.is_Integer and exponent % 2:
        return ""
    return "positive" if exponent < 0 else "nonnegative"


def _text(exponent: Rational) -> str:
    """As Python writes it: 2, -1, 0.5, (2 / 3)."""
    if exponent.is_Integer:
        return str(exponent)
    number = float(exponent)
    return repr(number) if Rational(repr(number)) == exponent else f"({exponent.p} / {exponent.q})"
