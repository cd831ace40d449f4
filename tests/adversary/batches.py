"""What is evaluated: criteria with their options, and data that rounds badly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from derivations import explain
from derivations.torch_bridge.batch.batch import Batch, read_batch

Sizes = tuple[int, int, int]


@dataclass(frozen=True)
class Given:
    """A batch as arrays: `inputs` (N, D) with `weight` (C, D), or the outputs (N, C) themselves without.

    `scale` is the criterion's weight, `positive` its pos_weight. MSE and BCE have a weight for each entry here.
    """

    kind: str
    inputs: Tensor
    weight: Tensor | None
    bias: Tensor | None
    targets: Tensor
    reduction: str = "mean"
    scale: Tensor | None = None
    positive: Tensor | None = None
    smoothing: float = 0.0
    ignored: int = -100
    grad_output: Tensor | None = None

    @property
    def rows(self) -> int:
        return self.inputs.shape[0]

    @property
    def classes(self) -> int:
        return self.inputs.shape[1] if self.weight is None else self.weight.shape[0]

    @property
    def probabilities(self) -> bool:
        return self.kind == "CE" and self.targets.is_floating_point()

    @property
    def overflows(self) -> bool:
        """Is what a mean divides by, a count or a sum of weights, no number of the dtype?"""
        divisor = float(self.rows * self.classes)
        if self.scale is not None and self.kind != "BCE":
            divisor = max(divisor, float(self.scale.double().abs().amax()) * divisor)
        return self.reduction == "mean" and divisor > torch.finfo(self.inputs.dtype).max

    def to(self, dtype: torch.dtype) -> Given:
        """With every floating-point array in `dtype`."""
        arrays = {name: value.to(dtype) for name, value in vars(self).items() if _is_real(value)}
        return replace(self, **arrays)

    @property
    def criterion(self) -> Callable[[Tensor, Tensor], Tensor]:
        common = {"reduction": self.reduction, "weight": self.scale}
        match self.kind:
            case "MSE":
                return partial(F.mse_loss, **common)
            case "BCE":
                return partial(F.binary_cross_entropy_with_logits, pos_weight=self.positive, **common)
            case "NLL":
                return partial(F.nll_loss, ignore_index=self.ignored, **common)
        return partial(F.cross_entropy, ignore_index=self.ignored, label_smoothing=self.smoothing, **common)

    @property
    def model(self) -> nn.Module | None:
        if self.weight is None:
            return None
        with torch.random.fork_rng(devices=()):
            linear = nn.Linear(*reversed(self.weight.shape), bias=self.bias is not None, dtype=self.inputs.dtype)
        with torch.no_grad():
            linear.weight.copy_(self.weight)
            if self.bias is not None:
                linear.bias.copy_(self.bias)
        return nn.Sequential(linear, nn.LogSoftmax(1)) if self.kind == "NLL" else linear

    @property
    def batch(self) -> Batch:
        """As the library reads it."""
        targets = "probabilities" if self.probabilities else None
        setup = explain(self.model, self.criterion, targets=targets).setup
        return read_batch(setup, self.inputs, self.targets, self.grad_output)

    def by_torch(self) -> dict[str, Tensor]:
        """Every gradient by torch's own backward, in the dtype of the arrays."""
        leaves = {
            name: value.clone().requires_grad_()
            for name, value in (("inputs", self.inputs), ("weight", self.weight), ("bias", self.bias))
            if value is not None
        }
        targets = self.targets
        if targets.is_floating_point():
            targets = leaves["targets"] = targets.clone().requires_grad_()
        if self.weight is None:
            leaves["outputs"] = outputs = leaves.pop("inputs")
        else:
            leaves["outputs"] = outputs = F.linear(leaves["inputs"], leaves["weight"], leaves.get("bias"))
            if self.kind == "NLL":
                leaves["logits"] = outputs
                leaves["outputs"] = outputs = torch.log_softmax(outputs, 1)
        loss = self.criterion(outputs, targets)
        return dict(zip(leaves, torch.autograd.grad(loss, list(leaves.values()), self.grad_output), strict=True))


def _is_real(value: Any) -> bool:
    return isinstance(value, Tensor) and value.is_floating_point()


# Data: X, W and b for a model, in float64

Arrays = tuple[Tensor, Tensor, Tensor]


