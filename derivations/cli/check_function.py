"""Somebody's own function against the criterion's gradient: loaded, called as it wants to be, and diagnosed.

This module loads torch.
"""

from __future__ import annotations

import shlex
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from .. import interrupts, needs
from ..diagnosis.diagnosis import Diagnosis
from ..linear import OUTPUTS
from ..losses import Loss
from ..losses.declared import Option as Declared
from ..losses.declared import Values
from ..verdict import AGREES, CANNOT_TELL, DISAGREES
from ..words import Words
from .arguments import Given, WrongUse
from .commands import device_of
from .loading import ORDINARY, Place, Theirs, is_in
from .of_criteria import shaped_as_outputs
from .report import Report
from .subjects import criteria, flag

try:
    with interrupts.held():
        import torch
        from torch import nn

        from ..torch_bridge.callables import calling
        from ..torch_bridge.callables.signatures import Unreadable, function_of
        from ..torch_bridge.certificates.findings import CannotTell, GradientMismatch
        from ..torch_bridge.criteria import registry
        from ..torch_bridge.criteria.cross_entropy import IGNORED
        from ..torch_bridge.testing import assert_gradient
        from ..torch_bridge.testing.edges import IMPLIED, names
        from ..torch_bridge.testing.trials import Trial
except ModuleNotFoundError as missing:
    if missing.name not in needs.OPTIONAL:
        raise
    raise ImportError(needs.advice("`derivations check FILE.py::NAME`", missing.name)) from missing

DIFFERENT = Words("不对，常见的错误都解释不了。", "Different, and no common mistake explains it.")
TOO_WIDE = Words(
    "看不出对错：误差界太宽，错了也可能看不出来。--dtype float64 的误差界最窄。",
    "Cannot tell: the bounds are so wide that a mistake might not show. They are narrowest with --dtype float64.",
)
NOT_TAKEN = {
    calling.IGNORED_LABELS: Words(
        "没有试被忽略的标签：函数不接受。", "Labels to be ignored were not tried: the function takes none."
    ),
    calling.EMPTY_BATCH: Words("没有试空的批：函数不接受。", "An empty batch was not tried: the function takes none."),
}

NOT_FITTING = "{}：参数或返回值不合要求。函数应当返回张量：损失，或者梯度；有 W 和 b 时，返回各个梯度的字典或元组。"


