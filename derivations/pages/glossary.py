"""The glossary as a list for readers: each term with the other language's word for it and what it means."""

from __future__ import annotations

from html import escape

from ..display.bundle import bundle
from ..looks import Bundle
from ..wording.glossary import GLOSSARY


class Glossary:
    """All terms, in their order."""

    def html(self, lang: str) -> str:
        """A description list. The other language's word is marked as such, so that it is read out rightly."""
        other = "en" if lang == "zh" else "zh"
        rows = []
        for term in GLOSSARY:
            here, there = escape(getattr(term, lang)), escape(getattr(term, other))
            also = f'<br><span lang="{other}">{there}</span>' if there != here else ""
            rows.append(f"<dt>{here}{also}</dt><dd><p>{escape(term.meaning[lang])}</p></dd>")
        return f'<div class="gl-terms"><dl>{"".join(rows)}</dl></div>'

    def text(self, lang: str) -> str:
        """A line for each term."""
        colon = "：" if lang == "zh" else ": "
        return "\n".join(f"{getattr(term, lang)}{colon}{term.meaning[lang]}" for term in GLOSSARY)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Bundle:
        return bundle(self.html, self.text)
