"""How far gradients of a batch may round: the bound of each entry, worked out over parts of the samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import torch
from torch import Tensor

from ... import linear
from ...closed_form import OF_LAYER
from ...closed_form.formula import contraction
from ...closed_form.names import name_of
from ...closed_form.passes import Line
from ...closed_form.plan import matrix_of
from ...closed_form.uses import array_names
from ...index_calculus.matrices.nodes import Matrix, Ones
from ...linear import INPUTS
from ...losses import Loss
from ...subject import derive
from ..accounts.evaluate import is_real, name_of_g, restored
from ..batch.arrays import Batch, values_in_float64
from ..batch.parts import EVERYTHING, Rows, among, part_of, parts
from ..shapes import AsOutputs, Like, OneNumber, PerEntry
from .account import Account
from .accumulation import wider
from .forms import form_of
from .precision import Precision, Rounded, tiny


@dataclass(frozen=True)
class Bound:
    """How far evaluations of a gradient may be off: κ in units of u = eps/2, κ₀ in units of s (`rounding.tiny`).

    Both are of the gradient's shape, in float64 on the CPU, and worked out for one dtype: the outputs'. `open` is above
    0 at entries where a jump lies within rounding, so that either side may come out; None where there is none.
    `by_rules`: it was worked out by the rules, of finite numbers, and is infinite only where rounding may leave none.
    """

    kappa: Like
    unit: Like
    open: Like | None = None
    by_rules: bool = False

    @classmethod
    def of(cls, found: Rounded, at_jumps: Like | None = None, by_rules: bool = True) -> Bound:
        none = torch.zeros_like(found.mass)
        error, units = (none if each is None else each for each in (found.error, found.units))
        return cls(error, units, at_jumps, by_rules)

    def of_one(self, dtype: torch.dtype) -> Like:
        """How far one evaluation may lie from the exact value."""
        return self.of_two(dtype) / 2

    def of_two(self, dtype: torch.dtype) -> Like:
        """How far two evaluations may lie apart: eps·κ + 2·s·κ₀."""
        return torch.finfo(dtype).eps * self.kappa + 2 * tiny(dtype) * self.unit

    def at(self, rows: Rows) -> Bound:
        if rows == EVERYTHING:
            return self
        return Bound(self.kappa[rows], self.unit[rows], None if self.open is None else self.open[rows], self.by_rules)

    @classmethod
    def together(cls, parts: Sequence[Bound]) -> Bound:
        """Of all rows, from those of some."""
        if len(parts) == 1:
            return parts[0]
        jumps = [each.open for each in parts if each.open is not None]
        together = torch.cat(jumps) if len(jumps) == len(parts) else None
        return cls(
            torch.cat([each.kappa for each in parts]),
            torch.cat([each.unit for each in parts]),
            together,
            parts[0].by_rules,
        )


def bounds(batch: Batch, wrt: Sequence[str], precision: Precision | None = None) -> dict[str, Bound]:
    """For each gradient, how far an evaluation in the outputs' dtype may lie from it, or in another `precision`.

    Worked out in float64 on the CPU, whatever computed the batch.
    """
    found: dict[str, list[Bound]] = {}
    for each, _, bound in bounds_in_parts(batch, wrt, precision=precision):
        found.setdefault(each, []).append(bound)
    return {each: Bound.together(found[each]) for each in wrt}


def bounds_in_parts(
    batch: Batch,
    wrt: Sequence[str],
    chosen: Mapping[str, Rows] | None = None,
    precision: Precision | None = None,
) -> Iterator[tuple[str, Rows, Bound]]:
    """The same in parts: of which gradient, of which of its rows, and their bound. A sum over samples comes last.

    With `chosen`, of those rows of each gradient; of all of them too where samples are not apart.
    """
    setup, chosen = batch.setup, chosen or dict.fromkeys(wrt, EVERYTHING)
    precision = precision or precision_of(batch)
    contractions = {each: _contraction(setup.loss, setup.has_bias, each) for each in wrt if each in OF_LAYER}
    of_loss = dict.fromkeys([*(each for each in wrt if each not in OF_LAYER), *[setup.of_linear] * bool(contractions)])
    activated = setup.model is not None
    forms = {each: form_of(setup.loss, each, name_of_g(setup, each), activated) for each in of_loss}
    shared = [form.shared for form in forms.values()]
    every = parts(batch, chosen) if None not in shared else [EVERYTHING]
    numbers = _numbers(batch, precision, shared[0] or ()) if every != [EVERYTHING] else {}
    sums, values = dict[str, Rounded](), dict[str, Tensor]()
    for samples in every:
        part = part_of(batch, samples)
        given, rounded, model = _given(part, precision)
        rounded |= {name: off for name, (off, _) in numbers.items()}
        given |= {name: value for name, (_, value) in numbers.items()}
        for each in of_loss:
            found = forms[each].evaluate(precision, given, rounded, batch.shape_of_loss[0], numbers)
            off = _restored_off(part, each, precision.summed(found.off, part.broadcast_terms(each)))
            if each == setup.of_linear and contractions:
                value = part.outputs_of(found.value.expand(part.shape_of_loss))
                g = replace(off, mass=value.abs()), value
            if each in wrt and (inside := among(samples, chosen[each])):
                rows, at = inside
                jumps = None if found.open is None else restored(part, each, found.open)
                yield each, rows, Bound.of(off, jumps, batch.is_finite).at(at)
        for each, node in contractions.items():
            if each != INPUTS:
                of_g = _of_g(part, *g, EVERYTHING, chosen[each], precision, {"X": model["X"]})
                summed = _summed(of_g, node)
                sums[each] = precision.added([sums[each], summed]) if each in sums else summed
                if precision.wide is not None:
                    values[each] = values.get(each, 0) + of_g.value(node)
            elif inside := among(samples, chosen[each]):
                rows, at = inside
                of_g = _of_g(part, *g, at, EVERYTHING, precision, {"W": model["W"]})
                off_inputs = _restored_off(part_of(part, at), each, of_g.of(node))
                yield each, rows, Bound.of(off_inputs, by_rules=batch.is_finite)
    for each, off in sums.items():
        assert setup.model is not None
        terms = batch.outputs_shape.numel() // setup.model.out_features
        off = _rounded_sum(precision, contractions[each], off, values.get(each), terms)
        yield each, chosen[each], Bound.of(off, by_rules=batch.is_finite)


@cache
def _contraction(loss: Loss, bias: bool, wrt: str) -> Matrix:
    return contraction(derive(loss, wrt, bias=bias))


def _given(batch: Batch, precision: Precision) -> tuple[dict[str, Any], dict[str, Rounded], dict[str, Any]]:
    """The arrays of the loss, how far they may be off, and those of the model."""
    model, given = values_in_float64(batch.of_model), values_in_float64(batch.of_loss)
    rows = batch.rows(batch.outputs(exact=True))
    outputs = dict.fromkeys(("Z", "Q", batch.outputs_letter), rows)
    given |= outputs
    rounded = _rounded(precision, batch.of_loss)
    if precision.before:
        rounded |= {name: _as_given(precision, each) for name, each in {**model, **outputs}.items()}
    if model:
        off = Account(precision, model, rounded).of(matrix_of(linear.outputs(batch.setup.bias)))
        rounded["Z"] = replace(off.mapped(lambda each: batch.rows(each.reshape(batch.outputs_shape))), mass=rows.abs())
    return given, rounded, model


def _numbers(batch: Batch, precision: Precision, lines: Sequence[Line]) -> dict[str, tuple[Rounded, OneNumber]]:
    """The numbers that all samples share, such as S: how far they may be off, and their values."""
    letters = set[str]().union(*(array_names(node) for _, node in lines))
    needed = set(map(name_of, letters))
    arrays = {name: each for name, each in batch.of_loss.items() if name in needed or not is_real(each)}
    rounded = _rounded(precision, arrays)
    outputs = torch.zeros((), dtype=torch.float64, device="cpu")  # its shape and dtype count
    outputs = outputs.expand(batch.shape_of_loss)
    account = Account(precision, {**values_in_float64(arrays), "Z": outputs, "Q": outputs}, rounded)
    for name, node in lines:
        account.assign(name, node)
    numbers = [name for name, node in lines if node.shape == ()]
    return {
        called: (account.rounded[name], account.values[name]) for name in numbers for called in (name, name_of(name))
    }


def _rounded(precision: Precision, of_loss: Mapping[str, Any]) -> dict[str, Rounded]:
    """How far real arrays and numbers of Python's may be off before anything is computed of them."""
    numbers = {name: float(each) for name, each in of_loss.items() if isinstance(each, int | float)}
    arrays = {name: _as_given(precision, each) for name, each in of_loss.items() if is_real(each)}
    return {
        **{
            name: precision.number(torch.tensor(each, dtype=torch.float64, device="cpu"))
            for name, each in numbers.items()
        },
        **arrays,
    }


