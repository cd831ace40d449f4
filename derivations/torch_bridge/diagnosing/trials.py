"""A batch as a diagnosis takes it: the problem of its criterion, and its numbers by the names of the programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ...closed_form.problems import OF_MODEL, problem
from ...diagnosis.mistake import Mistake
from ...diagnosis.problem import PRECISIONS, Case, Precision, Problem
from ...linear import INPUTS, OUTPUTS
from ...losses.nll import LOGITS
from ..batch.arrays import Batch
from ..dtypes import dtype_name


def problem_of(batches: Sequence[Batch], wrt: str) -> Problem:
    """The problem of one criterion's batches. Raises ValueError where rows of the loss are not rows of the layer."""
    setup = next((each.setup for each in batches if "ignore_index" in each.setup.options), batches[0].setup)
    found = problem(setup.loss, wrt, bias=setup.has_bias, model=_from_model(batches[0], wrt))
    found = replace(found, positions=any(map(_positions, batches)))
    axis = {_broadcast_axis(batch, wrt) for batch in batches}
    if len(axis) != 1:
        raise ValueError("These batches are broadcast in different ways.")
    return found if axis == {None} else _summed(found, axis.pop())


def case_of(batch: Batch, wrt: str, given: Tensor, precision: torch.dtype | None = None) -> Case:
    """Its numbers, with what was given as a matrix where it has the shape of its tensor."""
    return Case(_names(batch, wrt), _matrix(batch, wrt, given), precision_of(precision or batch.inputs.dtype))


def precision_of(dtype: torch.dtype) -> Precision:
    return PRECISIONS[dtype_name(dtype)]


def _from_model(batch: Batch, wrt: str) -> bool:
    """Does the program begin with the layer? What the layer has rounded counts where it does."""
    model = batch.setup.model is not None
    if model and not batch.is_aligned and wrt in OF_MODEL:
        raise ValueError(
            f"{batch.setup}: the rows of this loss are not the rows of the layer, and a gradient in {wrt!r} cannot be "
            "diagnosed. Ask for wrt='outputs'."
        )
    return model and batch.is_aligned


def _names(batch: Batch, wrt: str) -> dict[str, Any]:
    rows, columns = batch.shape_of_loss
    outputs = batch.rows(batch.outputs())
    names: dict[str, Any] = {"grad_output": 1.0, **batch.of_model, **batch.of_loss, "N": rows, "C": columns}
    if not _from_model(batch, wrt):
        given = outputs if batch.setup.before is None else batch.rows(batch.setup.before(batch.outputs()))
        names |= {"Z": outputs, "Q": outputs, batch.setup.loss.tensor(OUTPUTS).name: given}
    elif batch.setup.before is not None and wrt == OUTPUTS:
        names["Q"] = torch.log_softmax(outputs, 1)
    if "X" in names:
        names["D"] = names["X"].shape[1]
    if positions := _positions(batch):
        at = torch.arange(rows, device=outputs.device)
        names |= {"B": rows // positions, "T": positions, "sample": at // positions, "position": at % positions}
    if "y" in names:
        names.setdefault("ignore_index", -100)
    return names


def _positions(batch: Batch) -> int:
    """How many rows of the loss each sample has; 0 where that is one."""
    samples = batch.outputs_shape[0] if len(batch.outputs_shape) > 1 else 1
    each = batch.shape_of_loss[0] // samples if samples else 0
    return each if each > 1 else 0


def _matrix(batch: Batch, wrt: str, given: Tensor) -> Tensor:
    given = given.detach()
    if wrt == INPUTS and given.shape == batch.inputs.shape:
        return given.reshape(-1, given.shape[-1])
    if wrt in batch.operands and given.shape == batch.operands[wrt].shape:
        viewed = given.reshape(batch.views[wrt])
        return batch.rows(viewed) if viewed.shape == batch.common else viewed
    if wrt in (OUTPUTS, LOGITS) and given.shape == batch.outputs_shape:
        return batch.rows(given) if batch.outputs_shape == batch.common or batch.by_class else given
    return given


def _broadcast_axis(batch: Batch, wrt: str) -> int | None:
    """Over which axis of the loss's matrix a gradient sums, where torch has broadcast; None where it has not."""
    shape = batch.shape_in_loss(wrt)
    if batch.broadcast_terms(wrt) == 1 or wrt in OF_MODEL:
        return None
    if len(batch.common) == 2 and tuple(shape) == (batch.common[0], 1):
        return 1
    if len(batch.common) == 2 and tuple(shape) in ((batch.common[1],), (1, batch.common[1])):
        return 0
    raise ValueError(
        f"{batch.setup}: a gradient of shape {tuple(shape)}, broadcast to {tuple(batch.common)}, is not diagnosed."
    )


def _summed(found: Problem, axis: int | None) -> Problem:
    """The problem of what was broadcast: its gradient is summed."""
    program = replace(found.program, result=("sum_kept", found.program.result, axis))
    return replace(found, program=program, forms=(), relatives=((Mistake.of("summed", how="not"), found.program),))


def cases_of(
    tried: Sequence[tuple[Batch, Mapping[str, Tensor]]], wrt: str, precision: torch.dtype | None = None
) -> list[Case]:
    return [case_of(batch, wrt, given[wrt], precision) for batch, given in tried]
