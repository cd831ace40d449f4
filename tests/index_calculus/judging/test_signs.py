"""What is never negative is read off an expression's structure; what that does not settle becomes a condition."""

import random
from fractions import Fraction

import pytest
from sympy import I, Integer, KroneckerDelta, Pow, Rational, Sum, Symbol, exp, nan, oo, sqrt, zoo

from derivations.index_calculus.expressions import Condition, Context, Definition, Recurrence, free_indices
from derivations.index_calculus.judging.digits import DIGITS
from derivations.index_calculus.judging.evaluator import Evaluator
from derivations.index_calculus.judging.samples import every, label
from derivations.index_calculus.judging.signs import nonnegative_if
from derivations.index_calculus.symbols import (
    LABELS,
    SIZES,
    A,
    G,
    N,
    P,
    Q,
    S,
    U,
    V,
    Y,
    Z,
    c,
    iota,
    j,
    mu,
    n,
    q,
    sigma,
    sum_over,
    t,
    w,
    y,
)
from derivations.losses import CrossEntropy
from derivations.losses.cross_entropy import mask
from derivations.sigmoid import sigmoid
from derivations.softmax import SOFTMAX

CONTEXT = Context(
    {
        "P": SOFTMAX,
        "sigma": sigmoid(),
        "mu": mask(CrossEntropy().layout),
        "G": Definition(G[n, c], exp(Z[n, c])),
        "Q": Definition(Q[n, c], Z[n, c] - 1),
        # What each is made of by its formula is not negative, but for its first value.
        "V": Recurrence(V[t], V[t - 1] ** 2, initial=Integer(-2)),
        "A": Recurrence(A[t], A[t - 1] + w[t] ** 2),
    }
)
#: What is negative somewhere, though it looks like what is not: 1 − δ, 1 − σ, 1 − 1/(1 + a) with a ≥ 0.
NEGATIVE_SOMEWHERE = [
    Rational(1, 2) - KroneckerDelta(c, j),
    U[n, c] - KroneckerDelta(c, j),
    1 - G[n, c],
    1 - U[n, c],
    1 - 1 / (1 + U[n, c]),
    1 - 1 / (exp(Z[n, c]) + exp(U[n, c])),
    1 - 1 / (Rational(1, 2) + exp(Z[n, c])),
    1 - (1 + exp(Z[n, c])) ** 2,
    Z[n, c] ** 2 + sum_over(U[n, c], c),
    1 - 2 * sigma[n, c],
    exp(Z[n, c]) - exp(U[n, c]),
    1 - 1 / (1 - sigma[n, c]),
    1 - 1 / (1 - KroneckerDelta(c, j)),
    1 - 1 / (1 + exp(Z[n, c]) - sigma[n, c]),
    1 + sigma[n, c] * Z[n, c],
    V[t - 1],
    A[t],
]


@pytest.mark.parametrize(
    ("expr", "conditions"),
    [
        (Z[n, c] ** 2, ()),
        (sum_over(P[n, c] * (U[n, c] - U[n, j]) ** 2, n, c) / N, ()),
        (sigma[n, c] * (1 - sigma[n, c]), ()),
        (mu[n] * exp(Z[n, c]), ()),
        (1 - KroneckerDelta(y[n], iota), ()),
        (1 + exp(Z[n, c]), ()),
        (1 - 1 / (1 + sigma[n, c] + Z[n, c] ** 2), ()),
        (w[c] * Z[n, c] ** 2, (Condition(w[c], "≥", Integer(0)),)),
        (Z[n, c] ** 2 / S, (Condition(S, ">", Integer(0)),)),
        (Z[n, c] ** 2 / S**2, (Condition(S, ">", Integer(0)),)),
        (Z[n, c] ** 2 / S**3, (Condition(S, ">", Integer(0)),)),
        (Z[n, c] ** 2 / (S * w[c]), (Condition(S, ">", Integer(0)), Condition(w[c], ">", Integer(0)))),
        (1 / KroneckerDelta(y[n], iota), (Condition(KroneckerDelta(y[n], iota), ">", Integer(0)),)),
        (1 / (1 - sqrt(2)), (Condition(1 - sqrt(2), ">", Integer(0)),)),
        (sum_over(U[n, c], n, c), (Condition(U[n, c], "≥", Integer(0)),)),
        (S**t, (Condition(S**t, "≥", Integer(0)),)),
        (Z[n, c] ** 3, (Condition(Z[n, c] ** 3, "≥", Integer(0)),)),
        (-(Z[n, c] ** 2), (Condition(Integer(-1), "≥", Integer(0)),)),
        (1 - Y[n, c] + q[c] * Y[n, c], (Condition(1 - Y[n, c] + q[c] * Y[n, c], "≥", Integer(0)),)),
        (P[n, c] - P[n, j], (Condition(P[n, c] - P[n, j], "≥", Integer(0)),)),
        (1 - Symbol("x"), (Condition(1 - Symbol("x"), "≥", Integer(0)),)),
    ],
)
def test_what_is_never_negative_is_read_off_its_structure(expr, conditions):
    assert nonnegative_if(expr, CONTEXT) == conditions


