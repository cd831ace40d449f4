"""Numbers from the printed code: gradients of a batch, and how far they may round.

Where the rows of the loss are the rows of the linear layer, one printed function computes everything. Elsewhere (the
classes at dimension 1 of a three-dimensional output, a loss that broadcasts) the loss's function computes G from Z, and
the contractions follow from G.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from sympy import Symbol
from torch import Tensor

from .. import linear
from ..closed_form import (
    OF_LOSS,
    contracted,
    contraction_bound_source,
    contraction_source,
    loss_bound_source,
    outputs_bound_source,
    source,
)
from ..index_calculus.symbols import C, N
from ..linear import INPUTS, OUTPUTS
from ..losses import Loss
from ..losses.base import TARGETS
from ..losses.nll import LOGITS
from ..subject import derive
from .batch import Batch, values_in_float64
from .read import Setup
from .run import call


@dataclass(frozen=True)
class Bound:
    """κ and κ₀, of the gradient's shape, and how many terms each of its entries sums."""

    kappa: Tensor
    unit: Tensor
    length: int


def gradients(batch: Batch, wrt: Sequence[str]) -> dict[str, Tensor]:
    """∂loss/∂`wrt` from the closed form, each of the shape, dtype and device of its tensor."""
    setup = batch.setup
    if not batch.common.numel():
        return {each: torch.zeros_like(_tensor(batch, each)) for each in wrt}
    arrays = {**batch.of_model, **batch.of_loss}
    together = tuple(each for each in wrt if setup.model is not None and _in_one(setup, batch, each))
    found: dict[str, Tensor] = {}
    if together:
        matrices = _by_name(printed(setup, together), together, arrays)
        found = {each: _restored(batch, each, matrix) for each, matrix in matrices.items()}
    rest = tuple(each for each in wrt if each not in together)
    if rest:
        found |= _stage_by_stage(batch, rest)
    return {each: found[each] for each in wrt}


def _by_name(text: str, wrt: tuple[str, ...], arrays: dict[str, Any]) -> dict[str, Tensor]:
    """What a printed function returns, by the names of what was asked for."""
    result = call(text, "gradients", arrays)
    return result if len(wrt) > 1 else {wrt[0]: result}


def _in_one(setup: Setup, batch: Batch, wrt: str) -> bool:
    return batch.is_aligned and (wrt == setup.of_linear or wrt not in OF_LOSS)


def _stage_by_stage(batch: Batch, wrt: Sequence[str]) -> dict[str, Tensor]:
    setup, outputs = batch.setup, batch.outputs()
    given = {batch.outputs_letter: batch.rows(outputs), "Q": batch.rows(outputs), **batch.of_loss}
    found: dict[str, Tensor] = {}
    for each in wrt:
        if each in OF_LOSS:
            found[each] = _restored(batch, each, call(_source_alone(setup, each), "gradients", given))
    contractions = tuple(each for each in wrt if each not in OF_LOSS)
    if contractions:
        g = batch.outputs_of(call(_source_alone(setup, setup.of_linear), "gradients", given))
        arrays = {"G": batch.of_layer(g), **batch.of_model}
        text = _printed_contraction(setup.loss, setup.has_bias, contractions)
        matrices = _by_name(text, contractions, arrays)
        found |= {each: _restored(batch, each, matrix) for each, matrix in matrices.items()}
    return found


@cache
def _printed(loss: Loss, bias: bool, wrt: tuple[str, ...], of_outputs: str, from_model: bool) -> str:
    """The code that computes the gradients, printed once: a training loop calls it at every step."""
    derivations = {each: derive(loss, each, bias=bias) for each in wrt}
    model = linear.outputs(bias) if from_model else None
    return source(derivations, derive(loss, of_outputs, bias=bias), model=model)


@cache
def _printed_contraction(loss: Loss, bias: bool, wrt: tuple[str, ...]) -> str:
    return contraction_source({each: derive(loss, each, bias=bias) for each in wrt})


@cache
def _printed_bound(loss: Loss, bias: bool, wrt: str, of_outputs: str, rounded: bool) -> str:
    return loss_bound_source(derive(loss, wrt, bias=bias), derive(loss, of_outputs, bias=bias), rounded)


@cache
def _printed_outputs_bound(bias: bool) -> str:
    return outputs_bound_source(linear.outputs(bias))


