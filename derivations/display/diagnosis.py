"""How a diagnosis looks: the sentence, the formula of what was given, and the numbers that show it."""

from __future__ import annotations

from html import escape

from ..diagnosis.diagnosis import Diagnosis
from ..diagnosis.wording.labels import labelled
from ..looks import Bundle, register
from ..verdict import AGREES, DISAGREES
from ..words import columns
from .bundle import block, bundle
from .colour import NO_COLOUR, Colour
from .marks import MARKS, minus


def sentence(diagnosis: Diagnosis, lang: str) -> str:
    """What is wrong, after a sign of the verdict."""
    sign, _ = MARKS[diagnosis.verdict]
    return f"{sign} {diagnosis.sentence[lang]}"


def diagnosis_text(diagnosis: Diagnosis, lang: str, colour: Colour = NO_COLOUR) -> str:
    """For a terminal."""
    paint = {AGREES: colour.good, DISAGREES: colour.bad}.get(diagnosis.verdict, colour.unsure)
    return "\n".join([paint(sentence(diagnosis, lang)), *columns(labelled(diagnosis.numbers, lang), colour.quiet)])


def diagnosis_html(diagnosis: Diagnosis, lang: str, alone: bool = True) -> str:
    """A paragraph and the formula; where it stands alone, with its sign before and its numbers in a table below."""
    sign, kind = MARKS[diagnosis.verdict]
    before = f'<span class="{kind}">{sign}</span> ' if alone else ""
    rows = "".join(
        f"<tr><th scope='row'>{escape(name)}</th><td class='gl-num'>{escape(_signed(value))}</td></tr>"
        for name, value in labelled(diagnosis.numbers if alone else {}, lang)
    )
    return (
        f'<div class="gl-diagnosis"><p>{before}{escape(diagnosis.sentence[lang])}</p>'
        + (block(diagnosis.latex) if diagnosis.latex else "")
        + (f'<table class="gl-table">{rows}</table>' if rows else "")
        + "</div>"
    )


def _signed(value: str) -> str:
    """A number with a real minus sign; what can be typed again stays as it is typed."""
    try:
        float(value)
    except ValueError:
        return value
    return minus(value)


def diagnosis_bundle(diagnosis: Diagnosis) -> Bundle:
    """Both, in both languages."""
    return bundle(lambda lang: diagnosis_html(diagnosis, lang), lambda lang: diagnosis_text(diagnosis, lang))


register(Diagnosis, diagnosis_text, diagnosis_bundle)
