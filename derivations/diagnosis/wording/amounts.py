"""Numbers in sentences: how many times as large, and the sizes that divisors are made of."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from ...words import Words
from ..mistake import Mistake
from ..searching.ratios import Product

#: Mistakes by which every entry is multiplied.
OF_ALL = ("divisor", "factor", "sign")
#: What a quantity is, where its letter does not say so.
MEANING = {
    "kept": Words("没有被忽略的行数", "the rows that are not ignored"),
    "Σw": Words("全部权重之和", "the sum of all weights"),
    "Σw_y": Words("各行标签的权重之和", "the sum of the labels' weights"),
    "S": Words("没有被忽略的各行标签的权重之和", "the weights of labels that are not ignored"),
    "ΣA": Words("目标之和", "the sum of the targets"),
    "ΣY": Words("目标之和", "the sum of the targets"),
    "B": Words("样本数", "the samples"),
    "T": Words("每个样本的位置数", "the positions of a sample"),
}
#: Ratios are known to six digits; fractions of numbers up to this are told as such.
NEAR, SMALL = 2e-6, 12


def is_of_all(mistake: Mistake) -> bool:
    """Is every entry multiplied, and not one summand alone?"""
    return mistake.key in OF_ALL and "where" not in dict(mistake.details)


def number(text: str) -> str:
    """In three digits, or in as many as tell it from 1; a minus is one. What is no number stays as it is."""
    try:
        value = float(text)
    except ValueError:
        return text.replace("-", "−")
    if not math.isfinite(value):
        return text
    if value.is_integer() or abs(value) >= 1000:
        shown = f"{value:.0f}"
    elif 0 < abs(abs(value) - 1) < 0.01:
        shown = f"{value:.{1 - math.floor(math.log10(abs(abs(value) - 1)))}f}".rstrip("0")
    else:
        shown = f"{value:.3g}"
    return shown.replace("-", "−")


def multiple(text: str) -> Words:
    """Of what it should be: 5 times, 1/15, 5/7, 0.46 times."""
    fraction = _fraction(text)
    shown = number(text) if fraction is None else str(fraction).replace("-", "−")
    if fraction is not None and abs(fraction) < 1:
        return Words(f"应有值的 {shown}", f"{shown} of what it should be")
    return Words(f"应有值的 {shown} 倍", f"{shown} times what it should be")


def _fraction(text: str) -> Fraction | None:
    """As a fraction of small numbers, or with 1 above, where it is one."""
    try:
        value = Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None
    if not value:
        return None
    for near in (value.limit_denominator(SMALL), 1 / Fraction(round(1 / value) or 1)):
        if abs(near - value) <= NEAR * abs(value) and (abs(near) < SMALL or near.denominator == 1):
            return near
    return None


def sizes_of(text: str) -> dict[str, str]:
    """N = 5, C = 3, as a diagnosis has them among its numbers."""
    return dict(each.split(" = ", 1) for each in text.split(", ")) if text else {}


def quantity(name: str, known: Mapping[str, str], beside: str = "") -> Words:
    """N·C = 15; kept = 5 (the rows that are not ignored). N is B·T where `beside` mentions one of them."""
    told = f"{name} = B·T" if name == "N" and {"B", "T"} & {*Product.of(beside).above} else name
    if (value := _value(name, known)) is not None and name != "1":
        told += f" = {float(value):.4g}"
    meaning = MEANING.get(name)
    return Words(f"{told}（{meaning.zh}）", f"{told} ({meaning.en})") if meaning else Words(told, told)


def _value(name: str, known: Mapping[str, str]) -> Fraction | None:
    """Of N·C, N/kept, 2, …; None where a part of it is not known."""
    above, *below = (Product.of(part).above for part in name.split("/"))
    try:
        values = [[Fraction(known.get(each, each)) for each in some] for some in (above, *below)]
        return math.prod(values[0], start=Fraction(1)) / math.prod(itertools.chain(*values[1:]), start=Fraction(1))
    except (ValueError, ZeroDivisionError):
        return None


def ratio(mistakes: Iterable[Mistake], known: Mapping[str, str]) -> Fraction | None:
    """By what mistakes of all entries multiply them, where that is made of whole numbers that are known."""
    whole = {name: value for name, value in known.items() if value.isdigit()}
    found = Fraction(1)
    for each in mistakes:
        details = dict(each.details)
        parts = {"divisor": ("right", "wrong"), "factor": ("times",)}.get(each.key, ())
        values = [_value(details[part], whole) for part in parts]
        if not all(values):
            return None
        above, *below = [value for value in values if value] or [Fraction(-1)]
        found *= above / math.prod(below, start=Fraction(1))
    return found


def alike(first: Sequence[Mistake], others: Iterable[Mistake], known: Mapping[str, str]) -> str:
    """Why data fit other mistakes too: N = C = 4; or the sizes that only the others are wrong by."""
    of_first, of_others = _wrong_by(first), _wrong_by(others)
    same: dict[str, list[str]] = {}
    for name, value in known.items():
        if name in of_first | of_others:
            same.setdefault(value, []).append(name)
    new = of_others - of_first
    return ", ".join(" = ".join([*names, value]) for value, names in same.items() if len(names) > 1 or new & {*names})


def _wrong_by(mistakes: Iterable[Mistake]) -> set[str]:
    """The quantities that everything is multiplied or divided by, and should not be."""
    found = set[str]()
    for each in mistakes:
        details = dict(each.details)
        if each.key == "divisor":
            ratio = Product.of(details["right"]).over(Product.of(details["wrong"].partition("/")[0]))
            found |= {*ratio.above, *ratio.below}
        elif each.key == "factor":
            found |= {*Product.of(details["times"]).above}
    return found
