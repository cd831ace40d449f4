"""Formulas with corners: what is wrong on one side of a corner, or near it, is found out."""

import random
from dataclasses import dataclass
from fractions import Fraction
from math import copysign
from typing import ClassVar

import pytest
from mutants import formula_mutations, made
from sympy import (
    Abs,
    Expr,
    Heaviside,
    Integer,
    KroneckerDelta,
    Max,
    Min,
    Rational,
    Sum,
    Symbol,
    erf,
    exp,
    lambdify,
    log,
    sign,
    sqrt,
    tanh,
)

from derivations.index_calculus import rules
from derivations.index_calculus.expressions import Condition, Context, Definition, Partial, Recurrence
from derivations.index_calculus.functions import ARGUMENT, closed_step, step
from derivations.index_calculus.judging.crosscheck import crosscheck
from derivations.index_calculus.judging.judge import Disagreement, Judge, judge
from derivations.index_calculus.symbols import C, D, G, L, N, W, Y, Z, c, i, j, k, n, s, sum_over, t
from derivations.linear import OUTPUTS, WEIGHT
from derivations.losses.entries import ElementwiseLoss
from derivations.losses.hinge_embedding import rho
from derivations.losses.poisson_nll import eta
from derivations.losses.triplet_margin import TripletMargin, Zneg, Zpos, distance
from derivations.losses.triplet_margin_with_distance import TripletMarginWithDistance
from derivations.subject import derive

alpha = Symbol("alpha")
POSITIVE = (Condition(alpha, ">", Integer(0)),)
z, y, g = Z[n, c], Y[n, c], G[n, c]
difference = z - y
near = Min(Abs(difference), alpha)

#: What each entry is worth, and its slope in z.
FORMULAS = {
    "relu": (Max(z, 0), step(z)),
    "leaky relu": (Max(z, 0) + alpha * Min(z, 0), step(z) + alpha * (1 - step(z))),
    "abs": (Abs(difference), sign(difference)),
    "huber": (
        near * (Abs(difference) - near / 2),
        difference * step(alpha - Abs(difference)) + alpha * sign(difference) * step(Abs(difference) - alpha),
    ),
    "smooth l1": (near * (Abs(difference) - near / 2) / alpha, sign(difference) * Min(Abs(difference) / alpha, 1)),
    "hinge": (Max(1 - y * z, 0), -y * step(1 - y * z)),
    "clamp": (Max(Min(z, alpha), -alpha), step(alpha - z) * step(z + alpha)),
    "relu6": (Min(Max(z, 0), 6), step(z) * step(6 - z)),
    "maximum": (Max(z, y), step(z - y)),
    "epsilon insensitive": (Max(Abs(difference) - alpha, 0), sign(difference) * step(Abs(difference) - alpha)),
    "fine": (Max(z - Rational(1, 100), 0), step(z - Rational(1, 100))),
}


def share(name):
    """∂/∂Z of Σ G f(Z, Y): the judge, and what both sides are."""
    value, slope = FORMULAS[name]
    context = Context({"L": Definition(L, sum_over(g * value, n, c))}, POSITIVE)
    at = {n: i, c: j}
    return Judge(context), Partial(L, Z[i, j]), (g * slope).xreplace(at)


def is_equal(one: Expr, other: Expr) -> bool:
    """At thousands of random floats of several sizes, α positive, without the judge's values or functions."""
    source = random.Random(0)
    letters = [Z[i, j], Y[i, j], G[i, j], alpha, N]
    plain = [Symbol(f"x{place}") for place in range(len(letters))]
    difference = (one - other).xreplace(dict(zip(letters, plain, strict=True)))
    own = {"Heaviside": lambda u, _: u > 0, "Max": max, "Min": min, "sign": lambda u: copysign(1, u), "Abs": abs}
    function = lambdify(plain, difference, [own, "math"])
    for _ in range(3000):
        size = source.choice((0.02, 1, 10))
        at = [source.gauss(0, size), source.gauss(0, size), source.gauss(0, 1), abs(source.gauss(0, size)), 3]
        if abs(function(*at)) > 1e-9:
            return False
    return True


