"""The words of derivations, in Chinese and in English: a name for each rule, and a template for each fact."""

from . import algebra, derivatives
from .conclusions import BY_INDUCTION, CONCLUSIONS, NONNEGATIVE, VANISHES
from .names import MODES, OPINIONS, RULES, SYMBOLS
from .phrases import LANGUAGES, Show, Words

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
]

SENTENCES = derivatives.SENTENCES | algebra.SENTENCES
