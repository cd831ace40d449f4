"""When does a diagnosis say what was done? Answers are sets of mistakes; any one of several may be right."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Detail = str | int | float | tuple[str, ...] | Callable[[str], bool]


@dataclass(frozen=True)
class Named:
    """A mistake that may be named: its key, and those of its details that must be told."""

    key: str
    details: tuple[tuple[str, Any], ...] = ()

    def matches(self, mistake: Any) -> bool:
        if mistake.key != self.key:
            return False
        told = dict(mistake.details)
        if self.key == "divisor":
            wanted = dict(self.details)
            return not wanted or ratio(told["right"], told["wrong"]) in wanted["ratios"]
        return all(name in told and same(told[name], wanted) for name, wanted in self.details)

    def __str__(self) -> str:
        if self.key == "divisor" and self.details:
            return "divisor " + " or ".join(" ".join(map(str, each)) for each in dict(self.details)["as_written"])
        return f"{self.key} {dict(self.details)}" if self.details else self.key


def same(told: str, wanted: Any) -> bool:
    if isinstance(wanted, tuple):
        return any(same(told, each) for each in wanted)
    if isinstance(wanted, int | float):
        return abs(number(told) - wanted) <= 1e-3 * abs(wanted)
    if isinstance(wanted, list):  # which rows, columns or entries
        return [int(each) for each in re.findall(r"\d+", told)] == wanted
    return told == wanted


def number(told: str) -> float:
    try:
        return float(Fraction(told.replace("−", "-").replace("½", "1/2").replace(" ", "")))
    except (ValueError, ZeroDivisionError):
        return float("nan")


#: Other ways to write the right divisor of cross-entropy.
DIVISORS = {"Σw_y": "S", "kept": "S"}


def ratio(right: str, wrong: str) -> tuple[tuple[str, int], ...]:
    """right/wrong in lowest terms: N·C to N is 1/C. So the same statement in other words is the same answer."""
    powers: Counter[str] = Counter()
    for text, sign in ((right, 1), (wrong, -1)):
        factors = [each for each in re.split(r"[·*() ]+", text) if each]
        for factor in factors:
            name, _, power = factor.replace("²", "^2").partition("^")
            if name != "1":
                powers[DIVISORS.get(name, name) if sign == 1 else name] += sign * int(power or 1)
    return tuple(sorted((name, power) for name, power in powers.items() if power))


def divisor(*pairs: tuple[str, str] | str) -> Named:
    """divisor("N", "1"), or several pairs, any of which is true: divisor(("S", "kept"), ("S", "N"))."""
    if isinstance(pairs[0], str):
        pairs = ((pairs[0], str(pairs[1])),)
    ratios = {ratio(right, wrong) for right, wrong in pairs}
    return Named("divisor", (("ratios", frozenset(ratios)), ("as_written", pairs)))


def m(key: str, **details: Any) -> Named:
    return Named(key, tuple(details.items()))


Answer = tuple[Named, ...]


def answers(*accepted: Named | Answer) -> tuple[Answer, ...]:
    return tuple((each,) if isinstance(each, Named) else each for each in accepted)


NOTHING: Answer = ()  # different, and no common mistake explains it


def fits(mistakes: Iterable[Any], answer: Answer) -> bool:
    """Are these the mistakes of the answer, in any order?"""
    left = list(mistakes)
    if len(left) != len(answer):
        return False
    for named in answer:
        found = next((each for each in left if named.matches(each)), None)
        if found is None:
            return False
        left.remove(found)
    return True


def said(diagnosis: Any, accepted: tuple[Answer, ...]) -> str:
    """named, among alternatives, nothing, other name, called right."""
    if diagnosis.verdict == "agrees":
        return "called right"
    if diagnosis.verdict == "cannot tell":
        return "cannot tell"
    if any(fits(diagnosis.mistakes, answer) for answer in accepted):
        return "named"
    if any(fits(each, answer) for each in diagnosis.alternatives for answer in accepted):
        return "among alternatives"
    return "other name" if diagnosis.mistakes else "nothing"


def told(diagnosis: Any) -> str:
    others = "".join(f" | {' + '.join(map(str, each))}" for each in diagnosis.alternatives)
    return f"{diagnosis.verdict}: {' + '.join(map(str, diagnosis.mistakes)) or 'no name'}{others}"


def counts(found: Mapping[str, str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in sorted(Counter(found.values()).items()))
