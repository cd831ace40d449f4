"""A part of the formula sheet: formulas, each with what it is, in both languages."""

from __future__ import annotations

import re
from html import escape

from ..display.bundle import Bundle, block, bundle
from ..figures import Figure

#: Where the name of a class may break.
BETWEEN_WORDS = re.compile("(?<=[a-z])(?=[A-Z])")
#: What it is in Chinese, the same in English, and then its formulas as LaTeX; a picture stands below what it is.
Row = tuple[str | Figure, ...]


def breakable(name: str) -> str:
    """HTML of the name of a class, which may go on in a second line."""
    return BETWEEN_WORDS.sub("<wbr>", escape(name))


class Sheet:
    """Rows of formulas, each with what it is."""

    def __init__(self, *rows: Row):
        self.rows = rows

    def html(self, lang: str) -> str:
        """A description list."""
        rows = []
        for zh, en, *parts in self.rows:
            pictures = "".join(part.html(lang) for part in parts if not isinstance(part, str))
            formulas = "".join(block(part) for part in parts if isinstance(part, str))
            name = breakable(str(zh if lang == "zh" else en))
            rows.append(f"<div><dt>{name}{pictures}</dt><dd>{formulas}</dd></div>")
        return f'<dl class="gl-sheet">{"".join(rows)}</dl>'

    def text(self, lang: str) -> str:
        """A line for each formula, in LaTeX, and for each picture what it shows."""
        return "\n".join(
            f"{zh if lang == 'zh' else en}: {part if isinstance(part, str) else part.alt(lang)}"
            for zh, en, *parts in self.rows
            for part in parts
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Bundle:
        return bundle(self.html, self.text)
