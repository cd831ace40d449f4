"""A lesson's source: one percent file in which code exists once and prose exists twice, side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from mkdocs.exceptions import PluginError

from .languages import CODES
from .percent import Cell, read_percent

_NEGATIVE = re.compile(r"^-(?=\d)")  # prose has a real minus sign
_EXPRESSION = re.compile(
    r"\\\{\{|\{\{(?P<expression>(?:(?!\{\{|\}\}|\n\s*\n).)*)(?P<end>\}\})?",  # it ends with its paragraph at the latest
    re.DOTALL,
)


@dataclass(frozen=True)
class Code:
    """A code cell, and the line of the source file its marker stands on."""

    source: str
    line: int
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prose:
    """One passage, in both languages.

    `lines` says where each half begins; `twins` what each half says of the other as it was when somebody last compared
    the two, for `review`.
    """

    text: Mapping[str, str]
    lines: Mapping[str, int]
    twins: Mapping[str, str] = field(default_factory=dict)

    def braces(self) -> Iterator[tuple[re.Match[str], int]]:
        """All that begins with `{{` in either half, or with `\\{{`, and its line."""
        for code, text in self.text.items():
            for match in _EXPRESSION.finditer(text):
                yield match, self.lines[code] + 1 + text.count("\n", 0, match.start())

    def expressions(self) -> dict[str, int]:
        """Every `{{ expression }}` of either half, with the line it is first written on."""
        found: dict[str, int] = {}
        for match, line in self.braces():
            if match["expression"]:
                found.setdefault(match["expression"].strip(), line)
        return found

    def filled(self, language: str, values: Mapping[str, str]) -> str:
        """The half in `language`, with each expression replaced by its value and `\\{{` by `{{`."""

        def value(match: re.Match[str]) -> str:
            expression = match["expression"]
            return _NEGATIVE.sub("−", values[expression.strip()]) if expression else "{{"

        return _EXPRESSION.sub(value, self.text[language])


@dataclass(frozen=True)
class Lesson:
    """A parsed source file. `name` is its path from the project root, as error messages print it."""

    name: str
    cells: tuple[Code | Prose, ...]
    meta: Mapping[str, Any] = field(default_factory=dict)

    def steps(self) -> Iterator[Code | Prose]:
        """The cells that need a Python process: code, and prose that prints values."""
        return (cell for cell in self.cells if isinstance(cell, Code) or cell.expressions())

    def as_json(self) -> dict[str, Any]:
        """For a cache: parsing takes longer than all else that a build does with a lesson that has not changed."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Lesson:
        """The lesson that `as_json` wrote."""
        cells = (
            Code(**{**cell, "tags": tuple(cell["tags"])}) if "source" in cell else Prose(**cell)
            for cell in value["cells"]
        )
        return cls(value["name"], tuple(cells), value["meta"])


def read_lesson(text: str, name: str) -> Lesson:
    """Parse a percent file, or say which line of it breaks the rules."""
    meta, cells = read_percent(text, name)
    return Lesson(name=name, cells=tuple(_paired(cells, name)), meta=meta)


def _paired(cells: list[Cell], name: str) -> Iterator[Code | Prose]:
    waiting: Cell | None = None
    for cell in cells:
        if not cell.markdown:
            if waiting:
                break
            yield Code(cell.source, cell.line, cell.tags)
        elif cell.options.get("lang") not in CODES:
            raise PluginError(f'{name}:{cell.line}: a markdown cell must say lang="zh" or lang="en".')
        elif waiting is None:
            waiting = cell
        elif waiting.options["lang"] == cell.options["lang"]:
            break
        else:
            pair = {half.options["lang"]: half for half in (waiting, cell)}
            yield _checked(
                Prose(
                    text={code: half.source for code, half in pair.items()},
                    lines={code: half.line for code, half in pair.items()},
                    twins={code: half.options["twin"] for code, half in pair.items() if "twin" in half.options},
                ),
                name,
            )
            waiting = None
    if waiting:
        written = waiting.options["lang"]
        (missing,) = CODES - {written}
        raise PluginError(
            f'{name}:{waiting.line}: this lang="{written}" cell is not followed by its lang="{missing}" half. '
            "Prose stands in adjacent pairs, so that the two languages cannot drift apart."
        )


def _checked(prose: Prose, name: str) -> Prose:
    for match, line in prose.braces():
        if match["expression"] is not None and not (match["end"] and match["expression"].strip()):
            what = "is empty" if match["end"] else "is not closed by `}}` in its paragraph"
            raise PluginError(
                f"{name}:{line}: this `{{{{` {what}. An expression is written like `{{{{ loss.item():.4f }}}}`, and "
                "two braces that are none like `\\{{`."
            )
    return prose
