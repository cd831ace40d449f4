"""Read a percent file: its header, and the cells between its markers, each with the line it begins on.

Whatever is not as it should be is an error that names its line: nothing that an author writes is passed over. jupytext,
which the format comes from, reads the same cells, but it tells no lines and takes what it does not know for code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from mkdocs.exceptions import PluginError

from .languages import CODES

FENCE = "# ---"
MARKERS = """`# %%`, `# %% tags=["hide-input"]`, `# %% [markdown] lang="zh"` and `# %% [markdown] lang="en"`"""

_ANY_MARKER = re.compile(r"\s*#\s*%%+(?=\s|$)")
_MARKER = re.compile(
    r'# ?%%(?P<markdown> \[markdown\])?(?P<options>(?: +(?:lang|twin)="[^"]*")*)(?: +tags=(?P<tags>\[.*\]))? *'
)
_OPTION = re.compile(r'(\w+)="([^"]*)"')
_MAGIC = re.compile(r"^# (?=%{1,2}[a-z]|!)", re.MULTILINE)  # what IPython alone understands is a comment in a .py file
_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x85\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True)
class Cell:
    """What follows a marker, and the line that the marker stands on."""

    source: str
    line: int
    markdown: bool
    options: dict[str, str]
    tags: tuple[str, ...]


def read_percent(text: str, name: str) -> tuple[dict[str, Any], list[Cell]]:
    """The header and the cells that are not empty, of which there is at least one."""
    if found := _UNREADABLE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise PluginError(
            f"{name}:{line}: the character U+{ord(found[0]):04X} is seen neither here nor on a page: write an escape."
        )
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    markers = [number for number, line in enumerate(lines) if _ANY_MARKER.match(line)]
    first, *_ = ends = [*markers, len(lines)]
    header = _header(lines[:first], name)
    pairs = zip(markers, ends[1:], strict=True)
    cells = [_cell(lines[start], lines[start + 1 : end], start + 1, name) for start, end in pairs]
    filled = [cell for cell in cells if cell.source.strip(" #\n")]
    if not filled:
        raise PluginError(f"{name}:1: this lesson is empty. A lesson has cells, which begin with {MARKERS}.")
    return header, filled


def _header(lines: Sequence[str], name: str) -> dict[str, Any]:
    """What stands before the first cell."""
    written = [number for number, line in enumerate(lines, 1) if line.strip()]
    if not written:
        return {}
    fences = [number for number in written if lines[number - 1].rstrip() == FENCE][:2]
    if fences == written[:1]:
        raise PluginError(f"{name}:{fences[0]}: the header that begins here does not end: a line `{FENCE}` is missing.")
    outside = [number for number in written if not fences or not fences[0] <= number <= fences[-1]]
    if outside:
        raise PluginError(
            f"{name}:{outside[0]}: this line stands in no cell. Cells begin with {MARKERS}; before the first there "
            f"can only be one header, between two lines `{FENCE}`."
        )
    source = "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines[fences[0] : fences[1] - 1])
    try:
        meta = yaml.safe_load(source)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = fences[0] + 1 + (mark.line if mark else 0)
        said = getattr(error, "problem", None) or error
        raise PluginError(f"{name}:{min(line, fences[1])}: the header is not YAML: {said}") from None
    return _checked(meta, f"{name}:{fences[0]}")


def _checked(meta: Any, where: str) -> dict[str, Any]:
    if not isinstance(meta, dict):
        raise PluginError(f"{where}: the header must hold `key: value` lines, e.g. `title: {{zh: …, en: …}}`.")
    try:
        json.dumps(meta, sort_keys=True)
    except (TypeError, ValueError) as error:  # a date, for instance, or a mapping within itself
        raise PluginError(f"{where}: the header may hold texts, numbers, lists and mappings: {error}.") from None
    for name in {"title", "description"} & set(meta):
        value = meta[name]
        texts = [value.get(code) for code in CODES] if isinstance(value, dict) else [value]
        if not all(isinstance(text, str) for text in texts):
            raise PluginError(f"{where}: `{name}` in the header must be a text, or `{{zh: …, en: …}}`: {value!r}.")
    if not isinstance(meta.get("hide", []), list):
        raise PluginError(f"{where}: `hide` in the header must be a list like `[toc]`: {meta['hide']!r}.")
    return meta


def _cell(marker: str, body: Sequence[str], line: int, name: str) -> Cell:
    match = _MARKER.fullmatch(marker)
    if not match:
        raise PluginError(
            f"{name}:{line}: `{marker.strip()}` is no marker of a cell. Those are {MARKERS}, from the line's first "
            "column on; no other line may begin with `# %%`, not even in a string."
        )
    options = dict(_OPTION.findall(match["options"]))
    try:
        tags = tuple(json.loads(match["tags"] or "[]"))
        if not all(isinstance(tag, str) for tag in tags):
            raise ValueError
    except ValueError:
        raise PluginError(f'{name}:{line}: tags are written like tags=["hide-input"], not {match["tags"]}.') from None
    if match["markdown"]:
        return Cell("\n".join(_uncommented(body, line, name)).rstrip(), line, True, options, tags)
    return Cell(_MAGIC.sub("", "\n".join(body)).strip("\n"), line, False, options, tags)


def _uncommented(body: Sequence[str], line: int, name: str) -> Iterator[str]:
    for number, text in enumerate(body, line + 1):
        if text.strip() and not text.startswith("#"):
            raise PluginError(
                f"{name}:{number}: every line of a markdown cell begins with `# `. If this is code, a line `# %%` is "
                "missing before it."
            )
        yield text.removeprefix("#").removeprefix(" ")
