"""What losses made of pieces share: their plan, and what is known of max(u, 0) and its slope.

A slope has jumps where its pieces meet. What the rules derive holds beside such a corner; at the corner itself torch's
choice is a lemma, so that the last line is what torch computes everywhere.
"""

from __future__ import annotations

from sympy import Abs, Expr, Indexed, IndexedBase, Integer, Max, Min, Symbol, sign

from ..derivation import Plan
from ..index_calculus.functions import closed_step, step
from ..index_calculus.rules import Rule, chain, collapse, common, define, independent, lemma, linear, product, pull
from ..wording import Words

#: The slopes of hinges.
H = IndexedBase("H")
_u = Symbol("u")
#: Why there is no Hessian of a loss whose pieces are straight.
STRAIGHT = "its pieces are straight: the second derivative is 0 beside the corners, and at them there is none."

#: ∂L/∂Z of what is made of |·|, max(·, 0) and steps: each function in turn, then the one entry that is asked for.
PLAN: Plan = [
    [define("L"), linear],
    [chain.where_possible, product.where_possible, linear.where_possible],
    [chain.where_possible, linear.where_possible, chain.where_possible, linear.where_possible],
    [independent, common().where_possible],
    [pull.where_possible, collapse()],
]

#: max(u, 0) [u > 0] = max(u, 0).
excess_has_its_sign: Rule = lemma(
    Max(_u, 0) * step(_u),
    Max(_u, 0),
    {_u},
    Words("max(u, 0) 在 u 不为正时是 0", "max(u, 0) is 0 where u is not positive"),
)
#: [u > 0] [u > 0] = [u > 0].
idempotent: Rule = lemma(
    step(_u) ** 2, step(_u), {_u}, Words("0 和 1 的平方是它们自己", "0 and 1 are their own squares")
)


def active_at_the_margin(u: Expr = _u) -> Rule:
    """[u > 0] becomes [u ≥ 0]: torch's clamp_min has slope 1 at its bound. For any u, or for one."""
    title = Words(
        "两边只在拐点 u = 0 处不同，而 torch 在那里取斜率 1",
        "the two differ at the corner u = 0 alone, where torch takes the slope 1",
    )
    return lemma(step(u), closed_step(u), {u} if u == _u else _indices(u), title)


def positive_part(u: Expr) -> Expr:
    """max(u, 0)."""
    return Max(u, Integer(0))


def clip(u: Expr, bound: Expr) -> Expr:
    """u, but no less than −bound and no more than bound."""
    return Max(-bound, Min(u, bound))


def clipped(u: Expr, bound: Expr) -> Rule:
    """u − sgn(u) max(|u| − bound, 0) is u, clipped."""
    size = Abs(u)
    slope = sign(u) if size.args[0] == u else -sign(-u)  # SymPy chooses which way round |a − b| is written
    title = Words("减去超出界限的部分就是截断", "to take away what exceeds a bound is to clip")
    return lemma(u - slope * positive_part(size - bound), clip(u, bound), _indices(u), title)


def inside(u: Expr, bound: Expr) -> Rule:
    """[min(u, bound) + bound > 0] [bound − u > 0] = [bound − |u| > 0]: the slope of what is clipped."""
    return lemma(
        step(Min(u, bound) + bound) * step(bound - u),
        step(bound - Abs(u)),
        _indices(u),
        Words("截断后的斜率，在界限之内是 1", "the slope of what is clipped is 1 within the bounds"),
    )


def turned(difference: Expr) -> Rule:
    """−sgn(b − a) = sgn(a − b), for a difference a − b."""
    return lemma(-sign(-difference), sign(difference), _indices(difference), Words("sgn 是奇函数", "sgn is odd"))


def _indices(expr: Expr) -> set[Symbol]:
    return {index for entry in expr.atoms(Indexed) for index in entry.indices}
