"""A finished drawing: SVG, text alternative and caption in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from ..display.bundle import bilingual
from ..looks import Bundle
from ..wording import LANGUAGES


@dataclass(frozen=True)
class Figure:
    """One drawing in two languages; the keys are "zh" and "en", and another language raises KeyError."""

    drawings: dict[str, str]
    alternatives: dict[str, str]
    captions: dict[str, str]

    def svg(self, lang: str) -> str:
        """The drawing: a well-formed `<svg>` element."""
        return self.drawings[lang]

    def alt(self, lang: str) -> str:
        """What the drawing shows, in plain text."""
        return self.alternatives[lang]

    def html(self, lang: str) -> str:
        """The drawing and its caption, if it has one, as a `<figure>` that scrolls where the drawing is too wide."""
        caption = self.captions[lang]
        below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
        return f'<figure class="gl-figure" style="overflow-x:auto">{self.svg(lang)}{below}</figure>'

    def __str__(self) -> str:
        return self.alt("en")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Bundle:
        zh, en = ({"text/html": self.html(lang), "text/plain": self.alt(lang)} for lang in LANGUAGES)
        return bilingual(zh, en)
