"""What the judge evaluates at: sizes, values of the arrays, and values of the free indices."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache, lru_cache

from sympy import Expr, Indexed, Rational, Sum, Symbol

from ..expressions import Condition, free_indices
from ..symbols import LABELS, is_index, size_of
from .digits import TOLERANCE
from .evaluator import Env, Evaluator, Place, Sizes, Values

#: What up to four sizes are; see `choices_of`. Of four, one at a time is larger, since 5·4·3·2 would take too long.
CHOICES = {
    0: ((),),
    1: ((3,), (4,)),
    2: ((3, 2), (2, 3)),
    3: ((4, 3, 2), (2, 3, 4)),
    4: ((3, 2, 2, 2), (2, 3, 2, 2), (2, 2, 3, 2), (2, 2, 2, 3)),
}
#: Values are whole numbers up to MOST, or k/GRID of a scale, with a prime so large that no threshold is hit by chance,
#: and that no sum of a few comes to 1.
MOST, GRID = 30, 30_011
#: How often one entry is drawn for what the domain says of it alone.
TRIES = 1000


@lru_cache
def choices_of(count: int) -> tuple[tuple[int, ...], ...]:
    """What so many sizes are, choice after choice.

    Every size is at least 2, and once larger and once smaller than every other, so that neither a swapped index nor a
    wrong limit can hide: a sum over n up to C is right where a δ picks one n ≤ N < C. From five sizes on, each has a
    number in binary; in one choice a size is 2 or 3 by one digit of its number, and in the next the other way round.
    Two numbers differ in some digit.
    """
    if count in CHOICES:
        return CHOICES[count]
    digits = range((count - 1).bit_length())
    return tuple(
        tuple(2 + (place >> digit & 1 ^ turned) for place in range(count)) for digit in digits for turned in (0, 1)
    )


def random_values(
    sizes: Sizes,
    seed: int,
    domain: Sequence[Condition] = (),
    scale: Rational | int | None = None,
    again: Mapping[tuple[str, Place], int] | None = None,
) -> Values:
    """Numbers that depend on name, indices and seed alone; for class labels see `label`.

    They are whole numbers other than 0 up to MOST, or k/GRID of the scale where there is one. Where the domain
    speaks of an entry alone, as 0 < β and Y_nc > 0 do, they are numbers that satisfy it. Where it says what entries
    add up to, as Σ_c Y_nc = 1 does, they are divided by their sum. `again` says how often an entry is drawn anew.
    Raises ValueError where no entry is found.
    """
    alone: dict[str, list[Condition]] = {}
    totals: dict[str, Condition] = {}
    for condition in domain:
        if _is_about_one_entry(condition):
            alone.setdefault(_name(condition.left), []).append(condition)
        elif _is_about_a_total(condition):
            totals[_name(condition.left.function)] = condition

    @cache
    def drawn(name: str, at: Place) -> Fraction | int:
        source = f"{seed}/{name}/{at}" + "+" * (again or {}).get((name, at), 0)
        if name in alone:
            return _satisfying(alone[name], random.Random(source), scale)
        return _free(source, scale)

    @cache
    def value(name: str, at: Place) -> Fraction | int:
        if name in LABELS:
            return label(name, at, sizes)
        if name not in totals:
            return drawn(name, at)
        total = totals[name].left
        summed = [index for index, *_ in total.limits]
        places = [
            range(1, sizes[size_of(index)] + 1) if index in summed else (number,)
            for index, number in zip(total.function.indices, at, strict=True)
        ]
        whole = sum(Fraction(drawn(name, each)) for each in itertools.product(*places))
        return drawn(name, at) * _fraction(totals[name].right) / whole

    return value


@lru_cache(maxsize=100_000)
def _free(source: str, scale: Rational | int | None) -> Fraction | int:
    """A number of which nothing is said; all formulas are judged at the same ones."""
    return _number(random.Random(source), scale)


def _number(source: random.Random, scale: Rational | int | None) -> Fraction | int:
    sign = source.choice((-1, 1))
    if scale is None:
        return sign * source.randint(1, MOST)
    return sign * source.randint(1, GRID - 1) * _fraction(scale) / GRID


def _satisfying(conditions: Sequence[Condition], source: random.Random, scale: Rational | int | None) -> Fraction:
    """A number of which all this is true: of the scale's size where possible, else beside what it is compared with."""
    bounds = [_fraction(each.right) for each in conditions]
    for number in range(TRIES):
        chosen = Fraction(source.randint(-30, 30), source.randint(1, 30))
        if scale is not None and number < TRIES // 2:
            chosen = Fraction(_number(source, scale))
        elif number > TRIES // 2:
            chosen = source.choice(bounds) + source.choice((0, chosen))
        if all(each.compares(chosen, bound) for each, bound in zip(conditions, bounds, strict=True)):
            return chosen
    raise ValueError(f"no number was found that satisfies {conditions}, in {TRIES} draws.")


