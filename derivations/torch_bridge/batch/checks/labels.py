"""Class labels: are targets labels or probabilities, and does each that counts name a class?"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ....losses.declared import Values
from ....options import LABEL
from ...criteria.cross_entropy import IGNORED, INDICES, PROBABILITIES
from ...setup.setup import Setup
from ..laid import class_axis, of_rows

_LEAVE_OUT = "This criterion has no ignore_index: leave such rows out, or mask them with MaskedCrossEntropy."
LABEL_DTYPES = (torch.int64, torch.uint8)


def as_torch_decides(setup: Setup, shape: torch.Size, targets: Tensor) -> Setup:
    """The setup with class labels or with probabilities, which torch tells from the targets' shape.

    Raises ValueError where their dtype is not of that kind, or where explain() was told the other.
    """
    if setup.kind_of_targets is None:
        return setup
    kind, given = PROBABILITIES if targets.shape == shape else INDICES, f"{targets.dtype}, {tuple(targets.shape)}"
    if kind == PROBABILITIES and not targets.is_floating_point():
        raise ValueError(
            f"targets of the outputs' shape {tuple(shape)} are probabilities to torch, and must be floating point; "
            f"given {given}. One-hot targets: give class labels, .argmax({min(1, len(shape) - 1)}), or the same "
            "numbers as probabilities, .to(outputs.dtype)."
        )
    if kind == INDICES and targets.is_floating_point():
        raise ValueError(
            f"targets must be int64 class labels of shape {tuple(of_rows(shape, True))}, or probabilities, in floating "
            f"point, of the outputs' shape {tuple(shape)}; given {given}.{_cure(setup, shape, targets)}"
        )
    said = setup.kind_of_targets if setup.given is None else setup.given[2]
    if said not in (None, kind):
        raise ValueError(
            f"explain() was told targets={said!r}, but to torch these are {kind}: given {given}, with outputs of shape "
            f"{tuple(shape)}. Leave targets= out, and it is decided by the data, as torch does."
        )
    return setup.of_targets(kind)


def _cure(setup: Setup, shape: torch.Size, targets: Tensor) -> str:
    """What to do about labels of this dtype and shape, where that can be told."""
    name, given = setup.name, targets.shape
    if len(shape) > 2 and given == shape[:-1]:
        flat = ", or inputs.flatten(0, -2) and targets.flatten()" if setup.model is not None else ""
        alone = "explain(None, criterion) with " if setup.model is not None else ""
        return (
            f" {name} takes dimension 1 of the outputs {tuple(shape)} for the classes, and these are labels for each "
            f"of {tuple(given)}. Put the classes there: {alone}outputs.movedim(-1, 1){flat}."
        )
    wanted = of_rows(shape, setup.loss.classes_second)
    if given == wanted:
        return " Use .long()."
    if given.numel() == wanted.numel() and len(given) == len(wanted) + 1:
        return f" Take out the dimension of size 1: .squeeze({[*given].index(1) if 1 in given else -1})."
    if given == shape:
        return f" Of one-hot targets: .argmax({min(1, len(shape) - 1)})."
    return ""


def check_form(setup: Setup, shape: torch.Size, name: str, labels: Tensor) -> None:
    """Raise ValueError for what is no class label for each row of outputs of that shape."""
    wanted, given = of_rows(shape, setup.loss.classes_second), f"given {labels.dtype}, {tuple(labels.shape)}"
    if labels.shape != wanted or labels.dtype not in LABEL_DTYPES:
        raise ValueError(
            f"{name} must be int64 class labels of shape {tuple(wanted)}; {given}.{_cure(setup, shape, labels)}"
        )
    if labels.dtype == torch.uint8 and len(shape) > 2:
        raise ValueError(f"with outputs of shape {tuple(shape)}, torch takes int64 labels only; {given}. Use .long().")


def check_sets(setup: Setup, shape: torch.Size, name: str, labels: Tensor) -> None:
    """Raise ValueError for what is no list of class labels for each row, filled up with −1."""
    classes = shape[class_axis(shape, setup.loss.classes_second)]
    if labels.dtype != torch.int64 or labels.shape != shape:
        raise ValueError(
            f"{name} must be int64 class labels of the outputs' shape {tuple(shape)}, in each row followed by −1; "
            f"given {labels.dtype}, {tuple(labels.shape)}."
        )
    if bool(((labels < -1) | (labels >= classes)).any()):
        raise ValueError(
            f"{name} must lie between 0 and {classes - 1}, or be −1; given {int(labels.min())} to {int(labels.max())}."
        )
    axis = class_axis(shape, setup.loss.classes_second)
    counted = labels.masked_fill((labels >= 0).long().cumprod(axis) == 0, -1)
    ordered = counted.sort(axis).values
    twice = ordered.narrow(axis, 1, max(classes - 1, 0))[(ordered.diff(dim=axis) == 0)]
    if bool((twice >= 0).any()):
        raise ValueError(
            f"{name} must name a class at most once in a row; given {int(twice.max())} twice. "
            "torch would count such a class as often as it is named."
        )


def check_labels(setup: Setup, shape: torch.Size, operands: Mapping[str, Tensor]) -> None:
    """Raise ValueError where a label that counts names no class."""
    for operand in setup.loss.operands:
        if operand.values != Values.LABELS:
            continue
        classes = shape[class_axis(shape, setup.loss.classes_second)]
        labels, may_ignore = operands[operand.name], any(each.kind is LABEL for each in setup.loss.declared)
        ignored = setup.options.get("ignore_index", IGNORED)
        counted = labels[labels != ignored] if may_ignore else labels
        if bool(((counted < 0) | (counted >= classes)).any()):
            instead = f"A label that is to be left out is the criterion's ignore_index, which is {ignored}."
            raise ValueError(
                f"{operand.name} must lie between 0 and {classes - 1}; given {int(counted.min())} to "
                f"{int(counted.max())}. {instead if may_ignore else _LEAVE_OUT}"
            )
