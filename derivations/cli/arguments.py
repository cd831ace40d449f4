"""Reads a command line: options by their whole names, in any order; and says what is wrong in the reader's language.

argparse says it in English alone, in words that change from one Python to the next, and aligns Chinese wrongly.
"""

from __future__ import annotations

import math
import unicodedata
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from ..wording import Words

Given = dict[str, Any]


class WrongUse(Exception):
    """What was given, what is accepted, what to do: on one line, whatever was given."""

    def __init__(self, zh: str, en: str) -> None:
        self.words = Words(on_one_line(zh), on_one_line(en))
        super().__init__(self.words["en"])


def on_one_line(text: str) -> str:
    """With escapes for signs that move a terminal's cursor, or change its colours."""
    return "".join(repr(sign)[1:-1] if unicodedata.category(sign) == "Cc" else sign for sign in text)


@dataclass(frozen=True)
class Option:
    """`accepted` are its values, or `value` stands for any in the help; an option without either is on or off."""

    flag: str
    help: Words
    value: str = ""
    accepted: tuple[str, ...] = ()
    read: Callable[[str], Any] = str

    @property
    def form(self) -> str:
        """How its value is written in the help."""
        return self.value or "|".join(self.accepted)

    @property
    def name(self) -> str:
        return self.flag.removeprefix("--").replace("-", "_")


@dataclass(frozen=True)
class Command:
    """What one command takes beside its options: one of `subjects`, or of `more`, which are too many to be named and
    which `of_more` speaks of; or, where `place` says what, one word of any kind, which may be left out.
    """

    name: str
    run: Callable[[Given, str], int]
    help: Words
    examples: Mapping[str, Words]
    options: tuple[Option, ...] = ()
    subjects: tuple[str, ...] = ()
    place: str = ""
    more: tuple[str, ...] = ()
    of_more: Words | None = None

    @property
    def takes_a_word(self) -> bool:
        return bool(self.subjects or self.place)


def parse(arguments: Sequence[str], commands: Mapping[str, Command], common: Sequence[Option]) -> tuple[Command, Given]:
    """The command and what was given by name; the subject, where there is one, as "subject". Raises WrongUse."""
    known = _known(arguments, commands, common)
    left, only_words = deque(arguments), False
    words: list[str] = []
    options: Given = {}
    while left:
        word = left.popleft()
        if word == "--" and not only_words:
            only_words = True
        elif word.startswith("-") and not only_words:
            flag, equals, value = word.partition("=")
            if flag not in known:
                raise _no_option(flag, _flags(commands[words[0]], common) if words else list(known), words)
            options[flag] = _value(known[flag], value if equals else None, left)
        else:
            words.append(word)
            _check(words, commands, known)
    if not words:
        raise WrongUse(
            f"没有给出命令。可用：{'、'.join(commands)}。帮助：derivations --help",
            f"no command was given. Accepted: {', '.join(commands)}. Help: derivations --help",
        )
    command = commands[words[0]]
    if command.subjects and len(words) == 1:
        raise WrongUse(
            f"{command.name} 后面要写名字。可用：{'、'.join(command.subjects)}。",
            f"{command.name} needs a name. Accepted: {', '.join(command.subjects)}.",
        )
    for flag in options:
        if flag not in (accepted := _flags(command, common)):
            raise not_an_option(flag, command.name, accepted)
    given = {known[flag].name: value for flag, value in options.items()}
    return command, {**given, "subject": words[1]} if len(words) > 1 else given


def _known(arguments: Sequence[str], commands: Mapping[str, Command], common: Sequence[Option]) -> dict[str, Option]:
    """Every option by its flag; where commands mean different things by one, that of the command named first."""
    named = [commands[each] for each in arguments if each in commands][:1]
    return {option.flag: option for command in (*commands.values(), *named) for option in (*common, *command.options)}


def _flags(command: Command, common: Sequence[Option]) -> list[str]:
    return [each.flag for each in (*command.options, *common)]


def _check(words: Sequence[str], commands: Mapping[str, Command], options: Collection[str]) -> None:
    """Does the last of the words that are not options have a place?"""
    first, last = words[0], words[-1]
    if len(words) == 1:
        if first not in commands:
            meant = next((f"{each.name} {first}" for each in commands.values() if first in each.subjects), None)
            meant = f"--{first}" if f"--{first}" in options else meant
            raise _unknown(first, "命令", "a command", list(commands), meant)
    elif len(words) > 2 or not commands[first].takes_a_word:
        raise WrongUse(f"“{last}”是多出来的，{first} 用不着。", f"'{last}' is one word too many for {first}.")
    elif commands[first].subjects and last not in (*commands[first].subjects, *commands[first].more):
        near = nearest(last, commands[first].subjects) or nearest(last, commands[first].more)
        raise _unknown(last, "能推导的对象", "something that can be shown", commands[first].subjects, near)


