"""Is a formula that somebody typed the gradient? It is read, run on small arrays, and diagnosed."""

from __future__ import annotations

from dataclasses import replace

from ..words import Words
from .diagnosis import Diagnosis
from .lists import Array, Lists
from .problem import Case, Precision, Problem
from .reading import NotUnderstood, Reading, read
from .reading.nodes import Node, expressions
from .running import run, uses, vocabulary
from .search import search
from .trials import UNNAMED, trials

#: A formula is right or wrong in exact arithmetic; what it is computed in is no part of it. Doubles are off by 1e-16 of
#: what is added up, and by more where a reader's way of writing it cancels, so that their own bound would call
#: exp(Z)/Σexp(Z) wrong for its rounding. With this unit roundoff, some 1e-9, any way of writing the same formula is
#: within the bound on numbers of ordinary size, and formulas that differ are not: their coefficients differ by more.
FORMULA = Precision("formula", 2.0**-30, 1e-12)
#: How many elements a formula may compute in one trial.
ELEMENTS = 300_000


def check(text: str, problem: Problem) -> Diagnosis:
    """What is wrong with a formula for the gradient of this problem, or that it is right.

    `numbers["read"]` says what was read. Raises NotUnderstood where the text is no formula, names what is not known,
    has shapes that do not fit, or is too much to compute.
    """
    reading = read(text)
    try:
        cases = [
            Case(names, given(reading, problem, names), FORMULA) for names in trials(problem, Lists(), ignored(reading))
        ]
    except NotUnderstood as wrong:
        raise wrong.within(reading.source) from None
    return noted(search(problem, cases, Lists()), reading)


def given(reading: Reading, problem: Problem, names: dict[str, object]) -> Array:
    """What the formula comes to at one trial. Raises NotUnderstood."""
    arrays = Lists(ELEMENTS)
    used = uses(reading.statements)
    if not used:
        raise NotUnderstood("constant")
    known = vocabulary(problem, names, Lists(), used)
    shape = tuple(int(float(str(names[size]))) for size in problem.sizes)
    return run(reading.statements, known, arrays, shape, problem.wrt)


def ignored(reading: Reading) -> int:
    """−100 where the formula says so; else one of the classes is ignored."""
    nodes: list[Node] = [node for each in expressions(reading.statements) for node in each.walk()]
    return -100 if any(node.kind == "number" and node.number == 100 for node in nodes) else UNNAMED


def noted(diagnosis: Diagnosis, reading: Reading) -> Diagnosis:
    """With what was read, and where another reading may have been meant."""
    sentence = diagnosis.sentence
    for each in reading.notes:
        sentence = Words(f"{sentence.zh}{each.zh}", f"{sentence.en} {each.en}")
    read_as = {"read": reading.text} if "\n" not in reading.text else {}
    return replace(diagnosis, sentence=sentence, numbers={**read_as, **diagnosis.numbers})
