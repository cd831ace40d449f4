"""A value and its slope over one number: the solid and the dashed curve, with a dot at each corner."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from .frame import Frame, pieces, polyline
from .legend import Look
from .samples import Sampled
from .scales import LinearScale, signed
from .svg import add, drawing, write
from .text import CARD, LINE, SOFT, Line

#: What is drawn of values and slopes; what is beyond is left out.
LOWEST, HIGHEST = -4.0, 5.0
#: The small picture, beside a formula: its size, and that of its numbers.
SMALL_WIDTH, SMALL_HEIGHT, SMALL_SIZE = 150.0, 100.0, 13
DOT = 3.2


def scales(curves: Sequence[Sampled]) -> tuple[LinearScale, LinearScale]:
    heights = [height for curve in curves for _, *both in curve.points for height in both]
    low, high = curves[0].span
    return LinearScale(float(low), float(high)), LinearScale.around(
        (min(max(h, LOWEST), HIGHEST) for h in heights), 0.04
    )


def small(curves: Sequence[Sampled], title: str, alternative: str, lang: str) -> str:
    """SVG without words: the axes are the lines z = 0 and 0, with a number at each end."""
    x, y = scales(curves)
    svg = drawing(SMALL_WIDTH, SMALL_HEIGHT, lang, title, alternative)
    frame = Frame(1, 1, SMALL_WIDTH - 2, SMALL_HEIGHT - SMALL_SIZE - 4, x, y)
    level, upright = min(max(0.0, y.low), y.high), min(max(0.0, x.low), x.high)
    lines = ((x.low, level), (x.high, level)), ((upright, y.low), (upright, y.high))
    for ends in ([frame.place(*point) for point in line] for line in lines):
        add(svg, "path", d=polyline(ends), stroke=LINE, stroke_width="1", fill="none")
    for end, anchor in ((x.low, "start"), (x.high, "end")):
        place, _ = frame.place(end, y.low)
        write(svg, Line(signed(f"{end:g}"), SMALL_SIZE, SOFT), place, SMALL_HEIGHT - 2, anchor)
    draw(svg, curves, frame)
    return ET.tostring(svg, encoding="unicode")


def draw(svg: ET.Element, curves: Sequence[Sampled], frame: Frame) -> None:
    """The curves, each in a colour of its own, and over them the corners."""
    for place, curve in enumerate(curves):
        value, slope = Look(place), Look(place, "dashed")
        group = add(svg, "g", data_curve=str(place))
        for run in curve.pieces():
            for look, height in ((value, 1), (slope, 2)):
                for line in pieces([_inside(frame, point[0], point[height]) for point in run]):
                    look.draw_line(group, polyline(line))
    for place, curve in enumerate(curves):  # over all lines
        for corner in curve.corners:
            colour = Look(place).colour
            if corner.jumps:
                for end in (corner.before, corner.after):
                    _dot(svg, _inside(frame, corner.z, end), fill=CARD, stroke=colour)
            _dot(svg, _inside(frame, corner.z, corner.slope), fill=colour, stroke=CARD)


def _inside(frame: Frame, x: float, y: float) -> tuple[float, float] | None:
    return frame.place(x, y) if LOWEST <= y <= HIGHEST else None


def _dot(svg: ET.Element, place: tuple[float, float] | None, fill: str, stroke: str) -> None:
    if place is not None:
        x, y = place
        add(svg, "circle", data_part="corner", cx=x, cy=y, r=DOT, fill=fill, stroke=stroke, stroke_width="1.2")