@pytest.mark.parametrize("name", FORMULAS)
def test_the_mutants_that_survive_are_no_mistakes(name):
    """A threshold moved, sides swapped, another slope on one side; and what can be wrong with any formula."""
    judge, left, right = share(name)
    assert judge(left, right)
    for kind, mutant in made(formula_mutations(right, (i, j)), right):
        try:
            judge(left, mutant)
        except Disagreement:
            continue
        assert is_equal(right, mutant), (kind, mutant)


u = Z[i, j] - Y[i, j]
TRUE = [
    (Max(u, 0) - Max(-u, 0), u),
    (Max(u, 0) + Max(-u, 0), Abs(u)),
    (Max(-u, 0) * step(u), Integer(0)),
    (2 * step(u) - 1, sign(u)),
    (step(u) + step(-u), Integer(1)),
    (Max(Z[i, j], Y[i, j]) + Min(Z[i, j], Y[i, j]), Z[i, j] + Y[i, j]),
    (Abs(u) * sign(u), u),
    (Min(Abs(u), alpha), alpha - Max(alpha - Abs(u), 0)),
    (Max(Z[i, j], Y[i, j], G[i, j]), Max(Z[i, j], Max(Y[i, j], G[i, j]))),
    (log(Max(exp(Z[i, j]), exp(Y[i, j]))), Max(Z[i, j], Y[i, j])),  # on which side, no free value of exp can tell
    (Partial(Max(Z[n, c], Y[n, c], G[n, c]), Y[n, c]), step(Y[n, c] - Max(Z[n, c], G[n, c]))),
    (step(t - s), Sum(KroneckerDelta(k, t - s), (k, 1, t - 1))),  # of indices alone: no value is drawn
]


@pytest.mark.parametrize(("left", "right"), TRUE)
def test_what_is_true_of_corners_is_judged_true_in_both_ways(left, right):
    context = Context({}, POSITIVE)
    assert judge(left, right, context)
    assert crosscheck("true", left, right, context)


def test_on_which_side_of_a_corner_exp_lies_is_judged_by_digits():
    """A free value of exp is above 1 whatever its argument."""
    with pytest.raises(Disagreement):
        judge(step(exp(Z[n, c]) - 1), Integer(1), Context())


def test_values_are_drawn_until_all_sides_were_seen():
    """Of twelve numbers any may be the largest, and each draw shows one; large whole numbers do not count."""
    largest, seen = Max(*[G[number] for number in range(1, 13)]), set()
    for evaluate in Judge(Context()).draws.each({}, (), frozenset([largest])):
        evaluate(largest)
        if isinstance(evaluate.values("G", (1,)), Fraction):
            seen |= evaluate.taken.get(largest, set())
    assert seen == set(range(12))


near, far = distance("Fpos").left, distance("Fneg").left
excess = rho + near - far
slope = (eta + Z[n, j] - Zneg[n, j]) / far * step(excess) * KroneckerDelta(i, n)
#: A derivative is 0 on one side of a corner: what is wrong shows in a row alone that lies on the other.
NEARLY = {
    "another corner": (
        TripletMargin(),
        step(excess) * Partial(near, Zpos[i, j]),
        step(excess - rho) * Partial(near, Zpos[i, j]),
    ),
    "a sum that stops early": (
        TripletMarginWithDistance(),
        sum_over(-step(excess) * Partial(far, Zneg[i, j]), n),
        Sum(slope, (n, 1, D)),
    ),
}


@pytest.mark.parametrize("name", NEARLY)
def test_values_are_drawn_until_it_matters_where_a_corner_is(name):
    loss, left, right = NEARLY[name]
    with pytest.raises(Disagreement):
        judge(left, right, loss.context)


@pytest.mark.parametrize("part", [1, 8, 13])
@pytest.mark.parametrize("function", [step, closed_step, Abs])
def test_one_corner_is_told_from_another_beside_it(part, function):
    x = Symbol("x")
    with pytest.raises(Disagreement):
        judge(function(x) * step(x), function(x - alpha / part) * step(x), Context({}, POSITIVE))


