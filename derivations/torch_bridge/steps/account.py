"""The gradient that a step should leave: of all batches as one, its bound, and what each part contributes to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from ...diagnosis.steps.steps import Account, Part
from ...linear import BIAS, WEIGHT
from ..accounts import evaluate
from ..batch.batch import Batch, read_batch, values_in_float64
from ..certificates.notes import divisor
from ..rounding.bounds import Bound, bounds
from ..rounding.precision import Precision, Rounded, tiny
from ..setup.setup import IGNORED, Setup
from .ranks import linear

#: What scaling a gradient may round beside the sum over its parts: a factor made of a quotient and a product, which
#: multiplies the loss's gradient, and one division more, by W or S, at the end.
SCALINGS = 4


@dataclass(frozen=True)
class Whole:
    """All batches of a step as one, and apart, in the order of ranks; `names` are the parameters compared."""

    batch: Batch
    parts: tuple[Batch, ...]
    ranks: tuple[int, ...]
    names: tuple[str, ...]

    def account(self, rank: int, count: int) -> Account:
        """How much each part counts."""
        parts = tuple(_part(part, rank) for part, rank in zip(self.parts, self.ranks, strict=True))
        return Account(parts, self.batch.setup.loss.reduction == "mean", count, rank)

    @cached_property
    def gradients(self) -> dict[str, Tensor]:
        """The whole's, from the closed form in float64, on the CPU."""
        return evaluate.gradients(in_float64(self.batch), self.names)

    @cached_property
    def masses(self) -> dict[str, Tensor]:
        """The size of each gradient if nothing cancelled: Σ |∂L/∂z|·|x| over the samples."""
        exact = in_float64(self.batch)
        (of_outputs,) = evaluate.gradients(exact, (exact.setup.of_linear,)).values()
        g = exact.of_layer(of_outputs).abs()
        sums = {WEIGHT: g.T @ exact.of_model["X"].abs(), BIAS: g.sum(0)}
        return {name: sums[name] for name in self.names}

    def shares(self, account: Account, at: Sequence[Mapping[str, Tensor]] = ()) -> list[dict[str, Tensor]]:
        """What each part contributes to the whole, in float64: S_k/S times its own gradient; at other parameters."""
        found = []
        parts = self.parts
        if at:
            models = [linear(each[WEIGHT], each.get(BIAS)) for each in at]
            parts = tuple(
                replace(part, setup=replace(part.setup, model=model)) for part, model in zip(parts, models, strict=True)
            )
        for part, of in zip(parts, account.parts, strict=True):
            own = evaluate.gradients(in_float64(part), self.names)
            share = of.size / account.size if account.mean and account.size else 1.0
            found.append({name: share * each if share else torch.zeros_like(each) for name, each in own.items()})
        return found

    def limits(self, dtype: torch.dtype | None = None) -> dict[str, Bound]:
        """How far what a step leaves may be off: as the whole's gradient in any order, and as its parts are joined.

        A sum over parts is the whole's sum in another order. What comes on top is at most: a rounding for each part as
        it is stored and added; SCALINGS for the factor of its loss; and where S_k are sums of class weights, their
        own additions, twice. Each rounds at the size of the sum of |∂L/∂z|·|x|.

        With a lower `dtype` the step is off by one evaluation in that, and what it is compared with by one in the
        batch's own; inputs and parameters may be rounded to it first, so that what that moves the gradient by is added.
        """
        found = self.own
        if dtype in (None, self.batch.inputs.dtype):
            return found
        lower = _cast(self.batch, dtype, self.batch.inputs.device, self.batch.setup.options)
        moved = evaluate.gradients(in_float64(lower), self.names)
        own, low = torch.finfo(self.batch.inputs.dtype), torch.finfo(dtype)
        return {
            name: Bound(
                (found[name].kappa + low.eps / own.eps * bound.kappa) / 2
                + (moved[name] - self.gradients[name]).abs() / own.eps,
                (found[name].unit + tiny(dtype) / tiny(self.batch.inputs.dtype) * bound.unit) / 2,
            )
            for name, bound in self._of(lower).items()
        }

    @cached_property
    def own(self) -> dict[str, Bound]:
        """In the batch's own dtype."""
        return self._of(self.batch)

    def _of(self, batch: Batch) -> dict[str, Bound]:
        """In the batch's own precision."""
        precision = Precision(batch.inputs.dtype)
        times = len(self.parts) + SCALINGS + self._of_weights()
        joined = {
            name: precision.rounds(Rounded(self.masses[name], bound.kappa, bound.unit), times)
            for name, bound in bounds(batch, self.names).items()
        }
        return {name: Bound.of(each) for name, each in joined.items()}

    def _of_weights(self) -> float:
        """Roundings of S and S_k, at their own size, where they are sums of class weights."""
        weight, size = self.batch.of_loss.get("weight"), divisor(self.batch)
        if weight is None or not size:
            return 0.0
        terms = self.batch.shape_of_loss[0] if self.batch.by_class else self.batch.common.numel()
        cancelled = float(weight.abs().max()) * terms / abs(size) if bool((weight < 0).any()) else 1.0
        return 2.0 * terms * max(1.0, cancelled)


