"""Display bundles with both languages in them, and formulas as elements that the site and Jupyter both typeset."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape

from ..looks import Bundle
from ..wording import LANGUAGES

#: The key of an output's metadata under which it holds its data once per language.
BOTH_LANGUAGES = "derivations"
#: What a certificate is to a program: its verdict, and the message where the accounts disagree.
CERTIFICATE_MIME = "application/vnd.derivations.certificate+json"


def bilingual(zh: Mapping[str, str], en: Mapping[str, str]) -> Bundle:
    """A display bundle with its words in both languages: data in English, metadata["derivations"] with both.

    The site shows the reader's language; a plain notebook shows English.
    """
    return dict(en), {BOTH_LANGUAGES: {"zh": dict(zh), "en": dict(en)}}


def bundle(html: Callable[[str], str], text: Callable[[str], str]) -> Bundle:
    """A bundle of HTML and plain text, each given as a function of the language."""
    zh, en = ({"text/html": html(lang), "text/plain": text(lang)} for lang in LANGUAGES)
    return bilingual(zh, en)


def inline(latex: str) -> str:
    """A formula inside a line of text."""
    return rf'<span class="arithmatex">\({escape(latex)}\)</span>'


def block(latex: str) -> str:
    """A formula on its own line."""
    return rf'<div class="arithmatex">\[{escape(latex)}\]</div>'
