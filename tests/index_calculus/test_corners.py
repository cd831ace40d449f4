"""Formulas with corners: what is wrong on one side of a corner, or near it, is found out."""

import random
from collections import Counter

import numpy as np
import pytest
from mutants import formula_mutations, made
from sympy import Abs, Expr, Heaviside, Integer, Max, Min, Rational, Symbol, lambdify, sign

from derivations.index_calculus.expressions import Condition, Context, Definition, Partial
from derivations.index_calculus.functions import step
from derivations.index_calculus.judge import Disagreement, Judge
from derivations.index_calculus.symbols import G, L, Y, Z, c, i, j, n, sum_over

alpha = Symbol("alpha")
POSITIVE = (Condition(alpha, ">", Integer(0)),)
z, y, g = Z[n, c], Y[n, c], G[n, c]
u = z - y
near = Min(Abs(u), alpha)

#: What each entry is worth, and its slope in z.
FORMULAS = {
    "relu": (Max(z, 0), step(z)),
    "leaky relu": (Max(z, 0) + alpha * Min(z, 0), step(z) + alpha * (1 - step(z))),
    "abs": (Abs(u), sign(u)),
    "huber": (near * (Abs(u) - near / 2), u * step(alpha - Abs(u)) + alpha * sign(u) * step(Abs(u) - alpha)),
    "smooth l1": (near * (Abs(u) - near / 2) / alpha, sign(u) * Min(Abs(u) / alpha, 1)),
    "hinge": (Max(1 - y * z, 0), -y * step(1 - y * z)),
    "clamp": (Max(Min(z, alpha), -alpha), step(alpha - z) * step(z + alpha)),
    "relu6": (Min(Max(z, 0), 6), step(z) * step(6 - z)),
    "maximum": (Max(z, y), step(z - y)),
    "epsilon insensitive": (Max(Abs(u) - alpha, 0), sign(u) * step(Abs(u) - alpha)),
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
    letters = [Z[i, j], Y[i, j], G[i, j], alpha]
    plain = [Symbol(f"x{place}") for place in range(4)]
    difference = (one - other).xreplace(dict(zip(letters, plain, strict=True)))
    modules = [{"Heaviside": np.heaviside, "Max": max, "Min": min, "sign": np.sign, "Abs": abs}, "numpy"]
    function = lambdify(plain, difference, modules)
    for _ in range(3000):
        size = source.choice((0.02, 1, 10))
        at = [source.gauss(0, size), source.gauss(0, size), source.gauss(0, 1), abs(source.gauss(0, size))]
        if abs(function(*at)) > 1e-9:
            return False
    return True


@pytest.mark.parametrize("name", FORMULAS)
def test_of_all_mutants_those_survive_that_are_no_mistake(name):
    judge, left, right = share(name)
    assert judge(left, right)
    outcomes = Counter()
    for kind, mutant in made(formula_mutations(right, (i, j)), right):
        try:
            judge(left, mutant)
        except Disagreement:
            outcomes["refused"]+=1
        except ValueError as error:
            outcomes["error"]+=1
            print(kind, mutant, str(error)[:80])
        else:
            outcomes["survive"]+=1
            eq=is_equal(right, mutant)
            print("SURVIVES", kind, mutant, eq)
    print(name, outcomes)