def _normal(generator: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def of_size(size: float) -> Callable[[Sizes, torch.Generator], Arrays]:
    def draw(sizes: Sizes, generator: torch.Generator) -> Arrays:
        n, d, c = sizes
        return size * _normal(generator, n, d), _normal(generator, c, d) / d**0.5, size * _normal(generator, c)

    return draw


def _constant(sizes: Sizes, generator: torch.Generator) -> Arrays:
    """0.1 everywhere: each rounding goes the same way."""
    n, d, c = sizes
    return (torch.full(shape, 0.1, dtype=torch.float64) for shape in ((n, d), (c, d), (c,)))  # type: ignore[return-value]


def _ones(sizes: Sizes, generator: torch.Generator) -> Arrays:
    """Inputs of 1 and weights that hardly round: a half more than a step of the sum they are added to."""
    n, d, c = sizes
    return torch.ones(n, d, dtype=torch.float64), torch.full((c, d), 0.1, dtype=torch.float64), torch.zeros(c).double()


def _cancelling(sizes: Sizes, generator: torch.Generator) -> Arrays:
    """Signs that alternate along D and along N: sums far smaller than their terms."""
    n, d, c = sizes
    signs = 1 - 2 * ((torch.arange(n)[:, None] + torch.arange(d)) % 2).double()
    return signs * (1 + 1e-3 * _normal(generator, n, d)), 1 + 1e-3 * _normal(generator, c, d), _normal(generator, c)


def _one_huge(sizes: Sizes, generator: torch.Generator) -> Arrays:
    x, w, b = of_size(1e-2)(sizes, generator)
    x[0, 0] = 1e4
    return x, w, b


def _offset(sizes: Sizes, generator: torch.Generator) -> Arrays:
    """Logits near 1000, which only differ in their last digits."""
    x, w, b = of_size(1.0)(sizes, generator)
    return x, w, b + 1000


def _spread(sizes: Sizes, generator: torch.Generator) -> Arrays:
    """Logits from −110 to 0: probabilities down to where float32 has no normal numbers, and none at all."""
    x, w, b = of_size(1.0)(sizes, generator)
    return x, w, b - torch.linspace(0, 110, len(b)).double()


def _underflowing(sizes: Sizes, generator: torch.Generator) -> Arrays:
    """Products just below the normal numbers of float32 and bfloat16, which some kernels take as 0 one by one."""
    n, d, c = sizes
    return torch.full((n, d), 1e-19).double(), torch.full((c, d), 8e-20).double(), torch.zeros(c).double()


def _subnormal(sizes: Sizes, generator: torch.Generator) -> Arrays:
    """Inputs below the normal numbers, which some kernels read as 0, with weights that would make them normal."""
    n, d, c = sizes
    return 1e-39 * _normal(generator, n, d), 1e3 * _normal(generator, c, d), torch.zeros(c).double()


DATA: Mapping[str, Callable[[Sizes, torch.Generator], Arrays]] = {
    "of size 1e-6": of_size(1e-6),
    "of size 1e-2": of_size(1e-2),
    "of size 1": of_size(1.0),
    "of size 30": of_size(30.0),
    "of size 1e4": of_size(1e4),
    "of size 1e-20": of_size(1e-20),
    "constant": _constant,
    "ones": _ones,
    "cancelling": _cancelling,
    "one huge": _one_huge,
    "offset": _offset,
    "spread": _spread,
    "underflowing": _underflowing,
    "subnormal": _subnormal,
}

#: The criteria with their options, by name: what `criterion_of` draws.
CRITERIA = (
    "MSE mean",
    "MSE sum",
    "MSE none",
    "MSE weight",
    "MSE weights that cancel",
    "MSE exact",
    "MSE zero",
    "BCE mean",
    "BCE sum",
    "BCE none",
    "BCE weight",
    "BCE weight large",
    "BCE pos_weight",
    "CE mean",
    "CE sum",
    "CE none",
    "CE weight",
    "CE weight large",
    "CE negative weight",
    "CE weights that cancel",
    "CE smoothing",
    "CE smoothing weight none",
    "CE ignored",
    "CE all ignored",
    "CE probabilities",
    "CE probabilities weight smoothing",
    "NLL mean",
    "NLL none weight ignored",
)
#: Criteria with sums of each kind: Z, S, Σ A, softmax's denominator and the contractions.
SUMS = ("MSE exact", "MSE weight", "BCE pos_weight", "CE weight", "CE smoothing", "NLL mean")


def given(criterion: str, data: str, sizes: Sizes, dtype: torch.dtype, seed: int, model: bool = True) -> Given:
    """A batch of (N, D, C) `sizes`. Without a model, the outputs are what a model gave, rounded to `dtype`."""
    generator = torch.Generator().manual_seed(seed)
    (n, _, c), kind = sizes, criterion.split()[0]
    x, w, b = (each.to(dtype).double() for each in DATA[data](sizes, generator))
    outputs = x @ w.T + b
    spread = max(float(outputs.std(correction=0)), 1e-30)
    options: dict[str, Any] = {}
    if kind == "MSE":
        targets = outputs + spread * _normal(generator, n, c)
    elif kind == "BCE":
        targets = torch.rand(n, c, generator=generator, dtype=torch.float64).round(decimals=1)
    elif "probabilities" in criterion:
        targets = torch.softmax(_normal(generator, n, c), 1)
    else:
        targets = torch.randint(c, (n,), generator=generator)
    if "exact" in criterion:
        targets = outputs
    if "zero" in criterion:
        targets = torch.zeros_like(outputs)
    each = (n, c) if kind in ("MSE", "BCE") else (c,)
    if " weight" in criterion or "negative" in criterion:
        options["scale"] = torch.rand(*each, generator=generator, dtype=torch.float64) + 0.1
    if "large" in criterion:
        options["scale"] = 100 * options["scale"]
    if "negative" in criterion:
        options["scale"] = options["scale"] * (1 - 2 * torch.randint(2, each, generator=generator))
    if "cancel" in criterion:
        options["scale"] = _normal(generator, *each)
    if "pos_weight" in criterion:
        options["positive"] = 3 * torch.rand(c, generator=generator, dtype=torch.float64)
        options.pop("scale", None)
    if "smoothing" in criterion:
        options["smoothing"] = 0.1
    if "ignored" in criterion:
        options["ignored"] = c // 2
        if "all" in criterion:
            targets = torch.full((n,), c // 2)
    options["reduction"] = next((each for each in ("sum", "none") if each in criterion.split()), "mean")
    if options["reduction"] == "none":
        options["grad_output"] = _normal(generator, *((n, c) if kind in ("MSE", "BCE") else (n,)))
    if not model:
        x, w, b = torch.log_softmax(outputs, 1) if kind == "NLL" else outputs, None, None
    return Given(kind, x, w, b, targets, **options).to(dtype)
