"""Gradients of the criteria by hand, on a machine that rounds at every step.

Sums and products are taken in any order, and softmax comes about in the ways that are in use; but a difference of
numbers that are given stays one: 2z/S − 2y/S loses digits that 2(z − y)/S has, so a bound of the one is none of the
other.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from .batches import Given
from .machine import WIDER, Machine

#: How the numerator and the denominator of a softmax come together.
SOFTMAXES = ("quotient", "reciprocal", "unshifted", "log of the sum", "of log-softmax", "torch")


@dataclass(frozen=True)
class Association:
    """`scales` says when weights and 1/S come in: before a difference is taken, after it, or 1/S before the weights.

    `reciprocal`: times 1/S, not divided by S; `bias_first`: products are added to the bias.
    """

    softmax: str = "quotient"
    scales: str = "last"
    reciprocal: bool = False
    bias_first: bool = False


SCALES = ("first", "last", "divided first")
ASSOCIATIONS = tuple(itertools.starmap(Association, itertools.product(SOFTMAXES, SCALES, *[(False, True)] * 2)))


@dataclass(frozen=True)
class Evaluation:
    """One way to compute the gradients of one batch."""

    given: Given
    machine: Machine
    way: Association

    def gradients(self) -> Iterator[tuple[str, Tensor]]:
        """Each gradient by its name. Raises Overflowed where a sum is no finite number."""
        given, machine = self.given, self.machine
        outputs = self._outputs()
        if given.kind == "NLL" and given.weight is not None:
            yield "outputs", self._of_log_probabilities()
            of_linear = "logits"
        else:
            of_linear = "outputs"
        g = {"MSE": self._mse, "BCE": self._bce, "CE": self._cross_entropy, "NLL": self._nll}[given.kind](outputs)
        yield of_linear, g
        if given.kind in ("MSE", "BCE") or given.probabilities:
            yield "targets", self._of_targets(outputs, g)
        if given.weight is None:
            return
        yield "weight", machine.matmul(g.T, given.inputs)
        yield "inputs", machine.matmul(g, given.weight)
        if given.bias is not None:
            yield "bias", machine.sum(g)

    @property
    def early(self) -> bool:
        return self.way.scales == "first"

    def _outputs(self) -> Tensor:
        given = self.given
        if given.weight is None:
            return given.inputs
        if given.bias is None:
            return self.machine.matmul(given.inputs, given.weight.T)
        if self.way.bias_first:
            return self.machine.matmul(given.inputs, given.weight.T, given.bias)
        return self.machine.matmul(given.inputs, given.weight.T) + given.bias

    # What is divided by S, and S

    def _divided(self, numerator: Tensor, divisor: Tensor | float) -> Tensor:
        if isinstance(divisor, float):
            divisor = self.machine.number(divisor)
        return numerator * (1 / divisor) if self.way.reciprocal else numerator / divisor

    def _scaled(self, value: Tensor, weight: Tensor | None, count: Tensor | float) -> Tensor:
        """value · weight · grad_output / S, from the left or with the scales first."""
        given = self.given
        incoming = given.grad_output
        if incoming is not None and incoming.dim() < value.dim():
            incoming = incoming[:, None]
        scales = [each for each in (weight, incoming) if each is not None]
        if self.early:
            factor = self._divided(self.machine.number(1.0), count) if given.reduction == "mean" else None
            for each in scales:
                factor = each if factor is None else factor * each
            return value if factor is None else value * factor
        divided = given.reduction == "mean"
        if divided and self.way.scales == "divided first":
            value, divided = self._divided(value, count), False
        for each in scales:
            value = value * each
        return self._divided(value, count) if divided else value

    # One criterion each

    def _mse(self, outputs: Tensor) -> Tensor:
        given = self.given
        count = float(outputs.numel())
        divisor = count if given.scale is None else self.machine.sum(given.scale.reshape(-1))
        return self._scaled(2 * (outputs - given.targets), given.scale, divisor)

    def _bce(self, outputs: Tensor) -> Tensor:
        given, sigma = self.given, self._sigmoid(outputs)
        if given.positive is None:
            value = sigma - given.targets
        elif self.early:
            value = (1 - given.targets) * sigma - given.positive * (given.targets * (1 - sigma))
        else:  # as torch does
            positive = given.positive * given.targets
            value = (positive + 1 - given.targets) * sigma - positive
        return self._scaled(value, given.scale, float(outputs.numel()))

    def _cross_entropy(self, outputs: Tensor) -> Tensor:
        given, probabilities = self.given, self._softmax(outputs)
        if not given.probabilities and given.smoothing == 0 and not self.early:
            return self._weighted(probabilities - self._hard(), self._of_rows())
        target, rows = self._targets(), self._of_rows()
        if self.early:
            target = self._weighted(target, rows)
            return probabilities * self.machine.sum(target.T)[:, None] - target
        return self._weighted(probabilities * self.machine.sum(target.T)[:, None] - target, rows)

    def _nll(self, outputs: Tensor) -> Tensor:
        """With a model: the backward of log-softmax, g − P Σ g."""
        if self.given.weight is None:
            return self._of_log_probabilities()
        g = self._of_log_probabilities()
        return g - self._softmax(outputs) * self.machine.sum(g.T)[:, None]

    def _of_log_probabilities(self) -> Tensor:
        return self._weighted(-self._hard(), self._of_rows())

    def _hard(self) -> Tensor:
        return one_hot(self._labels(), self.given.classes).to(self.machine.dtype)

    def _labels(self) -> Tensor:
        return torch.where(self._kept(), self.given.targets, 0)

    def _kept(self) -> Tensor:
        return self.given.targets != self.given.ignored

    def _of_rows(self) -> Tensor | None:
        """What each row counts for, by its label, where the targets do not hold it."""
        given = self.given
        if given.probabilities:
            return None
        rows = torch.ones(given.rows, dtype=self.machine.dtype) if given.scale is None else given.scale[self._labels()]
        rows = torch.where(self._kept(), rows, 0)
        return rows[:, None] if given.smoothing == 0 else torch.where(self._kept(), 1.0, 0.0).to(rows)[:, None]

    def _targets(self) -> Tensor:
        """The targets with smoothing and the weights of the classes; of labels without smoothing, the labels alone."""
        given = self.given
        scale = torch.ones(given.classes, dtype=self.machine.dtype) if given.scale is None else given.scale
        kept, spread = self.machine.number(1 - given.smoothing), self.machine.number(given.smoothing / given.classes)
        if given.probabilities:
            return ((kept * given.targets + spread) if given.smoothing else given.targets) * scale
        if not given.smoothing:
            return self._hard()
        return kept * (self._hard() * scale[self._labels()][:, None]) + spread * scale

    def _weighted(self, value: Tensor, rows: Tensor | None) -> Tensor:
        return self._scaled(value, rows, self._count())

    def _count(self) -> Tensor | float:
        given = self.given
        if given.probabilities or (given.scale is None and given.ignored < 0):
            return float(given.rows)
        counted = (
            torch.ones(given.rows, dtype=self.machine.dtype) if given.scale is None else given.scale[self._labels()]
        )
        if not bool(self._kept().any()):
            return 1.0
        return self.machine.sum(torch.where(self._kept(), counted, 0))

    def _of_targets(self, outputs: Tensor, of_outputs: Tensor) -> Tensor:
        given = self.given
        if given.kind == "MSE":
            return -of_outputs
        if given.kind == "BCE":
            if given.positive is None:
                return self._scaled(-outputs, given.scale, float(outputs.numel()))
            own, other = (torch.nn.functional.logsigmoid(each) for each in (outputs, -outputs))
            return self._scaled(-(given.positive * own - other), given.scale, float(outputs.numel()))
        value = -self._log_softmax(outputs)
        if given.smoothing:
            value = self.machine.number(1 - given.smoothing) * value
        return self._scaled(value, given.scale, float(given.rows))

    # Functions, in twice the digits inside where sums are: then what comes out is rounded once

    def _inside(self) -> Evaluation | None:
        wider = WIDER.get(self.machine.dtype)
        if self.machine.products != "wide" or wider is None:
            return None
        return replace(self, machine=Machine(wider, self.machine.order))

    def _sigmoid(self, outputs: Tensor) -> Tensor:
        if inside := self._inside():
            return inside._sigmoid(outputs.to(inside.machine.dtype)).to(outputs)
        match self.way.softmax:
            case "quotient":
                return 1 / (1 + self.machine.finite((-outputs).exp()))
            case "reciprocal":
                grown = (-outputs.abs()).exp()
                return torch.where(outputs < 0, grown, 1) / (1 + grown)
            case "log of the sum":
                return torch.nn.functional.logsigmoid(outputs).exp()
        return torch.sigmoid(outputs)

    def _softmax(self, outputs: Tensor) -> Tensor:
        if inside := self._inside():
            return inside._softmax(outputs.to(inside.machine.dtype)).to(outputs)
        way = self.way.softmax
        if way == "torch":
            return torch.softmax(outputs, 1)
        if way == "of log-softmax":
            return self._log_softmax(outputs).exp()
        largest = outputs.amax(1, keepdim=True)
        if way == "unshifted" and bool(outputs.abs().amax() < 10):
            largest = torch.zeros_like(largest)
        grown = (outputs - largest).exp()
        total = self.machine.sum(grown.T)[:, None]
        if way == "log of the sum":
            return (outputs - (largest + total.log())).exp()
        return grown * (1 / total) if way == "reciprocal" else grown / total

    def _log_softmax(self, outputs: Tensor) -> Tensor:
        if inside := self._inside():
            return inside._log_softmax(outputs.to(inside.machine.dtype)).to(outputs)
        if self.way.softmax == "torch":
            return torch.log_softmax(outputs, 1)
        largest = outputs.amax(1, keepdim=True)
        shifted = outputs - largest
        logarithm = self.machine.sum(shifted.exp().T)[:, None].log()
        return outputs - (largest + logarithm) if self.way.softmax == "log of the sum" else shifted - logarithm
