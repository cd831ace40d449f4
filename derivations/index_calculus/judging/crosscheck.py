"""Second opinions on both ends of a derivation. They share no code with the rules, and only values with the judge.

The left end is written out in scalars at toy sizes. A derivative is asked for in a random direction R, in which every
entry of the array moves: Σ R_jm ∂L/∂W_jm is the derivative of L(W + hR) in the one number h. SymPy's own `diff` finds
it, where that is reliable, and a central difference at 50 digits finds it without any algebra. Where they disagree,
each entry is asked for alone, so that the error names one.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache, reduce
from itertools import starmap
from math import prod

from sympy import Expr, Symbol

from ..expressions import Context, Definition, Partial, free_indices, names_in, sizes_in
from ..memoised import alone
from ..symbols import C, D, J, K, N, T, size_of
from .corners import corners_in, is_undecided
from .digits import DIGITS, working
from .dual import Number
from .evaluator import Env, Evaluator, Sizes
from .judge import Disagreement, close, disagreement, judge_of
from .samples import every, spread
from .scalars import Entry, Scalars

#: Sizes for a first derivative, for what has more entries, and for what runs over steps alone.
TOY_SIZES = {N: 2, D: 2, C: 3}
SMALLEST = {N: 2, D: 2, C: 2, T: 2, K: 2, J: 2}
STEPS = {T: 4}
#: At how many points, at most, what is no derivative is judged.
POINTS = 16
DIFF, DIFFERENCE, WRITTEN_OUT = "diff", "difference", "written out"
#: How far each method may be from the truth, beside rounding at 50 digits.
TOLERANCES = {DIFF: working.mpf(10) ** -40, DIFFERENCE: working.mpf(10) ** -20, WRITTEN_OUT: working.mpf(10) ** -40}
#: The width of a central difference, for a first and for a second derivative: its error is of the order of the square.
DIFFERENCES = {1: working.mpf(10) ** -15, 2: working.mpf(10) ** -12}
#: The entries of a direction are ±k/FINE, so fine that mistakes at two entries do not cancel by chance.
FINE = 10**9


@alone
def crosscheck(subject: str, left: Expr, right: Expr, context: Context) -> tuple[str, ...]:
    """Judge left = right once more, by methods that use no rule; name them.

    A derivative, once or twice, is judged by "diff" and "difference"; anything else is "written out" on both sides.
    Where there are corners, that is done at as many draws of values as show each of them from all its sides.
    Raises Disagreement, and ValueError where such values are not found.
    """
    reached = context.reachable(left, right)
    conditions = [each for each in context.domain if names_in(each.left) | names_in(each.right) <= reached]
    formulas = context.formulas(left, right)
    corners, sizes = corners_in(formulas), _toy_sizes(left, set().union(*map(sizes_in, formulas)))
    where = [each for each in conditions if each.is_about_indices]
    indices = sorted(free_indices(left) | free_indices(right), key=str)
    draws = judge_of(context).draws.each(
        sizes, [each for each in conditions if not each.is_about_indices], corners, DIGITS
    )
    scalars, methods = _scalars(tuple(context.definitions.items()), tuple(sizes.items())), set[str]()
    for evaluate in draws:
        points = [at for at in every(indices, sizes) if all(each.holds(evaluate, at) for each in where)]
        if corners:
            for side, at in itertools.product((left, right), points):
                evaluate(side, at)  # which sees on which side of its corners it is
            if is_undecided(evaluate, corners):
                continue
        scalars.values = evaluate.values
        methods |= _opinions(subject, left, right, points, evaluate, scalars)
    return tuple(method for method in TOLERANCES if method in methods)


@lru_cache(maxsize=8)
def _scalars(definitions: tuple[tuple[str, Definition], ...], sizes: tuple[tuple[Symbol, int], ...]) -> Scalars:
    """The scalars that equal contexts share: what ∂L/∂W was written out in, ∂L/∂b and ∂L/∂X are written out in next."""
    return Scalars(dict(sizes), Context(dict(definitions)))


def _opinions(
    subject: str, left: Expr, right: Expr, points: list[Env], evaluate: Evaluator, scalars: Scalars
) -> set[str]:
    """The methods by which left = right was judged at the values of an evaluator, which are those of the scalars."""
    methods = set()

    def ask(points: Sequence[Env]) -> None:
        weights, written, directions = _posed(left, points, scalars)
        values = (evaluate(right, at) for at in points)
        got = working.fsum(evaluate.number(weight) * each for weight, each in zip(weights, values, strict=True))
        for method, expected in _answers(written, directions, scalars):
            methods.add(method)
            if not close(expected, got, TOLERANCES[method]):
                raise disagreement(f"{subject}: second opinion, {method}", points[0], expected, got, evaluate)

    for together in _together(left, points, evaluate.sizes):
        try:
            ask(together)
        except Disagreement:
            for at in together:
                ask([at])
            raise
    return methods


def _toy_sizes(left: Expr, occurring: set[Symbol]) -> Sizes:
    if occurring <= {T}:
        return STEPS
    variables, _ = _taken_apart(left)
    return TOY_SIZES if len(variables) == 1 and occurring <= TOY_SIZES.keys() else SMALLEST


def _taken_apart(left: Expr) -> tuple[list[Expr], Expr]:
    """What is differentiated by, the outermost ∂ first, and what is differentiated."""
    variables = []
    while isinstance(left, Partial):
        variables.append(left.variable)
        left = left.expr
    return variables, left


def _together(left: Expr, points: list[Env], sizes: Sizes) -> Iterator[list[Env]]:
    """The points that are asked for at once: of a derivative, those that differ only in the entries it is taken by.

    They must be all that there are: where some are left out, or an index stands twice, each is asked for alone.
    """
    variables, inner = _taken_apart(left)
    if not variables:
        points = spread(points, POINTS)
    by = [index for variable in variables for index in free_indices(variable) - free_indices(inner)]
    groups: dict[tuple[int, ...], list[Env]] = {}
    for at in points:
        groups.setdefault(tuple([number for index, number in at.items() if index not in by]), []).append(at)
    for group in groups.values():
        if len(group) == prod([sizes[size_of(index)] for index in by]):
            yield group
        else:
            yield from ([at] for at in group)


def _posed(left: Expr, points: Sequence[Env], scalars: Scalars) -> tuple[list[Fraction], Expr, list[int]]:
    """The weights of the points in the direction; what is differentiated; and the directions, one for each ∂.

    A point that is asked for alone has the weight 1.
    """
    variables, inner = _taken_apart(left)
    entries = [[scalars.entry(variable, at) for variable in variables] for at in points]
    along = _moved if len(points) > 1 else lambda level, entry: Fraction(1)
    weights = [prod(starmap(along, enumerate(each)), start=Fraction(1)) for each in entries]
    directions = [
        scalars.direction({entry: along(level, entry) for entry in moved})
        for level, moved in enumerate(zip(*entries, strict=True))
    ]
    return weights, scalars.write(inner, points[0]), directions


def _moved(level: int, entry: Entry) -> Fraction:
    """How far an entry moves: at random, but the same each time."""
    chance = random.Random(f"{level}/{entry}")
    return Fraction(chance.choice((-1, 1)) * chance.randint(1, FINE), FINE)


def _answers(written: Expr, directions: Sequence[int], scalars: Scalars) -> Iterator[tuple[str, Number]]:
    """The methods, and what each finds."""
    if not directions:
        yield WRITTEN_OUT, scalars.value(written)
        return
    yield DIFF, scalars.value(reduce(scalars.derivative, directions, written))
    # ∂f/∂a ∂b … from the values of f at a ± width, b ± width, …
    width, total = DIFFERENCES[len(directions)], working.mpf(0)
    for signs in itertools.product((1, -1), repeat=len(directions)):
        steps = [(direction, sign * width) for direction, sign in zip(directions, signs, strict=True)]
        total += prod(signs) * scalars.value(written, steps)
    yield DIFFERENCE, total / (2 * width) ** len(directions)
