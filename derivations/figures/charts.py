"""Charts: curves over one pair of axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from xml.etree import ElementTree as ET

from ..wording import LANGUAGES, Words
from .figure import Figure
from .frame import Frame, Sheet, finite, pieces, polyline
from .legend import COLOURS, STYLES, Look, looks
from .pairs import Pair, numbers, one_of, pair
from .scales import LinearScale, LogScale, Scale
from .svg import add

SCALES = ("linear", "log")
#: As far apart as markers on a line are, at least.
APART = 46


@dataclass(frozen=True)
class Curve:
    """A curve of a chart: `x` and `y` are sequences of shape (n,). A value that is not finite breaks the line.

    `label` is a pair (zh, en) for the legend; `style` is "line", "dashed" or "points". Raises ValueError where the
    lengths differ or are 0.
    """

    x: Sequence[float]
    y: Sequence[float]
    label: Pair | None = None
    style: str = "line"

    def __post_init__(self) -> None:
        for name in ("x", "y"):
            object.__setattr__(self, name, numbers(getattr(self, name), f"Curve {name}"))
        if not self.x or len(self.x) != len(self.y):
            raise ValueError(
                f"Curve has {len(self.x)} values of x and {len(self.y)} of y. "
                "Give as many of one as of the other, at least one."
            )
        if self.label is not None:
            pair(self.label, "label")
        one_of(self.style, STYLES, "style")


def chart(
    *curves: Curve,
    title: Pair,
    x_label: Pair,
    y_label: Pair,
    alt: Pair,
    x_scale: str = "linear",
    y_scale: str = "linear",
) -> Figure:
    """Return a chart of one to five curves. Words are pairs (zh, en); `alt` says what the picture shows.

    `x_scale` and `y_scale` are "linear" or "log". Raises ValueError where nothing is finite, where an axis is
    logarithmic and a value is not positive, and where a pair of words lacks a language.
    """
    if not 1 <= len(curves) <= len(COLOURS):
        raise ValueError(f"chart() draws 1 to {len(COLOURS)} curves; {len(curves)} were given.")
    if not any(finite(*point) for curve in curves for point in zip(curve.x, curve.y, strict=True)):
        raise ValueError("chart() was given no point that is finite. Give at least one.")
    words = {"title": title, "x_label": x_label, "y_label": y_label, "alt": alt}
    said = {name: pair(given, name) for name, given in words.items()}
    x = _scale(x_scale, "x", [curve.x for curve in curves])
    y = _scale(y_scale, "y", [curve.y for curve in curves])
    drawn = {lang: _draw(curves, x, y, said, lang) for lang in LANGUAGES}
    return Figure(drawn, {lang: said["alt"][lang] for lang in LANGUAGES}, dict.fromkeys(LANGUAGES, ""))


def _scale(kind: str, axis: str, values: Sequence[Sequence[float]]) -> Scale:
    if one_of(kind, SCALES, f"{axis}_scale") == "linear":
        return LinearScale.around(chain(*values))
    for place, given in enumerate(values):
        for value in given:
            if math.isfinite(value) and value <= 0:
                raise ValueError(
                    f'{axis}_scale="log" needs positive values; curve {place + 1} has {axis} = {value:g}. '
                    f'Give {axis}_scale="linear", or nan where nothing is to be drawn.'
                )
    return LogScale.around(chain(*values))


def _draw(curves: Sequence[Curve], x: Scale, y: Scale, said: dict[str, Words], lang: str) -> str:
    dressed = list(zip(looks([curve.style for curve in curves]), curves, strict=True))
    legend = [(look, curve.label[LANGUAGES.index(lang)]) for look, curve in dressed if curve.label]
    svg, frame = Sheet(lang, said, legend).drawn(x, y, ratio=0.62)
    for look, curve in sorted(dressed, key=lambda each: each[0].style == "points"):  # points over lines
        _draw_curve(svg, look, curve.x, curve.y, frame)
    return ET.tostring(svg, encoding="unicode")


def _draw_curve(svg: ET.Element, look: Look, x: Sequence[float], y: Sequence[float], frame: Frame) -> None:
    group = add(svg, "g", data_curve=str(look.place))
    places = [frame.place(*point) if finite(*point) else None for point in zip(x, y, strict=True)]
    runs = pieces(places)
    for run in runs:
        if look.style != "points" and len(run) > 1:
            look.draw_line(group, polyline(run))
        lonely = len(run) == 1  # a line of one point would not be seen
        last = -math.inf
        for place_x, place_y in run:
            if look.style == "points" or lonely or (look.marked and abs(place_x - last) >= APART):
                look.draw_marker(group, place_x, place_y)
                last = place_x
