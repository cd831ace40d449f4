"""Is a formula that somebody typed the gradient? It is read, run on small arrays, and diagnosed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ..words import Words
from .diagnosis import Diagnosis
from .problem import Case, Precision, Problem
from .reading import NotUnderstood, Reading, read
from .reading.nodes import Node, expressions
from .running import run, uses, vocabulary
from .searching.search import search
from .trials import UNNAMED, normalised, trials
from .values.evaluate import Valued, evaluate
from .values.lists import Array, Lists

#: A formula is right or wrong in exact arithmetic; what it is computed in is no part of it. Doubles are off by 1e-16 of
#: what is added up, and by more where a reader's way of writing it cancels, so that their own bound would call
#: exp(Z)/Σexp(Z) wrong for its rounding. With this unit roundoff, some 1e-9, any way of writing the same formula is
#: within the bound on numbers of ordinary size, and formulas that differ are not: their coefficients differ by more.
FORMULA = Precision("formula", 2.0**-30, 1e-12)
#: A formula that is off by less than this part of the largest entry is right but for a small number in it, as people
#: add one to a divisor: + 1e-8.
GUARD = 1e-6
RIGHT = Words("对。", "Right.")
GUARDED = Words(
    "它与梯度相差不到最大元素的百万分之一，就像分母里加了 1e-8 这样的小数。",
    "It differs from the gradient by less than a millionth of the largest entry, as with 1e-8 added to a divisor.",
)
#: Torch takes soft targets of any sum; people write formulas for probabilities.
PROPER = Words("这里每行目标之和为 1。", "This holds where the targets of each row add up to 1.")
RIGHT_FOR_PROPER = Words("每行目标之和为 1 时它是对的。", "It is right where the targets of each row add up to 1.")
#: How many elements a formula may compute in one trial.
ELEMENTS = 300_000


def check(text: str, problem: Problem, classes: int | None = None) -> Diagnosis:
    """What is wrong with a formula for the gradient of this problem, or that it is right.

    `classes`: how many there are, where that is known: with one, 1/N is 1/(N·C). `numbers["read"]` says what was read.
    Raises NotUnderstood where the text is no formula, names what is not known, has shapes that do not fit, or is too
    much to compute.
    """
    reading = read(text)
    cases = cases_of(reading, problem, trials(problem, Lists(), ignored(reading), classes))
    truths = [evaluate(problem.program, case.names, Lists(), FORMULA) for case in cases]
    exact = all(map(within_bound, cases, truths))
    if not exact and all(map(is_guarded, cases, truths)):
        right = [replace(case, given=truth.value) for case, truth in zip(cases, truths, strict=True)]
        found = search(problem, right, Lists())
        return noted(replace(found, sentence=RIGHT) if found else found, reading, GUARDED)
    found = search(problem, cases, Lists())
    if not exact and problem.targets == "probabilities":
        adding_up = [normalised(case.names, Lists()) for case in cases]
        proper = search(problem, cases_of(reading, problem, adding_up), Lists())
        if proper:
            return noted(found, reading, RIGHT_FOR_PROPER)
        is_simpler = not found.mistakes or len(proper.mistakes) < len(found.mistakes)
        if proper.mistakes and is_simpler:
            return noted(proper, reading, PROPER)
    return noted(found, reading)


def cases_of(reading: Reading, problem: Problem, drawn: Iterable[Mapping[str, Any]]) -> list[Case]:
    """What the formula comes to at each trial. Raises NotUnderstood."""
    used = uses(reading.statements)
    try:
        return [Case(names, given(reading, used, problem, names), FORMULA) for names in drawn]
    except NotUnderstood as wrong:
        raise wrong.within(reading.source) from None


def given(reading: Reading, used: Mapping[str, set[str]], problem: Problem, names: Mapping[str, Any]) -> Array:
    """What the formula comes to at one trial; `used` says how it uses its names. Raises NotUnderstood."""
    arrays = Lists(ELEMENTS)
    if not used:
        raise NotUnderstood("constant")
    known = vocabulary(problem, names, Lists(), used)
    shape = tuple(int(names[size]) for size in problem.sizes)
    return run(reading.statements, known, arrays, shape, problem.wrt)


def within_bound(case: Case, truth: Valued) -> bool:
    """Is what was given within the bound of the right formula?"""
    entries = zip(case.given.entries, truth.value.entries, truth.error.entries, strict=False)
    return case.given.shape == truth.value.shape and all(abs(a - b) <= bound for a, b, bound in entries)


def is_guarded(case: Case, truth: Valued) -> bool:
    """Is it right up to a small part of the largest entry?"""
    largest = max(map(abs, truth.value.entries), default=0.0)
    entries = zip(case.given.entries, truth.value.entries, strict=False)
    return case.given.shape == truth.value.shape and all(abs(a - b) <= GUARD * largest for a, b in entries)


def ignored(reading: Reading) -> int:
    """−100 where the formula says so; else one of the classes is ignored."""
    nodes: list[Node] = [node for expression in expressions(reading.statements) for node in expression.walk()]
    return -100 if any(node.kind == "number" and node.number == 100 for node in nodes) else UNNAMED


def noted(diagnosis: Diagnosis, reading: Reading, *notes: Words) -> Diagnosis:
    """With what was read, and where another reading may have been meant."""
    sentence = diagnosis.sentence
    for each in (*notes, *reading.notes):
        sentence = Words(f"{sentence.zh}{each.zh}", f"{sentence.en} {each.en}")
    read_as = {"read": reading.text} if "\n" not in reading.text else {}
    return replace(diagnosis, sentence=sentence, numbers={**read_as, **diagnosis.numbers})
