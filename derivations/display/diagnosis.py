"""How a diagnosis looks: the sentence, the formula of what was given, and the numbers that show it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from ..diagnosis.diagnosis import Diagnosis
from ..diagnosis.labels import LABELS
from ..verdict import AGREES, DISAGREES
from .bundle import Bundle, block, bundle
from .colour import NO_COLOUR, Colour

SIGNS = {AGREES: "✓", DISAGREES: "✗"}


def labelled(numbers: Mapping[str, Any], lang: str) -> Iterator[tuple[str, str]]:
    """What each is called, and what it is; without those that are not known."""
    for name, value in numbers.items():
        if value is not None and value != "":
            yield (LABELS[name][lang] if name in LABELS else name), _shown(value)


def _shown(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def sentence(diagnosis: Diagnosis, lang: str) -> str:
    """What is wrong, after a sign of the verdict."""
    return f"{SIGNS.get(diagnosis.verdict, '?')} {diagnosis.sentence[lang]}"


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


def diagnosis_html(diagnosis: Diagnosis, lang: str) -> str:
    """A paragraph, the formula, and a table."""
    kind = {AGREES: "gl-ok", DISAGREES: "gl-bad"}.get(diagnosis.verdict, "")
    sign, _, said = sentence(diagnosis, lang).partition(" ")
    rows = "".join(
        f"<tr><th scope='row'>{escape(name)}</th><td class='gl-num'>{escape(value)}</td></tr>"
        for name, value in labelled(diagnosis.numbers, lang)
    )
    return (
        f'<div class="gl-diagnosis"><p><span class="{kind}">{sign}</span> {escape(said)}</p>'
        + (block(diagnosis.latex) if diagnosis.latex else "")
        + (f'<table class="gl-table">{rows}</table>' if rows else "")
        + "</div>"
    )


def diagnosis_bundle(diagnosis: Diagnosis) -> Bundle:
    """Both, in both languages."""
    return bundle(lambda lang: diagnosis_html(diagnosis, lang), lambda lang: diagnosis_text(diagnosis, lang))