def check_function(mine: Place, options: Mapping[str, Any], given: Given) -> Report:
    """Try it as `assert_gradient` does. Raises Theirs for what the file or the function raises, and WrongUse."""
    criterion, name = _criterion(given["criterion"], options)
    device_of(given.get("device", "cpu"))  # is there one?
    _check_names(given)
    with mine.here(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpy's of an overflow: what comes out of it is judged
        with _theirs(mine):
            fn, arguments = _read(mine)
        kind = criteria()[given["criterion"]]
        labels = any(each.values is Values.LABELS for each in kind().operands)
        classes = next((len(options[each.name]) for each in _tensors(kind) if each.name in options), None)
        tried = [*calling.forms(fn, arguments, labels, given.get("targets"), given.get("arrays"), classes)]
        with _theirs(mine):
            form, returned = calling.fitting(fn, tried, criterion)
        chosen = _chosen(given, form, calling.returned_by(form, returned, options.get("reduction", "mean")))
        with _theirs(mine):
            ignored = options.get("ignore_index", IGNORED)
            refused = calling.refused(fn, form, criterion, ignored, chosen["returns"])
        left_out, notes = _left_out(given, form, refused)
        wrt = [given["wrt"]] if "wrt" in given else []
        diagnosis, details, trial = _diagnosed(mine, form.adapted(fn, wrt), criterion, {**chosen, **left_out})
    rerun = "" if diagnosis.verdict == AGREES else _rerun(mine, given, trial)
    if trial is not None and trial.leave_out != ORDINARY:
        notes = (*notes, _may_be_left_out(trial.leave_out))
    return Report(mine.given, name, diagnosis, {**details, "called": _called(form)}, notes, rerun)


def _check_names(given: Given) -> None:
    """Raises WrongUse for what is no trial."""
    for name in ("without", "only"):
        for each in given.get(name, ()):
            if each not in names():
                raise WrongUse(
                    f"{flag(name)}：没有 {each!r} 这一项。可用：{'、'.join(map(repr, names()))}。",
                    f"{flag(name)}: there is no trial {each!r}. Accepted: {', '.join(map(repr, names()))}.",
                )


def _criterion(key: str, options: Mapping[str, Any]) -> tuple[nn.Module, str]:
    """As a module of torch, and as it is written."""
    loss = criteria()[key]
    known = registry.of_loss(loss)
    if known is None:
        raise WrongUse(
            f"{key} 没有 torch 的一方可对照；请用 --formula。",
            f"{key} has no side of torch's to compare with; use --formula.",
        )
    kind = known.module
    if (name := shaped_as_outputs(loss, options)) is not None:
        raise WrongUse(
            f"{flag(name)} 对 {key} 是与输出同形的数组，命令行给不了；请在测试里用 dv.assert_gradient。",
            f"{flag(name)} of {key} has the shape of the outputs, which no command line holds; use dv.assert_gradient.",
        )
    values = {name: value for name, value in options.items() if name != "targets"}
    written = ", ".join(f"{name}={value!r}" for name, value in values.items())
    tensors = {
        tensor.name: torch.tensor(values[tensor.name], dtype=torch.float64)
        for tensor in _tensors(loss)
        if tensor.name in values
    }
    return kind(**{**values, **tensors}), f"{kind.__name__}({written})"


def _tensors(kind: type[Loss]) -> list[Declared]:
    return [each for each in kind.declared if each.is_tensor]


def _read(mine: Place) -> tuple[Callable[..., Any], dict[str, str]]:
    found = mine.load()
    try:
        return function_of(found)
    except Unreadable as wrong:
        raise WrongUse(wrong.words.zh.format(mine.given), wrong.words.en.format(mine.given)) from None


@contextmanager
def _theirs(mine: Place) -> Iterator[None]:
    """What is raised inside, where somebody's own code raised it; a call that sys.exit() ends is no answer either."""
    try:
        yield
    except (Exception, SystemExit) as wrong:
        if is_in(wrong, mine.file):
            raise Theirs(wrong, mine.file) from wrong
        if isinstance(wrong, TypeError):  # of what it takes or returns: assert_gradient says so in a sentence
            raise WrongUse(NOT_FITTING.format(mine.given), f"{mine.given}: {wrong}") from wrong
        raise


def _chosen(given: Given, form: calling.Form, returned: str) -> dict[str, Any]:
    """The arguments of `assert_gradient` that differ from its own."""
    returns = given.get("returns", returned)
    if returns == "loss" and form.arrays == calling.NUMPY:
        raise WrongUse(
            "函数返回的是损失，而 numpy 算出的损失没有梯度可查。请检验返回梯度的函数，或改用 torch 计算。",
            "the function returns the loss, and what numpy computes has no gradient to look at. Check the function "
            "that returns the gradient, or compute the loss with torch.",
        )
    if given.get("dtype") == "bfloat16" and form.arrays == calling.NUMPY:
        raise WrongUse(
            "--dtype bfloat16：numpy 没有 bfloat16。可用：float64、float32、float16。",
            "--dtype bfloat16: numpy has no bfloat16. Accepted: float64, float32, float16.",
        )
    if given.get("wrt", OUTPUTS) != OUTPUTS and not form.of_inputs:
        raise WrongUse(
            f"--wrt {given['wrt']}：函数只收到模型的输出，求不出它的梯度。"
            "请检验参数为 (X, W, b, y) 的函数，或者不写 --wrt。",
            f"--wrt {given['wrt']}: the function is given the outputs alone, of which it can have no such gradient. "
            "Check a function of (X, W, b, y), or leave --wrt out.",
        )
    chosen: dict[str, Any] = {"returns": returns}
    if form.targets == calling.PROBABILITIES:
        chosen["targets"] = calling.PROBABILITIES
    if "dtype" in given:
        chosen["dtypes"] = [getattr(torch, given["dtype"])]
    elif form.arrays == calling.NUMPY:
        chosen["dtypes"] = [torch.float64]  # what numpy computes in unless it is told otherwise
    if "precision" in given:
        chosen["precision"] = getattr(torch, given["precision"])
    if model := form.model():
        chosen["model"] = model
    return {**chosen, **{name: given[name] for name in ("seed", "device", "blocks") if name in given}}


def _left_out(given: Given, form: calling.Form, refused: Sequence[str]) -> tuple[dict[str, Any], tuple[Words, ...]]:
    """What is not tried, because the function takes no such thing, and need not; and what is said of that."""
    chosen: dict[str, Any] = {}
    notes: list[Words] = []
    if "shape" in given:
        chosen["shapes"] = [tuple(given["shape"])]
    elif form.arrays == calling.NUMPY or calling.EXTRA_DIMENSIONS in refused:
        chosen["shapes"] = form.shapes()
        notes.append(Words("只试了矩阵，没有试更多的维度。", "Matrices alone were tried, and no more dimensions."))
    without, wanted = [*given.get("without", ())], given.get("only", ())
    if form.arrays == calling.NUMPY and calling.EMPTY_BATCH not in wanted:  # homework divides by how many there are
        without.append(calling.EMPTY_BATCH)
    for name, note in NOT_TAKEN.items():
        asked_for = name in wanted or IMPLIED.get(name) in wanted
        if name in refused and name not in without and not asked_for:
            without.append(name)
            notes.append(note)
    if without:
        chosen["without"] = without
    if "only" in given:
        chosen = {**chosen, "only": given["only"]}
    return chosen, tuple(notes)


def _diagnosed(
    mine: Place, fn: Callable[..., Any], criterion: nn.Module, chosen: Mapping[str, Any]
) -> tuple[Diagnosis, dict[str, Any], Trial | None]:
    """What is wrong, the details of the trial that showed it, and that trial."""
    try:
        with _theirs(mine):
            assert_gradient(fn, criterion, **chosen)
    except GradientMismatch as wrong:
        diagnosis = Diagnosis(DISAGREES, DIFFERENT) if wrong.diagnosis is None else wrong.diagnosis
        return diagnosis, _details(wrong, diagnosis), wrong.trial
    except CannotTell:
        return Diagnosis(CANNOT_TELL, TOO_WIDE), {}, None
    return Diagnosis(AGREES, Words("对。", "Right.")), {}, None


def _details(wrong: GradientMismatch, diagnosis: Diagnosis) -> dict[str, Any]:
    """The trial, and the worst entry where the diagnosis does not show it."""
    trial = wrong.trial
    tensor = wrong.details.get("tensor")
    details: dict[str, Any] = {"wrt": tensor} if tensor and tensor != OUTPUTS else {}
    if trial is not None:
        details["trial"] = f"{trial.edge.name}, {trial.drawn_at}, {trial.dtype_name}"
    if not {"expected", "given"} & {*diagnosis.numbers}:
        shown = {name: _shown(wrong.details.get(name)) for name in ("index", "expected", "got", "bound")}
        details |= {name: value.partition(" (")[0].partition(", one of ")[0] for name, value in shown.items()}
    return details


def _shown(value: Any) -> str:
    return f"{value:.9g}" if isinstance(value, float) else str(value or "")


def _may_be_left_out(name: str) -> Words:
    return Words(
        f"如果函数不必支持这种情形，可以不试：--without '{name}'",
        f"If the function need not take this, leave it out: --without '{name}'",
    )


def _rerun(mine: Place, given: Given, trial: Trial | None) -> str:
    """A line for a shell that tries this again, and nothing else."""
    options = {name: value for name, value in given.items() if name not in ("subject", "json", "lang")}
    if trial is not None:
        options |= {
            "dtype": trial.dtype_name,
            "shape": [*trial.drawn_at],
            "only": [*trial.only],
        }
        options["seed"] = trial.seed
        options.pop("without", None)
    words = ["derivations", "check", mine.given]
    for name, value in options.items():
        words += [flag(name), ",".join(map(str, value)) if isinstance(value, list) else str(value)]
    return shlex.join(words)


def _called(form: calling.Form) -> str:
    """(X: numpy, W: (D, C), y: one-hot): how the function was called."""
    kinds = {"targets": form.targets, "weight": form.weight}
    told = (f"{name}={kinds.get(role) or role}" for name, role in form.arguments.items())
    return f"({', '.join(told)}), {form.arrays}"
