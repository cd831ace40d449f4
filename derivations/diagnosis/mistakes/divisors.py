"""Divided by something else: the mean over other rows or entries, or no mean at all."""

from __future__ import annotations

from collections.abc import Iterator

from ..mistake import Mistake
from ..problem import Problem
from ..trees import Program, Tree, with_names
from .places import Transformed, gradient_line, is_number, tree_of, with_tree
from .telling import sizes

MASK = ("kept", "y", "ignore_index")
ENTRIES = ("*", "N", "C")
TWICE = {"N": "N²", ENTRIES: "N²·C"}
WEIGHTS_OF_LABELS = ("sum", ("take", "weight", "y"), None)


def other_divisors(problem: Problem, program: Program) -> Transformed:
    """Every divisor that somebody may have thought of, in the place of the criterion's own."""
    line = gradient_line(program)
    whole = tree_of(program, line)
    own = divisor(program, whole)
    if own == 1 and problem.divisor != 1:
        return  # another mistake stands around it
    right = own_name(program, own)
    seen = {right}
    for wrong, name in candidates(problem, program, own):
        if name not in seen:
            seen.add(name)
            changed = with_tree(program, line, divided(whole, own, wrong))
            yield Mistake.of("divisor", right=right, wrong=name), changed


def candidates(problem: Problem, program: Program, own: Tree) -> Iterator[tuple[Tree, str]]:
    """Divisors, and what they are called, the likely first."""
    sums: list[Tree] = []
    if "ignore_index" in problem.options:
        sums.append(("or_one", ("sum", MASK, None), MASK))
    if "weight" in problem.options:
        sums.append(("sum", "weight", None))
        if problem.targets == "indices":
            sums.append(WEIGHTS_OF_LABELS)
    if len(sums) == 3:
        sums.append(("or_one", ("sum", ("*", MASK, ("take", "weight", "y")), None), MASK))
    of_model: tuple[Tree, ...] = () if problem.symbol in "ZQY" else ("D", ("*", "N", "D"))
    of_positions: tuple[Tree, ...] = ("B", "T", ("*", "B", "C")) if problem.positions else ()
    for each in (1, "N", ENTRIES, *sums, "C", *of_positions, *of_model):
        yield each, sizes(each)
    yield ("-", "N", 1), "N−1"
    if problem.targets == "probabilities":
        yield ("sum", "Y", None), "ΣY"
    if program.line("A") is not None and {"weight", "label_smoothing"} <= set(problem.options):
        yield ("sum", "A", None), "ΣA"
    if own != 1:  # twice: by hand, and once more by a mean
        yield ("*", own, "N"), TWICE.get(own, f"{own_name(program, own)}·N")


def own_name(program: Program, own: Tree) -> str:
    """What the criterion's own divisor is called; S by what it adds up."""
    return sizes(program.line("S") if own == "S" else own)


def divisor(program: Program, whole: Tree) -> Tree:
    """What the gradient is divided by as a whole; 1 where it is not."""
    match whole:
        case ("neg", of):
            return divisor(program, of)
        case ("*", a, of) if is_number(with_names(a, {"grad_output": 1})):
            return divisor(program, of)
        case ("/", _, below) if is_number(below):
            return below
    return 1


def divided(whole: Tree, own: Tree, wrong: Tree) -> Tree:
    """The gradient with another divisor."""
    match whole:
        case ("neg", of) if own != 1:
            return ("neg", divided(of, own, wrong))
        case ("*", a, of) if own != 1:
            return ("*", a, divided(of, own, wrong))
        case ("/", above, below) if below == own:
            return above if wrong == 1 else ("/", above, wrong)
    return ("/", whole, wrong)


ALL = (other_divisors,)
