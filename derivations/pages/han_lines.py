"""A Markdown extension: a line of Chinese may be broken anywhere in a source, and the break is not a space."""

from __future__ import annotations

import re
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

_HAN = r"[\u3001-\u9fff\uff01-\uff5e]"  # with the punctuation that goes with it
_PUNCTUATION = r"[\u3001-\u3011\uff01-\uff0f\uff1a-\uff1f]"
_INLINE = r"[A-Za-z$`\[(]|\*{1,2}[^\s*]"  # how a line begins that only goes on with the paragraph
_ONE_SENTENCE = re.compile(
    rf"""
    [^#].*{_HAN}\n\s*{_HAN}            # Chinese, then Chinese
    | [^#].*{_PUNCTUATION}\n\s*({_INLINE})   # Chinese punctuation needs no space, whatever follows
    """,
    re.VERBOSE,
)


class HanLines(Extension):
    """Joins a line that ends in Chinese to a next line that begins in Chinese."""

    def extendMarkdown(self, md: Markdown) -> None:
        # After fences are put aside (25) and before HTML blocks are (20).
        md.preprocessors.register(_JoinLines(md), "han_lines", 22)


class _JoinLines(Preprocessor):
    def run(self, lines: list[str]) -> list[str]:
        joined: list[str] = []
        for line in lines:
            if joined and _ONE_SENTENCE.match(f"{joined[-1]}\n{line}"):
                joined[-1] += line.lstrip()
            else:
                joined.append(line)
        return joined


def makeExtension(**options: Any) -> HanLines:
    """How Markdown finds the extension in this module."""
    return HanLines(**options)