def read_parts(setup: Setup, batches: Sequence[Sequence[tuple[Any, Any]]], names: tuple[str, ...]) -> Whole:
    """The batches of every rank. Raises ValueError or TypeError, naming the part, for what torch would refuse."""
    parts, ranks = list[Batch](), list[int]()
    for rank, of_rank in enumerate(batches):
        for place, (inputs, targets) in enumerate(of_rank, 1):
            where = f"batch {place}" + (f" of rank {rank}" if len(batches) > 1 else "")
            try:
                parts.append(read_batch(setup, *_as_rows(setup, inputs, targets)))
            except (TypeError, ValueError) as wrong:
                raise type(wrong)(f"{where}: {wrong}") from wrong
            if len(parts[-1].inputs.shape) < 2:
                raise ValueError(f"{where} has inputs of one sample alone: unsqueeze(0) makes a batch of it.")
            ranks.append(rank)
    arrays = {name: [part.operands[name] for part in parts] for name in parts[0].operands}
    arrays = {"inputs": [part.inputs for part in parts], **arrays}
    forms = {
        tuple((*array.shape[1:], array.dtype) for array in of_part) for of_part in zip(*arrays.values(), strict=True)
    }
    if len(forms) > 1:
        shapes = ", ".join(f"{name} {[tuple(each.shape) for each in every]}" for name, every in arrays.items())
        raise ValueError(
            "the batches differ in more than how many samples they have, so that they are no parts of one batch: "
            f"{shapes}. Flatten positions into samples, as in inputs.flatten(0, 1), targets.flatten()."
        )
    inputs, *operands = map(torch.cat, arrays.values())
    whole = read_batch(setup, inputs, tuple(operands) if len(operands) > 1 else operands[0])
    if not whole.by_class and whole.common.numel() != sum(part.common.numel() for part in parts):
        raise ValueError(
            f"outputs of shape {tuple(whole.shape_of_loss)} and {' and '.join(whole.operands)} of shape "
            f"{' and '.join(str(tuple(each.shape)) for each in whole.given)} are compared across samples, as torch "
            "broadcasts them, so that the whole's loss is no sum over its parts. Give targets of the outputs' shape: "
            "targets.unsqueeze(1)."
        )
    return Whole(whole, tuple(parts), tuple(ranks), names)


def _as_rows(setup: Setup, inputs: Any, targets: Any) -> tuple[Any, Any]:
    """Positions as samples, where labels are of every position: (B, T, D) and (B, T), as a language model's are.

    Torch wants classes at dimension 1, so that a step with such batches flattens both itself.
    """
    if not (isinstance(inputs, Tensor) and isinstance(targets, Tensor)) or not setup.loss.classes_second:
        return inputs, targets
    labels = inputs.dim() > 2 and not targets.is_floating_point() and targets.shape == inputs.shape[:-1]
    if not labels or (setup.model is not None and targets.shape[1:] == (*inputs.shape[2:-1], setup.model.out_features)):
        return inputs, targets
    return inputs.flatten(0, -2), targets.flatten()


def _part(part: Batch, rank: int) -> Part:
    """What a part's mean divides by, and what other people divide by."""
    rows, labels, size = part.shape_of_loss[0], part.of_loss.get("y"), divisor(part)
    counted = rows if part.by_class else part.common.numel()
    if part.by_class and labels is not None:
        counted = int((labels != part.of_loss.get("ignore_index", IGNORED)).sum())
    return Part(rank, float(counted if size is None else size), float(rows), float(counted))


def in_float64(batch: Batch) -> Batch:
    """The same numbers in float64, on the CPU."""
    return _cast(batch, torch.float64, torch.device("cpu"), values_in_float64(batch.setup.options))


def _cast(batch: Batch, dtype: torch.dtype, device: torch.device, options: Mapping[str, Any]) -> Batch:
    layer = batch.setup.model
    assert layer is not None
    weight, bias = (None if each is None else each.detach().to(device, dtype) for each in (layer.weight, layer.bias))
    assert weight is not None
    operands = {name: each.to(device) for name, each in batch.operands.items()}
    if dtype == torch.float64:
        operands = values_in_float64(operands)
    setup = replace(batch.setup, model=linear(weight, bias), options=options)
    return replace(batch, setup=setup, inputs=batch.inputs.detach().to(device, dtype), operands=operands)
