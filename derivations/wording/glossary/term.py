"""A term of the glossary."""

from __future__ import annotations

from dataclasses import dataclass

from ..phrases import Words


@dataclass(frozen=True)
class Term:
    """A term in both languages, what it means in one line, and which words are used for it.

    `avoid` must not be used in its place. Where one half of a pair of prose says a term, or one of the forms in `also`,
    the other half does too; but for `everyday` words, which have other meanings, or which a sentence may do without.
    """

    en: str
    zh: str
    meaning: Words
    also: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    everyday: bool = False
