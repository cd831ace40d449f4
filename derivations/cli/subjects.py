"""What can be derived, by the names the command has for it, and the options of each."""

from __future__ import annotations

from dataclasses import fields

from ..losses import MSE, NLL, BCEWithLogits, CrossEntropy, L2Penalty
from ..optimizers import SGD, Adam, AdamW
from ..softmax import LogSoftmax, LogSumExp, Softmax
from ..subject import Subject
from ..wording import Words
from .arguments import Option

SUBJECTS: dict[str, type[Subject]] = {
    "mse": MSE,
    "cross-entropy": CrossEntropy,
    "nll": NLL,
    "bce-with-logits": BCEWithLogits,
    "l2-penalty": L2Penalty,
    "softmax": Softmax,
    "log-softmax": LogSoftmax,
    "log-sum-exp": LogSumExp,
    "sgd": SGD,
    "adam": Adam,
    "adamw": AdamW,
}
#: Options that are not on or off, and what they may be.
CHOICES = {"reduction": ("mean", "sum", "none"), "targets": ("indices", "probabilities")}


def options_of(subject: type[Subject]) -> list[str]:
    return [each.name for each in fields(subject)]  # type: ignore[arg-type]


def flag(name: str) -> str:
    """An option of a subject as the command spells it."""
    return f"--{name.replace('_', '-')}"


def subject_options() -> list[Option]:
    """An option of the command for each option of any subject."""
    owners: dict[str, list[str]] = {}
    for key, subject in SUBJECTS.items():
        for name in options_of(subject):
            owners.setdefault(name, []).append(key)
    return [_option(name, owners[name]) for name in sorted(owners)]


def _option(name: str, owners: list[str]) -> Option:
    words = Words(f"用于 {'、'.join(owners)}", f"for {', '.join(owners)}")
    return Option(flag(name), words, accepted=CHOICES.get(name, ()))
