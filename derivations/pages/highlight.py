"""pymdownx.highlight, which remembers what it has highlighted: code stands on a page in each language."""

from __future__ import annotations

from typing import Any

from pymdownx.highlight import Highlight, HighlightExtension

_highlighted: dict[str, Any] = {}


class RememberingHighlight(Highlight):
    """Highlights the same code in the same way once."""

    def highlight(self, src: str, language: str, css_class: str = "highlight", **how: Any) -> Any:
        """What `Highlight` returns: HTML, or an element for code within a sentence."""
        how.pop("code_block_count", None)  # for links to lines, which our pages have none of
        if how.get("inline"):
            return super().highlight(src, language, css_class, **how)
        settings = {name: value for name, value in vars(self).items() if name != "md"}
        key = repr((src, language, css_class, how, settings))
        if key not in _highlighted:
            _highlighted[key] = super().highlight(src, language, css_class, **how)
        return _highlighted[key]


class RememberingExtension(HighlightExtension):
    """The Markdown extension."""

    def get_pymdownx_highlighter(self) -> type[Highlight]:
        """What highlights a block of code."""
        return RememberingHighlight


def makeExtension(**options: Any) -> RememberingExtension:
    """How Markdown finds the extension in this module."""
    return RememberingExtension(**options)
