"""An operation over arrays with named axes: its definition and its shares, as a program, and as code.

Whoever evaluates a program gives it, by letter, the operands and what the operation is given beside them, with the axes
that its formula says (labels count from 0), the numbers, and G. What has a name on the way is a line of the program.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..operations.base import Operation
from ..subject import derive
from .named_axes.nodes import Entry, Program
from .named_axes.reading import program
from .named_axes.writing import source


def definition_program(operation: Operation) -> Program:
    """What the operation computes: one result, by the letter of the result."""
    own = operation.definition
    context = operation.context.without("L").without(operation.result)
    return program({operation.result: (own.right, own.placeholders)}, context)


def shares_program(operation: Operation, wrt: Iterable[str] | None = None) -> Program:
    """What it hands on to operands, all or those in `wrt`: a result for each, by its letter.

    A share may speak of the operation's result, as that of a norm does: then it is a line, like any other definition.
    """
    asked = operation.wrt if wrt is None else tuple(wrt)
    derived = {letter: derive(operation, letter) for letter in asked}
    results = {letter: (each.result, each.targets) for letter, each in derived.items()}
    return program(results, operation.context.without("L"))


def share_source(operation: Operation, wrt: str, backend: str = "torch") -> str:
    """A function `gradients` as text, for torch or for numpy: the share of one operand, of arrays by their letters.

    It takes the operand itself, for its shape at least, and numbers by torch's names. Sums of products are written as
    einsum. Raises ValueError for an unknown backend.
    """
    like = Entry(wrt, tuple(each.name for each in operation.entry(wrt).indices))
    return source(shares_program(operation, (wrt,)), backend, operation.numbers, like)