def _of_g(
    batch: Batch, off: Rounded, value: AsOutputs, rows: Rows, classes: Rows, precision: Precision, model: dict[str, Any]
) -> Account:
    """∂L/∂Z of those samples and classes, as a matrix whose rows are those of the linear layer."""

    def matrix(array: AsOutputs) -> PerEntry:
        of_rows = batch.of_layer(array[rows])
        return of_rows if isinstance(classes, slice) else of_rows.index_select(1, classes)

    rounded = {name: _as_given(precision, array) for name, array in model.items() if precision.before}
    return Account(precision, {"G": matrix(value), **model}, {"G": off.mapped(matrix), **rounded})


def _summed(of_g: Account, node: Matrix) -> Rounded:
    """Gᵀ X or Gᵀ 1, before it is rounded."""
    left, right = map(of_g.of, node.parts)
    if isinstance(node.parts[1], Ones):
        return left.mapped(lambda each: each.sum(1))
    return of_g.precision.contracted(left, right)


def _rounded_sum(precision: Precision, node: Matrix, off: Rounded, value: Tensor | None, terms: int) -> Rounded:
    """The sum of so many terms in any order. Its value counts where they are added in a wider format."""
    if isinstance(node.parts[1], Ones):
        return precision.summed(off, terms)
    off = precision.accumulated(off, terms)
    return off if value is None else precision.stored(off, value)


def _restored_off(batch: Batch, wrt: str, off: Rounded) -> Rounded:
    return off.mapped(lambda array: restored(batch, wrt, array))


def precision_of(batch: Batch) -> Precision:
    """Of the outputs' dtype; whether it adds wider is tried at the sizes of the batch."""
    model, dtype = batch.setup.model, batch.inputs.dtype
    of_linear = None
    if model is not None:
        of_linear = (batch.inputs.shape[:-1].numel(), model.in_features, model.out_features)
    return Precision(dtype, wider(dtype, str(batch.inputs.device), *batch.shape_of_loss, of_linear))


def _as_given(precision: Precision, array: Tensor) -> Rounded:
    """A weight of another dtype: of a wider one it may be rounded, in a narrower one sums are rounded as that does."""
    ratio = torch.finfo(array.dtype).eps / torch.finfo(precision.dtype).eps
    size = array.cpu().double().abs()
    if precision.before:  # −inf stays what it is
        return precision.rounds(Rounded(torch.where(size.isfinite(), size, 0.0)), precision.before)
    given = Rounded(size, coarse=max(ratio, 1.0))
    return precision.rounds(given, 1) if ratio < 1 else given
