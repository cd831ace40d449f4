"""For tests of people's own training steps: is what they leave in `.grad` the gradient of the whole batch?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from ...diagnosis.diagnosis import Diagnosis
from ...diagnosis.mistake import Mistake
from ...diagnosis.steps.steps import Account
from ...diagnosis.steps.words import Told, diagnosis, step_sentence
from ...diagnosis.wording.sentences import sentence
from ...verdict import CANNOT_TELL, DISAGREES
from ..accounts import autograd
from ..certificates.certificate import Certificate, doubt, numbers
from ..certificates.certify import certify
from ..certificates.findings import CannotTell, GradientMismatch
from ..diagnosing.searched import diagnosed
from ..dtypes import dtype_name
from ..rounding.bounds import Bound
from ..setup.models import DTYPES
from ..setup.setup import Setup, Unsupported, read
from .account import Whole, read_parts
from .called import listed, shown, taken
from .explained import Given, at_updated, computed_in, explanations
from .left import Left, gradient_of, run
from .ranks import Ranks, linear_of, unsharded


def assert_step(
    step: Callable[..., Any],
    model: nn.Module,
    criterion: Callable[..., Any],
    batches: Iterable[tuple[Any, Any]],
    precision: torch.dtype | None = None,
    group: Any = None,
    seed: int | None = None,
) -> None:
    """Check what `step` leaves in the `.grad` of `model` against the gradient of all batches as one.

    - `step`: your own code, which runs forward and backward over the batches. It is called by the names of its
      parameters where they are among `model`, `criterion` and `batches`, else by position: `step()`, `step(batches)`,
      `step(model, batches)` or `step(model, criterion, batches)`. What it returns is not looked at.
    - `model`, `criterion`: what `explain` takes, the model with parameters that require a gradient; also in
      DistributedDataParallel, or sharded by `fully_shard`. The criterion has reduction="mean" or "sum": the gradient
      wanted is that of `criterion(model(inputs), targets)` on all samples, with one divisor S.
    - `batches`: (inputs, targets) of each micro-batch, (N_k, D) and what the criterion takes, a tuple where that is
      several arrays; labels of shape (B, T) with inputs (B, T, D) count as B·T samples. They may have different N_k.
    - `precision`: a lower dtype that the step computes in, as under autocast: the bound is then that one's.
    - `group`: a process group. Where torch.distributed is initialised, each process of the group, by default of all,
      calls this with its own batches; the whole is what they have together, and each checks its own `.grad`.
    - `seed`: what the data came from, for the record.

    Before the call each `.grad` is set to None; afterwards parameters and `.grad` are what they were, so `step` may
    update the parameters after its last backward(), if it leaves their gradients. (An optimizer keeps what it has
    seen.)

    The bound is the closed form's for the whole batch, in any order of summation, widened by a rounding for each part
    and four for scaling its loss. Raises GradientMismatch, on every process, where the gradient differs by more: its
    `diagnosis` says which mistake explains it, its `details` each part's divisor S_k, how many times it counts, the
    factor to apply, and the worst entry. Raises CannotTell where no mistake would have been seen; Unsupported for what
    no derivation covers; ValueError or TypeError for a step that leaves no gradient, and for wrong arguments.
    """
    __tracebackhide__ = True
    names, given_batches = taken(step), listed(batches)
    ranks = Ranks(group)
    setup, layer = _read(model, criterion)
    _check_precision(precision, setup)
    compared = tuple(name for name in setup.parameters if getattr(layer, name).requires_grad)
    if not compared:
        raise ValueError("no parameter of the model requires a gradient, so that there is none to check.")
    assert setup.model is not None
    ranks.require_one_model(setup.model)
    every = ranks.gathered([tuple(map(_on_cpu, batch)) for batch in given_batches]) if ranks.count > 1 else None
    device = setup.model.weight.device
    copied = [tuple(map(_copied, batch)) for batch in given_batches]
    everything = [copied] if every is None else [[_on(device, batch) for batch in each] for each in every]
    if not any(everything):
        raise ValueError("batches is empty, so there is nothing to check. Give (inputs, targets) of each micro-batch.")
    of_all = read_parts(setup, everything, compared)
    loss, expected = autograd.gradients(of_all.batch, compared)
    limits = of_all.limits(precision)
    arguments = {"model": model, "criterion": criterion, "batches": given_batches}
    found: Exception | None = None
    try:
        left = run(step, [arguments[name] for name in names[0]], {name: arguments[name] for name in names[1]}, layer)
        given = {name: gradient_of(name, left) for name in compared}
        certificate = certify(of_all.batch, given, expected, loss.item(), seed=seed, limits=limits)
        if certificate.verdict == DISAGREES:
            account = of_all.account(ranks.rank, ranks.count)
            found = _mismatch(certificate, of_all, given, limits, account, left, _changed(given_batches, copied))
        elif certificate.verdict == CANNOT_TELL or all(row.zero for row in certificate.rows):
            found = _doubt(certificate, precision)
    except Exception as failed:
        found = failed
    _raise_together(ranks, found, setup)


def _raise_together(ranks: Ranks, found: Exception | None, setup: Setup) -> None:
    """Raise what was found here; where another process has found something, say so and do not go on without it."""
    __tracebackhide__ = True
    told = None if found is None else (str(getattr(found, "subject", found)), getattr(found, "diagnosis", None))
    every = ranks.gathered((type(found).__name__, told))
    if found is not None:
        raise found
    for rank, (kind, other) in enumerate(every):
        if other is not None:
            subject, diagnosis = other
            error = _OF_OTHERS.get(kind, RuntimeError)(f"{setup}: on rank {rank}, and not here: {subject}")
            if isinstance(error, GradientMismatch):
                error.diagnosis = diagnosis
            raise error


_OF_OTHERS: dict[str, type[Exception]] = {"GradientMismatch": GradientMismatch, "CannotTell": CannotTell}


# Arguments


def _read(model: Any, criterion: Any) -> tuple[Setup, nn.Linear]:
    """What is explained, and the layer whose `.grad` it is."""
    if model is None:
        raise Unsupported("assert_step looks at the .grad of a model's parameters: give the model, and not None.")
    plain = unsharded(model)
    setup = read(plain, criterion)
    if setup.loss.reduction == "none":
        raise Unsupported(
            f"{setup.name} has reduction='none', and how the step reduces its losses is not known here. Give the "
            "criterion that the whole batch should have, with reduction='mean' or 'sum'; the step may use its own."
        )
    layer = setup.model if plain is model else linear_of(model)
    assert layer is not None
    return setup, layer


def _check_precision(precision: Any, setup: Setup) -> None:
    if precision is None:
        return
    if precision not in DTYPES:
        raise TypeError(f"precision={shown(precision)}: a dtype, one of {', '.join(map(str, DTYPES))}.")
    assert setup.model is not None
    own = setup.model.weight.dtype
    if torch.finfo(precision).eps < torch.finfo(own).eps:
        raise ValueError(
            f"precision={precision} is finer than the model's {own}, in which its .grad is kept. Leave precision out."
        )


def _each(change: Callable[[Tensor], Any], value: Any) -> Any:
    """Change a tensor, or each of a tuple of operands; what is neither stays."""
    if isinstance(value, tuple):
        return tuple(_each(change, each) for each in value)
    return change(value) if isinstance(value, Tensor) else value


def _copied(value: Any) -> Any:
    return _each(lambda tensor: tensor.detach().clone(), value)


def _changed(batches: list[Any], copied: list[Any]) -> str | None:
    """Which batches the step has written over, if any."""

    def same(now: Any, was: Any) -> bool:
        if isinstance(now, tuple):
            return all(map(same, now, was))
        return not isinstance(now, Tensor) or torch.equal(now.detach().nan_to_num(), was.nan_to_num())

    pairs = enumerate(zip(batches, copied, strict=True), 1)
    places = [str(place) for place, (now, was) in pairs if not all(map(same, now, was))]
    return f"the step has overwritten batch {', '.join(places)} in place; give it copies" if places else None


def _on_cpu(value: Any) -> Any:
    return _each(lambda tensor: tensor.detach().cpu(), value)


def _on(device: torch.device, batch: tuple[Any, Any]) -> tuple[Any, Any]:
    inputs, targets = (_each(lambda tensor: tensor.to(device), each) for each in batch)
    return inputs, targets


# What is raised


def _doubt(certificate: Certificate, precision: torch.dtype | None) -> CannotTell:
    row = next((each for each in certificate.rows if each.verdict == CANNOT_TELL), None)
    if row is None:
        return CannotTell(
            f"{certificate.setup}: every gradient of these batches is 0, whatever the numbers are, so that a wrong "
            "step would leave the same. Give batches in which labels count",
            **certificate.conditions,
        )
    details = dict(doubt(certificate, row).details)
    if precision is not None and "do" in details:
        details["do"] = "run the step without autocast, in float64 or the model's own dtype, and leave precision out"
    return CannotTell(
        f"{certificate.setup}: whether the step leaves the whole batch's gradient cannot be told", **details
    )


def _mismatch(
    certificate: Certificate,
    of_all: Whole,
    given: Mapping[str, Tensor],
    limits: Mapping[str, Bound],
    account: Account,
    left: Left,
    changed: str | None,
) -> GradientMismatch:
    row = next(each for each in certificate.rows if each.verdict == DISAGREES)
    raw = numbers(certificate, row, given="the step", expected="the whole batch")
    found = _explained(certificate, of_all, given, limits, account, left)
    told = {
        "tensor": raw["tensor"],
        "index": raw["index"],
        "expected": raw["expected"],
        "got": raw["got"],
        "bound": raw["bound"],
        "parameters": "the step has updated them; they were put back" if left.updated else None,
        "batches": changed,
        "note": raw.get("note"),
        **certificate.conditions,
    }
    error = GradientMismatch(
        f"{certificate.setup}: the step does not leave the gradient of the whole batch. {found.sentence.en}",
        **{
            **{name: f"{value}{_MEANT.get(name, '')}" for name, value in found.numbers.items() if name not in _TOLD},
            **told,
        },
    )
    error.diagnosis = found
    return error


#: What a diagnosis of one gradient says of its worst entry, and the details do already.
_TOLD = ("entry", "given", "wrong")
#: What a step is not told of: backward() receives no gradient but 1, and of precisions `computed_in` has spoken.
NOT_OF_STEPS = ("grad_output ignored", "grad_output twice", "precision")
#: What numbers mean, where the name does not say it.
_MEANT = {"counts": " times, where each should be 1", "norm": " (given, expected)"}


def _explained(
    certificate: Certificate,
    of_all: Whole,
    given: Mapping[str, Tensor],
    limits: Mapping[str, Bound],
    account: Account,
    left: Left,
) -> Diagnosis:
    """By how many times each part counts; by a lower precision; by what a gradient of one batch can have wrong."""
    dtype, entries = of_all.batch.inputs.dtype, sum(each.numel() for each in given.values())
    bounds = {name: limits[name].of_two(dtype) for name in given}
    arrays = Given.of(given, of_all.shares(account), bounds, account)
    if found := explanations(arrays):
        norms = float(arrays.values.norm()), float(arrays.right.norm())
        return diagnosis([(each.mistakes, each.counts) for each in found], Told(account, norms, entries))
    at = left.at * account.ranks  # which all update alike
    if at and len(at) == len(of_all.parts):
        twice = {name: 2 * bound for name, bound in bounds.items()}
        if found := at_updated(Given.of(given, of_all.shares(account, at), twice, account)):
            return diagnosis([(each.mistakes, each.counts) for each in found], Told(account, None, entries))
    if (lower := computed_in(of_all, given)) is not None:
        mistake = Mistake.of("precision", dtype=dtype_name(lower))
        return diagnosis([((mistake,), ())], Told(account, None, entries))
    wrong = next(row.wrt for row in certificate.rows if row.verdict == DISAGREES)
    right = [row.wrt for row in certificate.rows if row.verdict != DISAGREES]
    other = diagnosed([(of_all.batch, given)], wrong)
    if any(each.key in NOT_OF_STEPS for each in other.mistakes):
        other = Diagnosis(DISAGREES, sentence(DISAGREES, ()), entries=other.entries)
    return replace(other, sentence=step_sentence(other.sentence, wrong, right))
