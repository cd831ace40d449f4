"""Heat maps: a matrix as numbers on colours that tell their sign and size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from ..wording import LANGUAGES, Words
from .figure import Figure
from .frame import GROWTH, MARGIN, SIZE, TITLE_SIZE, WIDTH
from .legend import KEYWORD
from .pairs import Pair, numbers, pair, pair_or_name, shape
from .scales import signed
from .svg import add, drawing, write
from .text import ACCENT, BAD, CARD, INK, LINE, Line, text_width

HEIGHT, WIDEST = 32, 120
#: How opaque the colour of the largest entry is: more, and the number on it is hard to read.
STRONGEST = 0.42
MOST = 400
GAP = 18


@dataclass(frozen=True)
class _Matrix:
    entries: tuple[tuple[float, ...], ...]
    digits: int

    @property
    def largest(self) -> float:
        return max((abs(entry) for row in self.entries for entry in row if math.isfinite(entry)), default=0)

    def text(self, entry: float) -> str:
        if math.isnan(entry):
            return "NaN"
        return signed(f"{entry:.{self.digits}f}") if math.isfinite(entry) else "∞" if entry > 0 else "−∞"

    def strength(self, entry: float) -> float:
        return STRONGEST * abs(entry) / self.largest if self.largest and math.isfinite(entry) else 0


def heat_map(
    matrix: Sequence[Sequence[float]],
    *,
    rows: Sequence[str | Pair],
    columns: Sequence[str | Pair],
    title: Pair,
    alt: Pair,
    row_label: Pair | None = None,
    column_label: Pair | None = None,
    digits: int = 2,
) -> Figure:
    """Return a matrix of shape (R, C) as coloured cells, each with its number: one colour above 0, another below.

    `rows` (R of them) and `columns` (C) are names, or pairs (zh, en); other words are pairs. `digits` is how many are
    shown after the point. Entries that are not finite have a dashed rim. Raises ValueError where lengths differ or
    there are more than 400 entries.
    """
    entries = tuple(numbers(row, f"row {place + 1} of the matrix") for place, row in enumerate(matrix))
    if not rows or not columns or len(entries) != len(rows) or any(len(row) != len(columns) for row in entries):
        raise ValueError(
            f"heat_map() was given {shape(entries)}, with {len(rows)} names of rows "
            f"and {len(columns)} of columns. Give a matrix of shape (R, C), R rows and C columns."
        )
    if len(entries) * len(columns) > MOST:
        raise ValueError(f"heat_map() draws at most {MOST} entries; this matrix has {len(entries) * len(columns)}.")
    names = [pair_or_name(name, "rows") for name in rows], [pair_or_name(name, "columns") for name in columns]
    said = {"title": pair(title, "title"), "alt": pair(alt, "alt")}
    axes = {"row_label": row_label, "column_label": column_label}
    said |= {name: pair(given, name) for name, given in axes.items() if given is not None}
    drawn = {lang: _draw(_Matrix(entries, digits), *names, said, lang) for lang in LANGUAGES}
    return Figure(drawn, {lang: said["alt"][lang] for lang in LANGUAGES}, dict.fromkeys(LANGUAGES, ""))


def _draw(matrix: _Matrix, rows: list[Words], columns: list[Words], said: dict[str, Words], lang: str) -> str:
    texts = [matrix.text(entry) for row in matrix.entries for entry in row] + [column[lang] for column in columns]
    name_width = max(text_width(row[lang], SIZE) for row in rows) + 8
    least = max(text_width(text, SIZE) for text in texts) + 12
    width = max(WIDTH, 2 * MARGIN + name_width + least * len(columns))
    cell = min(max(least, WIDEST), (width - 2 * MARGIN - name_width) / len(columns))
    left = MARGIN + name_width

    title = Line(said["title"][lang], TITLE_SIZE, INK, bold=True).wrapped(width - 2 * MARGIN)
    top = len(title) * 1.5 * TITLE_SIZE + 4
    axes = [f"{mark} {said[name][lang]}" for name, mark in (("row_label", "↓"), ("column_label", "→")) if name in said]
    rows_of_words = _in_rows([Line(axis, SIZE) for axis in axes], width - 2 * MARGIN)
    cells_top = top + (len(rows_of_words) + 1) * 1.5 * SIZE + 4

    height = cells_top + HEIGHT * len(rows) + MARGIN
    svg = drawing(width, height, lang, said["title"][lang], said["alt"][lang], GROWTH)
    for place, line in enumerate(title):
        write(svg, line, MARGIN, (1.1 + 1.5 * place) * TITLE_SIZE, "start")
    for place, words in enumerate(rows_of_words):
        x = float(MARGIN)
        for line in words:
            write(svg, line, x, top + (1.1 + 1.5 * place) * SIZE, "start")
            x += line.width + GAP
    for place, name in enumerate(columns):
        write(svg, Line(name[lang], SIZE), left + (place + 0.5) * cell, cells_top - 6, "middle")
    for place, (name, row) in enumerate(zip(rows, matrix.entries, strict=True)):
        y = cells_top + place * HEIGHT
        write(svg, Line(name[lang], SIZE), left - 8, y + HEIGHT / 2 + 0.35 * SIZE, "end")
        for column, entry in enumerate(row):
            _draw_cell(svg, matrix, entry, left + column * cell, y, cell, (place, column))
    return ET.tostring(svg, encoding="unicode")


def _in_rows(lines: list[Line], width: float) -> list[list[Line]]:
    """All beside one another where they fit, or else below one another."""
    if sum(line.width for line in lines) + GAP * (len(lines) - 1) <= width:
        return [lines] if lines else []
    return [[part] for line in lines for part in line.wrapped(width)]


def _draw_cell(
    svg: ET.Element, matrix: _Matrix, entry: float, x: float, y: float, width: float, at: tuple[int, int]
) -> None:
    group = add(svg, "g", data_cell=f"{at[0]}-{at[1]}")
    box = {"x": x + 1, "y": y + 1, "width": width - 2, "height": HEIGHT - 2, "rx": 3}
    add(group, "rect", **box, fill=CARD, stroke=LINE, stroke_width="1")
    if math.isfinite(entry):
        colour = ACCENT if entry >= 0 else KEYWORD
        add(group, "rect", **box, fill=colour, fill_opacity=f"{matrix.strength(entry):.3f}")
    else:
        add(group, "rect", **box, fill="none", stroke=BAD, stroke_width="1.5", stroke_dasharray="4 3")
    line = Line(matrix.text(entry), SIZE, INK if math.isfinite(entry) else BAD)
    write(group, line, x + width / 2, y + HEIGHT / 2 + 0.35 * SIZE, "middle")
