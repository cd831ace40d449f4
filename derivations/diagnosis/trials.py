"""Numbers to try a formula on: small arrays of every size, drawn with a fixed seed, in pure Python."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .problem import Problem
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

    def between(low: float, high: float, *shape: int) -> Array:
        return Array(shape, [draw.uniform(low, high) for _ in range(math.prod(shape))])

    names: dict[str, Any] = {"N": float(n), "D": float(d), "C": float(c)}
    if sizes.samples:
        names |= {"B": float(sizes.samples), "T": float(n // sizes.samples)}
    names |= {"X": normal(n, d), "W": normal(c, d), "b": normal(c)}
    names["Z"] = _outputs(problem, names, arrays)
    by_class = problem.title.startswith(("CrossEntropy", "NLL"))
    if problem.title.startswith("NLL"):
        names["Q"] = evaluate(Program((), ("log_softmax", "Z", 1)), names, arrays).value
    if problem.targets == "indices":
        labels = [(k * (c - 1) + at) % c for k in range(n)]
        if "ignore_index" in problem.options:
            wanted = float(labels[1] if ignored == UNNAMED else ignored)
            names["ignore_index"] = wanted
            labels = [int(wanted) if k in (1, n - 1) else label for k, label in enumerate(labels)]
        names["y"] = Array((n,), [float(each) for each in labels])
    else:
        real = problem.title.startswith("MSE")
        names["Y"] = normal(n, c) if real else between(0.05, 0.95, n, c)
        if problem.targets == "probabilities" and at == 0:
            names = normalised(names, arrays)
    if "weight" in problem.options:
        names["weight"] = between(0.3, 3.0, c) if by_class else between(0.3, 3.0, n, c)
    if "pos_weight" in problem.options:
        names["pos_weight"] = between(0.3, 3.0, c)
    if "label_smoothing" in problem.options:
        names["label_smoothing"] = 0.1 + 0.07 * at
    names["grad_output"] = 1.0
    if problem.reduction == "none":
        names["grad_output"] = normal(n) if by_class else normal(n, c)
    return names


def normalised(names: Mapping[str, Any], arrays: Lists) -> dict[str, Any]:
    """The same trial with targets whose rows add up to 1."""
    sums = arrays.reduce("sum", names["Y"], 1, True)
    return {**names, "Y": arrays.binary("/", names["Y"], sums)}


def _outputs(problem: Problem, names: dict[str, Any], arrays: Lists) -> Array:
    """Z as the program has it, or with a model."""
    own: Tree = problem.program.line("Z")
    has_bias = own is None or "b" in names_in(own)
    if not has_bias:
        del names["b"]
    tree: Tree = ("@", "X", ("T", "W"))
    return evaluate(Program((), ("+", tree, "b") if has_bias else tree), names, arrays).value
