"""How a diagnosis looks: the sentence, the formula of what was given, and the numbers that show it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from ..diagnosis.diagnosis import Diagnosis
from ..diagnosis.wording.labels import LABELS
from ..verdict import AGREES, DISAGREES
from .bundle import Bundle, block, bundle
from .colour import NO_COLOUR, Colour
from .marks import MARKS, minus


def labelled(numbers: Mapping[str, Any], lang: str) -> Iterator[tuple[str, str]]:
    """What each is called, and what it is; without those that are not known."""
    for name, value in numbers.items():
        if value is not None and value != "":
            yield (LABELS[name][lang] if name in LABELS else name), _shown(value)


def _shown(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def sentence(diagnosis: Diagnosis, lang: str) -> str:
    """What is wrong, after a sign of the verdict."""
    sign, _ = MARKS[diagnosis.verdict]
    return f"{sign} {diagnosis.sentence[lang]}"


def diagnosis_text(diagnosis: Diagnosis, lang: str, colour: Colour = NO_COLOUR) -> str:
    """For a terminal."""
    paint = {AGREES: colour.good, DISAGREES: colour.bad}.get(diagnosis.verdict, colour.unsure)
    return "\n".join([paint(sentence(diagnosis, lang)), *columns(labelled(diagnosis.numbers, lang), colour)])


def columns(rows: Iterable[tuple[str, str]], colour: Colour = NO_COLOUR) -> Iterator[str]:
    """Names on the left, and what they are on the right."""
    rows = list(rows)
    widest = max((wide(name) for name, _ in rows), default=0)
    for name, value in rows:
        yield f"  {colour.quiet(name)}{'':<{widest - wide(name)}}  {value}"


def wide(text: str) -> int:
    """In columns of a terminal, of which a character of Han takes two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


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
