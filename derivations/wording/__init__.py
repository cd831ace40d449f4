"""The sentences, in Chinese and in English: a name for each rule, and a template for each fact."""

from .names import MODES, OPINIONS, RULES, SYMBOLS
from .reason import BY_INDUCTION, CONCLUSIONS, NONNEGATIVE, SENTENCES, VANISHES, clauses_of, reason
from .words import LANGUAGES, Show, Words

__all__ = [
    "BY_INDUCTION",
    "CONCLUSIONS",
    "LANGUAGES",
    "MODES",
    "NONNEGATIVE",
    "OPINIONS",
    "RULES",
    "SENTENCES",
    "SYMBOLS",
    "VANISHES",
    "Show",
    "Words",
    "clauses_of",
    "reason",
]
