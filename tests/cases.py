"""Every criterion of torch with every combination of its options, with a linear model and alone, and data that fits."""

import functools
import itertools

import torch
import torch.nn.functional as F
from torch import nn

from derivations import explain

FEATURES, CLASSES, ROWS = 4, 3, 7
REDUCTIONS = ("mean", "sum", "none")
WEIGHT = torch.tensor([0.5, 2.0, 1.25], dtype=torch.float64)
POSITIVE = torch.tensor([3.0, 0.75, 1.5], dtype=torch.float64)


def criteria(rows=ROWS):
    """Name, a function of the dtype that makes the criterion, and what its targets are."""
    entries = 0.5 + torch.rand(rows, CLASSES, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    for reduction in REDUCTIONS:
        yield f"MSE {reduction}", lambda dtype, r=reduction: nn.MSELoss(reduction=r), None
        yield (
            f"MSE {reduction} weight",
            lambda dtype, r=reduction: functools.partial(F.mse_loss, reduction=r, weight=entries.to(dtype)),
            None,
        )
        for weight, positive in itertools.product((None, WEIGHT), (None, POSITIVE)):
            yield (
                f"BCE {reduction}{' weight' * (weight is not None)}{' pos_weight' * (positive is not None)}",
                lambda dtype, r=reduction, w=weight, q=positive: nn.BCEWithLogitsLoss(
                    reduction=r, weight=_as(w, dtype), pos_weight=_as(q, dtype)
                ),
                None,
            )
        for weight, ignored in itertools.product((None, WEIGHT), (-100, 1)):
            name = f"{reduction}{' weight' * (weight is not None)}{' ignore_index' * (ignored == 1)}"
            yield (
                f"NLL {name}",
                lambda dtype, r=reduction, w=weight, i=ignored: nn.NLLLoss(
                    reduction=r, weight=_as(w, dtype), ignore_index=i
                ),
                None,
            )
            for smoothing in (0.0, 0.1):
                yield (
                    f"CE {name}{' label_smoothing' * bool(smoothing)}",
                    lambda dtype, r=reduction, w=weight, i=ignored, s=smoothing: nn.CrossEntropyLoss(
                        reduction=r, weight=_as(w, dtype), ignore_index=i, label_smoothing=s
                    ),
                    "indices",
                )
        for weight, smoothing in itertools.product((None, WEIGHT), (0.0, 0.1)):
            yield (
                f"CE {reduction}{' weight' * (weight is not None)}{' label_smoothing' * bool(smoothing)} probabilities",
                lambda dtype, r=reduction, w=weight, s=smoothing: nn.CrossEntropyLoss(
                    reduction=r, weight=_as(w, dtype), label_smoothing=s
                ),
                "probabilities",
            )


def _as(weight, dtype):
    return None if weight is None else weight.to(dtype)


def case(criterion, targets, with_model, dtype, rows=ROWS, seed=0):
    """An explanation, inputs, targets and the incoming vector (None but for reduction="none"), all from one seed."""
    generator = torch.Generator().manual_seed(seed)
    made = criterion(dtype)
    model = None
    if with_model:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = nn.Linear(FEATURES, CLASSES, dtype=dtype)
        if isinstance(made, nn.NLLLoss):
            model = nn.Sequential(model, nn.LogSoftmax(1))
    explanation = explain(model, made, targets=targets)
    inputs, given = explanation.setup.random_data(rows, generator)
    if not given.is_floating_point():
        given = torch.arange(rows) % CLASSES  # every class, and more than one row of each
    elif targets == "probabilities":
        given = 1.5 * given  # torch does not ask for rows that add up to 1
    inputs, given = inputs.to(dtype), given.to(dtype) if given.is_floating_point() else given
    return explanation, inputs, given, explanation.setup.random_grad_output(inputs, given, generator)


#: By name, a function of the dtype that makes the case.
CASES = {
    f"{name}{' of a linear model' * with_model}": functools.partial(case, criterion, targets, with_model)
    for name, criterion, targets in criteria()
    for with_model in (True, False)
}
