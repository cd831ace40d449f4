"""The truth: ∂loss/∂tensor from the loss's definition, in exact rationals, or with 50 digits where logs occur.

The floats of the tensors are taken at their exact values. Nothing of the derivation is used: the derivative is taken
by dual numbers of the definition itself. Where no rational number will do, values are enclosed in intervals, with more
and more digits until 50 are sure.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from operator import getitem
from typing import Any

import torch
from sympy import Expr, Symbol
from torch import Tensor

from ...closed_form.names import name_of
from ...index_calculus.expressions import Context, Partial
from ...index_calculus.judging.digits import DIGITS, GUARD, MOST, given
from ...index_calculus.judging.enclosures import Enclosing, Undecided, at_most, sure
from ...index_calculus.judging.evaluator import Env, Evaluator
from ...index_calculus.symbols import LABELS, C, D, L, N, T, sum_over
from ..batch.arrays import Batch
from ..certificates.notes import nothing_counts
from ..shapes import Like

#: Digits shown of a value that has 50: as many as a float64 is sure of, and as a table's column holds.
SHOWN_DIGITS = 15
#: What errors call the arrays of the formulas that are no option's.
ARRAYS = {"X": "inputs", "Z": "outputs", "Q": "outputs", "Y": "targets", "W": "model.weight", "b": "model.bias"}
#: An entry's exact value: a Fraction, or an mpf of 50 digits, in a context of its own (index_calculus/digits.py). An
#: mpf of 0 is what is too near 0 to be told from it, and nan what the definition gives no value.
Exact = Any
#: A last digit of the smallest float64, of which 50 digits are asked for too.
NEGLIGIBLE = given.mpf(10) ** -(324 + DIGITS)
#: What an mpf of 50 digits may be off, relative to its size.
LAST_DIGITS = given.mpf(10) ** (2 - DIGITS)


def evaluator(batch: Batch, digits: int | None = DIGITS + GUARD, context: Context | None = None) -> Evaluator:
    """Evaluates any index expression at the exact values of a batch, in intervals of so many digits.

    `context` defines L where that is not the loss as it stands. Without `digits` what is no rational number is free;
    see evaluator.py. Raises ValueError where the rows of the loss are not those of the linear layer, and, when it is
    asked for an entry that is nan or infinite, for that.
    """
    setup = batch.setup
    if not batch.is_aligned or batch.common.numel() == 0:
        raise ValueError(
            f"exact=True wants a batch whose rows are the rows of the loss; given inputs {tuple(batch.inputs.shape)} "
            f"and {_shapes(batch)}. Certify the loss alone there: explain(None, criterion)."
        )
    known = {**setup.derivation(setup.wrt[0]).context.definitions, **(context or setup.loss.context).definitions}
    arrays = batch.formula_arrays()
    sizes = {N: batch.rows(batch.outputs()).shape[0], C: batch.rows(batch.outputs()).shape[1], T: 1}
    if setup.model is not None:
        sizes[D] = setup.model.in_features

    entries = {name: array.tolist() for name, array in arrays.items() if isinstance(array, Tensor)}

    def value(name: str, at: tuple[int, ...]) -> Fraction:
        array = arrays[name]
        number = _entry(name, array, entries[name], at, arrays.get("iota")) if name in entries else array
        if not math.isfinite(number):
            called = ARRAYS.get(name) or name_of(name)
            raise ValueError(f"exact=True takes finite numbers; given {number} in {called}. Certify without it.")
        return Fraction(number) + (1 if name in LABELS else 0)  # formulas count classes from 1, torch from 0

    given = {"G", batch.outputs_letter} if setup.model is None else {"G"}
    definitions = {name: each for name, each in known.items() if name not in given}
    arguments = sizes, Context(definitions), value
    return Evaluator(*arguments) if digits is None else Enclosing(*arguments, digits)


def _shapes(batch: Batch) -> str:
    return " and ".join(f"{name} {tuple(each.shape)}" for name, each in batch.operands.items())


def _entry(name: str, array: Tensor, entries: Any, at: tuple[int, ...], ignored: int | None) -> float:
    """An entry, at an index counted from 1. Raises IndexError for an entry that there is not.

    Only the ignored label, which stands last as every class does, need not name one: what it would pick is multiplied
    by 0.
    """
    place = tuple(each - 1 for each in at)
    outside = [not 0 <= each < size for each, size in zip(place, array.shape, strict=True)]
    if not any(outside):
        return reduce(getitem, place, entries)
    if not any(outside[:-1]) and place[-1] == ignored and name not in LABELS:
        return 0
    raise IndexError(
        f"the formula asks for {name}{list(at)}, counted from 1, of an array of shape {tuple(array.shape)}. Only a "
        f"label equal to ignore_index may name no entry."
    )


def loss(batch: Batch) -> Exact:
    """The loss's exact value; with reduction="none", of Σ grad_output · loss. nan where it is not defined."""
    if nothing_counts(batch):
        return given.nan if batch.setup.loss.reduction == "mean" else Fraction(0)
    return _values(batch, L, [{}])[0]