def _fraction(number: Expr | int) -> Fraction:
    return Fraction(str(number))


def label(name: str, at: tuple[int, ...], sizes: Sizes) -> int:
    """A class label. Left to chance, no row might name the first or the last class, and all might be ignored.

    The class ignored is 2, and so is the second row's; the first row's is the last class where there are more classes
    than anything else, and the first class elsewhere; so a sum over classes with a wrong limit shows.
    """
    classes = sizes[LABELS[name]]
    row = (sum(at) - len(at)) % 4
    if name == "iota" or row == 1:
        return min(2, classes)
    most = all(classes > number for size, number in sizes.items() if size != LABELS[name])
    return classes if most == (row != 2) and classes > 2 else 1


def every(indices: Sequence[Symbol], sizes: Sizes) -> list[Env]:
    """Every way to give the indices a value."""
    ranges = [range(1, sizes[size_of(each)] + 1) for each in indices]
    return [dict(zip(indices, numbers, strict=True)) for numbers in itertools.product(*ranges)]


def spread(points: list[Env], most: int) -> list[Env]:
    """All points, or `most` of them, with many equal indices as often as with few: a δ shows where they are equal."""
    if len(points) <= most:
        return points
    strata: dict[int, list[Env]] = {}
    for at in points:
        equal = len(at) - len({(size_of(index), number) for index, number in at.items()})
        strata.setdefault(equal, []).append(at)
    chosen: list[Env] = []
    for place, stratum in enumerate(sorted(strata.values(), key=len)):
        share = (most - len(chosen)) // (len(strata) - place)
        chosen += random.Random(place).sample(stratum, min(share, len(stratum)))
    return chosen


def holds_everywhere(condition: Condition, evaluate: Evaluator) -> bool:
    """Is it so for every value of its indices?

    That two entries of one array differ is said of any two, not of one and itself.
    """
    try:
        return not any(True for _ in _unmet(condition, evaluate))
    except ArithmeticError:
        return False


def entries_at_fault(condition: Condition, evaluate: Evaluator) -> set[tuple[str, Place]]:
    """One entry for each place at which the condition does not hold: of the array with the most indices in it."""
    free = free_indices(condition.left) | free_indices(condition.right)
    arrays = sorted(
        (each for each in (condition.left - condition.right).atoms(Indexed) if free.issuperset(each.indices)),
        key=lambda each: (-len(each.indices), str(each)),
    )
    named = [each for each in arrays if _name(each) not in {*evaluate.context.definitions, *LABELS}]
    try:
        places = list(_unmet(condition, evaluate))
    except ArithmeticError:
        return set()
    return {(_name(entry), tuple(at[index] for index in entry.indices)) for entry in named[:1] for at in places}


def _unmet(condition: Condition, evaluate: Evaluator) -> Iterator[Env]:
    indices = sorted(free_indices(condition.left) | free_indices(condition.right), key=str)
    for at in every(indices, evaluate.sizes):
        if not _is_one_entry(condition.left, condition.right, at) and not _holds(condition, evaluate, at):
            yield at


def _holds(condition: Condition, evaluate: Evaluator, at: Env) -> bool:
    if condition.relation == "=" and evaluate.digits is not None:
        left, right = evaluate(condition.left, at), evaluate(condition.right, at)
        return bool(abs(left - right) <= TOLERANCE * (1 + abs(right)))
    return condition.holds(evaluate, at)


def _is_one_entry(left: Expr, right: Expr, at: Env) -> bool:
    return isinstance(left, Indexed) and isinstance(right, Indexed) and left.xreplace(at) == right.xreplace(at)


def _is_about_one_entry(condition: Condition) -> bool:
    """Does it say of each entry of an array, or of a number, how it compares with a number?"""
    return condition.right.is_Rational and _is_any_entry(condition.left)


def _is_about_a_total(condition: Condition) -> bool:
    """Does it say what the entries of an array add up to, all or those of each row?"""
    left, right = condition.left, condition.right
    if not (condition.relation == "=" and right.is_Rational and right and isinstance(left, Sum)):
        return False
    whole = all(low == 1 and high == size_of(index) for index, low, high in left.limits)
    return whole and isinstance(left.function, Indexed) and _is_any_entry(left.function)


def _is_any_entry(expr: Expr) -> bool:
    """Is it a number, or an array at indices that may be any, as Y[n, c] is and Y[n, 1] or Y[n, n] is not?"""
    if isinstance(expr, Indexed):
        return len(set(expr.indices)) == len(expr.indices) and all(map(is_index, expr.indices))
    return isinstance(expr, Symbol)


def _name(entry: Symbol | Indexed) -> str:
    return str(entry.base.label.name if isinstance(entry, Indexed) else entry.name)
