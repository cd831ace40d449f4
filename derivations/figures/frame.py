"""What charts and contour maps stand in: a title, a legend, and a frame with two axes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.etree import ElementTree as ET

from ..wording import Words
from .legend import Legend, Look
from .scales import Scale, Tick
from .svg import add, drawing, write
from .text import CARD, INK, LINE, SOFT, Line

#: At this width, text of 13 is 11 px high on the narrowest phones; elsewhere a drawing grows up to GROWTH times.
WIDTH, GROWTH = 384, 1.25
SIZE, TITLE_SIZE = 13, 14
MARGIN = 3


@dataclass(frozen=True)
class Frame:
    left: float
    top: float
    width: float
    height: float
    x: Scale
    y: Scale

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where in the drawing the point (x, y) of the data lies."""
        return self.left + self.width * self.x.part(x), self.bottom - self.height * self.y.part(y)


@dataclass(frozen=True)
class Sheet:
    """The words around a frame, in one language."""

    lang: str
    said: Mapping[str, Words]  # "title", "alt", "x_label" and "y_label"
    legend: Sequence[tuple[Look, str]] = ()

    def drawn(self, x: Scale, y: Scale, ratio: float) -> tuple[ET.Element, Frame]:
        """A drawing with everything around the frame, which is `ratio` as high as it is wide."""
        legend = Legend(self.legend, WIDTH - 2 * MARGIN)
        title = Line(self.said["title"][self.lang], TITLE_SIZE, INK, bold=True).wrapped(WIDTH - 2 * MARGIN)
        above = Line(self.said["y_label"][self.lang], SIZE).wrapped(WIDTH - 2 * MARGIN)
        below = Line(self.said["x_label"][self.lang], SIZE).wrapped(WIDTH - 2 * MARGIN)
        line = 1.5 * SIZE
        legend_top = len(title) * 1.5 * TITLE_SIZE + 3
        words_top = legend_top + legend.height + (5 if self.legend else 0)
        y_ticks = y.ticks(6)
        left = MARGIN + max(tick.width(SIZE) for tick in y_ticks) + 7
        width = WIDTH - left - 12
        frame = Frame(left, words_top + len(above) * line + 7, width, ratio * width, x, y)
        height = frame.bottom + 7 + (1 + len(below)) * line + MARGIN

        title_words, alternative = self.said["title"][self.lang], self.said["alt"][self.lang]
        svg = drawing(WIDTH, height, self.lang, title_words, alternative, GROWTH)
        for place, text in enumerate(title):
            write(svg, text, MARGIN, (1.1 + 1.5 * place) * TITLE_SIZE, "start")
        legend.draw(svg, MARGIN, legend_top)
        for place, text in enumerate(above):
            write(svg, text, MARGIN, words_top + 1.1 * SIZE + place * line, "start")
        for place, text in enumerate(below):
            write(svg, text, frame.right, frame.bottom + 7 + 1.1 * SIZE + (1 + place) * line, "end")
        panel = _panel(frame)
        add(svg, "rect", fill=CARD, **panel)
        _draw_axes(svg, frame, y_ticks)
        add(svg, "rect", data_part="frame", fill="none", stroke=SOFT, stroke_width="1", **panel)
        return svg, frame


def _panel(frame: Frame) -> dict[str, float]:
    return {"x": frame.left, "y": frame.top, "width": frame.width, "height": frame.height}


def _draw_axes(svg: ET.Element, frame: Frame, y_ticks: list[Tick]) -> None:
    group = add(svg, "g", data_axis="y")
    for tick in y_ticks:
        y = frame.bottom - frame.height * frame.y.part(tick.value)
        length = frame.width if tick.label else 4
        add(group, "path", d=f"M{frame.left:.1f} {y:.1f}h{length:.1f}", stroke=LINE, stroke_width="1")
        if tick.label:
            write(group, Line(tick.label, SIZE), frame.left - 6, y + 0.35 * SIZE, "end")
    group = add(svg, "g", data_axis="x")
    for tick in _fitting(frame):
        x = frame.left + frame.width * frame.x.part(tick.value)
        length = frame.height if tick.label else 4
        add(group, "path", d=f"M{x:.1f} {frame.bottom:.1f}v{-length:.1f}", stroke=LINE, stroke_width="1")
        if tick.label:
            half = tick.width(SIZE) / 2
            centre = min(max(x, half + MARGIN), WIDTH - MARGIN - half)
            write(group, Line(tick.label, SIZE), centre, frame.bottom + 6 + SIZE, "middle")


def _fitting(frame: Frame) -> list[Tick]:
    """As many ticks, up to seven, as leave their labels apart."""
    for most in range(7, 1, -1):
        ticks = frame.x.ticks(most)
        labelled = sorted((frame.width * frame.x.part(t.value), t.width(SIZE)) for t in ticks if t.label)
        gaps = (b[0] - b[1] / 2 - a[0] - a[1] / 2 for a, b in pairwise(labelled))
        if all(gap >= 10 for gap in gaps):
            break
    return ticks


def pieces(places: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    """The runs between the gaps."""
    runs: list[list[tuple[float, float]]] = [[]]
    for place in places:
        if place is None:
            runs.append([])
        else:
            runs[-1].append(place)
    return [run for run in runs if run]


def polyline(run: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in run)


def finite(x: float, y: float) -> bool:
    return math.isfinite(x) and math.isfinite(y)
