"""Why a line follows from the one before, as one sentence with the actual indices; and what follows from the last."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from . import algebra, derivatives
from .words import Show, Words

if TYPE_CHECKING:
    from ..derivation import RuleApplication, Step

SENTENCES = derivatives.SENTENCES | algebra.SENTENCES

NONNEGATIVE, VANISHES, BY_INDUCTION = "nonnegative", "vanishes", "by induction"
CONCLUSIONS = {
    NONNEGATIVE: Words(
        "平方都不为负，乘上不为负的系数再相加，还是不为负：这个二次型半正定。",
        "Squares are not negative, nor are sums of them with factors that are not: the quadratic form is positive "
        "semidefinite.",
    ),
    VANISHES: Words(
        "梯度为 0，当且仅当左右两边相等：这就是正规方程。矩阵 [X 1] 列满秩时（没有偏置时是 X），解只有一个。",
        "The gradient is 0 if and only if the two sides are equal: these are the normal equations. They have one "
        "solution if and only if the matrix [X 1] has full column rank (X, without a bias).",
    ),
    BY_INDUCTION: Words(
        "起点成立，又能从前一步推到这一步，所以对每一步都成立。",
        "It holds at the start, and each step follows from the one before: so it holds at every step.",
    ),
}


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
