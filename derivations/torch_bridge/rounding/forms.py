"""What a gradient of the loss alone may be off, by the form that its formula has: of matrices, or over named axes."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Protocol

import torch
from torch import Tensor

from ...closed_form.formula import contraction
from ...closed_form.named_axes.nodes import Program
from ...closed_form.names import name_of
from ...closed_form.passes import Line
from ...closed_form.plan import added_up, as_rounded, letter_of, program
from ...index_calculus.expressions import Partial
from ...index_calculus.matrices.nodes import Matrix
from ...linear import OUTPUTS
from ...losses import Loss
from ...subject import derive
from ..accounts.named import has_matrix_form, named_program
from ..batch.parts import shared_lines
from ..shapes import Like
from . import named_axes
from .account import Account
from .precision import Precision, Rounded, larger


@dataclass(frozen=True)
class Evaluated:
    """A gradient in float64, as the formula has it, and how far an evaluation may be off.

    `open` counts at each entry the jumps that lie within rounding, so that either side may come out; None where the
    formula has no jump.
    """

    off: Rounded
    value: Like
    open: Like | None = None


class Form(Protocol):
    """A formula of a gradient of the loss alone."""

    @property
    def shared(self) -> Sequence[Line] | None:
        """The lines of the numbers that all samples share; None where a row needs more than its own sample too."""

    def evaluate(
        self,
        precision: Precision,
        given: Mapping[str, Any],
        rounded: Mapping[str, Rounded],
        rows: int,
        known: Container[str] = (),
    ) -> Evaluated:
        """Of arrays by the names of the printed code; `rows` is N, and lines that are `known` are among them."""


@dataclass(frozen=True)
class OfMatrices:
    """The lines of the printed code and its result; of a few losses twice, from two lines of the derivation."""

    programs: tuple[tuple[tuple[Line, ...], Matrix], ...]

    @property
    def shared(self) -> Sequence[Line] | None:
        every = [shared_lines(lines) for lines, _ in self.programs]
        return None if None in every else every[0]

    def evaluate(
        self,
        precision: Precision,
        given: Mapping[str, Any],
        rounded: Mapping[str, Rounded],
        rows: int,
        known: Container[str] = (),
    ) -> Evaluated:
        found, accounts = list[Rounded](), list[Account]()
        for lines, result in self.programs:
            account = Account(precision, given, rounded, rows)
            found.append(account.run([(name, node) for name, node in lines if name not in known], result))
            accounts.append(account)
        off = larger(found)
        return Evaluated(off, accounts[0].value(self.programs[0][1]), _open(accounts[0], off.mass.shape))


def _open(account: Account, shape: torch.Size) -> Tensor | None:
    """At each entry, how many jumps are open; those of a row are of all its entries."""
    if not account.undecided:
        return None
    total = torch.zeros(shape, dtype=torch.float64, device="cpu")
    for each in account.undecided.values():
        own = each[:, None] if each.dim() == 1 and len(shape) == 2 else each
        total = total + own if own.dim() <= len(shape) else total + own.sum(-1)
    return total


@dataclass(frozen=True)
class OverNamedAxes:
    """Assignments over named axes, where whole arrays do not write the formula."""

    program: Program

    @property
    def shared(self) -> None:
        return None

    def evaluate(
        self,
        precision: Precision,
        given: Mapping[str, Any],
        rounded: Mapping[str, Rounded],
        rows: int,
        known: Container[str] = (),
    ) -> Evaluated:
        arrays, off = dict[str, Tensor](), dict[str, Rounded]()
        for letter in self.program.given:
            value = given[name_of(letter)]
            if isinstance(value, Tensor):
                arrays[letter] = value
                if name_of(letter) in rounded:
                    off[letter] = rounded[name_of(letter)]
            else:
                arrays[letter] = number = torch.tensor(float(value), dtype=torch.float64, device="cpu")
                off[letter] = precision.number(number)
        (found,) = named_axes.evaluate(self.program, precision, arrays, off, {"N": rows}).values()
        return Evaluated(found.off.settled(), found.value, found.open)


@cache
def form_of(loss: Loss, wrt: str, of_outputs: str, activated: bool = False) -> Form:
    """The form of ∂L/∂`wrt`; of some losses two.

    For cross-entropy also from the line of its theorem; where torch has no kernel, also from the first line without ∂.
    Where the criterion takes what an activation makes of Z, that is given; with `activated` Z is. What an operand's
    gradient takes of it is then given once more as it was rounded: torch has log (1 − σ) of σ, the printed code of Z.
    """
    if not has_matrix_form(loss, wrt):
        return OverNamedAxes(named_program(loss, wrt))
    derivation, of = derive(loss, wrt), derive(loss, of_outputs)
    result = {"": contraction(derivation)}
    context = derivation.context if activated else derivation.context.without(letter_of(of))
    found = [program(context, of, result)]
    theorem = of.steps[0]
    if theorem.matrix and not theorem.expr.has(Partial):
        found.append(program(context, replace(of, steps=of.steps[:1]), result))
    own = loss.tensor(OUTPUTS).name
    if activated and loss.operand(wrt) is not None and own in context.definitions:
        found.append(as_rounded(context, own, of, result))
    if wrt in loss.composed:
        found.append(program(context, of, {"": added_up(derivation)}))
    return OfMatrices(tuple(dict.fromkeys((tuple(lines), results[""]) for lines, results in found)))
