"""A diagnosis as the command prints it: the sentence, the numbers, one line to rerun; or all of it as JSON."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..diagnosis.diagnosis import Diagnosis
from ..diagnosis.wording.labels import labelled
from ..display.colour import Colour
from ..display.diagnosis import diagnosis_text
from ..verdict import EXIT_CODES
from ..words import LANGUAGES, Words, columns
from . import output


@dataclass(frozen=True)
class Report:
    """What was checked, what is wrong with it, and what else there is to say; `rerun` is a line for a shell."""

    what: str
    criterion: str
    diagnosis: Diagnosis
    details: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Words, ...] = ()
    rerun: str = ""

    @property
    def code(self) -> int:
        """How the command ends."""
        return EXIT_CODES[self.diagnosis.verdict]

    def text(self, lang: str, colour: Colour) -> str:
        comma = "，" if lang == "zh" else ", "
        numbers = {**self.diagnosis.numbers, **self.details, "rerun": self.rerun}
        first, *_ = diagnosis_text(self.diagnosis, lang, colour).splitlines()
        return "\n".join(
            [
                colour.title(f"{self.what}{comma}{self.criterion}"),
                first,
                *(note[lang] for note in self.notes),
                *columns(labelled(numbers, lang), colour.quiet),
            ]
        )

    def json(self) -> dict[str, Any]:
        return {
            "checked": self.what,
            "criterion": self.criterion,
            **self.diagnosis.data(),
            "details": {key: str(value) for key, value in self.details.items()},
            "notes": [{lang: note[lang] for lang in LANGUAGES} for note in self.notes],
            "rerun": self.rerun,
        }

    def tell(self, lang: str, as_json: bool) -> int:
        """Print it; returns the exit code."""
        if as_json:
            output.write_json(self.json(), sys.stdout)
        else:
            output.write(self.text(lang, output.colour(sys.stdout)), sys.stdout)
        return self.code
