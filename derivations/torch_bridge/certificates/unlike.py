"""At which entries torch is known to compute something else than the gradient of the formula, as the notes say."""

from __future__ import annotations

from torch import Tensor

from ...closed_form import OF_LAYER
from ...linear import OUTPUTS
from ...losses.nll import LOGITS
from ..accounts.evaluate import restored, shape_of
from ..batch.arrays import Batch
from ..criteria.base import Data


def of_criterion(batch: Batch) -> Data:
    """What the criterion itself is given, as matrices of the formulas: behind a model's activation, if it has one."""
    outputs, before = batch.outputs(), batch.setup.before
    given = outputs if before is None else before(outputs).detach()
    return Data(batch.rows(given), batch.operand_rows, batch.setup.options)


def unlike(batch: Batch, wrt: str) -> Tensor | None:
    """Where ∂loss/∂`wrt` tells nothing, True at each such entry, on the CPU; None where every entry tells.

    A gradient in the layer adds up entries of the outputs: one of them spoils it all.
    """
    if not batch.common.numel():
        return None
    of_outputs = wrt in (*OF_LAYER, LOGITS)
    found = batch.setup.of.unlike(batch.setup.loss, of_criterion(batch), OUTPUTS if of_outputs else wrt)
    if found is None or not bool(found.any()):
        return None
    if wrt in OF_LAYER:
        return found.any().cpu().expand(shape_of(batch, wrt))
    return restored(batch, wrt, found.to(batch.inputs.dtype)).cpu() > 0
