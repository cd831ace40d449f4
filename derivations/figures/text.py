"""Text in boxes: how wide it is, and where it breaks. An SVG does neither by itself."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

INK, SOFT = "var(--gl-ink, currentColor)", "var(--gl-soft, currentColor)"
CARD, WASH, LINE = "var(--gl-card, none)", "var(--gl-wash, none)", "var(--gl-line, #8888)"
ACCENT, BAD = "var(--gl-accent, #1d9a73)", "var(--gl-bad, #d9534f)"
MONO = "ui-monospace, SFMono-Regular, 'Cascadia Code', 'JetBrains Mono', Menlo, Consolas, monospace"


def text_width(text: str, size: float, mono: bool = False) -> float:
    """A generous estimate of the width of one line: 1 em for a CJK character, about 0.6 em for a Latin one."""
    return size * sum(_em(character, mono) for character in text)


def _em(character: str, mono: bool) -> float:
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    if mono:
        return 0.62
    if character in " .,:;'()[]|/ijlt":
        return 0.42
    return 0.86 if character in "−+=<>@·ΣσmwMW" else 0.7 if character.isupper() else 0.62


_PIECES = re.compile(r" *(?:[\u4e00-\u9fff][，。；：]?|(?:[−+] )?(?:\([^()]*\)|[^\s\u4e00-\u9fff])+)")


@dataclass(frozen=True)
class Line:
    text: str
    size: float
    colour: str = SOFT
    mono: bool = False
    bold: bool = False

    @property
    def width(self) -> float:
        return text_width(self.text, self.size, self.mono)

    @property
    def height(self) -> float:
        return 1.5 * self.size

    def wrapped(self, limit: float = 260) -> list[Line]:
        """In lines no wider than `limit`, broken before words, terms and Chinese characters."""
        lines = [""]
        for piece in _PIECES.findall(self.text):
            if lines[-1] and text_width(lines[-1] + piece, self.size, self.mono) > limit:
                lines.append(piece.lstrip())
            else:
                lines[-1] += piece
        return [replace(self, text=line) for line in lines]
