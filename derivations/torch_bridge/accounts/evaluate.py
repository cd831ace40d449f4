"""Numbers from the printed code: gradients of a batch.

Where the rows of the loss are the rows of the linear layer, one printed function computes everything. Elsewhere (the
classes at dimension 1 of a three-dimensional output, a loss that broadcasts) the loss's function computes G from Z, and
the contractions follow from G.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, reduce
from typing import Any

import torch
from torch import Tensor

from ... import linear
from ...closed_form import OF_LAYER
from ...closed_form.plan import contraction_function, gradient_function
from ...closed_form.statements import Function
from ...linear import INPUTS, OUTPUTS
from ...losses import Loss
from ...losses.nll import LOGITS
from ...subject import derive
from ..batch.arrays import Batch
from ..setup.setup import Setup
from .named import has_matrix_form, named_gradient
from .printed import Compiled, compiled


def gradients(batch: Batch, wrt: Sequence[str]) -> dict[str, Tensor]:
    """∂loss/∂`wrt` from the closed form, each of the shape, dtype and device of its tensor."""
    setup = batch.setup
    if not batch.common.numel():
        return {each: torch.zeros_like(_tensor(batch, each)) for each in wrt}
    arrays = {**batch.of_model, **batch.of_loss}
    together = tuple(each for each in wrt if setup.model is not None and _in_one(setup, batch, each))
    found: dict[str, Tensor] = {}
    if together:
        matrices = _by_name(_compiled(*_of(setup, together)), together, arrays)
        found = {each: restored(batch, each, matrix) for each, matrix in matrices.items()}
    rest = tuple(each for each in wrt if each not in together)
    if rest:
        found |= _stage_by_stage(batch, rest)
    # With a weight of a wider dtype torch computes in that, and its gradient has the dtype of the tensor.
    return {each: found[each].to(batch.operands.get(each, batch.inputs).dtype) for each in wrt}


def _by_name(function: Compiled, wrt: tuple[str, ...], arrays: dict[str, Any]) -> dict[str, Tensor]:
    """What a printed function returns, by the names of what was asked for."""
    result = function(arrays)
    return result if len(wrt) > 1 else {wrt[0]: result}


def _in_one(setup: Setup, batch: Batch, wrt: str) -> bool:
    apart = not batch.is_aligned or not batch.of_one_dtype or not has_matrix_form(setup.loss, setup.of_linear)
    return not apart and (wrt == setup.of_linear or wrt in OF_LAYER)


def _stage_by_stage(batch: Batch, wrt: Sequence[str]) -> dict[str, Tensor]:
    setup, outputs = batch.setup, batch.outputs()
    given = _of_one_dtype({batch.outputs_letter: batch.rows(outputs), "Q": batch.rows(outputs), **batch.of_loss})
    found: dict[str, Tensor] = {}
    for each in wrt:
        if each not in OF_LAYER:
            found[each] = restored(batch, each, _alone(setup, each)(given))
    contractions = tuple(each for each in wrt if each in OF_LAYER)
    if contractions:
        # As torch hands it on: in the dtype of the outputs, whatever that of a weight is.
        g = batch.outputs_of(_alone(setup, setup.of_linear)(given)).to(outputs.dtype)
        arrays = {"G": batch.of_layer(g), **batch.of_model}
        matrices = _by_name(_contractions(setup.loss, setup.has_bias, contractions), contractions, arrays)
        found |= {each: restored(batch, each, matrix) for each, matrix in matrices.items()}
    return found


def _of_one_dtype(arrays: dict[str, Any]) -> dict[str, Any]:
    """The same, in the widest dtype of the real numbers: torch promotes, and a product of matrices does not."""
    dtype = reduce(torch.promote_types, (each.dtype for each in arrays.values() if is_real(each)))
    return {name: each.to(dtype) if is_real(each) else each for name, each in arrays.items()}


@cache
def _planned(
    loss: Loss, bias: bool, wrt: tuple[str, ...], of_outputs: str, from_model: bool, activated: bool = False
) -> Function:
    derivations = {each: derive(loss, each, bias=bias) for each in wrt}
    model = linear.outputs(bias) if from_model else None
    return gradient_function(derivations, derive(loss, of_outputs, bias=bias), model, activated=activated)


@cache
def _compiled(
    loss: Loss, bias: bool, wrt: tuple[str, ...], of_outputs: str, from_model: bool, activated: bool = False
) -> Compiled:
    """What computes the gradients, compiled once: a training loop calls it at every step."""
    return compiled(_planned(loss, bias, wrt, of_outputs, from_model, activated))


@cache
def _contractions(loss: Loss, bias: bool, wrt: tuple[str, ...]) -> Compiled:
    return compiled(contraction_function({each: derive(loss, each, bias=bias) for each in wrt}))


def _alone(setup: Setup, wrt: str) -> Compiled:
    """The gradient of the loss by itself."""
    if not has_matrix_form(setup.loss, wrt):
        return named_gradient(setup.loss, wrt)
    return _compiled(setup.loss, True, (wrt,), name_of_g(setup, wrt), False, setup.model is not None)


def planned(setup: Setup, wrt: tuple[str, ...]) -> Function:
    """What is run where the rows of the loss are the rows of the model; it checks nothing, as `batch` has."""
    return _planned(*_of(setup, wrt))


def _of(setup: Setup, wrt: tuple[str, ...]) -> tuple[Loss, bool, tuple[str, ...], str, bool]:
    return setup.loss, setup.has_bias, wrt, setup.of_linear, setup.model is not None


def name_of_g(setup: Setup, wrt: str) -> str:
    """What the code for the loss alone calls G."""
    return OUTPUTS if wrt == OUTPUTS else setup.of_linear


def _tensor(batch: Batch, wrt: str) -> Tensor:
    """A tensor of the shape that the gradient has."""
    model = batch.setup.model
    if wrt in (OUTPUTS, LOGITS):
        return batch.outputs()
    if wrt == INPUTS or wrt in batch.operands:
        return batch.operands.get(wrt, batch.inputs)
    assert model is not None
    return torch.as_tensor(getattr(model, wrt)).detach()


def shape_of(batch: Batch, wrt: str) -> torch.Size:
    """The shape of a gradient."""
    return _tensor(batch, wrt).shape


def restored(batch: Batch, wrt: str, matrix: Any) -> Tensor:
    """A gradient as the formulas have it, a matrix or a vector, in the shape of its tensor."""
    if wrt in (OUTPUTS, LOGITS):
        return batch.outputs_of(matrix)
    if wrt in batch.operands:
        return batch.operand_of(wrt, matrix)
    return matrix.reshape(batch.inputs.shape) if wrt == INPUTS else matrix


def is_real(array: Any) -> bool:
    """Is it a tensor of real numbers, and not one of labels, nor a number?"""
    return isinstance(array, Tensor) and array.is_floating_point()
