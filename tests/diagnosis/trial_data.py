"""What the tables of wrong and right gradients are written in: one batch, and everything a formula could want of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from derivations import explain

IGNORED = -100


@dataclass(frozen=True)
class Scene:
    """A criterion, of a linear layer where `features` says how many inputs it has, and the batch it is given.

    `criterion` is called with the number of classes and the dtype. The outputs have `shape`; `ignored` names the rows
    whose labels are ignored, `labels` replaces the labels drawn.
    """

    criterion: Callable[[int, torch.dtype], Any]
    shape: tuple[int, ...] = (5, 3)
    wrt: str = "outputs"
    features: int | None = None
    targets: str = "indices"
    dtype: torch.dtype = torch.float64
    ignored: tuple[int, ...] = ()
    labels: tuple[int, ...] | None = None
    incoming: bool = False
    scale: float = 1.0
    log_softmax: bool = False
    seed: int = 3


@dataclass(frozen=True)
class Data:
    """The batch of a scene. Capital letters are sizes, `z`, `p`, `h` arrays of the shape of the outputs."""

    scene: Scene

    @cached_property
    def generator(self) -> torch.Generator:
        return torch.Generator().manual_seed(self.scene.seed)

    def random(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self.generator, dtype=torch.float64).to(self.scene.dtype)

    @cached_property
    def B(self) -> int:
        return self.scene.shape[0]

    @cached_property
    def C(self) -> int:
        return self.scene.shape[1]

    @cached_property
    def N(self) -> int:
        return self.z.numel() // self.C

    @cached_property
    def D(self) -> int:
        assert self.scene.features is not None
        return self.scene.features

    @cached_property
    def model(self) -> nn.Module | None:
        if self.scene.features is None:
            return None
        layer = nn.Linear(self.scene.features, self.scene.shape[-1], dtype=self.scene.dtype)
        with torch.no_grad():
            layer.weight.copy_(self.random(*layer.weight.shape))
            layer.bias.copy_(self.random(*layer.bias.shape))
        return nn.Sequential(layer, nn.LogSoftmax(1)) if self.scene.log_softmax else layer

    @cached_property
    def layer(self) -> nn.Linear:
        assert self.model is not None
        found = self.model[0] if isinstance(self.model, nn.Sequential) else self.model
        assert isinstance(found, nn.Linear)
        return found

    @cached_property
    def criterion(self) -> Any:
        return self.scene.criterion(self.scene.shape[1], self.scene.dtype)

    @cached_property
    def inputs(self) -> Tensor:
        if self.model is not None:
            return self.random(*self.scene.shape[:-1], self.D)
        outputs = self.scene.scale * self.random(*self.scene.shape)
        return torch.log_softmax(outputs, 1) if isinstance(self.criterion, nn.NLLLoss) else outputs

    @cached_property
    def z(self) -> Tensor:
        """The outputs; of NLLLoss after LogSoftmax, the logits."""
        return self.inputs if self.model is None else self.layer(self.inputs).detach()

    @cached_property
    def y(self) -> Tensor:
        """Labels, or real targets of the shape of the outputs: between 0 and 1 where these are probabilities."""
        _ = self.inputs
        if self.scene.targets == "indices":
            shape = (self.scene.shape[0], *self.scene.shape[2:])
            if self.scene.labels is not None:
                return torch.tensor(self.scene.labels).reshape(shape)
            drawn = torch.randint(self.C, shape, generator=self.generator)
            drawn.view(-1)[: min(self.C, drawn.numel())] = torch.arange(min(self.C, drawn.numel()))
            for row in self.scene.ignored:
                drawn.view(-1)[row] = getattr(self.criterion, "ignore_index", IGNORED)
            return drawn
        if self.scene.targets == "real":
            return self.random(*self.scene.shape)
        drawn = torch.rand(self.scene.shape, generator=self.generator, dtype=torch.float64).to(self.scene.dtype)
        return drawn.round() if self.scene.targets == "0 or 1" else drawn

    # What formulas are made of

    @cached_property
    def p(self) -> Tensor:
        return torch.softmax(self.z, 1)

    @cached_property
    def s(self) -> Tensor:
        return torch.sigmoid(self.z)

    @cached_property
    def known(self) -> Tensor:
        """The labels, 0 where they are ignored."""
        return self.y.where(self.kept_rows, 0)

    @cached_property
    def kept_rows(self) -> Tensor:
        return self.y != getattr(self.criterion, "ignore_index", IGNORED)

    @cached_property
    def k(self) -> Tensor:
        """1 where the label counts, else 0; with a dimension for the classes."""
        return self.kept_rows.unsqueeze(1).to(self.z.dtype)

    @cached_property
    def kept(self) -> Tensor:
        return self.k.sum()

    @cached_property
    def h(self) -> Tensor:
        """The one-hot of the labels; rows of 0 where they are ignored."""
        return F.one_hot(self.known, self.C).movedim(-1, 1).to(self.z.dtype) * self.k

    @cached_property
    def w(self) -> Tensor:
        weight = self.criterion.keywords["weight"] if isinstance(self.criterion, partial) else self.criterion.weight
        return weight.reshape(1, -1, *[1] * (self.z.dim() - 2)) if weight.dim() == 1 else weight

    @cached_property
    def wy(self) -> Tensor:
        """The weight of the label of each row, 0 in those ignored."""
        return self.criterion.weight[self.known].unsqueeze(1) * self.k

    @cached_property
    def S(self) -> Tensor:
        return self.wy.sum()

    @cached_property
    def q(self) -> Tensor:
        return self.criterion.pos_weight

    @cached_property
    def e(self) -> float:
        return float(self.criterion.label_smoothing)

    @cached_property
    def v(self) -> Tensor:
        """grad_output, with a dimension for the classes where the loss has none."""
        incoming = self.grad_output
        assert incoming is not None
        return incoming.unsqueeze(1) if self.scene.targets == "indices" or incoming.dim() == 1 else incoming

    @cached_property
    def grad_output(self) -> Tensor | None:
        if not self.scene.incoming:
            return None
        classes_second = isinstance(self.criterion, nn.CrossEntropyLoss | nn.NLLLoss)
        _ = self.y
        shape = (self.scene.shape[0], *self.scene.shape[2:]) if classes_second else self.scene.shape
        return self.random(*shape)

    @property
    def X(self) -> Tensor:
        return self.inputs

    @property
    def W(self) -> Tensor:
        return self.layer.weight.detach()

    def of(self, gradient: Tensor) -> Tensor:
        """What a gradient in the outputs of the linear layer becomes in the tensor asked for."""
        match self.scene.wrt:
            case "weight":
                return gradient.T @ self.X
            case "bias":
                return gradient.sum(0)
            case "inputs":
                return gradient @ self.W
        return gradient

    # The truth

    @cached_property
    def explanation(self) -> Any:
        kind = {"indices": "indices"}.get(self.scene.targets, "probabilities")
        is_cross_entropy = isinstance(self.criterion, nn.CrossEntropyLoss)
        return explain(self.model, self.criterion, kind if is_cross_entropy else None)

    @cached_property
    def g(self) -> Tensor:
        """The right gradient in the outputs, in the logits of NLLLoss after LogSoftmax."""
        return self._gradient("logits" if self.scene.log_softmax else "outputs")

    @cached_property
    def right(self) -> Tensor:
        return self._gradient(self.scene.wrt)

    def _gradient(self, wrt: str) -> Tensor:
        if wrt == "targets":
            at = self.y.clone().requires_grad_()
            loss = self.criterion(self.z, at)
        elif self.model is None:
            at = self.inputs.clone().requires_grad_()
            loss = self.criterion(at, self.y)
        else:
            inputs, weight, bias = (
                each.detach().clone().requires_grad_() for each in (self.inputs, self.W, self.layer.bias)
            )
            logits = F.linear(inputs, weight, bias)
            outputs = torch.log_softmax(logits, 1) if self.scene.log_softmax else logits
            loss = self.criterion(outputs, self.y)
            of = {"inputs": inputs, "weight": weight, "bias": bias, "logits": logits, "outputs": outputs}
            at = of[wrt]
        return torch.autograd.grad(loss, at, self.grad_output)[0]

    @cached_property
    def anything(self) -> Tensor:
        """Noise of the shape of the tensor asked for."""
        return self.random(*self.right.shape)