@pytest.mark.parametrize("expr", NEGATIVE_SOMEWHERE, ids=str)
def test_what_only_looks_nonnegative_becomes_a_condition(expr):
    assert nonnegative_if(expr, CONTEXT) == (Condition(expr, "≥", Integer(0)),)
    assert nonnegative_if(1 / expr, CONTEXT) == (Condition(expr, ">", Integer(0)),)


LEAVES = (
    *(Integer(0), Integer(1), Integer(-1), Rational(1, 2), Integer(2), N, S),
    *(Z[n, c], U[n, c], w[c], P[n, c], sigma[n, c], mu[n], G[n, c], Q[n, c], V[t - 1]),
    *(KroneckerDelta(c, j), KroneckerDelta(y[n], iota)),
)
MADE = (
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: 1 - a,
    lambda a, b: 1 + a,
    lambda a, b: 1 / (1 + a),
    lambda a, b: 1 - 1 / (1 + a),
    lambda a, b: 1 - 1 / (a + b),
    lambda a, b: 1 / a,
    lambda a, b: a**2,
    lambda a, b: a**3,
    lambda a, b: a**-2,
    lambda a, b: a**-3,
    lambda a, b: sqrt(a),
    lambda a, b: exp(a),
    lambda a, b: sum_over(a, c),
)
TRIED = 800
VALUES = (0, Fraction(-1), Fraction(-1, 3), Fraction(1, 4), Fraction(1, 2), Fraction(1), Fraction(3), Fraction(-5, 2))


def made_of(source, depth):
    """A random expression that the evaluator knows: of powers integer ones and roots, and no sum inside of another."""
    if depth == 0 or source.random() < 0.15:
        return source.choice(LEAVES)
    first, second = made_of(source, depth - 1), made_of(source, source.randrange(depth))
    made = source.choice(MADE)(first, second)
    nested = any(each.function.has(Sum) for each in made.atoms(Sum))
    known = all(each.exp.is_Integer or abs(each.exp) == Rational(1, 2) for each in made.atoms(Pow))
    real = not made.has(I, oo, zoo, nan)
    return made if known and real and not nested else first


def values_for(conditions, source):
    """An evaluator whose values satisfy the conditions at every index, if a few draws find one."""
    sizes = dict(zip(SIZES, (2, 2, 3, 2, 2, 2), strict=True))
    for _ in range(30):
        known = {}

        def value(name, at, known=known):
            if name in LABELS:
                return label(name, at, sizes)
            return known.setdefault((name, at), source.choice(VALUES))

        evaluate = Evaluator(sizes, CONTEXT, value, digits=DIGITS)
        try:
            if all(
                each.holds(evaluate, at)
                for each in conditions
                for at in every(sorted(free_indices(each.left), key=str), sizes)
            ):
                return evaluate
        except ArithmeticError:
            continue
    return None


def test_nothing_is_negative_that_its_conditions_say_is_not():
    """Random expressions, at random values that satisfy what is returned: where one is defined it is not negative."""
    source, proven, seen = random.Random(0), 0, 0
    for _ in range(TRIED):
        expr = made_of(source, 3)
        conditions = nonnegative_if(expr, CONTEXT)
        if Condition(expr, "≥", Integer(0)) in conditions:
            continue
        proven += 1
        for _ in range(3):
            evaluate = values_for(conditions, source)
            for at in every(sorted(free_indices(expr), key=str), evaluate.sizes) if evaluate else ():
                try:
                    value = evaluate(expr, at)
                except ArithmeticError:  # it is not defined there
                    continue
                seen += 1
                assert value > -1e-40, f"{expr} is negative, where {conditions}"
    assert proven > TRIED // 4
    assert seen > TRIED
