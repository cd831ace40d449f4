"""The options of the criteria as `derivations check` takes them: with their values, where those are numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..losses import Loss
from ..losses.declared import Option as Declared
from ..losses.declared import Per
from ..options import AMOUNT, FLAG, LABEL, PART, POSITIVE, Choice
from ..wording import Words
from .arguments import Option, label, number, several
from .subjects import criteria, flag

OF_LOSS = Words("损失的选项", "an option of the criterion")
ON = Words("损失的选项，写上就是启用", "an option of the criterion, in use where it is named")
SMOOTHING = Words("损失的选项，0 到 1；用于公式时数值不起作用", "an option of the criterion, from 0 to 1")
NUMBER = Words("损失的选项，一个数；用于公式时数值不起作用", "an option of the criterion, a number")
WEIGHTS = Words("各类的权重，用逗号隔开", "a weight for each class, with commas")
IGNORED = Words("被忽略的标签", "the label that is ignored")
TARGETS = Words(
    "标签怎么给：类别编号、one-hot、概率；不写就先试编号，不行再试 one-hot",
    "labels as they are, in one-hot rows, or probabilities; if left out, labels, and one-hot rows where those fail",
)


def options_of_criteria() -> list[Option]:
    """An option of the command for each option of any criterion, and the reduction and the kind of targets."""
    reductions = dict.fromkeys(reduction for kind in criteria().values() for reduction in kind.reductions)
    declared = {option.name: option for kind in criteria().values() for option in kind.declared}
    return [
        Option("--targets", TARGETS, accepted=("indices", "one-hot", "probabilities")),
        Option("--reduction", OF_LOSS, accepted=tuple(reductions)),
        *map(_option, declared.values()),
    ]


def _option(of: Declared) -> Option:
    name = flag(of.name)
    if of.is_tensor:
        return Option(name, WEIGHTS, "NUMBERS", read=several(number(name)))
    if of.kind is LABEL:
        return Option(name, IGNORED, "LABEL", read=label)
    if of.kind is FLAG:
        return Option(name, ON)
    if isinstance(of.kind, Choice):
        return Option(name, OF_LOSS, accepted=tuple(map(str, of.kind.values)))
    if of.kind is PART:
        return Option(name, SMOOTHING, "NUMBER", read=number(name, 0, 1))
    return Option(name, NUMBER, "NUMBER", read=number(name, 0) if of.kind in (AMOUNT, POSITIVE) else number(name))


def fields_of(kind: type[Loss], given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a formula: a letter that is given a value is in use, whatever the value is."""
    letters = {each.name for each in kind.declared if each.letter}
    return {name: True if name in letters else value for name, value in given.items()}


def shaped_as_outputs(kind: type[Loss], given: Mapping[str, Any]) -> str | None:
    """An option that was given and has a number for each entry of the outputs, which no command line holds."""
    for each in kind.declared:
        if each.name in given and each.per is Per.ENTRY and not kind.broadcasts(each):
            return each.name
    return None
