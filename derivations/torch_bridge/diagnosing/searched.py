"""Which mistake explains gradients that disagree with a batch's: the batch as a case, the criterion as a problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ...diagnosis.diagnosis import Diagnosis
from ...diagnosis.searching.search import search
from ...diagnosis.wording.sentences import sentence
from ...verdict import DISAGREES
from ..batch.batch import Batch
from .tensors import Tensors
from .trials import cases_of, problem_of


def diagnosed(tried: Sequence[tuple[Batch, Mapping[str, Tensor]]], wrt: str) -> Diagnosis:
    """What one mistake explains the gradients in `wrt` that were given for each of several batches of one criterion.

    Each is a batch and the gradients given for it by name; the first of them is the one that disagreed. Whatever
    happens, the answer is a Diagnosis: that they disagree is known already.
    """
    try:
        return searched(tried, wrt)
    except Exception as failed:  # a diagnosis that fails must not hide the disagreement
        return _unexplained(failed)


def of_two(batch: Batch, wrt: str, autograd: Tensor, closed_form: Tensor) -> Diagnosis | None:
    """What is wrong with the side that is wrong, where two accounts disagree; None where nothing can be said of it."""
    try:
        for side, given in (("autograd", autograd), ("closed_form", closed_form)):
            found = searched([(batch, {wrt: given})], wrt, wrong=False)
            if found.verdict == DISAGREES:
                return replace(found, numbers={**found.numbers, "side": side})
    except Exception:  # a diagnosis that fails must not hide the disagreement
        return None
    return None


def searched(
    tried: Sequence[tuple[Batch, Mapping[str, Tensor]]],
    wrt: str,
    precision: torch.dtype | None = None,
    wrong: bool = True,
) -> Diagnosis:
    """What one mistake explains the gradients; with `wrong=False` that they are right may be found too.

    With `precision`, a gradient is judged as if it had been computed in that dtype.
    """
    problem = problem_of([batch for batch, _ in tried], wrt)
    return search(problem, cases_of(tried, wrt, precision), Tensors(), wrong=wrong)


def _unexplained(failed: Exception) -> Diagnosis:
    told = sentence(DISAGREES, ())
    return Diagnosis(DISAGREES, told, numbers={"failed": f"{type(failed).__name__}: {failed}"})
