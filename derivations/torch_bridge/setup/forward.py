"""Does a model compute X Wᵀ + b? Where hooks, a subclass or autocast leave it in doubt, it is run on the numbers given.

Both its outputs and what its backward makes of a random vector are compared with those of torch.nn.functional.linear.
A sum of n products, in any order, is off by at most n/2 eps times the sum of their absolute values; two of them differ
by at most twice that. (Higham, Accuracy and Stability of Numerical Algorithms, §3.1, with eps/2 for a rounding.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .. import vendor
from .hooks import everywhere
from .models import ALONE
from .unsupported import Unsupported

if TYPE_CHECKING:
    from .setup import Setup

SEED = 0


def check_forward(setup: Setup, inputs: Tensor) -> None:
    """Raise Unsupported, naming what may be the reason, where the model computes something else than it says."""
    if setup.model is None:
        return
    device = inputs.device.type
    if torch.is_autocast_enabled(device) and inputs.dtype not in (torch.float64, torch.get_autocast_dtype(device)):
        other = torch.get_autocast_dtype(device)
        raise Unsupported(
            f"autocast is on for {device}: the linear layer would compute in {other}, and not in {inputs.dtype}. Leave "
            f"the autocast region, or convert model and inputs with .to({other})."
        )
    reasons = (*setup.doubts, *everywhere())
    if not reasons or setup.run is None or not inputs.numel():
        return
    wrong = _difference(setup, setup.run, inputs)
    if wrong:
        raise Unsupported(
            f"the model has {', '.join(dict.fromkeys(reasons))}, and {wrong}. Take off what changes it, or {ALONE}."
        )


def _difference(setup: Setup, run: nn.Module, inputs: Tensor) -> str | None:
    """What differs from X Wᵀ + b, as the end of a sentence; None where nothing does."""
    layer = setup.model
    assert layer is not None
    with torch.inference_mode(False), torch.enable_grad():
        own = [each for each in (layer.weight, layer.bias) if each is not None]
        leaves = [each.detach().clone().requires_grad_() for each in (inputs, *own)]
        named = {
            name: leaf
            for name, parameter in run.named_parameters()
            for leaf, of in zip(leaves[1:], own, strict=True)
            if parameter is of
        }
        given = torch.func.functional_call(run, named, (leaves[0],))
        expected = F.linear(*leaves)
        if setup.before is not None and setup.of.before is not None:
            expected = setup.of.before.forward(setup.before, expected)
        if not isinstance(given, Tensor) or given.shape != expected.shape or given.dtype != expected.dtype:
            return f"returns {_form(given)}, where X Wᵀ + b is {_form(expected)}"
        if not given.requires_grad:
            return "no gradient flows through its outputs"
        if vendor.tensor_hooks(given):
            return "puts a hook on its outputs, which may change their gradient"
        generator = torch.Generator().manual_seed(SEED)
        vector = torch.randn(given.shape, generator=generator, device="cpu").to(given)
        backward = torch.autograd.grad(given, leaves, vector, allow_unused=True)
        pairs = {"output": (given, expected)}
        for name, found, right in zip(
            ("inputs", "weight", "bias"), backward, torch.autograd.grad(expected, leaves, vector), strict=False
        ):
            pairs[f"gradient in the {name}"] = (torch.zeros_like(right) if found is None else found, right)
    limits = _limits(leaves, vector) if setup.before is None else dict.fromkeys(pairs, torch.zeros(()))
    for name, (found, right) in pairs.items():
        a, b = (each.detach().cpu().double() for each in (found, right))
        far = ~((a == b) | (a.isnan() & b.isnan()) | ((a - b).abs() <= limits[name]))
        if bool(far.any()):
            at = tuple(int(each) for each in far.nonzero()[0])
            return f"its {name} at {list(at)} is {a[at].item():.6g}, where X Wᵀ + b gives {b[at].item():.6g}"
    return None


def _limits(leaves: list[Tensor], vector: Tensor) -> dict[str, Tensor]:
    """How far two evaluations of X Wᵀ + b, and of its backward for `vector`, may be apart."""
    precision = torch.finfo(vector.dtype)
    smallest = precision.smallest_normal * precision.eps
    x, w, b, v = (
        leaf.detach().cpu().double().abs() for leaf in (*leaves[:2], (leaves[2:] or [torch.zeros(())])[0], vector)
    )
    rows, v_rows = x.reshape(-1, x.shape[-1]), v.reshape(-1, v.shape[-1])
    sums = {
        "output": (x @ w.T + b, w.shape[1] + 1),
        "gradient in the inputs": (v @ w, w.shape[0]),
        "gradient in the weight": (v_rows.T @ rows, len(rows)),
        "gradient in the bias": (v_rows.sum(0), len(rows)),
    }
    return {name: (terms + 1) * (precision.eps * kappa + smallest) for name, (kappa, terms) in sums.items()}


def _form(value: object) -> str:
    return f"{tuple(value.shape)}, {value.dtype}" if isinstance(value, Tensor) else f"a {type(value).__name__}"
