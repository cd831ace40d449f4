"""A lesson's source: one percent file in which code exists once and prose exists twice, side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import jupytext
import yaml
from mkdocs.exceptions import PluginError

from .languages import CODES

_MARKER = re.compile(r"#\s*%%(\s|$)")
_NEGATIVE = re.compile(r"^-(?=\d)")  # prose has a real minus sign
_EXPRESSION = re.compile(r"\\\{\{|\{\{(?P<expression>.+?)\}\}", re.DOTALL)


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

    def expressions(self) -> dict[str, int]:
        """Every `{{ expression }}` of either half, with the line it is first written on."""
        found: dict[str, int] = {}
        for code, text in self.text.items():
            for match in _EXPRESSION.finditer(text):
                if expression := match["expression"]:
                    line = self.lines[code] + 1 + text.count("\n", 0, match.start())
                    found.setdefault(expression.strip(), line)
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
    cells = [cell for cell in jupytext.reads(text, fmt="py:percent").cells if cell.source.strip()]
    meta: dict[str, Any] = {}
    if cells and cells[0].cell_type == "raw":
        meta = _header(cells.pop(0).source, name)
    return Lesson(name=name, cells=tuple(_paired(cells, _lines(text, cells, name), name)), meta=meta)


def _header(source: str, name: str) -> dict[str, Any]:
    try:
        meta = yaml.safe_load(source.strip().strip("-"))
    except yaml.YAMLError as error:
        raise PluginError(f"{name}: the header is not YAML: {error}") from None
    if not isinstance(meta, dict):
        raise PluginError(f"{name}: the header must hold `key: value` lines, e.g. `title: {{zh: …, en: …}}`.")
    return meta


def _lines(text: str, cells: list[Any], name: str) -> list[int]:
    """The line of each cell's marker. jupytext does not tell; it does keep the order."""
    lines = text.splitlines()
    markers = [number for number, line in enumerate(lines, 1) if _MARKER.match(line)]
    ends = [*markers[1:], len(lines) + 1]
    # A marker with nothing below it makes an empty cell, which was left out above.
    filled = [a for a, b in zip(markers, ends, strict=True) if any(line.strip(" #") for line in lines[a : b - 1])]
    if len(filled) != len(cells):
        raise PluginError(
            f"{name}: {len(filled)} `# %%` markers but {len(cells)} cells. Every cell begins with a line "
            "`# %%`, and no string in a cell may hold such a line."
        )
    return filled


def _paired(cells: list[Any], lines: list[int], name: str) -> Iterator[Code | Prose]:
    waiting: tuple[Any, int] | None = None
    for cell, line in zip(cells, lines, strict=True):
        if cell.cell_type == "code":
            if waiting:
                break
            yield Code(cell.source, line, tuple(cell.metadata.get("tags", ())))
        elif cell.metadata.get("lang") not in CODES:
            raise PluginError(f'{name}:{line}: a markdown cell must say lang="zh" or lang="en".')
        elif waiting is None:
            waiting = cell, line
        elif waiting[0].metadata["lang"] == cell.metadata["lang"]:
            break
        else:
            pair = {waiting[0].metadata["lang"]: waiting, cell.metadata["lang"]: (cell, line)}
            yield Prose(
                text={code: half.source for code, (half, _) in pair.items()},
                lines={code: at for code, (_, at) in pair.items()},
                twins={code: half.metadata["twin"] for code, (half, _) in pair.items() if "twin" in half.metadata},
            )
            waiting = None
    if waiting:
        written = waiting[0].metadata["lang"]
        (missing,) = CODES - {written}
        raise PluginError(
            f'{name}:{waiting[1]}: this lang="{written}" cell is not followed by its lang="{missing}" half. '
            "Prose stands in adjacent pairs, so that the two languages cannot drift apart."
        )
