"""For tests of people's own kernels: is this function's gradient the criterion's, at every shape, dtype and edge?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import torch
from torch import Tensor

from ..linear import OUTPUTS
from ..losses import MSE, NLL, CrossEntropy
from ..verdict import DISAGREES, SEEN_IN_TESTS
from . import autograd
from .batch import Batch, read_batch
from .certify import Certificate, certify
from .findings import CannotTell, GradientMismatch, doubt
from .read import IGNORED, Setup, read

RETURNS = ("loss", "gradient")
DTYPES = (torch.float64, torch.float32)
ACCEPTED_DTYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16)
#: Shapes of the outputs that are tried: (N, C), and (N, C, d1, …).
SHAPES = ((5, 3), (1, 2), (4, 1), (64, 10), (2, 3, 4), (2, 3, 2, 2))
#: What the outputs are multiplied by: ordinary values, values near 0, and values that overflow a naive softmax.
SCALES = (1.0, 1e-3, 1e3)


@dataclass(frozen=True)
class Trial:
    """One set of data that a function is tried with; `what` says which, for a reader."""

    what: str
    outputs: Tensor
    targets: Tensor
    grad_output: Tensor | None
    seed: int

    def on(self, device: torch.device | str) -> Trial:
        """The same data, elsewhere."""
        incoming = None if self.grad_output is None else self.grad_output.to(device)
        return replace(self, outputs=self.outputs.to(device), targets=self.targets.to(device), grad_output=incoming)


def assert_gradient(
    fn: Callable[..., Tensor],
    criterion: Callable[..., Any],
    returns: str = "gradient",
    targets: str | None = None,
    dtypes: Iterable[torch.dtype] = DTYPES,
    shapes: Iterable[Sequence[int]] = SHAPES,
    seed: int = 0,
    device: torch.device | str = "cpu",
) -> None:
    """Check `fn(outputs, targets)` against the closed form of `criterion`, within the bound that follows from it.

    - `returns`: what `fn` returns, "gradient", ∂loss/∂outputs of the outputs' shape, or "loss", which is then
      differentiated by autograd. With reduction="none", `fn` is given `grad_output` as a third argument when it
      returns the gradient.
    - `targets`: what CrossEntropyLoss is given, "indices" (the default) or "probabilities".
    - `dtypes`, `shapes`, `seed`: what is tried, by default float64 and float32 at six shapes of the outputs, (N, C) and
      (N, C, d1, …). Weights of the criterion must fit the shapes, so give `shapes` when it has some.
    - `device`: where `fn` and autograd compute, for example "cuda"; weights of the criterion must be there. The data
      are the same on each.

    Magnitudes and edge cases (ignored labels, unnormalised probabilities, one class) are tried in turn. Raises
    GradientMismatch with expected and given side by side, the worst index, the bound, and how to rerun that trial;
    CannotTell when nothing disagrees, but in some dtype and shape no trial would have shown a gradient 5 % too large;
    TypeError when `fn` returns no tensor; Unsupported for a criterion that no derivation covers; ValueError or
    TypeError for arguments with which nothing would be tried, such as no shape that has entries.
    """
    if not callable(fn):
        raise TypeError(f"fn must be a function of (outputs, targets); given {type(fn).__name__}.")
    if returns not in RETURNS:
        raise ValueError(f"returns={returns!r} is unknown. Accepted: {', '.join(map(repr, RETURNS))}.")
    if not isinstance(seed, int):
        raise TypeError(f"seed must be an int; given {seed!r}.")
    setup = read(None, criterion, targets)
    dtypes, shapes = _dtypes(dtypes), _shapes(shapes, setup)
    tried: dict[tuple[torch.dtype, torch.Size], list[Certificate]] = {}
    for trial in trials(setup, dtypes, shapes, seed, device):
        batch = read_batch(setup, trial.outputs, trial.targets, trial.grad_output)
        loss, expected = autograd.gradients(batch, (OUTPUTS,))
        given = _given(fn, returns, trial)
        _check_form(given, trial)
        certificate = certify(batch, {OUTPUTS: given}, expected, loss.item(), seed=trial.seed)
        if certificate.verdict == DISAGREES:
            raise _mismatch(certificate.mismatch(), batch, trial, given, expected[OUTPUTS])
        tried.setdefault((given.dtype, given.shape), []).append(certificate)
    for certificates in tried.values():
        _require_telling(certificates)


def _require_telling(certificates: Sequence[Certificate]) -> None:
    """Raises CannotTell, with what came nearest, where none of the gradients other than 0 tells anything."""
    telling = [each for each in certificates if not each.rows[0].zero]
    if not telling:
        return
    nearest = min(telling, key=lambda each: each.rows[0].sharpest)
    if nearest.rows[0].sharpest >= SEEN_IN_TESTS:
        where = f"in {nearest.conditions['dtype']} at shape {nearest.conditions['shape']}"
        raise CannotTell(
            f"{nearest.setup}: whether the gradient given is the criterion's cannot be told {where}",
            **doubt(nearest, nearest.rows[0], SEEN_IN_TESTS).details,
        )


def _dtypes(given: Iterable[torch.dtype]) -> list[torch.dtype]:
    found = _listed("dtypes", given, "[torch.float32]")
    for each in found:
        if each not in ACCEPTED_DTYPES:
            accepted = ", ".join(map(str, ACCEPTED_DTYPES))
            raise TypeError(f"dtypes must hold dtypes of real numbers; given {each!r}. Accepted: {accepted}.")
    return found


def _shapes(given: Iterable[Sequence[int]], setup: Setup) -> list[tuple[int, ...]]:
    """Shapes that outputs can have, of which one has entries at least."""
    found = _listed("shapes", given, "[(5, 3)]")
    for each in found:
        if not isinstance(each, list | tuple) or not all(isinstance(size, int) and size >= 0 for size in each):
            raise TypeError(f"shapes must hold shapes of the outputs, tuples of sizes such as (5, 3); given {each!r}.")
        if setup.loss.classes_second and 0 in (each[1:2] or each or (0,)):
            raise ValueError(
                f"{setup.name} wants outputs of shape (C,) or (N, C, …) with a class; given {tuple(each)}."
            )
    if not any(map(prod, found)):
        raise ValueError(f"shapes={found} have no entries, so nothing would be tried. Give one that has, as (5, 3).")
    return [tuple(each) for each in found]


def _listed(name: str, given: Iterable[Any], example: str) -> list[Any]:
    """All that is given, a generator's once for all."""
    try:
        found = list(given)
    except TypeError:
        raise TypeError(f"{name} must be a list, for example {example}; given {given!r}.") from None
    if not found:
        raise ValueError(
            f"{name} is empty, so nothing would be tried. Give some, for example {example}, or leave it out."
        )
    return found