@cache
def _printed_contraction_bound(loss: Loss, bias: bool, wrt: str) -> str:
    return contraction_bound_source(derive(loss, wrt, bias=bias))


@cache
def _contracted(loss: Loss, bias: bool, wrt: str) -> Symbol | None:
    return contracted(derive(loss, wrt, bias=bias))


def printed(setup: Setup, wrt: tuple[str, ...]) -> str:
    """The code that is run where the rows of the loss are the rows of the model; it checks nothing, as `batch` has."""
    return _printed(setup.loss, setup.has_bias, wrt, setup.of_linear, setup.model is not None)


def _source_alone(setup: Setup, wrt: str) -> str:
    return _printed(setup.loss, True, (wrt,), _of_outputs(setup, wrt), False)


def _of_outputs(setup: Setup, wrt: str) -> str:
    """What the code for the loss alone calls G."""
    return OUTPUTS if wrt == OUTPUTS else setup.of_linear


def _tensor(batch: Batch, wrt: str) -> Tensor:
    """A tensor of the shape that the gradient has."""
    model = batch.setup.model
    if wrt in (OUTPUTS, LOGITS):
        return batch.outputs()
    if wrt in (INPUTS, TARGETS):
        return batch.inputs if wrt == INPUTS else batch.targets
    assert model is not None
    return torch.as_tensor(getattr(model, wrt)).detach()


def _restored(batch: Batch, wrt: str, matrix: Any) -> Tensor:
    if wrt in (OUTPUTS, LOGITS):
        return batch.outputs_of(matrix)
    if wrt == TARGETS:
        return batch.targets_of(matrix)
    return matrix.reshape(batch.inputs.shape) if wrt == INPUTS else matrix


def bounds(batch: Batch, wrt: Sequence[str], eps: float) -> dict[str, Bound]:
    """For each gradient, what its certificate needs: in float64 on the CPU, whatever computed the batch."""
    setup, outputs = batch.setup, batch.outputs(exact=True)
    model = values_in_float64(batch.of_model)
    given = {**values_in_float64(batch.of_loss), "eps": eps, batch.outputs_letter: batch.rows(outputs)}
    given["Q"] = given[batch.outputs_letter]
    if model:
        error = call(_printed_outputs_bound(setup.bias), "bounds", model)
        given["error_Z"] = batch.rows(error.reshape(batch.outputs_shape))
    of_loss = dict.fromkeys(each if each in OF_LOSS else setup.of_linear for each in wrt)
    found = {each: _bound_of_loss(batch, each, given, rounded=bool(model)) for each in of_loss}
    if set(wrt) - set(OF_LOSS):
        g = batch.outputs_of(call(_source_alone(setup, setup.of_linear), "gradients", given))
        bound = found[setup.of_linear]
        errors = {"error_G": batch.of_layer(bound.kappa), "unit_G": batch.of_layer(bound.unit)}
        arrays = {"G": batch.of_layer(g), **errors, **model}
        found |= {each: _bound_of_contraction(batch, each, arrays) for each in wrt if each not in OF_LOSS}
    return {each: found[each] for each in wrt}


def _bound_of_loss(batch: Batch, wrt: str, given: dict[str, Any], rounded: bool) -> Bound:
    text = _printed_bound(batch.setup.loss, True, wrt, _of_outputs(batch.setup, wrt), rounded)
    rows = given[batch.outputs_letter]
    kappa, unit = (
        _restored(batch, wrt, torch.as_tensor(each, dtype=torch.float64, device=rows.device).expand_as(rows))
        for each in call(text, "bounds", given)
    )
    return Bound(kappa, unit, _broadcast_terms(batch, wrt))


def _bound_of_contraction(batch: Batch, wrt: str, arrays: dict[str, Any]) -> Bound:
    loss, bias = batch.setup.loss, batch.setup.has_bias
    kappa, unit = call(_printed_contraction_bound(loss, bias, wrt), "bounds", arrays)
    rows, columns = arrays["G"].shape
    length = {N: rows, C: columns}[_contracted(loss, bias, wrt)]
    return Bound(_restored(batch, wrt, kappa), _restored(batch, wrt, unit), length)


def _broadcast_terms(batch: Batch, wrt: str) -> int:
    """How many entries of the broadcast loss each entry of the gradient sums."""
    shape = batch.targets.shape if wrt == TARGETS else batch.outputs_shape
    return 0 if batch.by_class or shape == batch.common else batch.common.numel() // max(shape.numel(), 1)
