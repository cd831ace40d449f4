"""A diagnosis as the command prints it: the sentence, the numbers, one line to rerun; or all of it as JSON."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..diagnosis.diagnosis import Diagnosis
from ..diagnosis.mistake import Mistake
from ..verdict import AGREES, DISAGREES, EXIT_CODES
from ..words import Words
from . import output

#: What the numbers are called; a name that is not here is printed as it is.
LABELS = {
    "trial": Words("试的是", "trial"),
    "read": Words("读成", "read as"),
    "right": Words("应为", "should be"),
    "worst": Words("最差的元素", "worst entry"),
    "index": Words("最差的元素", "worst entry"),
    "expected": Words("应得", "expected"),
    "given": Words("给出", "given"),
    "got": Words("给出", "given"),
    "ratio": Words("比值", "ratio"),
    "bound": Words("误差界", "bound"),
    "all_expected": Words("应得（全部）", "all expected"),
    "all_given": Words("给出（全部）", "all given"),
    "called": Words("怎么调用", "called with"),
    "rerun": Words("重跑", "rerun"),
}


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

    def text(self, lang: str, colour: Any) -> str:
        diagnosis = self.diagnosis
        paint = {AGREES: colour.good, DISAGREES: colour.bad}.get(diagnosis.verdict, colour.unsure)
        sign = {AGREES: "✓", DISAGREES: "✗"}.get(diagnosis.verdict, "?")
        comma = "，" if lang == "zh" else ", "
        rows = {**diagnosis.numbers, **self.details, "rerun": self.rerun}
        named = {LABELS[key][lang] if key in LABELS else key: value for key, value in rows.items() if _is_said(value)}
        widest = max(map(output.width, named), default=0)
        return "\n".join(
            [
                colour.title(f"{self.what}{comma}{self.criterion}"),
                paint(f"{sign} {diagnosis.sentence[lang]}"),
                *(note[lang] for note in self.notes),
                *(
                    f"  {colour.quiet(name)}{'':<{widest - output.width(name)}}  {value}"
                    for name, value in named.items()
                ),
            ]
        )

    def json(self) -> dict[str, Any]:
        diagnosis = self.diagnosis
        return {
            "verdict": diagnosis.verdict,
            "checked": self.what,
            "criterion": self.criterion,
            "mistakes": _mistakes(diagnosis.mistakes),
            "sentence": _both(diagnosis.sentence),
            "latex": diagnosis.latex,
            "numbers": {key: _plain(value) for key, value in diagnosis.numbers.items()},
            "explained": diagnosis.explained,
            "entries": diagnosis.entries,
            "alternatives": [_mistakes(each) for each in diagnosis.alternatives],
            "details": {key: _plain(value) for key, value in self.details.items() if _is_said(value)},
            "notes": [_both(note) for note in self.notes],
            "rerun": self.rerun,
        }

    def tell(self, lang: str, as_json: bool) -> int:
        """Print it; returns the exit code."""
        if as_json:
            output.write_json(self.json(), sys.stdout)
        else:
            output.write(self.text(lang, output.colour(sys.stdout)), sys.stdout)
        return self.code


def _is_said(value: Any) -> bool:
    return value is not None and value != ""


def _mistakes(found: tuple[Mistake, ...]) -> list[dict[str, Any]]:
    return [{"key": each.key, "details": dict(each.details)} for each in found]


def _both(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


def _plain(value: Any) -> Any:
    """As JSON has it: what it does not know is said as text, and so are numbers that it does not know."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return value if value - value == 0 else str(value)  # nan and inf are no JSON
    return value if value is None or isinstance(value, bool | int | str) else str(value)
