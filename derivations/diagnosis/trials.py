"""Numbers to try a formula on: small arrays of every size, drawn with a fixed seed, in pure Python."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .problem import Drawn, Problem
from .trees import Program, Tree, names_in
from .values.evaluate import evaluate
from .values.lists import Array, Lists


@dataclass(frozen=True)
class Sizes:
    """Of one trial. All are distinct, so that a transpose or a wrong divisor shows; C is above N once, and below."""

    rows: int
    features: int
    classes: int
    samples: int = 0


PLAIN = (Sizes(4, 3, 5), Sizes(5, 2, 3), Sizes(7, 4, 2))
#: Rows are samples and positions: N = B·T.
WITH_POSITIONS = (Sizes(6, 4, 5, 2), Sizes(8, 5, 3, 4), Sizes(10, 3, 4, 5))
#: Which label is ignored where the formula does not name one: a class, so that one may index with it as torch may not.
UNNAMED = -1
#: How outputs that are no logits are made of them, by what they hold.
OF_LOGITS: dict[str, Tree] = {
    "REAL": "Z",
    "LOG_PROBABILITIES": ("log_softmax", "Z", 1),
    "PROBABILITIES": ("softmax", "Z", 1),
    "UNIT": ("sigmoid", "Z"),
    "POSITIVE": ("exp", "Z"),
}
#: An entry of an array, by what that holds.
DRAWS: dict[str, Callable[[random.Random], float]] = {
    "REAL": lambda draw: draw.gauss(0.0, 1.2),
    "PROBABILITIES": lambda draw: draw.uniform(0.05, 0.95),
    "UNIT": lambda draw: draw.uniform(0.05, 0.95),
    "LOG_PROBABILITIES": lambda draw: math.log(draw.uniform(0.05, 0.95)),
    "POSITIVE": lambda draw: draw.uniform(0.3, 3.0),
    "COUNTS": lambda draw: float(draw.randint(0, 6)),
    "SIGNS": lambda draw: float(draw.choice((-1, 1))),
    "BITS": lambda draw: float(draw.randint(0, 1)),
}


def trials(problem: Problem, arrays: Lists, ignored: int = UNNAMED, classes: int | None = None) -> list[dict[str, Any]]:
    """The names of each trial: X, W, b, Z, the targets, the options in use, and the sizes.

    Soft targets add up to 1 in the first of them alone, weights differ, and some labels are ignored. `ignored` is what
    ignored labels are, UNNAMED for one of the classes; `classes`, how many there are, else other numbers in each trial.
    """
    return [_trial(problem, arrays, k, each, ignored) for k, each in enumerate(sizes_of(problem, classes))]


def sizes_of(problem: Problem, classes: int | None = None) -> Sequence[Sizes]:
    """Of each trial; with as many classes in all of them where `classes` says how many there are."""
    several = WITH_POSITIONS if problem.positions else PLAIN
    return several if classes is None else [replace(each, classes=classes) for each in several]


def _trial(problem: Problem, arrays: Lists, at: int, sizes: Sizes, ignored: int) -> dict[str, Any]:
    draw = random.Random(f"{problem.title} {at}")
    n, d, c = sizes.rows, sizes.features, sizes.classes

    def normal(*shape: int) -> Array:
        return Array(shape, [draw.gauss(0.0, 1.2) for _ in range(math.prod(shape))])

    names: dict[str, Any] = {"N": float(n), "D": float(d), "C": float(c)}
    if sizes.samples:
        names |= {"B": float(sizes.samples), "T": float(n // sizes.samples)}
    names |= {"X": normal(n, d), "W": normal(c, d), "b": normal(c)}
    names["Z"] = _outputs(problem, names, arrays)
    if problem.outputs.name != "Z":
        names[problem.outputs.name] = evaluate(Program((), OF_LOGITS[problem.outputs.values]), names, arrays).value
    for each in problem.operands:
        names |= _operand(problem, each, draw, sizes, at, ignored)
        if each.values == "PROBABILITIES" and at == 0:
            names = normalised(names, arrays, each.name)
    for each in problem.numbers:
        if each.values != "LABEL":  # which the labels have drawn
            names[each.name] = _number(each, draw, sizes, at)
    names["grad_output"] = 1.0
    if problem.reduction == "none":
        names["grad_output"] = normal(*_shape(problem.per, sizes))
    return names


def _shape(per: str, sizes: Sizes) -> tuple[int, ...]:
    n, c = sizes.rows, sizes.classes
    return {"ENTRY": (n, c), "ROW": (n,), "CLASS": (c,), "ONE": ()}[per]


def _operand(problem: Problem, each: Drawn, draw: random.Random, sizes: Sizes, at: int, ignored: int) -> dict[str, Any]:
    """The operand, and with labels the one that is ignored."""
    shape, c = _shape(each.per, sizes), sizes.classes
    if each.values == "LABELS":
        labels, found = [(k * (c - 1) + at) % c for k in range(sizes.rows)], {}
        if any(number.values == "LABEL" for number in problem.numbers):
            wanted = float(labels[1] if ignored == UNNAMED else ignored)
            found["ignore_index"] = wanted
            labels = [int(wanted) if k in (1, sizes.rows - 1) else label for k, label in enumerate(labels)]
        return {**found, each.name: Array((sizes.rows,), [float(label) for label in labels])}
    if each.values == "CLASS_SETS":
        rows = [draw.sample(range(c), k=draw.randint(1, c)) for _ in range(sizes.rows)]
        return {each.name: Array(shape, [float(k in row) for row in rows for k in range(c)])}  # as formulas have them
    return {each.name: Array(shape, [DRAWS[each.values](draw) for _ in range(math.prod(shape))])}


def _number(each: Drawn, draw: random.Random, sizes: Sizes, at: int) -> Any:
    """An option: weights differ, and a number is another in each trial."""
    if each.per == "ONE":
        return 0.1 + 0.07 * at if each.values == "PART" else 0.6 + 0.35 * at
    shape = _shape(each.per, sizes)
    return Array(shape, [draw.uniform(0.3, 3.0) for _ in range(math.prod(shape))])


def normalised(names: Mapping[str, Any], arrays: Lists, name: str = "Y") -> dict[str, Any]:
    """The same trial with targets whose rows add up to 1."""
    sums = arrays.reduce("sum", names[name], 1, True)
    return {**names, name: arrays.binary("/", names[name], sums)}


def _outputs(problem: Problem, names: dict[str, Any], arrays: Lists) -> Array:
    """Z as the program has it, or with a model."""
    own: Tree = problem.program.line("Z")
    has_bias = own is None or "b" in names_in(own)
    if not has_bias:
        del names["b"]
    tree: Tree = ("@", "X", ("T", "W"))
    return evaluate(Program((), ("+", tree, "b") if has_bias else tree), names, arrays).value
