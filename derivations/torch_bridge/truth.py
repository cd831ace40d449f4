"""The truth: ∂loss/∂tensor from the loss's definition, in exact rationals, or with 50 digits where logs occur.

The floats of the tensors are taken at their exact values. Nothing of the derivation is used: the derivative is taken
by dual numbers of the definition itself.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import torch
from sympy import Expr
from torch import Tensor

from ..index_calculus.digits import DIGITS, TOLERANCE, given, rounded
from ..index_calculus.evaluator import Evaluator
from ..index_calculus.expressions import Context, Partial
from ..index_calculus.judge import needs_digits
from ..index_calculus.symbols import LABELS, C, D, L, N, T
from .batch import Batch

#: Digits shown of a value that has 50: as many as a float64 is sure of, and as a table's column holds.
SHOWN_DIGITS = 15
#: An entry's exact value: a Fraction, or an mpf of 50 digits, in a context of its own (index_calculus/digits.py).
Exact = Any


def evaluator(batch: Batch) -> Evaluator:
    """Evaluates any index expression at the exact values of a batch.

    Raises ValueError where the rows of the loss are not those of the linear layer.
    """
    setup = batch.setup
    if not batch.is_aligned or batch.common.numel() == 0:
        raise ValueError(
            f"exact=True wants a batch whose rows are the rows of the loss; given inputs {tuple(batch.inputs.shape)} "
            f"and targets {tuple(batch.targets.shape)}. Certify the loss alone there: explain(None, criterion)."
        )
    context = setup.derivation(setup.wrt[0]).context
    arrays = batch.formula_arrays()
    sizes = {N: batch.rows(batch.outputs()).shape[0], C: batch.rows(batch.outputs()).shape[1], T: 1}
    if setup.model is not None:
        sizes[D] = setup.model.in_features

    def value(name: str, at: tuple[int, ...]) -> Fraction:
        array = arrays[name]
        number = _entry(name, array, at, arrays.get("iota")) if isinstance(array, Tensor) else array
        return Fraction(number) + (1 if name in LABELS else 0)  # formulas count classes from 1, torch from 0

    given = {"G", batch.outputs_letter} if setup.model is None else {"G"}
    definitions = {name: each for name, each in context.definitions.items() if name not in given}
    digits = DIGITS if needs_digits(definition.right for definition in definitions.values()) else None
    return Evaluator(sizes, Context(definitions), value, digits)


def _entry(name: str, array: Tensor, at: tuple[int, ...], ignored: int | None) -> float:
    """An entry, at an index counted from 1. Raises IndexError for an entry that there is not.

    Only the ignored label, which stands last as every class does, need not name one: what it would pick is multiplied
    by 0.
    """
    place = tuple(each - 1 for each in at)
    outside = [not 0 <= each < size for each, size in zip(place, array.shape, strict=True)]
    if not any(outside):
        return array[place].item()
    if not any(outside[:-1]) and place[-1] == ignored and name not in LABELS:
        return 0
    raise IndexError(
        f"the formula asks for {name}{list(at)}, counted from 1, of an array of shape {tuple(array.shape)}. Only a "
        f"label equal to ignore_index may name no entry."
    )


def loss(batch: Batch) -> Exact:
    """The loss's exact value; with reduction="none", of Σ grad_output · loss."""
    return rounded(evaluator(batch)(L))


def gradient(batch: Batch, wrt: str, shape: torch.Size) -> dict[tuple[int, ...], Exact]:
    """Every entry of ∂loss/∂`wrt`, by its index counted from 0."""
    evaluate, left = evaluator(batch), batch.setup.derivation(wrt).left
    assert isinstance(left, Partial)
    targets = batch.setup.derivation(wrt).targets
    partial: Expr = Partial(L, left.variable)
    # The rows of an aligned batch are its samples and positions, in their order; without any, it is one row.
    matrix = (1,) * (len(targets) - len(shape)) + (tuple(shape) if len(shape) < 3 else (shape[:-1].numel(), shape[-1]))
    values = (
        rounded(evaluate(partial, {index: place + 1 for index, place in zip(targets, at, strict=True)}))
        for at in itertools.product(*map(range, matrix))
    )
    return dict(zip(itertools.product(*map(range, shape)), values, strict=True))


def show(value: Exact) -> str:
    """A rational as a fraction, an mpf with its first digits."""
    return str(value) if isinstance(value, Fraction) else given.nstr(value, SHOWN_DIGITS)


def distance(value: Exact, number: float) -> float:
    """|value − number|, rounded once. A value of 50 digits is itself not exact: what only its last ten tell is 0.

    What is no number is infinitely far from every value.
    """
    if not math.isfinite(number):
        return math.inf
    if isinstance(value, Fraction):
        return float(abs(value - Fraction(number)))
    difference = abs(value - given.mpf(number))
    return 0.0 if difference <= TOLERANCE * (1 + abs(value)) else float(difference)
