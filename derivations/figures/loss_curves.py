"""A picture of a loss: its value and its slope as one output moves, with the corners and what torch chooses there."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from ..losses.base import Loss
from ..wording import LANGUAGES, Words
from . import loss_words
from .figure import Figure
from .frame import Sheet
from .legend import Look
from .loss_samples import Section, sections
from .value_and_slope import draw, scales
from .value_and_slope import small as small_picture


def loss_curves(loss: Loss, small: bool = False) -> Figure:
    """Return a picture of the loss of one entry or row, and of its slope, as functions of one output.

    Everything else stands at a telling value: a target of 0, or of 1 and 0 in two colours; options at torch's defaults.
    `small` draws it without words, for a line of formulas. Raises ValueError where the loss is defined nowhere.
    """
    curves = sections(loss)
    if not any(curve.points for curve in curves):
        low, high = curves[0].span
        raise ValueError(f"{loss} has no value at any of the outputs from {low} to {high} that are tried.")
    alternative = loss_words.seen(curves)
    title = loss_words.title(loss)
    drawn = {
        lang: small_picture(curves, title[lang], alternative[lang], lang)
        if small
        else _large(loss, curves, alternative, lang)
        for lang in LANGUAGES
    }
    return Figure(drawn, {lang: alternative[lang] for lang in LANGUAGES}, dict.fromkeys(LANGUAGES, ""))


def _large(loss: Loss, curves: Sequence[Section], alternative: Words, lang: str) -> str:
    x, y = scales(curves)
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
    draw(svg, curves, frame)
    return ET.tostring(svg, encoding="unicode")
