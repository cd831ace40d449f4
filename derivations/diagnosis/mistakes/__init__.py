"""The one place that lists mistakes: transformations of a certified program, each with its name.

A transformation takes a problem and a program, and yields what each mistake it knows makes of the program. It looks at
what the program is made of, not at which criterion it is: a new criterion has its mistakes from its derivation. Two
mistakes at once are a transformation of what another has made. To add a mistake, add it to the file of its theme.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ..mistake import Mistake
from ..problem import Problem
from ..trees import Program
from . import divisors, functions, given, nodes, options, results, terms, whole
from .costs import cost
from .places import Transformation

TRANSFORMATIONS: tuple[Transformation, ...] = (
    *whole.ALL,
    *divisors.ALL,
    *options.ALL,
    *nodes.ALL,
    *functions.ALL,
    *given.ALL,
    *terms.ALL,
    *results.ALL,
)
#: Of these there may be two at once, in two places.
REPEATED = ("term missing", "term sign", "factor missing", "option missing", "smoothing")


@dataclass(frozen=True)
class Variant:
    """A program with mistakes in it, what they are, and how readily they are named: the least cost first."""

    mistakes: tuple[Mistake, ...]
    program: Program
    cost: float


def variants(problem: Problem, without: Collection[str] = ()) -> Iterator[Variant]:
    """Every mistake by itself, in every form of the program, the least cost first; equal programs once.

    `without`: keys of mistakes that are looked for otherwise.
    """
    programs: set[Program] = {problem.program, *problem.forms}
    found = itertools.chain(*(_of(problem, form, without) for form in _forms(problem)))
    for each in sorted(found, key=lambda each: each.cost):
        if each.program not in programs:
            programs.add(each.program)
            yield each


def pairs(problem: Problem, without: Collection[str] = ()) -> Iterator[Variant]:
    """Two mistakes at once, the least cost first; each second one is looked for only when its turn comes."""
    firsts = [(at, variant) for at, form in enumerate(_forms(problem)) for variant in _of(problem, form, without)]
    least = min((each.cost for _, each in firsts), default=0.0)
    count = itertools.count()  # of equal costs, what came first
    waiting = [(each.cost + least, next(count), form, each) for form, each in firsts]
    heapq.heapify(waiting)
    seen: set[tuple[int, frozenset[Mistake]]] = set()
    programs: set[Program] = {problem.program, *problem.forms, *(each.program for _, each in firsts)}
    while waiting:
        _, _, form, first = heapq.heappop(waiting)
        if len(first.mistakes) == 2:
            if first.program not in programs:
                programs.add(first.program)
                yield first
            continue
        for second in _of(problem, first.program, without):
            both = first.mistakes + second.mistakes
            if not _go_together(*both) or (form, frozenset(both)) in seen:
                continue
            seen.add((form, frozenset(both)))
            made = Variant(both, second.program, first.cost + second.cost)
            heapq.heappush(waiting, (made.cost, next(count), form, made))


def _forms(problem: Problem) -> tuple[Program, ...]:
    return (problem.program, *problem.forms)


def _of(problem: Problem, program: Program, without: Collection[str]) -> Iterator[Variant]:
    for transformation in TRANSFORMATIONS:
        for mistake, changed in transformation(problem, program):
            if mistake.key not in without:
                yield Variant((mistake,), changed, cost(mistake))


def _go_together(one: Mistake, other: Mistake) -> bool:
    """Are they two mistakes? Two of the same kind are not, as two divisors."""
    return one != other and (one.key != other.key or one.key in REPEATED)


__all__ = ["TRANSFORMATIONS", "Variant", "pairs", "variants"]