def gradient(batch: Batch, wrt: str, shape: torch.Size) -> dict[tuple[int, ...], Exact]:
    """Every entry of ∂loss/∂`wrt`, by its index counted from 0. nan where the loss is not defined.

    Where nothing counts it is 0, as torch has it. At a corner the definition gives no slope: there it is what the last
    line of the derivation states of torch's choice.
    """
    places = list(itertools.product(*map(range, shape)))
    if nothing_counts(batch):
        return dict.fromkeys(places, Fraction(0))
    derivation = batch.setup.derivation(wrt)
    left, targets = derivation.left, derivation.targets
    assert isinstance(left, Partial)
    partial, stated = Partial(L, left.variable), derivation.result
    # The rows of an aligned batch are its samples and positions, in their order; without any, it is one row.
    matrix = (1,) * (len(targets) - len(shape)) + (tuple(shape) if len(shape) < 3 else (shape[:-1].numel(), shape[-1]))
    if batch.broadcast_terms(wrt) > 1:
        summed, matrix = _summed(batch, wrt, targets), batch.shape_of_loss
        partial, stated = (sum_over(each, *summed) for each in (partial, stated))
        matrix = tuple(1 if index in summed else size for index, size in zip(targets, matrix, strict=True))
    at = [
        {index: place + 1 for index, place in zip(targets, entry, strict=True)}
        for entry in itertools.product(*map(range, matrix))
    ]
    return dict(zip(places, _values(batch, partial, at, stated, derivation.context), strict=True))


def _summed(batch: Batch, wrt: str, targets: Sequence[Symbol]) -> list[Symbol]:
    """Over which indices of the loss's entries a gradient sums whose tensor was broadcast.

    Raises ValueError where that is some of the positions alone, which have no index of their own here.
    """
    whole, shape = batch.common, batch.shape_in_loss(wrt)
    shape = torch.Size((1,) * (len(whole) - len(shape)) + tuple(shape))
    if shape[:-1] not in (whole[:-1], torch.Size((1,) * (len(whole) - 1))):
        raise ValueError(
            f"exact=True wants {wrt} of as many rows as the loss, or of one; given {tuple(batch.operands[wrt].shape)}, "
            f"which broadcasts to {tuple(whole)}. Certify without it, or expand {wrt} first."
        )
    rows, columns = targets
    return [rows] * (shape[:-1] != whole[:-1]) + [columns] * (shape[-1] != whole[-1])


def _values(
    batch: Batch,
    expr: Expr,
    points: Sequence[Env],
    at_corners: Expr | None = None,
    context: Context | None = None,
) -> list[Exact]:
    return sure_values(lambda digits: evaluator(batch, digits, context), expr, points, at_corners)


def sure_values(
    with_digits: Callable[[int | None], Evaluator],
    expr: Expr,
    points: Sequence[Env],
    at_corners: Expr | None = None,
) -> list[Exact]:
    """The values of an expression at some indices, or those of another where it meets a corner.

    `with_digits` makes an evaluator in intervals of so many digits; of None, one in which what is no rational number is
    free. Raises ValueError where even MOST digits leave a value in doubt.
    """
    found: dict[int, Exact] = {}
    digits = DIGITS + GUARD
    while digits <= MOST:
        evaluate = with_digits(digits)
        try:
            for place in [each for each in range(len(points)) if each not in found]:
                value = evaluate(expr, points[place])
                known = sure(value)
                if known is None and at_most(value) < NEGLIGIBLE:
                    known = (
                        Fraction(0) if _is_identically_zero(with_digits(None), expr, points[place]) else given.mpf(0)
                    )
                if known is not None:
                    found[place] = known
        except Undecided:
            pass
        except ArithmeticError:
            return [given.nan] * len(points)
        if at_corners is not None and evaluate.undecided:
            return sure_values(with_digits, at_corners, points)
        if len(found) == len(points):
            return [found[place] for place in range(len(points))]
        digits *= 2
    raise ValueError(
        f"exact=True finds no {DIGITS} sure digits here: so much cancels that {MOST} are not enough to compute with. "
        f"Give numbers nearer to each other, or certify without it."
    )


def _is_identically_zero(evaluate: Evaluator, expr: Expr, at: Env) -> bool:
    """Is it 0 whatever values exp and log have? Only where no corner asks which."""
    try:
        return evaluate(expr, at) == 0 and not evaluate.taken and not evaluate.undecided
    except ArithmeticError:
        return False


def show(value: Exact) -> str:
    """A rational as a fraction, an mpf with its first digits."""
    return str(value) if isinstance(value, Fraction) else given.nstr(value, SHOWN_DIGITS)


def is_zero(value: Exact) -> bool:
    """Is it exactly 0? An mpf of 0 is only too near to it to tell."""
    return isinstance(value, Fraction) and value == 0


def distances(exact: Mapping[tuple[int, ...], Exact], found: Like, bound: Like, largest: float) -> Like:
    """How far each entry found is from its exact value; `exact` has the entries in their order.

    An infinity is no distance from what, within its `bound`, is more than the `largest` number of the dtype.
    """
    numbers = zip(exact.values(), found.flatten().tolist(), bound.flatten().tolist(), strict=True)
    far = [0.0 if overflows(value, number, off, largest) else distance(value, number) for value, number, off in numbers]
    return torch.tensor(far, dtype=torch.float64, device="cpu").reshape(found.shape)


def overflows(value: Exact, number: float, bound: float, largest: float) -> bool:
    """Is the number an infinity, and the value of its sign and, within a bound, beyond the largest number?"""
    if not math.isinf(number) or value != value or (value > 0) != (number > 0):
        return False
    return bool(math.isinf(bound) or abs(value) + given.mpf(bound) >= largest) if value else False


def distance(value: Exact, number: float) -> float:
    """|value − number|, rounded once. A value of 50 digits is itself not exact: what only its last two tell is 0.

    What is no number is infinitely far from every value. From nan, the value of what is not defined, all is nan.
    """
    if value != value:  # nan
        return math.nan
    if not math.isfinite(number):
        return math.inf
    if isinstance(value, Fraction):
        try:
            return float(abs(value - Fraction(number)))
        except OverflowError:
            return math.inf
    difference = abs(value - given.mpf(number))
    return 0.0 if difference <= LAST_DIGITS * abs(value) else float(difference)
