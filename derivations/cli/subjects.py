"""What can be derived, by the names the command has for it, and the options of each."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from ..losses import ElasticNet, L1Penalty, L2Penalty, Loss
from ..losses.declared import Option as Declared
from ..losses.registry import registered, spelled
from ..operations import Operation
from ..operations import registered as registered_operations
from ..optimizers import SGD, Adam, AdamW
from ..options import Choice
from ..softmax import LogSoftmax, LogSumExp, Softmax
from ..subject import Subject
from ..wording import Words
from .arguments import Given, Option, not_a_value, not_an_option

OTHERS: dict[str, type[Subject]] = {
    **{spelled(each): each for each in (L2Penalty, L1Penalty, ElasticNet, Softmax, LogSoftmax, LogSumExp, SGD, Adam)},
    "adamw": AdamW,
}


def criteria() -> dict[str, type[Loss]]:
    """The criteria there are, by the names the command has for them."""
    return {spelled(each): each for each in registered()}


def subjects() -> dict[str, type[Subject]]:
    """What can be shown, but for torch's operations."""
    return {**criteria(), **OTHERS}


def operations() -> dict[str, type[Operation]]:
    """Torch's operations by the names the command has for them; one that something else has is lengthened."""
    taken = subjects()
    named = registered_operations().items()
    return {f"{key}-operation" if key in taken else key: kind for key, kind in named}


def everything() -> dict[str, type[Subject]]:
    """Everything that can be shown."""
    return {**criteria(), **operations(), **OTHERS}


def declared(subject: type[Subject]) -> dict[str, Declared]:
    """What a criterion declares of its options, by their names; nothing of what is no criterion."""
    return {each.name: each for each in subject.declared} if issubclass(subject, Loss) else {}


def options_of(subject: type[Subject]) -> list[str]:
    """The options there is a choice of, by their names."""
    fixed = [name for name, each in declared(subject).items() if each.always]
    return [each.name for each in fields(subject) if each.name not in fixed]  # type: ignore[arg-type]


def flag(name: str) -> str:
    """An option of a subject as the command spells it."""
    return f"--{name.replace('_', '-')}"


def flags_of(subject: type[Subject]) -> dict[str, str]:
    """By its flag, the name of each option: --no-log-input of a criterion's that is in use where nothing is said."""
    usual = {each.name: each.default for each in fields(subject)}  # type: ignore[arg-type]
    known = options_of(subject) if issubclass(subject, Operation) else declared(subject)
    off = {name for name in known if usual[name] is True}
    return {flag(f"no_{name}" if name in off else name): name for name in options_of(subject)}


def chosen(subject: type[Subject], given: Given) -> dict[str, Any]:
    """The fields that a command line gives. Raises WrongUse for an option that the subject does not have."""
    of_subject = flags_of(subject)
    for each in subject_options():
        if each.name in given and each.flag not in of_subject:
            raise not_an_option(each.flag, given["subject"], [*of_subject])
    found: dict[str, Any] = {}
    for spelled_, name in of_subject.items():
        if (key := spelled_.removeprefix("--").replace("-", "_")) in given:
            found[name] = given[key] if key == name else False
            accepted = choices(subject, name)
            if accepted and found[name] not in accepted:
                raise not_a_value(spelled_, found[name], accepted)
    return {name: valued(subject, name, value) for name, value in found.items()}


def valued(subject: type[Subject], name: str, given: Any) -> Any:
    """The value of a choice that was given as a word; anything else as it is."""
    option = declared(subject).get(name)
    return next((each for each in option.fields if str(each) == given), given) if option is not None else given


def choices(subject: type[Subject], name: str) -> tuple[str, ...]:
    """What an option may be, where it is not on or off, or any number."""
    if issubclass(subject, Operation):
        return subject.choices.get(name, ())
    if not issubclass(subject, Loss):
        return ()
    if name in ("reduction", "targets"):
        return subject.reductions if name == "reduction" else subject.kinds_of_targets
    option = declared(subject).get(name)
    return tuple(map(str, option.kind.values)) if option is not None and isinstance(option.kind, Choice) else ()


def subject_options() -> list[Option]:
    """An option of the command for each option of any subject."""
    owners: dict[tuple[str, str], list[str]] = {}
    for key, subject in everything().items():
        for spelled_, name in flags_of(subject).items():
            owners.setdefault((spelled_, name), []).append(key)
    return [_option(spelled_, name, owners[spelled_, name]) for spelled_, name in sorted(owners)]


def _option(spelled_: str, name: str, owners: list[str]) -> Option:
    words = Words(f"用于 {'、'.join(owners)}", f"for {', '.join(owners)}")
    known = everything()
    accepted = (value for key in owners for value in choices(known[key], name))
    any_number = any(name in getattr(known[key], "any_number", ()) for key in owners)
    return Option(spelled_, words, "NUMBER" if any_number else "|".join(dict.fromkeys(accepted)))
