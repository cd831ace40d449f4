"""How curves are told apart, by colour and by shape, and the legend that says which is which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from .svg import add, write
from .text import ACCENT, BAD, CARD, INK, SOFT, Line

STRING, KEYWORD = "var(--gl-string, #c07a1a)", "var(--gl-keyword, #8f6fd0)"
COLOURS = (ACCENT, STRING, KEYWORD, BAD, SOFT)
STYLES = ("line", "dashed", "points")
#: What is drawn around (0, 0) as the marker of each curve: a disc, a square, a triangle, a diamond, a cross.
SHAPES = (
    "M-3.4 0a3.4 3.4 0 1 0 6.8 0a3.4 3.4 0 1 0 -6.8 0z",
    "M-3 -3h6v6h-6z",
    "M0 -4L3.8 2.8H-3.8z",
    "M0 -4.4L4.4 0L0 4.4L-4.4 0z",
    "M-3 -3L3 3M-3 3L3 -3",
)
KEY, GAP, SIZE = 28, 7, 13


@dataclass(frozen=True)
class Look:
    """The looks of one curve: `place` chooses colour and marker."""

    place: int
    style: str = "line"
    marked: bool = False  # are there markers on a line?

    @property
    def colour(self) -> str:
        return COLOURS[self.place]

    def draw_line(self, parent: ET.Element, d: str) -> None:
        dash = {"stroke_dasharray": "7 4"} if self.style == "dashed" else {}
        line = {"fill": "none", "stroke": self.colour, "stroke_width": "2", "stroke_linejoin": "round"}
        add(parent, "path", d=d, **line, **dash)

    def draw_marker(self, parent: ET.Element, x: float, y: float) -> None:
        """The marker, with a rim of the page's colour so that markers that overlap stay apart."""
        cross = self.place == len(SHAPES) - 1
        paint = {"fill": "none", "stroke": self.colour, "stroke_width": "2"}
        if not cross:
            paint = {"fill": self.colour, "stroke": CARD, "stroke_width": "0.8"}
        add(
            parent,
            "path",
            data_marker=str(self.place),
            transform=f"translate({x:.1f} {y:.1f})",
            d=SHAPES[self.place],
            **paint,
        )


def looks(styles: Sequence[str]) -> list[Look]:
    """A look for each curve; lines in the same style have markers on them."""
    return [Look(place, style, styles.count(style) > 1) for place, style in enumerate(styles)]


@dataclass(frozen=True)
class Legend:
    """Keys and labels in rows, as many to a row as fit."""

    entries: Sequence[tuple[Look, str]]
    width: float

    @property
    def rows(self) -> list[list[tuple[Look, list[Line]]]]:
        rows: list[list[tuple[Look, list[Line]]]] = []
        free = 0.0
        for look, label in self.entries:
            lines = Line(label, SIZE, INK).wrapped(self.width - KEY - GAP)
            needed = _width(lines) + 2 * GAP
            if not rows or free < needed:
                rows.append([])
                free = self.width + 2 * GAP
            rows[-1].append((look, lines))
            free -= needed
        return rows

    @property
    def height(self) -> float:
        return sum(_height(row) for row in self.rows)

    def draw(self, svg: ET.Element, x: float, y: float) -> None:
        """With its upper left corner at (x, y)."""
        group = add(svg, "g", data_part="legend")
        for row in self.rows:
            left = x
            for look, lines in row:
                middle = y + 0.75 * SIZE
                if look.style != "points":
                    look.draw_line(group, f"M{left:.1f} {middle:.1f}h{KEY}")
                if look.style == "points" or look.marked:
                    look.draw_marker(group, left + KEY / 2, middle)
                for place, line in enumerate(lines):
                    write(group, line, left + KEY + GAP, y + 1.1 * SIZE + place * line.height, "start")
                left += _width(lines) + 2 * GAP
            y += _height(row)


def _width(lines: list[Line]) -> float:
    return KEY + GAP + max(line.width for line in lines)


def _height(row: list[tuple[Look, list[Line]]]) -> float:
    return max(len(lines) for _, lines in row) * 1.5 * SIZE
