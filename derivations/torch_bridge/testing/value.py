"""The loss's own value, compared with the criterion's in float64.

No derivation tells how a loss rounds, so the bound is stated here: every term may be off by a few roundings of the
largest number that its usual forms subtract (logsumexp(z) − z_y, z·y, (z − y)²), and each sum by one rounding for each
of its terms. What is wrong by a factor, a sign or a missing weight is beyond that wherever the loss is not near 0.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ...linear import OUTPUTS
from ...losses.declared import Per
from ...options import Choice
from ..batch.batch import Batch, values_in_float64
from ..certificates.notes import divisor
from ..rounding.bounds import precision_of
from ..rounding.precision import Precision, tiny
from ..setup.setup import Setup
from .setups import exact_criterion

#: Roundings in a term: two functions, a few products and sums.
ROUNDINGS = 24


def expected_value(setup: Setup, batch: Batch) -> Tensor:
    """The criterion's loss in float64, on the CPU: one number, or one for each row or entry."""
    outputs, operands = batch.outputs(exact=True), values_in_float64(batch.operands)
    if setup.before is not None:
        outputs = setup.before(outputs)
    with torch.no_grad():
        return exact_criterion(setup)(outputs, *operands.values())


def allowed(batch: Batch, precision: torch.dtype | float) -> Tensor:
    """How far a loss may be off, of the shape that reduction="none" leaves, or for its sum or mean.

    Of losses apart where `batch` has them so and weighs them itself, since torch's divisor is not the formula's.
    """
    setup, rounding = batch.setup, precision_of(batch)
    if isinstance(precision, torch.dtype) and torch.finfo(precision).eps > torch.finfo(rounding.dtype).eps:
        rounding = Precision(precision)
    mass, columns = _masses(batch), batch.shape_of_loss[1]
    terms = mass.numel() * (2 if setup.loss.reduction == "mean" else 1) if setup.loss.reduction != "none" else 0
    roundings = ROUNDINGS + rounding.inner(terms + columns)
    off = roundings * rounding.u * mass + (roundings + terms) * tiny(rounding.dtype)
    widened = 2 * off * (1.0 if isinstance(precision, torch.dtype) else precision)
    if setup.loss.reduction == "none":
        return widened
    return widened.sum() / (count(batch) if setup.loss.reduction == "mean" else 1.0)


def count(batch: Batch) -> float:
    """What a mean divides by."""
    found = divisor(batch)
    if found is None:
        return float(batch.shape_of_loss[0] if batch.by_class else batch.common.numel())
    return abs(found)


def overflows(batch: Batch) -> bool:
    """May a sum of the terms be beyond the largest number of the dtype?"""
    terms = batch.shape_of_loss[1] if batch.by_class else 1
    return bool(terms * _masses(batch).sum() > torch.finfo(batch.inputs.dtype).max / 4)


def _masses(batch: Batch) -> Tensor:
    """The largest number that the usual forms of each term hold, of the shape of the losses before their reduction."""
    setup, options = batch.setup, values_in_float64(batch.setup.options)
    outputs = batch.outputs(exact=True)
    outputs = torch.where(outputs.isfinite(), outputs, 0.0)
    largest = [float(each.abs().max()) for each in options.values() if isinstance(each, Tensor)]
    of_entries = [each.name for each in setup.loss.operands if each.per == Per.ENTRY]
    arrays = {name: values_in_float64(batch.operands)[name].reshape(batch.views[name]) for name in of_entries}
    if batch.by_class:
        mass = outputs.abs().amax(batch.class_axis) + math.log(max(2, batch.shape_of_loss[1]))
        for array in arrays.values():
            mass = mass * array.abs().sum(batch.class_axis).clamp_min(1)
        return max(largest, default=1.0) * mass
    chosen = {
        each.name: getattr(setup.loss, each.name) for each in setup.loss.declared if isinstance(each.kind, Choice)
    }
    terms = setup.of.terms({OUTPUTS: outputs, **arrays}, {**chosen, **options})
    terms = math.prod(max(1.0, each) for each in largest) * terms
    return terms if setup.loss.per == Per.ENTRY else terms.sum(-1)


def _overflows_in_torch(setup: Setup, batch: Batch, given: Tensor) -> Tensor:
    """Where a loss is inf or nan just as the criterion's own is in this dtype: torch's way to it overflows too."""
    outputs = batch.outputs()
    with torch.no_grad():
        own = setup.criterion(outputs if setup.before is None else setup.before(outputs), *batch.given)
    own = own.cpu().double().reshape(given.shape)
    return ~own.isfinite() & ((given == own) | (given.isnan() & own.isnan()))


def difference(setup: Setup, batch: Batch, loss: Tensor, precision: torch.dtype | float) -> dict[str, object] | None:
    """What is wrong with a loss's value, at its worst entry; None where nothing is, or the value is not defined."""
    expected, given = expected_value(setup, batch), loss.detach().cpu().double()
    if not batch.common.numel() or overflows(batch):
        return None
    given, off = given.reshape(expected.shape), allowed(batch, precision)
    if setup.loss.reduction != batch.setup.loss.reduction:
        assert batch.grad_output is not None
        off = (off * batch.grad_output.cpu().double().reshape(off.shape)).sum()
    off = off.reshape(expected.shape)
    wrong = ~((given - expected).abs() <= off) & expected.isfinite() & ~_overflows_in_torch(setup, batch, given)
    if not bool(wrong.any()):
        return None
    excess = torch.where(wrong, ((given - expected).abs() / off).nan_to_num(nan=torch.inf, posinf=torch.inf), -1.0)
    at = tuple(int(each) for each in torch.unravel_index(excess.argmax(), excess.shape)) if excess.dim() else ()
    return {
        "index": f"the loss{list(at) if at else ''}, one of {int(wrong.sum())} wrong of {expected.numel()}",
        "expected": expected[at].item(),
        "got": given[at].item(),
        "bound": off[at].item(),
    }
