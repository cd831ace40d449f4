"""What a criterion is given, arrays and numbers: in each other's place, or with another value."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from ..mistake import Mistake
from ..problem import Drawn, Problem
from ..trees import Program, Tree, names_in, with_names
from .places import APART, Transformed, places

#: Arrays of real numbers, which may be taken for each other.
REAL = ("REAL", "UNIT", "POSITIVE", "PROBABILITIES", "LOG_PROBABILITIES")


def swapped(problem: Problem, program: Program) -> Transformed:
    """Two of the arrays in each other's place."""
    arrays = [each for each in (problem.outputs, *problem.operands) if each.values in REAL]
    for one, other in itertools.combinations(arrays, 2):
        if one.per == other.per and {one.name, other.name} <= _used(program):
            turned = {one.name: other.name, other.name: one.name}
            yield Mistake.of("swapped", one=one.name, other=other.name), _with_names(program, turned)


def other_values(problem: Problem, program: Program) -> Transformed:
    """An option's default where another number was given, or 0 or 1, with which it mostly does nothing."""
    below = _below(program)
    for each in _numbers(problem, program):
        for value in dict.fromkeys((each.default, 0, 1)):
            if value is not None and not (value == 0 and each.name in below):
                yield (
                    Mistake.of("option value", option=each.name, value=f"{value:g}"),
                    _with_names(program, {each.name: value}),
                )
        if each.values == "PART":
            yield Mistake.of("option turned", option=each.name), _with_names(program, {each.name: ("-", 1, each.name)})


def _below(program: Program) -> set[str]:
    """The names that something is divided by."""
    quotients = (place.node for place in places(program) if isinstance(place.node, tuple) and place.node[0] == "/")
    return set[str]().union(*(names_in(each[2]) for each in quotients))


def elsewhere(problem: Problem, program: Program) -> Transformed:
    """An option left out where something is divided by it, squared or divided by where it multiplies."""
    options = {each.name for each in _numbers(problem, program)}
    for place in places(program, APART):
        match place.node:
            case ("/", above, str() as below) if below in options:
                yield Mistake.of("option missing", option=below), place.put(above)
            case ("/", above, ("*", *factors)) if some := options & names_in(("*", *factors)):
                for name in some:
                    yield (
                        Mistake.of("option missing", option=name),
                        place.put(("/", above, _without(place.node[2], name))),
                    )
            case ("*", str() as name, of) if name in options:
                yield _power(name, "2"), place.put(("*", ("^", name, 2), of))
                yield _power(name, "−1"), place.put(("/", of, name))


def _power(name: str, wrong: str) -> Mistake:
    return Mistake.of("power", of=name, right="1", wrong=wrong)


def _without(product: Tree, name: str) -> Tree:
    match product:
        case ("*", a, b):
            return (
                _without(b, name)
                if a == name
                else _without(a, name)
                if b == name
                else ("*", _without(a, name), _without(b, name))
            )
    return product


def _numbers(problem: Problem, program: Program) -> Iterator[Drawn]:
    """The options that are one number and stand in the program."""
    return (
        number
        for number in problem.numbers
        if number.per == "ONE" and number.values != "LABEL" and number.name in _used(program)
    )


def _used(program: Program) -> set[str]:
    return set().union(*(names_in(tree) for _, tree in program.lines), names_in(program.result))


def _with_names(program: Program, names: dict[str, Tree]) -> Program:
    return program.changed(lambda tree: with_names(tree, names))


ALL = (swapped, other_values, elsewhere)
