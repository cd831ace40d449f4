"""Why a node is not checked in some way."""

from __future__ import annotations

from ...words import Words


class Unchecked(Exception):
    """A node cannot be checked in this way; `words` say why, in both languages."""

    def __init__(self, zh: str, en: str):
        self.words = Words(zh, en)
        super().__init__(en)
