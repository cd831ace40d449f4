"""A function, a power, a limit or a condition of the entries: left out, taken for another, or on the other side."""

from __future__ import annotations

from ..mistake import Mistake
from ..problem import Problem
from ..trees import Program, Tree
from .places import APART, Place, Transformed, is_number, places
from .telling import told

#: Functions that have no mistakes of their own elsewhere, as sigmoid has.
PLAIN = ("exp", "log", "sqrt", "square", "abs", "sign", "tanh")
#: What holds just beside a corner, at it as well, or on the other side of it.
BESIDE = {">": ">=", ">=": ">", "<": "<=", "<=": "<"}
BEYOND = {">": "<", ">=": "<=", "<": ">", "<=": ">="}


def left_out(problem: Problem, program: Program) -> Transformed:
    """The function's argument in its place."""
    for place in places(program, APART):
        match place.node:
            case (function, of) if function in PLAIN:
                yield Mistake.of("function missing", function=function), place.put(of)


def steps(problem: Problem, program: Program) -> Transformed:
    """0 and 1 where −1 and 1 belong."""
    for place in places(program, APART):
        match place.node:
            case ("sign", of):
                yield Mistake.of("step for sign"), place.put((">", of, 0))


def conditions(problem: Problem, program: Program) -> Transformed:
    """Where entries count: everywhere, on the other side, or at the corner as well."""
    for place in places(program, APART):
        match place.node:
            case (sign, a, b) if sign in BESIDE:
                yield Mistake.of("condition missing"), place.put(1)
                yield Mistake.of("condition reversed"), place.put((BEYOND[sign], a, b))
                yield Mistake.of("corner"), place.put((BESIDE[sign], a, b))


def limits(problem: Problem, program: Program) -> Transformed:
    """What is clipped: not at all, on one side alone, or its sign alone."""
    for place in places(program, APART):
        match place.node:
            case ("maximum", ("minimum", of, high), low):
                yield Mistake.of("clip missing"), place.put(of)
                yield Mistake.of("clip missing", side="below"), place.put(("minimum", of, high))
                yield Mistake.of("clip missing", side="above"), place.put(("maximum", of, low))
                yield Mistake.of("sign for clip"), place.put(("*", high, ("sign", of)))
            case (("maximum" | "minimum"), of, limit) if not _is_inner(place):
                yield Mistake.of("clip missing"), place.put(of)
                if limit == 0:
                    yield Mistake.of("step for clip"), place.put((">", of, 0))


def _is_inner(place: Place) -> bool:
    """Is it the lower half of a clip on both sides?"""
    return bool(place.above) and place.above[-1][0] == "maximum" and place.node[0] == "minimum"


def powers(problem: Problem, program: Program) -> Transformed:
    """A square not taken, or of what stands below; what stands below as its root, or not at all."""
    for place in places(program, APART):
        match place.node:
            case ("^", of, 2):
                yield _power(of, "2", "1"), place.put(of)
            case ("/", above, below) if not is_number(below):
                yield Mistake.of("factor missing", factor=told(("/", 1, below))), place.put(above)
                if not _is_power(below):
                    yield _power(below, "1", "2"), place.put(("/", above, ("^", below, 2)))
                    yield _power(below, "1", "1/2"), place.put(("/", above, ("sqrt", below)))


def _power(of: Tree, right: str, wrong: str) -> Mistake:
    return Mistake.of("power", of=told(of), right=right, wrong=wrong)


def _is_power(tree: Tree) -> bool:
    return isinstance(tree, tuple) and tree[0] in ("^", "sqrt")


ALL = (left_out, steps, conditions, limits, powers)
