"""The help in either language: what a command takes, in columns that fit the terminal; examples; exit codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..display.colour import NO_COLOUR, Colour
from ..words import Words, wide
from .arguments import Command, Option

ABOUT = Words(
    "线性模型的梯度：一行一行推出来，再和 torch 对账。",
    "Gradients of linear models: derived line by line, certified against torch.",
)
USAGE, EXAMPLES, EXIT_CODES = Words("用法：", "usage: "), Words("例子", "examples"), Words("退出码", "exit codes")
COMMAND, COMMANDS = Words("命令", "COMMAND"), Words("命令", "commands")
OPTION, OPTIONS = Words("选项", "OPTIONS"), Words("选项", "options")
NAME, NAMES = Words("名字", "NAME"), Words("名字", "names")
CODES = {
    "0": Words("一切正常", "all is well"),
    "1": Words("有不一致，或者没能做完", "a disagreement, or it could not be finished"),
    "2": Words("用法不对", "wrong use"),
    "3": Words("没有不一致，但有看不出对错的", "no disagreement, but something that cannot be told"),
    "130": Words("被 Ctrl-C 中断", "interrupted by Ctrl-C"),
}
#: A first column wider than this has a line of its own.
COLUMN = 24
#: What no line breaks in: a word, or one character of Han; and the punctuation that follows either.
_UNBROKEN = re.compile(r"\s+|(?:[\u4e00-\u9fff]|[^\s\u4e00-\u9fff，。；：、？]+)?[，。；：、？]*")
Rows = Iterable[tuple[str, str]]


def page(
    command: Command | None,
    commands: Mapping[str, Command],
    common: Sequence[Option],
    lang: str,
    columns: int = 80,
    colour: Colour = NO_COLOUR,
) -> str:
    """The help of one command; of them all for None."""

    def section(title: Words, rows: Rows) -> Iterator[str]:
        yield from ("", colour.title(f"{title[lang]}{'：' if lang == 'zh' else ':'}"))
        yield from _columns(list(rows), columns, colour)

    shown = [command] if command else list(commands.values())
    usage = [command.name, *_word(command, lang)] if command else [COMMAND[lang]]
    lines = [
        *_wrapped(_sentence(command.help[lang], lang) if command else ABOUT[lang], columns),
        "",
        f"{colour.title(USAGE[lang])}derivations {' '.join(usage)} [{OPTION[lang]}]",
    ]
    if command is None:
        lines += section(COMMANDS, ((each.name, each.help[lang]) for each in shown))
    elif command.subjects:
        lines += section(NAMES, [("", ("、" if lang == "zh" else ", ").join(command.subjects))])
        if command.of_more is not None:
            lines += _columns([("", command.of_more[lang])], columns, colour)
    options = (*command.options, *common) if command else common
    lines += section(OPTIONS, ((_form(each), each.help[lang]) for each in options))
    lines += section(EXAMPLES, [])
    for line, words in (example for command in shown for example in command.examples.items()):
        lines += [f"  {colour.quiet(f'# {words[lang]}')}", f"  {line}"]
    lines += section(EXIT_CODES, ((code, words[lang]) for code, words in CODES.items()))
    return "\n".join(lines)


def _word(command: Command, lang: str) -> list[str]:
    """What stands beside the command's name."""
    return [NAME[lang]] if command.subjects else [f"[{command.place}]"] if command.place else []


def _form(option: Option) -> str:
    return f"{option.flag} {option.form}".rstrip()


def _sentence(text: str, lang: str) -> str:
    return f"{text[0].upper()}{text[1:]}{'。' if lang == 'zh' else '.'}"


def _columns(rows: Sequence[tuple[str, str]], columns: int, colour: Colour) -> Iterator[str]:
    """Names on the left, and what they are on the right of them all."""
    widest = max((len(name) for name, _ in rows if len(name) <= COLUMN), default=0)
    margin = 2 + widest + (2 if widest else 0)
    for name, text in rows:
        first, *others = _wrapped(text, columns - margin)
        beside = len(name) <= widest
        if not beside:
            others = [first, *others]
        yield f"  {colour.name(name)}" + (f"{'':<{margin - 2 - len(name)}}{first}" if beside else "")
        yield from (f"{'':<{margin}}{each}" for each in others)


def _wrapped(text: str, columns: int) -> list[str]:
    """Lines of at most so many columns, of which a character of Han takes two."""
    lines = [""]
    for part in _UNBROKEN.findall(text):
        if lines[-1] and wide(lines[-1] + part.rstrip()) > columns:
            lines[-1] = lines[-1].rstrip()
            lines.append("")
        lines[-1] += part if lines[-1] else part.lstrip()
    return lines