def trials(
    setup: Setup,
    dtypes: Sequence[torch.dtype],
    shapes: Sequence[tuple[int, ...]],
    seed: int,
    device: torch.device | str = "cpu",
) -> Iterator[Trial]:
    """What a function is tried with; a trial depends on its own dtype, shape and magnitude and on the seed alone."""
    for dtype in dtypes:
        for shape in shapes:
            for scale in SCALES:
                what = f"outputs of shape {shape}, {str(dtype).removeprefix('torch.')}, scaled by {scale:g}"
                yield _trial(setup, shape, dtype, scale, seed, what).on(device)
        shape = next(shape for shape in shapes if prod(shape))
        for edge in _edges(setup):
            what = f"{edge}, outputs of shape {shape}, {str(dtype).removeprefix('torch.')}"
            yield _trial(setup, shape, dtype, 1.0, seed, what, edge).on(device)


def _edges(setup: Setup) -> tuple[str, ...]:
    if not setup.loss.classes_second:
        return ()
    return ("unnormalised probabilities",) if setup.loss.real_targets else ("some labels ignored", "all labels ignored")


def _trial(
    setup: Setup, shape: tuple[int, ...], dtype: torch.dtype, scale: float, seed: int, what: str, edge: str = ""
) -> Trial:
    generator = torch.Generator().manual_seed(seed)
    outputs = scale * torch.randn(shape, generator=generator, device="cpu", dtype=torch.float64)
    axis = 1 if len(shape) > 1 else 0  # where the classes are
    if isinstance(setup.loss, NLL):
        outputs = torch.log_softmax(outputs, axis)
    wanted = shape[:axis] + shape[axis + 1 :] if setup.loss.classes_second else shape
    if not setup.loss.real_targets:
        targets = torch.randint(shape[axis], wanted, generator=generator, device="cpu")
        if edge:
            ignored = setup.options.get("ignore_index", IGNORED)
            hidden = torch.rand(wanted, generator=generator, device="cpu") < (0.5 if edge.startswith("some") else 2.0)
            targets = torch.where(hidden, ignored, targets)
    else:
        draw = torch.randn if isinstance(setup.loss, MSE) else torch.rand  # of both signs, or between 0 and 1
        targets = draw(shape, generator=generator, device="cpu", dtype=torch.float64)
        if isinstance(setup.loss, CrossEntropy) and not edge:
            targets = targets / targets.sum(axis, keepdim=True)
        targets = targets.to(dtype)
    apart = setup.loss.reduction == "none"
    incoming = torch.randn(wanted, generator=generator, device="cpu", dtype=torch.float64).to(dtype) if apart else None
    return Trial(what, outputs.to(dtype), targets, incoming, seed)


