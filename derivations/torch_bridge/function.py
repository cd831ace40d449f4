"""A criterion whose backward is the closed form: for training, and for seeing that it is the same.

Loss and gradient are two functions of torch.autograd: `_Loss`, whose backward is `_Gradient`, whose backward refuses.
So `torch.func.grad` and `vmap` compose with them as with torch's own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import torch
from torch import Tensor, nn

from ..linear import OUTPUTS
from .accounts import evaluate
from .batch.batch import Batch, read_batch
from .batch.checks.labels import as_torch_decides
from .criteria.elementwise import criterion_of
from .setup.setup import Setup, Unsupported, read


def certified_loss(criterion: Callable[..., Any], targets: str | None = None) -> nn.Module:
    """An nn.Module that computes `criterion(outputs, targets)`, and its gradient from the closed form.

    It takes what the criterion takes and may stand in its place in a training loop; gradients flow to the outputs and
    to whatever it takes after them that holds real numbers, as targets or a variance. `targets` says what
    CrossEntropyLoss is given: "indices" (the default) or "probabilities".

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
        self.criterion = criterion_of(criterion)
        self.targets = targets
        self.read()  # so that what is not supported is refused at once

    def read(self) -> Setup:
        """The criterion with its options as they are now."""
        return read(None, self.criterion, self.targets)

    def forward(self, outputs: Tensor, targets: Tensor, *others: Tensor) -> Tensor:
        """The loss; outputs, targets and what else the criterion takes are of any shape that it takes."""
        setup, operands = self.read(), (targets, *others)
        with torch.no_grad():
            loss = setup.criterion(outputs, *operands)
        # What is saved for backward is not read anew there: a change in between does not reach the gradient.
        setup = replace(as_torch_decides(setup, outputs.shape, targets), given=None)
        options = {name: value for name, value in setup.options.items() if isinstance(value, Tensor)}
        pairs = zip(setup.loss.operands, operands, strict=False)
        discrete = {operand.name: each for operand, each in pairs if not operand.is_real}
        for name, value in {**discrete, **options}.items():
            if torch.is_grad_enabled() and value.requires_grad:
                raise Unsupported(
                    f"certified_loss({setup.name}): its {name} asks for a gradient, and the closed form has those of "
                    f"the outputs and the targets alone. Give {name}.detach(), or use the criterion itself."
                )
        found: Tensor = _Loss.apply(loss, Held(setup, tuple(options)), outputs, *operands, *options.values())
        return found

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.read().loss})"


@dataclass(frozen=True)
class Held:
    """What is no tensor: the setup, and which of its options are."""

    setup: Setup
    options: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What a gradient may flow to, in the order in which it is given: the outputs, then the operands."""
        return (OUTPUTS, *(each.name for each in self.setup.loss.operands))

    def batch(self, grad_output: Tensor, outputs: Tensor, *arrays: Tensor) -> Batch:
        """The data in one dtype, float32 or wider, with the options as they were when the loss was computed."""
        real = [each for each in (outputs, *arrays) if each.is_floating_point()]
        dtype = reduce(torch.promote_types, (each.dtype for each in real), torch.float32)
        converted = [each.to(dtype) if each.is_floating_point() else each for each in arrays]
        many = len(self.names) - 1
        operands, options = tuple(converted[:many]), dict(zip(self.options, converted[many:], strict=True))
        return read_batch(
            replace(self.setup, options={**self.setup.options, **options}),
            outputs.to(dtype),
            operands if many > 1 else operands[0],
            grad_output.to(dtype) if self.setup.loss.reduction == "none" else None,
        )


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
    def forward(loss: Tensor, held: Held, *arrays: Tensor) -> Tensor:
        """`loss`, which the criterion computed, once it is known that backward will have its gradient.

        `arrays` are the outputs, the operands and the options that are tensors.
        """
        held.batch(torch.ones_like(loss), *arrays)
        return loss.clone()

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        _, ctx.held, *arrays = inputs
        # Saved, not kept: what is changed in place before backward is then refused, a weight too.
        ctx.save_for_backward(*arrays)

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, ...]:
        arrays = ctx.saved_tensors
        needed = ctx.needs_input_grad[2:]  # loss and held come first
        wanted = tuple(name for name, need in zip(ctx.held.names, needed, strict=False) if need)
        found = _Gradient.apply(grad_output, ctx.held, wanted, *arrays)
        of = dict(zip(wanted, found, strict=True))
        gradients = [of.get(name) for name in ctx.held.names]
        return None, None, *gradients, *[None] * (len(arrays) - len(gradients))


class _Gradient(_OneByOne):
    @staticmethod
    def forward(grad_output: Tensor, held: Held, wanted: tuple[str, ...], *arrays: Tensor) -> tuple[Tensor, ...]:
        batch = held.batch(grad_output, *arrays)
        found = evaluate.gradients(batch, wanted)
        if batch.grad_output is None:
            incoming = grad_output.to(batch.inputs.dtype)
            found = {name: value * incoming for name, value in found.items()}
        dtypes = {name: each.dtype for name, each in zip(held.names, arrays, strict=False)}
        return tuple(found[name].to(dtypes[name]) for name in wanted)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
        ctx.name = inputs[1].setup.name

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> None:
        raise RuntimeError(
            f"certified_loss({ctx.name}): its gradient is a closed form that autograd cannot differentiate again, so a "
            "second derivative would be silently 0. Leave out create_graph=True, or use the criterion itself."
        )
