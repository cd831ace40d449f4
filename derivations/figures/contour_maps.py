"""Contour maps: a function of two variables seen from above, with ways and places on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.etree import ElementTree as ET

from ..wording import LANGUAGES, Words
from .contours import contour
from .figure import Figure
from .frame import SIZE, Frame, Sheet, finite, pieces, polyline
from .labels import LabelSpace
from .legend import COLOURS, Look, looks
from .pairs import Pair, numbers, pair, shape
from .scales import LinearScale, number
from .svg import add, write
from .text import CARD, INK, SOFT, Line

MOST_LEVELS = 8
#: As far apart as the markers on a path are, at least.
APART = 7
FLATTEST, USUAL, TALLEST = 0.5, 0.75, 1.1


@dataclass(frozen=True)
class Path:
    """A way over a contour map: `points` is a sequence of (x, y), of shape (n, 2). `label` is a pair (zh, en).

    Points that are not finite break the line; what lies outside the map is not drawn.
    """

    points: Sequence[tuple[float, float]]
    label: Pair | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", tuple(_point(point, "a point of Path") for point in self.points))
        if not self.points:
            raise ValueError("Path has no points. Give at least one (x, y).")
        if self.label is not None:
            pair(self.label, "label")


@dataclass(frozen=True)
class Mark:
    """A place on a contour map: `point` is (x, y), and `label` a pair (zh, en) written beside it."""

    point: tuple[float, float]
    label: Pair | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "point", _point(self.point, "the point of Mark"))
        if self.label is not None:
            pair(self.label, "label")


def contour_map(
    x: Sequence[float],
    y: Sequence[float],
    values: Sequence[Sequence[float]],
    *,
    title: Pair,
    x_label: Pair,
    y_label: Pair,
    alt: Pair,
    paths: Sequence[Path] = (),
    marks: Sequence[Mark] = (),
) -> Figure:
    """Return the contours of `values[i][j]`, the value at (x[j], y[i]): a matrix of shape (len(y), len(x)).

    `x` and `y` increase. Words are pairs (zh, en); `alt` says what the picture shows. Up to five `paths` and any number
    of `marks` are drawn on it. One unit is as long upwards as sideways, unless that makes a map too flat or too tall.
    Raises ValueError where shapes differ or the values are all the same.
    """
    x, y = _increasing(x, "x"), _increasing(y, "y")
    grid = [numbers(row, f"values[{place}]") for place, row in enumerate(values)]
    if len(grid) != len(y) or any(len(row) != len(x) for row in grid):
        raise ValueError(
            f"contour_map() was given {len(x)} x and {len(y)} y, with {shape(grid)}. "
            "Give values of shape (len(y), len(x))."
        )
    if len(paths) > len(COLOURS):
        raise ValueError(f"contour_map() draws at most {len(COLOURS)} paths; {len(paths)} were given.")
    words = {"title": title, "x_label": x_label, "y_label": y_label, "alt": alt}
    said = {name: pair(given, name) for name, given in words.items()}
    lines = {level: contour(x, y, grid, level) for level in _levels(grid)}
    drawn = {lang: _draw(x, y, lines, paths, marks, said, lang) for lang in LANGUAGES}
    return Figure(drawn, {lang: said["alt"][lang] for lang in LANGUAGES}, dict.fromkeys(LANGUAGES, ""))


def _point(given: object, what: str) -> tuple[float, float]:
    point = numbers(given, what)
    if len(point) != 2:
        raise ValueError(f"{what} has {len(point)} numbers. Give two, (x, y).")
    return point[0], point[1]


def _increasing(given: Sequence[float], what: str) -> tuple[float, ...]:
    values = numbers(given, what)
    if len(values) < 2 or not all(a < b for a, b in pairwise(values)) or not all(map(math.isfinite, values)):
        raise ValueError(f"{what} does not increase. Give at least two finite values, each larger than the one before.")
    return values


def _levels(grid: Sequence[Sequence[float]]) -> list[float]:
    """Round numbers between the least and the largest value: in 1, 2, 5 steps where they span a decade, or evenly."""
    finite_ones = [value for row in grid for value in row if math.isfinite(value)]
    low, high = min(finite_ones, default=0.0), max(finite_ones, default=0.0)
    if low == high:
        raise ValueError("contour_map() was given no two different finite values, so there is no contour to draw.")
    if low < 0 or high < 10 * low:
        return [tick.value for tick in LinearScale(low, high).ticks(MOST_LEVELS) if low < tick.value < high]
    power = math.floor(math.log10(high))
    steps = [factor * 10.0**p for p in range(power, power - MOST_LEVELS, -1) for factor in (5, 2, 1)]
    return [level for level in steps if low < level < high][:MOST_LEVELS]


def _draw(
    x: Sequence[float],
    y: Sequence[float],
    lines: dict[float, list[list[tuple[float, float]]]],
    paths: Sequence[Path],
    marks: Sequence[Mark],
    said: dict[str, Words],
    lang: str,
) -> str:
    language = LANGUAGES.index(lang)
    dressed = list(zip(looks(["line"] * len(paths)), paths, strict=True))
    legend = [(Look(look.place, "line", True), path.label[language]) for look, path in dressed if path.label]
    true_ratio = (y[-1] - y[0]) / (x[-1] - x[0])
    ratio = true_ratio if FLATTEST <= true_ratio <= TALLEST else USUAL
    svg, frame = Sheet(lang, said, legend).drawn(LinearScale(x[0], x[-1]), LinearScale(y[0], y[-1]), ratio)
    inside = _clipped(svg, frame)
    for level, found in lines.items():
        for line in found:
            d = polyline([frame.place(*point) for point in line])
            add(inside, "path", data_level=f"{level:g}", d=d, fill="none", stroke=SOFT, stroke_opacity="0.6")

    space = LabelSpace(frame.left, frame.top, frame.right, frame.bottom)
    for look, path in dressed:
        space.keep_free(_draw_path(inside, look, path, frame))
    places = [frame.place(*mark.point) for mark in marks]
    for place in places:
        _draw_mark(inside, *place)
        space.take(place, 12, 12)
    for mark, place in zip(marks, places, strict=True):
        if mark.label:
            label = Line(mark.label[language], SIZE, INK, bold=True)
            _write_label(svg, label, space.beside(place, label.width + 4, SIZE + 2))
    placed = {level: [frame.place(*point) for line in found for point in line] for level, found in lines.items()}
    for level, points in placed.items():
        label = Line(number(level), SIZE)
        others = [point for other, found in placed.items() if other != level for point in found]
        if centre := space.on(points, others, label.width, SIZE):
            _write_label(svg, label, centre)
    return ET.tostring(svg, encoding="unicode")


def _write_label(svg: ET.Element, label: Line, centre: tuple[float, float]) -> None:
    width, height = label.width + 2, SIZE + 1
    box = {"x": centre[0] - width / 2, "y": centre[1] - height / 2, "width": width, "height": height}
    add(svg, "rect", fill=CARD, fill_opacity="0.85", **box)
    write(svg, label, centre[0], centre[1] + 0.35 * SIZE, "middle")


def _clipped(svg: ET.Element, frame: Frame) -> ET.Element:
    """A drawing in the drawing, in the same coordinates, that shows nothing outside the frame."""
    box = [f"{edge:.1f}" for edge in (frame.left, frame.top, frame.width, frame.height)]
    names = zip(("x", "y", "width", "height"), box, strict=True)
    return add(svg, "svg", **dict(names), viewBox=" ".join(box), overflow="hidden")


def _draw_path(parent: ET.Element, look: Look, path: Path, frame: Frame) -> list[list[tuple[float, float]]]:
    group = add(parent, "g", data_path=str(look.place))
    runs = pieces([frame.place(*point) if finite(*point) else None for point in path.points])
    for run in runs:
        if len(run) > 1:
            look.draw_line(group, polyline(run))
        last = None
        for place in run:
            if last is None or math.dist(place, last) >= APART:
                look.draw_marker(group, *place)
                last = place
    return runs


def _draw_mark(parent: ET.Element, x: float, y: float) -> None:
    """A cross, drawn over its own halo."""
    cross = f"M{x - 5:.1f} {y - 5:.1f}l10 10M{x - 5:.1f} {y + 5:.1f}l10 -10"
    group = add(parent, "g", data_part="mark")
    for colour, width in ((CARD, "5"), (INK, "2.2")):
        add(group, "path", d=cross, fill="none", stroke=colour, stroke_width=width)
