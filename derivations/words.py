"""Texts in both languages, and in columns. Needs nothing but Python, so that what runs in a browser can speak too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from unicodedata import east_asian_width

LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class Words:
    """One text in both languages."""

    zh: str
    en: str

    def __getitem__(self, lang: str) -> str:
        return str(getattr(self, lang))


def wide(text: str) -> int:
    """In columns of a terminal, of which a character of Han takes two."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def columns(rows: Iterable[tuple[str, str]], paint: Callable[[str], str] = str) -> Iterator[str]:
    """Names on the left, painted, and what they are on the right."""
    rows = list(rows)
    widest = max((wide(name) for name, _ in rows), default=0)
    for name, value in rows:
        yield f"  {paint(name)}{'':<{widest - wide(name)}}  {value}"
