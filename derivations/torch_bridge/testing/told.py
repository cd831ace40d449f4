"""What a function is told that is wrong: the diagnosis first, then the numbers, then how to see them again."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ...diagnosis.diagnosis import Diagnosis
from ..findings import GradientMismatch
from ..read import Setup
from .trials import Trial

WIDTH = 116
#: What has more entries is not printed whole; of that, so many entries that are farthest off.
WHOLE, WORST = 16, 4
#: What else there is in the details of a certificate, said in one line.
VERSIONS = ("torch", "sympy", "python", "threads")
CAST = "Each dtype is tried with weights cast to it: where fn holds weights of its own, weight.to(outputs.dtype)."
NOT_CRITERIONS = "the gradient given is not the criterion's"


@dataclass(frozen=True)
class Teller:
    """How the function and its criterion are called by whoever reruns a trial."""

    fn: Any
    criterion: Any
    arguments: str

    def rerun(self, setup: Setup, trial: Trial) -> str:
        """One line that tries this trial alone."""
        name = getattr(self.fn, "__name__", "")
        fn = name if name.isidentifier() else "fn"
        where = "" if trial.inputs.device.type == "cpu" else f", device={str(trial.inputs.device)!r}"
        only = f", only={trial.edge.name!r}" if trial.edge.name != "ordinary outputs" else ""
        seed = f", seed={trial.seed}" if trial.seed else ""
        return (
            f"dv.assert_gradient({fn}, {_called(self.criterion, setup)}{self.arguments}, shapes=[{trial.drawn_at}], "
            f"dtypes=[{trial.dtype}]{only}{seed}{where})"
        )

    def notes(self, setup: Setup, trial: Trial) -> list[str]:
        """What is added to what fn raises."""
        targets = f"targets of shape {tuple(trial.targets.shape)}, {trial.targets.dtype}"
        return [
            f"assert_gradient raised it on the trial {trial.edge.name!r}: {trial.what}; {targets}; seed={trial.seed}.",
            f"To rerun it: {self.rerun(setup, trial)}",
            *([advice] if (advice := leave_out(trial)) else []),
            *([CAST] if any(isinstance(each, Tensor) for each in setup.options.values()) else []),
        ]

    def mismatch(
        self,
        subject: str,
        details: Mapping[str, Any],
        diagnosis: Diagnosis,
        setup: Setup,
        trial: Trial,
        given: Tensor | None = None,
        expected: Tensor | None = None,
        do: str | None = None,
    ) -> GradientMismatch:
        """What is raised. `given` and `expected` are shown side by side, whole where they are small."""
        small = given is not None and expected is not None and given.numel() <= WHOLE
        told = {
            "diagnosis": _wrapped(diagnosis.sentence["en"]),
            **{name: _wrapped(value) if isinstance(value, str) else value for name, value in details.items()},
            "side by side": None if given is None or expected is None else beside(expected, given),
            "trial": trial.what,
            "outputs" if setup.model is None else "inputs": _shown(trial.inputs),
            "targets": _shown(trial.targets),
            "grad_output": None if trial.grad_output is None else _shown(trial.grad_output),
            "do": _wrapped(do or leave_out(trial) or "") or None,
            "rerun": self.rerun(setup, trial),
            "versions": ", ".join(f"{name} {details[name]}" for name in VERSIONS if name in details) or None,
            "all_expected": expected.tolist() if small and expected is not None else None,
            "all_given": given.tolist() if small and given is not None else None,
        }
        found = GradientMismatch(subject, **told)
        found.diagnosis, found.trial = diagnosis, trial
        found.unseen = (*VERSIONS, "all_expected", "all_given", "shape", "dtype", "loss")
        return found


def leave_out(trial: Trial) -> str:
    """How a kernel that need not take such data leaves them out; nothing to say of ordinary ones."""
    if trial.leave_out == "ordinary outputs":
        return ""
    if trial.leave_out == "ignored labels":
        return "If your kernel need not take ignore_index, leave it out: without=('ignored labels',)"
    return f"If your kernel need not take this, leave it out: without=({trial.leave_out!r},)"


def beside(expected: Tensor, given: Tensor) -> str:
    """A table of both with their ratio: rows where they are small, else the entries that are farthest off."""
    a, b = expected.detach().cpu().double(), given.detach().cpu().double()
    if not a.numel():
        return "no entries"
    if a.numel() > WHOLE or (a.dim() and a.shape[-1] > 4):
        off = (a - b).abs().nan_to_num(nan=torch.inf).flatten()
        places = off.topk(min(WORST, off.numel())).indices
        at = [tuple(int(i) for i in torch.unravel_index(each, a.shape)) for each in places]
        lines = [f"{list(each)!s:>12}  {_number(a[each]):>11} {_number(b[each]):>11}  {_ratio(a[each], b[each]):>9}" for each in at]
        return _lines([f"{'farthest off':>12}  {'expected':>11} {'given':>11}  {'ratio':>9}", *lines])
    a, b = (each.reshape(-1, each.shape[-1] if each.dim() else 1) for each in (a, b))
    width = max(8, 11 * a.shape[1])
    lines = [
        "  | ".join(
            "".join(f"{each:>11}" for each in row).rjust(width)
            for row in (map(_number, x), map(_number, y), [_ratio(*each) for each in zip(x, y, strict=True)])
        )
        for x, y in zip(a, b, strict=True)
    ]
    return _lines(["  | ".join(each.rjust(width) for each in ("expected", "given", "ratio")), *lines])


def ratio(expected: Tensor, given: Tensor, worst: tuple[int, ...]) -> str:
    """How many times as large as expected what was given is, there or everywhere."""
    a, b = expected.detach().cpu().double(), given.detach().cpu().double()
    at = b[worst] / a[worst]
    every = (b / a)[(a.abs() > 1e-3 * a.abs().max()) & a.isfinite()]
    alike = every.numel() > 1 and bool(((every - at).abs() <= 1e-3 * at.abs()).all())
    return f"{at.item():.6g} times what was expected{', at every entry' if alike else ''}"


def _number(value: Tensor) -> str:
    return f"{value.item():.4g}"


def _ratio(expected: Tensor, given: Tensor) -> str:
    return "" if expected == 0 and given == 0 else f"{(given / expected).item():.4g}"


def _shown(tensor: Tensor) -> str | None:
    """Small data, row by row."""
    if tensor.numel() > WHOLE:
        return None
    values = tensor.detach().cpu()
    rows = values.reshape(-1, values.shape[-1]).tolist() if values.dim() > 1 else [values.tolist()]
    if values.dim() < 2:
        return str([round(each, 6) for each in values.reshape(-1).tolist()]) if values.is_floating_point() else str(rows[0])
    return _lines(["  ".join(f"{each:>10.6g}" for each in row) for row in rows])


def _lines(lines: Sequence[str]) -> str:
    return "".join(f"\n    {each}" for each in lines)


def _wrapped(text: str) -> str:
    return "\n    ".join(textwrap.wrap(text, WIDTH - 16, break_long_words=False)) or text


def _called(criterion: Any, setup: Setup) -> str:
    """The criterion as it may be typed; a name where it holds tensors, or is no more than a function."""
    tensors = any(isinstance(value, Tensor) for value in setup.options.values())
    if not isinstance(criterion, nn.Module) or tensors:
        return "criterion"
    reduction = {} if setup.loss.reduction == "mean" else {"reduction": setup.loss.reduction}
    options = {**reduction, **setup.options}
    return f"nn.{setup.name}({', '.join(f'{name}={value!r}' for name, value in options.items())})"