def _value(option: Option, value: str | None, left: deque[str]) -> Any:
    """What an option is given: after its "=", or as the next word, which may begin with one dash but not with two."""
    flag, accepted = option.flag, option.accepted
    if not option.form:
        if value is not None:
            raise WrongUse(f"{flag} 不带值，写上就是启用。", f"{flag} takes no value: to name it is to use it.")
        return True
    if value is None and left and not left[0].startswith("--"):
        value = left.popleft()
    if not value:
        zh = f"。可用：{'、'.join(accepted)}。" if accepted else f"：{option.help['zh']}。"
        en = f". Accepted: {', '.join(accepted)}." if accepted else f": {option.help['en']}."
        raise WrongUse(f"{flag} 后面要写值{zh}", f"{flag} needs a value{en}")
    if accepted and value not in accepted:
        raise not_a_value(flag, value, accepted)
    return option.read(value)


def not_a_value(flag: str, value: str, accepted: Sequence[str]) -> WrongUse:
    return WrongUse(
        f"{flag} {value}：没有这个值。可用：{'、'.join(accepted)}。",
        f"{flag} {value}: there is no such value. Accepted: {', '.join(accepted)}.",
    )


def _unknown(given: str, zh: str, en: str, accepted: Sequence[str], meant: str | None = None) -> WrongUse:
    if near := meant or nearest(given, accepted):
        return WrongUse(f"“{given}”不是{zh}。是不是想写 {near}？", f"'{given}' is not {en}. Did you mean {near}?")
    return WrongUse(
        f"“{given}”不是{zh}。可用：{'、'.join(accepted)}。", f"'{given}' is not {en}. Accepted: {', '.join(accepted)}."
    )


def _no_option(flag: str, accepted: Sequence[str], words: Sequence[str]) -> WrongUse:
    help_page = " ".join(["derivations", *words[:1], "--help"])
    if near := nearest(flag, accepted):
        return WrongUse(f"没有选项 {flag}。是不是想写 {near}？", f"there is no option {flag}. Did you mean {near}?")
    return WrongUse(f"没有选项 {flag}。选项见 {help_page}。", f"there is no option {flag}. {help_page} lists them.")


def not_an_option(flag: str, owner: str, accepted: Sequence[str]) -> WrongUse:
    """For an option that belongs elsewhere."""
    return WrongUse(
        f"{flag} 不是 {owner} 的选项。可用：{'、'.join(accepted) or '无'}。",
        f"{flag} is not an option of {owner}. Accepted: {', '.join(accepted) or 'none'}.",
    )


def nearest(given: str, accepted: Sequence[str]) -> str | None:
    """What was probably meant: the only one that begins so, or one that is hardly different."""
    wanted = given.lower().replace("_", "-").lstrip("-")
    names = {each.lstrip("-"): each for each in accepted}  # dashes, which all options share, make none alike
    begin = [name for name in names if name.startswith(wanted)]
    close = begin if len(begin) == 1 else get_close_matches(wanted, names, 1)
    return names[close[0]] if close else None


def number(flag: str, low: float = -math.inf, high: float = math.inf) -> Callable[[str], float]:
    """Reads a number between the two."""

    def read(text: str) -> float:
        try:
            found = float(text)
        except ValueError:
            found = math.nan
        if not (math.isfinite(found) and low <= found <= high):
            zh, en = ("", "") if low == -math.inf else (f" {low:g} 到 {high:g} 之间的", f" from {low:g} to {high:g}")
            raise WrongUse(f"{flag} {text}：要写{zh or '一个'}数。", f"{flag} {text}: a number{en} is needed.")
        return found

    return read


def several(read: Callable[[str], Any]) -> Callable[[str], list[Any]]:
    """Reads a list with commas."""
    return lambda text: [read(each.strip()) for each in text.split(",")]


def whole(flag: str, least: int = 1) -> Callable[[str], int]:
    """Reads a whole number of at least `least`."""

    def read(text: str) -> int:
        try:
            found = int(text)
        except ValueError:
            found = least - 1
        if found < least:
            raise WrongUse(
                f"{flag} {text}：要写不小于 {least} 的整数。",
                f"{flag} {text}: a whole number is needed, {least} or more.",
            )
        return found

    return read


def label(text: str) -> int:
    """Reads a whole number of either sign."""
    try:
        return int(text)
    except ValueError:
        raise WrongUse(f"{text}：标签要写整数。", f"{text}: a label is a whole number.") from None