def test_a_corner_that_has_one_side_alone_is_an_error():
    for impossible in (Max(u**2 + 1, 0), step(-alpha)):
        with pytest.raises(ValueError, match="was never seen on the other side of its corner"):
            judge(impossible, impossible, Context({}, POSITIVE))
        with pytest.raises(ValueError, match="was never seen on the other side of its corner"):
            crosscheck("one side", impossible, impossible, Context({}, POSITIVE))


def test_a_corner_that_is_not_met_makes_no_difference():
    """The largest so far, at the first step, is the first."""
    context = Context({"W": Recurrence(W[t], Max(W[t - 1], G[t]), first=2, initial=G[1])})
    assert judge(W[1], G[1], context)
    assert crosscheck("first step", W[1], G[1], context)


def test_at_a_corner_itself_nothing_is_judged():
    """Conventions differ there: a step that is ½ at 0 is as good as one that is 0."""
    assert judge(Heaviside(u, Rational(1, 2)), step(u), Context())
    always = sum_over(step(Z[n, c] - Z[n, k]), c, k)
    with pytest.raises(ValueError, match="lies at a corner"):
        judge(always, always, Context())
    assert judge(sum_over(Max(Z[n, c] - Z[n, k], 0), c, k), sum_over(Max(Z[n, k] - Z[n, c], 0), c, k), Context())


INWARDS = [rules.chain.where_possible, rules.product.where_possible, rules.linear.where_possible]


@dataclass(frozen=True, kw_only=True)
class L1(ElementwiseLoss):
    torch_name: ClassVar[str] = "L1Loss"

    def of_entry(self, z, y, at):
        return Abs(z - y)


@dataclass(frozen=True, kw_only=True)
class Huber(ElementwiseLoss):
    torch_name: ClassVar[str] = "HuberLoss"
    plan: ClassVar = [
        [rules.define("L"), rules.linear],
        *[INWARDS] * 3,
        [rules.independent],
        [rules.expand()],
        [rules.common(), rules.collapse()],
        [rules.pull.where_possible],
    ]

    def of_entry(self, z, y, at):
        near = Min(Abs(z - y), alpha)
        return near * (Abs(z - y) - near / 2)

    @property
    def context(self):
        return super().context.under(*POSITIVE)


@dataclass(frozen=True, kw_only=True)
class Smooth(ElementwiseLoss):
    """The functions of the table without a corner, and fractional powers."""

    torch_name: ClassVar[str] = "smooth"
    plan: ClassVar = [
        [rules.define("L"), rules.linear],
        *[INWARDS] * 4,
        [rules.independent],
        [rules.common(), rules.collapse()],
        [rules.pull.where_possible],
    ]

    def of_entry(self, z, y, at):
        return y * z * erf(z / sqrt(2)) + tanh(z - y) + (1 + z**2) ** Rational(2, 3) + 1 / sqrt(1 + (z - y) ** 2)


SLOPES = {
    L1(): sign(u),
    Huber(): u * step(alpha - Abs(u)) + alpha * sign(u) * step(Abs(u) - alpha),
    Smooth(): (y * z * erf(z / sqrt(2)) + tanh(z - y) + (1 + z**2) ** Rational(2, 3) + 1 / sqrt(1 + (z - y) ** 2))
    .subs({z: ARGUMENT})
    .diff(ARGUMENT)
    .subs({ARGUMENT: z})
    .xreplace({n: i, c: j}),
}


@pytest.mark.parametrize("loss", SLOPES, ids=str)
def test_a_loss_with_corners_is_derived_judged_and_printed(loss):
    for wrt in (OUTPUTS, WEIGHT):
        derivation = derive(loss, wrt)
        assert derivation.opinions == ("diff", "difference")
        assert str(derivation).count("✓") == len(derivation.steps)
        assert derivation._repr_mimebundle_()
    assert judge(derive(loss, OUTPUTS).result, SLOPES[loss] / (N * C), derive(loss, OUTPUTS).context)
