"""The second derivative, where a loss offers one: a Hessian times a vector, compared with that of torch's criterion.

No bound is derived for it, so the tolerance is stated: half of the dtype's digits, of the largest number there is.
What is silently left out of a second derivative is more than that.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from ..setup.setup import Setup
from .called import Kernel, leaves_of
from .trials import Trial


def difference(kernel: Kernel, setup: Setup, trial: Trial, precision: torch.dtype | float) -> dict[str, object] | None:
    """What is wrong with the second derivative; None where it is right, or refused."""
    found, size = product(kernel, setup, trial)
    expected, _ = product(Kernel(_of_torch(setup), "loss"), setup, trial)
    if found is None or expected is None:
        return None
    eps, factor = torch.finfo(trial.dtype).eps, 1.0
    if isinstance(precision, torch.dtype):
        eps = max(eps, torch.finfo(precision).eps)
    else:
        factor = precision
    largest = max([size, *(float(each.abs().max()) for each in expected.values())])
    tolerance = 4 * factor * eps**0.5 * largest
    for name, each in expected.items():
        off = (found[name].double() - each.double()).abs()
        if not bool((off <= tolerance).all()):
            at = tuple(int(i) for i in torch.unravel_index(off.nan_to_num(nan=torch.inf).argmax(), off.shape))
            return {
                "tensor": name,
                "index": f"Hessian · vector, in {name}[{', '.join(map(str, at))}]",
                "expected": each[at].item(),
                "got": found[name][at].item(),
                "bound": tolerance,
            }
    return None


def product(kernel: Kernel, setup: Setup, trial: Trial) -> tuple[dict[str, Tensor] | None, float]:
    """The Hessian times a vector by name, and the largest entry of the gradient; None where autograd refuses."""
    generator = torch.Generator().manual_seed(trial.seed)
    try:
        given = kernel.tensors(setup, trial)
        _, first = kernel.differentiated(setup, trial, given, (), twice=True)
        known = {name: each for name, each in first.items() if each is not None and each.requires_grad}
        if not known:
            return None, 0.0
        total = sum((each * _vector(each, generator)).sum() for each in known.values())
        leaves = {name: leaf for name, leaf in given.items() if leaf is not None and name in leaves_of(setup)}
        assert isinstance(total, Tensor)
        found = torch.autograd.grad(total, [*leaves.values()], allow_unused=True)
    except (RuntimeError, NotImplementedError):
        return None, 0.0
    size = max(float(each.detach().abs().max()) for each in known.values())
    return _or_zero(dict(zip(leaves, found, strict=True)), leaves), size


def _or_zero(found: Mapping[str, Tensor | None], leaves: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: torch.zeros_like(leaves[name]) if each is None else each for name, each in found.items()}


def _vector(like: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(like.shape, generator=generator, device="cpu", dtype=torch.float64).to(like)


def _of_torch(setup: Setup):  # type: ignore[no-untyped-def]
    """The criterion as torch has it, called as the function under test is."""
    if setup.model is None:
        return setup.criterion

    def loss(inputs: Tensor, weight: Tensor, bias: Tensor | None, *operands: Tensor) -> Tensor:
        outputs = F.linear(inputs, weight, bias)
        return setup.criterion(outputs if setup.before is None else setup.before(outputs), *operands)

    return loss
