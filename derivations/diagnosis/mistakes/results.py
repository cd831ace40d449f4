"""What comes out: another array, the same one transposed, summed over something else."""

from __future__ import annotations

from ..mistake import Mistake
from ..problem import Problem
from ..trees import Program
from .places import Transformed


def transposed(problem: Problem, program: Program) -> Transformed:
    if len(problem.sizes) == 2:
        yield Mistake.of("transposed"), Program(program.lines, ("T", program.result))


def factors_transposed(problem: Problem, program: Program) -> Transformed:
    """One factor of a product, where it is square or happens to fit: elsewhere there is no such product."""
    match program.result:
        case ("@", "G", "W"):
            yield Mistake.of("transposed", factor="W"), Program(program.lines, ("@", "G", ("T", "W")))
        case ("@", ("T", "G"), "X"):
            yield Mistake.of("transposed", factor="G"), Program(program.lines, ("@", "G", "X"))
            yield Mistake.of("transposed", factor="X"), Program(program.lines, ("@", ("T", "G"), ("T", "X")))


def summed(problem: Problem, program: Program) -> Transformed:
    """The bias's sum over rows, taken over something else, or not at all."""
    match program.result:
        case ("sum", of, 0):
            for how, wrong in (
                ("not", of),
                ("mean", ("mean", of, 0)),
                ("classes", ("sum", of, 1)),
                ("everything", ("sum", of, None)),
                ("everything", ("+", ("*", 0, program.result), ("sum", of, None))),  # for each class
            ):
                yield Mistake.of("summed", how=how), Program(program.lines, wrong)


def relatives(problem: Problem, program: Program) -> Transformed:
    """Certified gradients of others: without an option, in another tensor."""
    if program == problem.program:
        yield from problem.relatives


ALL = (transposed, factors_transposed, summed, relatives)
