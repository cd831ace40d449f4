"""Why a line of a derivation follows from the one before, as one sentence with the actual indices."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from .derivation import RuleApplication, Step
from .wording import SENTENCES, Show, Words


def reason(step: Step, lang: str, show: Show) -> str:
    """Why a line follows from the one before: one sentence, from the facts of its rules."""
    runs = groupby(step.micros, key=lambda micro: micro.rule.name)
    clauses = [clause[lang] for _, same in runs for clause in clauses_of(list(same), show)]
    text = ("；" if lang == "zh" else "; ").join(dict.fromkeys(clauses))
    return f"{text}。" if lang == "zh" else f"{_capitalised(text)}."


def _capitalised(text: str) -> str:
    """With a capital letter, unless the sentence begins with a formula."""
    word = text.split(" ", 1)[0]
    return text[:1].upper() + text[1:] if word == "a" or (len(word) > 1 and word.isascii() and word.isalpha()) else text


def clauses_of(micros: Sequence[RuleApplication], show: Show) -> list[Words]:
    """What one rule did, once or several times in a row, said with the actual indices."""
    return list(SENTENCES[micros[0].rule.name]([fact for micro in micros for fact in micro.facts], show))
