"""A part of the formula sheet: formulas, each with what it is, in both languages."""

from __future__ import annotations

from html import escape

from ..looks import Bundle
from .bundle import block, bundle

Row = tuple[str, ...]


class Sheet:
    """Rows of formulas. Each row is what it is in Chinese, the same in English, and then its formulas as LaTeX."""

    def __init__(self, *rows: Row):
        self.rows = rows

    def html(self, lang: str) -> str:
        """A description list."""
        said = (
            f"<div><dt>{escape(zh if lang == 'zh' else en)}</dt><dd>{''.join(map(block, formulas))}</dd></div>"
            for zh, en, *formulas in self.rows
        )
        return f'<dl class="gl-sheet">{"".join(said)}</dl>'

    def text(self, lang: str) -> str:
        """A line for each formula, in LaTeX."""
        return "\n".join(
            f"{zh if lang == 'zh' else en}: {latex}" for zh, en, *formulas in self.rows for latex in formulas
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Bundle:
        return bundle(self.html, self.text)
