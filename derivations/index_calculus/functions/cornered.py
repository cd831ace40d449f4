"""Functions made of straight pieces that meet at 0. Their values are exact; their slopes are those of the pieces.

What a step or a sign is worth at 0 itself is said here as torch's gradients of relu and of |·| have it: 0. Other
functions of torch choose otherwise, and rounding may carry an argument across; so within ±d of 0 either side may come
out, and all that lies between.
"""

from __future__ import annotations

from sympy import Abs, Expr, Heaviside, Integer, Max, Min, sign

from .function import ARGUMENT, Code, Entries, Function, Layout, Numbers, Rounding
from .smooth import positive

#: How the largest and the smallest of several are printed.
LISTED = {Max: Layout(r"\max({0})", "max({0})"), Min: Layout(r"\min({0})", "min({0})")}


def step(u: Expr) -> Expr:
    """1 where u > 0, else 0: SymPy's Heaviside, with the value 0 at 0, as the slope of torch's relu has it."""
    return Heaviside(u, 0)


def closed_step(u: Expr) -> Expr:
    """1 where u ≥ 0, else 0, as the slope of torch's clamp_min has it at its bound."""
    return Heaviside(u, 1)


def plus(u: Expr) -> Expr:
    """max(u, 0)."""
    return Max(u, 0)


def undecided(x: Entries, d: Entries) -> Entries:
    """Where it is open on which side of 0 an evaluation lies that may be off by d; 0 itself is on none."""
    return abs(x) <= d


def _sign(on: Numbers, x: Entries) -> Entries:
    return on.where(x > 0, 1.0, on.where(x < 0, -1.0, 0.0))


def _of_sign(on: Numbers, x: Entries, d: Entries) -> Entries:
    """From 0 to ±1, or from one to the other."""
    return on.where(undecided(x, d), 1 + abs(_sign(on, x)), 0.0)


def _of_plus(on: Numbers, x: Entries, d: Entries) -> Entries:
    return positive(on, d + on.least(x, 0.0))


CORNERED_FUNCTIONS = (
    Function(
        "abs",
        Abs,
        slope=sign(ARGUMENT),
        layout=Layout(r"\lvert {0} \rvert", "|{0}|"),
        torch=Code("torch.abs({0})"),
        numpy=Code("np.abs({0})"),
        rounding=Rounding(lambda on, x, d: d, 0),
        value=lambda on, x: abs(x),
        head=Abs,
        rises=False,
        sign="nonnegative",
        corner=True,
    ),
    Function(
        "sign",
        sign,
        slope=Integer(0),
        layout=Layout(r"\operatorname{{sgn}}({0})", "sgn({0})"),
        torch=Code("torch.sign({0})"),
        numpy=Code("np.sign({0})"),
        rounding=Rounding(_of_sign, 0, jumps=True),
        value=_sign,
        head=sign,
        most=1,
        corner=True,
    ),
    Function(
        "plus",
        plus,
        slope=step(ARGUMENT),
        layout=Layout(r"\max({0}, 0)", "max({0}, 0)"),
        torch=Code("torch.relu({0})"),
        numpy=Code("np.maximum({0}, 0)"),
        rounding=Rounding(_of_plus, 0),
        value=positive,
        sign="nonnegative",
        corner=True,
    ),
    Function(
        "step",
        step,
        slope=Integer(0),
        layout=Layout("[{above} > {below}]", "[{above} > {below}]", compares=True),
        torch=Code("({0} > 0).to({like}.dtype)", calls=False),
        numpy=Code("({0} > 0).astype({like}.dtype)", calls=False),
        rounding=Rounding(lambda on, x, d: on.where(undecided(x, d), 1.0, 0.0), 0, jumps=True),
        value=lambda on, x: on.where(x > 0, 1.0, 0.0),
        sign="nonnegative",
        most=1,
        corner=True,
    ),
    Function(
        "closed_step",
        closed_step,
        slope=Integer(0),
        layout=Layout(r"[{above} \ge {below}]", "[{above} ≥ {below}]", compares=True),
        torch=Code("({0} >= 0).to({like}.dtype)", calls=False),
        numpy=Code("({0} >= 0).astype({like}.dtype)", calls=False),
        rounding=Rounding(lambda on, x, d: on.where(undecided(x, d), 1.0, 0.0), 0, jumps=True),
        value=lambda on, x: on.where(x >= 0, 1.0, 0.0),
        sign="nonnegative",
        most=1,
        corner=True,
    ),
)
