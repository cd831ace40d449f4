"""What was returned, compared with the criterion's own gradient, within the bound that was asked for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ...linear import BIAS, INPUTS, OUTPUTS, WEIGHT
from ..accounts import autograd
from ..batch.batch import Batch, read_batch
from ..certificates.certificate import Certificate
from ..certificates.certify import certify
from ..certificates.rows import Row, row_of
from ..rounding.bounds import Bound, bounds
from ..rounding.precision import Precision
from ..setup.setup import Setup
from .setups import is_exact
from .trials import Trial

#: How often what is given may be rounded before terms cancel: 2·z/n, with a weight.
BEFORE = 3
#: A factor with which there are bounds of our own, as wide as the formula's.
BARELY_WIDER = 1.001


@dataclass(frozen=True)
class Reference:
    """One trial as a batch, and torch's own gradients and loss there; `factor` multiplies a loss of one number."""

    batch: Batch
    gradients: Mapping[str, Tensor]
    loss: float
    factor: float
    exact_weights: bool

    @classmethod
    def of(cls, setup: Setup, trial: Trial, names: Sequence[str], given: Setup) -> Reference:
        """`given` is the setup as it was given, with weights of their own dtype."""
        apart = setup.loss.reduction == "none"
        batch = read_batch(setup, trial.inputs, trial.targets, trial.grad_output if apart else None)
        loss, found = autograd.gradients(batch, names)
        factor = 1.0 if apart or trial.grad_output is None else trial.grad_output.item()
        gradients = {name: each * factor for name, each in found.items()}
        return cls(batch, gradients, loss.item(), factor, is_exact(given, trial.dtype))

    @property
    def is_defined(self) -> bool:
        """Are the loss and every gradient numbers?"""
        every = all(bool(each.isfinite().all()) for each in self.gradients.values())
        return every and math.isfinite(self.loss)

    def compare(self, found: Mapping[str, Tensor], precision: torch.dtype | float, seed: int) -> Certificate:
        """A certificate of what was found. The mean over no rows is 0/0, and nan is right there too."""
        if not self.batch.common.numel() and self.batch.setup.loss.reduction == "mean":
            found = {name: each.nan_to_num(nan=0.0) for name, each in found.items()}
        limits = self._limits([*found], precision)
        expected = {name: self.gradients[name] for name in found}
        return certify(self.batch, found, expected, self.loss, seed=seed, limits=limits)

    def within(self, name: str, found: Tensor, precision: torch.dtype | float) -> bool:
        """Is a gradient right for a computation in that dtype, whose terms may cancel, or with bounds so much wider?

        Not where there are no rows: no bound is wider there.
        """
        limits = self._limits([name], precision)
        return limits is not None and not row_of(name, found, self.gradients[name], limits[name]).wrong

    def alike(self, name: str, one: Tensor, other: Tensor) -> bool:
        """Are two calls' gradients one, within the bound?"""
        limits = self._limits([name], BARELY_WIDER)
        return limits is None or not row_of(name, one, other, limits[name]).wrong

    def times(self, name: str, found: Tensor, factor: float) -> bool:
        """Would a gradient be right if the loss had been multiplied by that factor?"""
        other = replace(self, factor=factor, gradients={name: self.gradients[name] / self.factor * factor})
        return other.within(name, found, BARELY_WIDER)

    def _limits(self, names: Sequence[str], precision: torch.dtype | float) -> dict[str, Bound] | None:
        """Bounds that are wider than those of the formula; None where nothing widens them.

        A factor rounds once more, and weights that were rounded to the dtype three times: in two factors and a sum.
        """
        if precision == 1.0 and self.factor == 1 and self.exact_weights:
            return None
        if not self.batch.common.numel():
            return None
        own = bounds(self.batch, names)
        if isinstance(precision, torch.dtype):
            wide = bounds(self.batch, names, Precision(precision, before=BEFORE))
            eps = torch.finfo(self.batch.inputs.dtype).eps
            own = {
                name: Bound(each.kappa + wide[name].of_two(precision) / eps, each.unit) for name, each in own.items()
            }
        else:
            own = {name: Bound(precision * each.kappa, precision * each.unit) for name, each in own.items()}
        return {name: self._with(each, self.gradients[name]) for name, each in own.items()}

    def _with(self, bound: Bound, gradient: Tensor) -> Bound:
        """With one rounding more for a factor, and three for weights, of the terms where those of several cancel."""
        size, factor = gradient.detach().cpu().double().abs(), abs(self.factor)
        kappa = factor * bound.kappa
        once, thrice = float(self.factor != 1), 3.0 * (not self.exact_weights)
        cancels = bool(self.batch.setup.options.get("label_smoothing")) or self.batch.setup.model is not None
        weighed = torch.maximum(kappa, size) if cancels else size
        return Bound(kappa + once * size + thrice * weighed, bound.unit * max(1.0, factor) + once + thrice)


def disagreeing(certificate: Certificate) -> list[Row]:
    """The rows that disagree: parameters first, as they are nearer to what people write."""
    order = (WEIGHT, BIAS, INPUTS, OUTPUTS, *certificate.setup.wrt)
    return sorted((row for row in certificate.rows if row.wrong), key=lambda row: order.index(row.wrt))
