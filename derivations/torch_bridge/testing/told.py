"""What a function is told that is wrong: the diagnosis first, then the numbers, then how to see them again."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ...diagnosis.diagnosis import Diagnosis
from ..certificates.findings import GradientMismatch
from ..setup.setup import Setup
from .edges import ORDINARY
from .trials import Trial

WIDTH = 116
#: What has more entries, or columns, is not printed whole; of that, so many entries that are farthest off.
WHOLE, WIDEST, WORST = 16, 9, 4
#: Data with more entries are not shown.
SHOWN = 24
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
        fn, owner = getattr(self.fn, "__name__", ""), getattr(self.fn, "__self__", None)
        fn = f"{owner.__name__}.{fn}" if isinstance(owner, type) else fn if fn.isidentifier() else "fn"
        where = "" if trial.inputs.device.type == "cpu" else f", device={str(trial.inputs.device)!r}"
        names = trial.only[0] if len(trial.only) == 1 else trial.only
        only = f", only={names!r}" if names != ORDINARY else ""
        seed = f", seed={trial.seed}" if trial.seed else ""
        return (
            f"dv.assert_gradient({fn}, {_called(self.criterion, setup)}{self.arguments}, shapes=[{trial.drawn_at}], "
            f"dtypes=[{trial.dtype}]{only}{seed}{where})"
        )

    def notes(self, setup: Setup, trial: Trial) -> list[str]:
        """What is added to what fn raises."""
        operands = "; ".join(
            f"{name} of shape {tuple(operand.shape)}, {operand.dtype}" for name, operand in trial.operands.items()
        )
        return [
            f"assert_gradient raised it on the trial {trial.edge.name!r}: {trial.what}; {operands}; seed={trial.seed}.",
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
        order = ("tensor", "index", "expected", "got", "ratio")
        details = {**{name: details.get(name) for name in order}, **details}
        small = given is not None and expected is not None and given.numel() <= WHOLE
        told = {
            "diagnosis": _wrapped(diagnosis.sentence["en"]),
            **{name: _wrapped(value) if isinstance(value, str) else value for name, value in details.items()},
            "side by side": None if given is None or expected is None else beside(expected, given),
            "trial": trial.what,
            "outputs" if setup.model is None else "inputs": _shown(trial.inputs),
            **{name: _shown(each) for name, each in trial.operands.items()},
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
    if trial.leave_out == ORDINARY:
        return ""
    if "ignored" in trial.leave_out:
        return f"If your kernel need not take ignore_index, leave it out: without=({trial.leave_out!r},)"
    return f"If your kernel need not take this, leave it out: without=({trial.leave_out!r},)"


def beside(expected: Tensor, given: Tensor) -> str:
    """A table of both with their ratio: whole where they are small, else the entries that are farthest off."""
    a, b = expected.detach().cpu().double(), given.detach().cpu().double()
    if not a.numel():
        return "no entries"
    columns = a.shape[-1] if a.dim() else 1
    if a.numel() > WHOLE or columns > WIDEST:
        off = (a - b).abs().nan_to_num(nan=torch.inf).flatten()
        places = off.topk(min(WORST, off.numel())).indices
        at = [tuple(int(i) for i in torch.unravel_index(each, a.shape)) for each in places]
        rows = [(str(list(index)), _number(a[index]), _number(b[index]), _ratio(a[index], b[index])) for index in at]
        return _table([("farthest off", "expected", "given", "ratio"), *rows], 14)
    a, b = a.reshape(-1, columns), b.reshape(-1, columns)
    parts = [[*map(_number, a.flatten())], [*map(_number, b.flatten())], [*map(_ratio, a.flatten(), b.flatten())]]
    if len({*parts[2]} - {""}) == 1:  # the message says it once
        parts.pop()
    starts, names = range(0, a.numel(), columns), ("expected", "given", "ratio")[: len(parts)]
    if columns > 3:  # one below the other
        named = zip(names, parts, strict=True)
        return _table([("" if at else name, *part[at : at + columns]) for name, part in named for at in starts], 11)
    head = [text for name in names for text in (*[""] * (columns - 1), name, "|")][:-1]
    lines = [[text for part in parts for text in (*part[at : at + columns], "|")][:-1] for at in starts]
    return _table([head, *lines], 11)


def _table(rows: Sequence[Sequence[str]], width: int) -> str:
    """Right-aligned columns."""
    return _lines(["".join("  |" if cell == "|" else f" {cell:>{width - 1}}" for cell in row).rstrip() for row in rows])


def ratio(expected: Tensor, given: Tensor, worst: tuple[int, ...]) -> str:
    """How many times as large as expected what was given is, there or everywhere."""
    a, b = expected.detach().cpu().double(), given.detach().cpu().double()
    at = b[worst] / a[worst]
    every = (b / a)[(a.abs() > 1e-3 * a.abs().max()) & a.isfinite()]
    alike = every.numel() > 1 and bool(((every - at).abs() <= 1e-3 * at.abs()).all())
    size = at.item()
    shown = f"1 {'+' if size > 1 else '−'} {abs(size - 1):.2g}" if 0 < abs(size - 1) < 1e-4 else f"{size:.6g}"
    return f"{shown} times what was expected{', at every entry' if alike and '−' not in shown else ''}"


def _number(value: Tensor) -> str:
    return f"{value.item():.4g}"


def _ratio(expected: Tensor, given: Tensor) -> str:
    return "" if expected == 0 and given == 0 else f"{(given / expected).item():.4g}"


def _shown(tensor: Tensor) -> str | None:
    """Small data, row by row."""
    if tensor.numel() > SHOWN:
        return None
    values = tensor.detach().cpu()
    if values.dim() < 2:
        flat = values.reshape(-1).tolist()
        return str([round(each, 6) for each in flat] if values.is_floating_point() else flat)
    rows = values.reshape(-1, values.shape[-1]).tolist()
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
    usual = {each.name: each.default for each in setup.loss.declared}
    options = {name: value for name, value in setup.options.items() if value != usual[name]}
    options = {**reduction, **options}
    return f"nn.{setup.name}({', '.join(f'{name}={value!r}' for name, value in options.items())})"
