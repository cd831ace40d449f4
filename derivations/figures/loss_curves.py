"""A picture of a loss: its value and its slope as one output moves, with the corners and what torch chooses there."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from ..losses.base import Loss
from ..wording import LANGUAGES, Words
from . import loss_words
from .figure import Figure
from .frame import Frame, Sheet, pieces, polyline
from .legend import Look
from .loss_samples import RANGES, Section, sections
from .scales import LinearScale, signed
from .svg import add, drawing, write
from .text import CARD, LINE, SOFT, Line

#: What is drawn of losses and slopes; what is beyond is left out.
LOWEST, HIGHEST = -4.0, 5.0
#: The small picture, beside a formula: its size, and that of its numbers.
SMALL_WIDTH, SMALL_HEIGHT, SMALL_SIZE = 150.0, 100.0, 13
DOT = 3.2


def loss_curves(loss: Loss, small: bool = False) -> Figure:
    """Return a picture of the loss of one entry or row, and of its slope, as functions of one output.

    Everything else stands at a telling value: a target of 0, or of 1 and 0 in two colours; options at torch's defaults.
    `small` draws it without words, for a line of formulas. Raises ValueError where the loss is defined nowhere.
    """
    curves = sections(loss)
    if not any(curve.points for curve in curves):
        low, high = RANGES[loss.of_outputs]
        raise ValueError(f"{loss} has no value at any of the outputs from {low} to {high} that are tried.")
    alternative = loss_words.seen(curves)
    draw = _small if small else _large
    drawn = {lang: draw(loss, curves, alternative, lang) for lang in LANGUAGES}
    return Figure(drawn, {lang: alternative[lang] for lang in LANGUAGES}, dict.fromkeys(LANGUAGES, ""))


def _scales(curves: Sequence[Section]) -> tuple[LinearScale, LinearScale]:
    heights = [height for curve in curves for _, *both in curve.points for height in both]
    low, high = RANGES[curves[0].loss.of_outputs]
    return LinearScale(float(low), float(high)), LinearScale.around(
        (min(max(h, LOWEST), HIGHEST) for h in heights), 0.04
    )


def _large(loss: Loss, curves: Sequence[Section], alternative: Words, lang: str) -> str:
    x, y = _scales(curves)
    said = {
        "title": loss_words.title(loss),
        "alt": alternative,
        "x_label": loss_words.axis(curves),
        "y_label": loss_words.BOTH,
    }
    legend = [
        (Look(place, style), loss_words.label(curve, what)[lang])
        for place, curve in enumerate(curves)
        for style, what in (("line", loss_words.VALUE), ("dashed", loss_words.SLOPE))
    ]
    svg, frame = Sheet(lang, said, legend).drawn(x, y, ratio=0.62)
    _draw(svg, curves, frame)
    return ET.tostring(svg, encoding="unicode")


def _small(loss: Loss, curves: Sequence[Section], alternative: Words, lang: str) -> str:
    """Without words: the axes are the lines z = 0 and 0, with a number at each end."""
    x, y = _scales(curves)
    svg = drawing(SMALL_WIDTH, SMALL_HEIGHT, lang, loss_words.title(loss)[lang], alternative[lang])
    frame = Frame(1, 1, SMALL_WIDTH - 2, SMALL_HEIGHT - SMALL_SIZE - 4, x, y)
    level, upright = min(max(0.0, y.low), y.high), min(max(0.0, x.low), x.high)
    lines = ((x.low, level), (x.high, level)), ((upright, y.low), (upright, y.high))
    for ends in ([frame.place(*point) for point in line] for line in lines):
        add(svg, "path", d=polyline(ends), stroke=LINE, stroke_width="1", fill="none")
    for end, anchor in ((x.low, "start"), (x.high, "end")):
        place, _ = frame.place(end, y.low)
        write(svg, Line(signed(f"{end:g}"), SMALL_SIZE, SOFT), place, SMALL_HEIGHT - 2, anchor)
    _draw(svg, curves, frame)
    return ET.tostring(svg, encoding="unicode")


def _draw(svg: ET.Element, curves: Sequence[Section], frame: Frame) -> None:
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
