"""What a diagnosis says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..looks import Shown
from ..verdict import AGREES, Verdict
from ..words import LANGUAGES, Words, columns
from .mistake import Mistake
from .wording.labels import labelled


@dataclass(frozen=True)
class Diagnosis(Shown):
    """What is wrong with a gradient that was given, or that it is right. True where it is right, and only there.

    - `verdict`: "agrees", "disagrees" or "cannot tell", as of a certificate.
    - `mistakes`: what was done, each with a key; several where they explain the numbers only together. Empty where
      the gradient is right, where nothing can be told, and where no common mistake explains it.
    - `sentence`: what is wrong, in both languages; `latex`: "given = …", with what it should be.
    - `numbers`: what shows it: ratio, worst entry, expected, given, bound.
    - `explained`, `entries`: how many entries the mistakes explain within the bound, and how many there are.
    - `alternatives`: other mistakes that explain these numbers as well, where data cannot tell them apart (N = C).
    """

    verdict: Verdict
    sentence: Words
    mistakes: tuple[Mistake, ...] = ()
    latex: str = ""
    numbers: Mapping[str, Any] = field(default_factory=dict)
    explained: int = 0
    entries: int = 0
    alternatives: tuple[tuple[Mistake, ...], ...] = ()

    def __bool__(self) -> bool:
        return self.verdict == AGREES

    def __str__(self) -> str:
        return self.text("en")

    def text(self, lang: str = "en") -> str:
        """The sentence and the numbers, for a terminal."""
        return "\n".join([self.sentence[lang], *columns(labelled(self.numbers, lang))])

    def data(self) -> dict[str, Any]:
        """The same as JSON takes it."""
        return {
            "verdict": self.verdict,
            "mistakes": [each.data() for each in self.mistakes],
            "sentence": {lang: self.sentence[lang] for lang in LANGUAGES},
            "latex": self.latex,
            "numbers": {name: str(value) for name, value in self.numbers.items()},
            "explained": self.explained,
            "entries": self.entries,
            "alternatives": [[each.data() for each in mistakes] for mistakes in self.alternatives],
        }
