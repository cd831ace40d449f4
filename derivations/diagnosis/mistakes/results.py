"""What comes out: another array, the same one transposed, summed over something else."""

from __future__ import annotations

from ..mistake import Mistake
from ..problem import Problem
from ..trees import Program
from .places import Transformed


def transposed(problem: Problem, program: Program) -> Transformed:
    if len(problem.sizes) == 2:
        yield Mistake.of("transposed"), Program(program.lines, ("T", program.result))


def summed(problem: Problem, program: Program) -> Transformed:
    """The bias's sum over rows, taken over something else, or not at all."""
    match program.result:
        case ("sum", of, 0):
            for how, wrong in (
                ("not", of),
                ("mean", ("mean", of, 0)),
                ("classes", ("sum", of, 1)),
                ("everything", ("sum", of, None)),
            ):
                yield Mistake.of("summed", how=how), Program(program.lines, wrong)


def relatives(problem: Problem, program: Program) -> Transformed:
    """Certified gradients of others: without an option, in another tensor."""
    if program == problem.program:
        yield from problem.relatives


ALL = (transposed, summed, relatives)
