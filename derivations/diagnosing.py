"""dv.diagnose: what is wrong with a gradient that somebody gives, or that it is right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from .diagnosis.diagnosis import Diagnosis
from .diagnosis.wording.sentences import sentence
from .explanation import Explanation
from .losses.base import TARGETS
from .torch_bridge.accounts import autograd
from .torch_bridge.accounts.evaluate import shape_of
from .torch_bridge.batch.batch import Batch, read_batch
from .torch_bridge.batch.given import real
from .torch_bridge.certificates.certify import certify
from .torch_bridge.diagnosing.searched import searched
from .torch_bridge.diagnosing.trials import precision_of
from .torch_bridge.setup.models import DTYPES
from .verdict import AGREES, CANNOT_TELL, DISAGREES, Verdict
from .words import Words


def diagnose(
    given: Any,
    explanation: Explanation,
    inputs: Any,
    targets: Any,
    wrt: str | None = None,
    grad_output: Any = None,
    precision: torch.dtype | None = None,
) -> Diagnosis:
    """What is wrong with `given`, which should be ∂loss/∂`wrt` at these data; or that it is right.

    - `given`: a tensor, a numpy array or nested lists; or a dict of them by name, of which the first that is wrong is
      told of.
    - `inputs`, `targets`, `grad_output`: as for `Explanation.certify`.
    - `wrt`: "weight", "bias", "inputs", "outputs", …; left out, what has the shape of what was given.
    - `precision`: the dtype that it was computed in, where that is less precise than its own: it is judged by that.

    The verdict comes first, and is a certificate's: a right gradient in another order of summation is right. A mistake
    is named only where it explains every entry within what rounding allows; of several that do, the simplest. Raises
    what `certify` raises, and ValueError for a gradient that there is none of, or that cannot be diagnosed.
    """
    if explanation.setup.model is None and isinstance(inputs, list | tuple):  # Python's numbers are doubles
        inputs = _doubles("inputs", inputs)
    batch = read_batch(explanation.setup, inputs, targets, grad_output)
    if precision is not None and precision not in DTYPES:
        raise ValueError(f"precision={precision!r} is no dtype of these: {', '.join(map(str, DTYPES))}.")
    held = Held(batch, precision)
    if isinstance(given, Mapping):
        return _first_wrong(held, given, wrt)
    tensor = held.read(given)
    return _of_one(held, tensor, _named(batch, tensor, wrt))


@dataclass(frozen=True)
class Held:
    """What a gradient is held against: a batch, and the precision asked for."""

    batch: Batch
    precision: torch.dtype | None = None

    def read(self, given: Any) -> Tensor:
        if isinstance(given, list | tuple | int | float):
            return _doubles("given", given)
        return real("given", given, None, self.batch.inputs.device)


def _doubles(name: str, given: Any) -> Tensor:
    """Python's numbers as what they are. Raises TypeError for what holds none."""
    real(name, given, torch.float64, None)
    return torch.tensor(given, dtype=torch.float64)


def _first_wrong(held: Held, given: Mapping[str, Any], wrt: str | None) -> Diagnosis:
    """Of several gradients by name: what is wrong with the first that disagrees, else the least certain verdict."""
    names = held.batch.check(list(given) if wrt is None else wrt)
    if missing := [name for name in names if name not in given]:
        raise ValueError(
            f"wrt={wrt!r}, and what was given has no {missing[0]!r}: it has {', '.join(map(repr, given))}."
        )
    found = [_of_one(held, held.read(given[name]), name) for name in names]
    return min(found, key=lambda each: (DISAGREES, CANNOT_TELL, AGREES).index(each.verdict))


def _named(batch: Batch, given: Tensor, wrt: str | None) -> str:
    """Which gradient was given, where nobody says: the first whose tensor has this shape."""
    if wrt is not None:
        names = batch.check(wrt)
        if len(names) > 1:
            raise ValueError(f"wrt={wrt!r} names several, and one gradient was given. Give a dict of them, by name.")
        return names[0]
    asked = [each for each in batch.setup.wrt if each != TARGETS]  # minus those of the outputs: a sign would be right
    fitting = [each for each in asked if shape_of(batch, each) == given.shape]
    if len(fitting) > 1:  # the one that is right, if one is
        right = (each for each in fitting if _verdict(batch, given, each) == AGREES)
        return next(right, fitting[0])
    return fitting[0] if fitting else batch.setup.parameters[0]


def _of_one(held: Held, given: Tensor, wrt: str) -> Diagnosis:
    tried = [(held.batch, {wrt: given})]
    if held.precision is not None:  # which no certificate knows of
        return _to_precision(searched(tried, wrt, held.precision, wrong=False), held.precision)
    verdict = _verdict(held.batch, given, wrt)
    if verdict == DISAGREES:
        found = searched(tried, wrt)
        return replace(found, numbers={"wrt": wrt, **found.numbers})
    explained = given.numel() if verdict == AGREES else 0
    return Diagnosis(verdict, sentence(verdict, ()), explained=explained, entries=given.numel())


def _verdict(batch: Batch, given: Tensor, wrt: str) -> Verdict:
    """A certificate's, of what was given against autograd."""
    if given.shape != shape_of(batch, wrt):
        return DISAGREES
    loss, expected = autograd.gradients(batch, [wrt])
    found = given.to(batch.inputs.device, expected[wrt].dtype)
    return certify(batch, {wrt: found}, expected, loss.item()).verdict


def _to_precision(found: Diagnosis, precision: torch.dtype) -> Diagnosis:
    """The same, with what it was judged by said openly."""
    name = precision_of(precision).name
    if found.verdict == AGREES:
        told = Words(f"对，按 {name} 的精度来看。", f"Right, to {name} precision.")
        return replace(found, sentence=told, numbers={**found.numbers, "precision": name})
    return replace(found, numbers={**found.numbers, "precision": name})