def _given(fn: Callable[..., Tensor], returns: str, trial: Trial) -> Tensor:
    extra = () if trial.grad_output is None or returns == "loss" else (trial.grad_output.clone(),)
    if returns == "gradient":
        return fn(trial.outputs.clone(), trial.targets.clone(), *extra)
    outputs = trial.outputs.clone().requires_grad_()
    with torch.enable_grad():
        loss = fn(outputs, trial.targets.clone())
    if not isinstance(loss, Tensor):
        raise TypeError(f"fn must return a tensor, the loss; given {type(loss).__name__}, with {trial.what}.")
    if trial.grad_output is None and loss.numel() != 1:
        raise ValueError(f"fn must return a loss of one number; given one of shape {tuple(loss.shape)}.")
    if not loss.requires_grad:
        raise ValueError(
            "fn returned a loss that does not depend on the outputs for autograd. Compute it with torch operations on "
            "the tensor given, or return the gradient and say returns='gradient'."
        )
    return torch.autograd.grad(loss, outputs, trial.grad_output)[0]


def _check_form(given: Any, trial: Trial) -> None:
    if not isinstance(given, Tensor):
        raise TypeError(f"fn must return a tensor; given {type(given).__name__}, with {trial.what}.")
    if _form(given) != _form(trial.outputs):
        raise GradientMismatch(
            "the gradient has another shape, dtype or device than the outputs",
            trial=trial.what,
            expected=_form(trial.outputs),
            got=_form(given),
            seed=trial.seed,
        )


def _form(tensor: Tensor) -> str:
    return f"{tuple(tensor.shape)}, {tensor.dtype}, {tensor.device}"


def _mismatch(found: GradientMismatch, batch: Batch, trial: Trial, given: Tensor, expected: Tensor) -> GradientMismatch:
    """The same, with what was tried, and both gradients where they are small enough to be read."""
    whole = given.numel() <= 16
    index = found.details["index"]
    where = "" if given.device.type == "cpu" else f", device={str(given.device)!r}"
    details = {
        **found.details,
        "index": index,
        "trial": trial.what,
        "all_expected": expected.tolist() if whole else None,
        "all_given": given.tolist() if whole else None,
        "rerun": f"assert_gradient(…, shapes=[{tuple(given.shape)}], dtypes=[{given.dtype}], seed={trial.seed}{where})",
    }
    details["got"] = str(details["got"]).replace("closed form", "given")
    return GradientMismatch(f"{batch.setup}: the gradient given is not the criterion's", **details)
