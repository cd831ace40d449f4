"""A criterion whose backward is the closed form: for training, and for seeing that it is the same.

Loss and gradient are two functions of torch.autograd: `_Loss`, whose backward is `_Gradient`, whose backward refuses.
So `torch.func.grad` and `vmap` compose with them as with torch's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

import torch
from torch import Tensor, nn

from ..linear import OUTPUTS
from ..losses.base import TARGETS
from .accounts import evaluate
from .batch.batch import Batch, read_batch
from .batch.checks.labels import as_torch_decides
from .setup.setup import Setup, Unsupported, read


def certified_loss(criterion: Callable[..., Any], targets: str | None = None) -> nn.Module:
    """An nn.Module that computes `criterion(outputs, targets)`, and its gradient from the closed form.

    It takes what the criterion takes and may stand in its place in a training loop; gradients flow to the outputs and
    to targets that are real numbers. `targets` says what CrossEntropyLoss is given: "indices" (the default) or
    "probabilities".

    The criterion is its submodule `criterion`, whose options are read anew at each call: set them there, and `.to`,
    `.double` and `state_dict` reach its weight, under the name "criterion.weight". The gradient is computed in float32
    or wider and multiplied by what backward receives before it is rounded to the dtype of the outputs, so that
    scaling the loss keeps small entries of float16.

    `torch.func.grad` and `vmap` work; `vmap` computes one sample after the other. The closed form is not differentiated
    again: a second derivative raises RuntimeError. Raises Unsupported for a criterion that no derivation covers, and at
    the call for a weight that asks for a gradient; ValueError at the call for data that the closed form does not take.
    """
    return CertifiedLoss(criterion, targets)


class CertifiedLoss(nn.Module):
    """Made by `certified_loss`."""

    def __init__(self, criterion: Callable[..., Any], targets: str | None = None):
        super().__init__()
        self.criterion = criterion
        self.targets = targets
        self.read()  # so that what is not supported is refused at once

    def read(self) -> Setup:
        """The criterion with its options as they are now."""
        return read(None, self.criterion, self.targets)

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The loss; `outputs` and `targets` are of any shape that the criterion takes."""
        setup = self.read()
        with torch.no_grad():
            loss = self.criterion(outputs, targets)
        # What is saved for backward is not read anew there: a change in between does not reach the gradient.
        setup = replace(as_torch_decides(setup, outputs.shape, targets), given=None)
        options = {name: value for name, value in setup.options.items() if isinstance(value, Tensor)}
        for name, value in options.items():
            if torch.is_grad_enabled() and value.requires_grad:
                raise Unsupported(
                    f"certified_loss({setup.name}): its {name} asks for a gradient, and the closed form has those of "
                    f"the outputs and the targets alone. Give {name}.detach(), or use the criterion itself."
                )
        found: Tensor = _Loss.apply(outputs, targets, loss, setup, tuple(options), *options.values())
        return found

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.read().loss})"


class _OneByOne(torch.autograd.Function):
    """Under vmap, computes one sample after the other."""

    @classmethod
    def vmap(cls, info: Any, axes: tuple[Any, ...], *given: Any) -> Any:
        def sample(place: int) -> Any:
            parts = zip(given, axes, strict=True)
            return cls.apply(*(each.select(axis, place) if isinstance(axis, int) else each for each, axis in parts))

        samples = [sample(place) for place in range(info.batch_size)]
        if isinstance(samples[0], Tensor):
            return torch.stack(samples), 0
        return tuple(map(torch.stack, zip(*samples, strict=True))), (0,) * len(samples[0])

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        raise RuntimeError(
            "certified_loss has no derivative in forward mode. Use torch.func.grad, vjp or jacrev, or the criterion "
            "itself with jvp, jacfwd or hessian."
        )


class _Loss(_OneByOne):
    @staticmethod
    def forward(
        outputs: Tensor, targets: Tensor, loss: Tensor, setup: Setup, names: tuple[str, ...], *options: Tensor
    ) -> Tensor:
        """`loss`, which the criterion computed, once it is known that backward will have its gradient."""
        _batch(setup, names, options, outputs, targets, torch.ones_like(loss))
        return loss.clone()

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        outputs, targets, _, ctx.setup, ctx.names, *options = inputs
        # Saved, not kept: what is changed in place before backward is then refused, a weight too.
        ctx.save_for_backward(outputs, targets, *options)

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, ...]:
        outputs, targets, *options = ctx.saved_tensors
        wanted = tuple(name for name, needed in zip((OUTPUTS, TARGETS), ctx.needs_input_grad, strict=False) if needed)
        found = _Gradient.apply(outputs, targets, grad_output, ctx.setup, wanted, ctx.names, *options)
        of = dict(zip(wanted, found, strict=True))
        return of.get(OUTPUTS), of.get(TARGETS), *[None] * (3 + len(options))


class _Gradient(_OneByOne):
    @staticmethod
    def forward(
        outputs: Tensor,
        targets: Tensor,
        grad_output: Tensor,
        setup: Setup,
        wanted: tuple[str, ...],
        names: tuple[str, ...],
        *options: Tensor,
    ) -> tuple[Tensor, ...]:
        batch = _batch(setup, names, options, outputs, targets, grad_output)
        found = evaluate.gradients(batch, wanted)
        if batch.grad_output is None:
            incoming = grad_output.to(batch.inputs.dtype)
            found = {name: value * incoming for name, value in found.items()}
        dtypes = {OUTPUTS: outputs.dtype, TARGETS: targets.dtype}
        return tuple(found[name].to(dtypes[name]) for name in wanted)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
        ctx.name = inputs[3].name

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> None:
        raise RuntimeError(
            f"certified_loss({ctx.name}): its gradient is a closed form that autograd cannot differentiate again, so a "
            "second derivative would be silently 0. Leave out create_graph=True, or use the criterion itself."
        )


def _batch(
    setup: Setup,
    names: Sequence[str],
    options: Sequence[Tensor],
    outputs: Tensor,
    targets: Tensor,
    grad_output: Tensor,
) -> Batch:
    """The data in one dtype, float32 or wider, with the options as they were when the loss was computed."""
    real = [each for each in (outputs, targets, *options) if each.is_floating_point()]
    dtype = reduce(torch.promote_types, (each.dtype for each in real), torch.float32)
    converted = {name: value.to(dtype) for name, value in zip(names, options, strict=True)}
    return read_batch(
        replace(setup, options={**setup.options, **converted}),
        outputs.to(dtype),
        targets.to(dtype) if targets.is_floating_point() else targets,
        grad_output.to(dtype) if setup.loss.reduction == "none" else None,
    )
