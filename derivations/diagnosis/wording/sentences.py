"""What a diagnosis says: clauses of mistakes in a sentence, the numbers that show them, and what else it may be."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ...verdict import AGREES, CANNOT_TELL, Verdict
from ...words import Words
from ..mistake import Mistake
from .amounts import alike, is_of_all, multiple, ratio, sizes_of
from .clauses import clause

MANY = {
    2: Words("两个错误叠在一起", "two mistakes at once"),
    3: Words("三个错误叠在一起", "three mistakes at once"),
    4: Words("四个错误叠在一起", "four mistakes at once"),
}
#: What is said after another mistake: where it is, or in what precision it was computed.
ONLY_IN = ("only in rows", "only in columns")
#: So many other explanations are told.
OTHERS = 2


def sentence(
    verdict: Verdict,
    mistakes: Sequence[Mistake],
    others: Sequence[Sequence[Mistake]] = (),
    numbers: Mapping[str, Any] | None = None,
) -> Words:
    """What is wrong, and what else it may be; that nothing is; or that nothing can be told."""
    if verdict == AGREES:
        return Words("对：每个元素都在误差界之内。", "Right: every entry is within its bound.")
    if verdict == CANNOT_TELL:
        return Words(
            "看不出对错：误差界太宽，错了也可能看不出来。",
            "Cannot tell: the bounds are so wide that a mistake might not show.",
        )
    if not mistakes and "pairs" in (numbers or {}):
        return Words(
            "不对，常见的错误都解释不了；两个错误同时出现的情形没有试完。",
            "Different, and no common mistake explains it; not every pair of mistakes was tried.",
        )
    if not mistakes:
        return Words("不对，常见的错误都解释不了。", "Different, and no common mistake explains it.")
    known, measured = (str((numbers or {}).get(name, "")) for name in ("sizes", "ratio"))
    sizes = sizes_of(known)
    what = (_several if len(mistakes) > 1 else _one)(mistakes, sizes, measured)
    more = _others(mistakes, others, sizes)
    return Words(f"{what.zh}。{more.zh}", f"{_capital(what.en)}.{more.en}")


def _one(mistakes: Sequence[Mistake], sizes: Mapping[str, str], measured: str) -> Words:
    """1/N is missing: N = 5, and every entry is 5 times what it should be."""
    what = clause(mistakes[0], sizes, alone=True)
    for each in _every_entry(mistakes, sizes, measured):
        return Words(
            f"{what.zh}{'，' if '：' in what.zh else '：'}{each.zh}",
            f"{what.en}{', and ' if ': ' in what.en else ': '}{each.en}",
        )
    return what


def _several(mistakes: Sequence[Mistake], sizes: Mapping[str, str], measured: str) -> Words:
    what = together(mistakes, sizes)
    for each in _every_entry(mistakes, sizes, measured):
        return Words(f"{what.zh}。{each.zh}", f"{what.en}. {_capital(each.en)}")
    return what


def together(mistakes: Sequence[Mistake], sizes: Mapping[str, str]) -> Words:
    """Clauses of several mistakes as one; or where the only one is."""
    *before, last = mistakes
    if before and last.key in ONLY_IN:
        place, what = clause(last), together(before, sizes)
        return Words(f"{place.zh}：{what.zh}", f"{place.en}: {what.en}")
    if before and last.key == "precision":
        what = together(before, sizes)
        return Words(
            f"{what.zh}；而且像是用 {last['dtype']} 算的", f"{what.en}; and it seems to be computed in {last['dtype']}"
        )
    if len(mistakes) == 1:
        return in_brackets(clause(last, sizes))
    told = [in_brackets(clause(each, sizes)) for each in mistakes]
    zh, en = "；".join(each.zh for each in told), "; and ".join(each.en for each in told)
    many = MANY[len(told)]
    return Words(f"{many.zh}：{zh}", f"{many.en}: {en}")


def in_brackets(told: Words) -> Words:
    """What follows a colon in brackets instead, and what is in brackets there between commas."""
    zh, _, more_zh = told.zh.partition("：")
    en, _, more_en = told.en.partition(": ")
    if not more_en:
        return told
    more_zh = re.sub("（(.*?)）", r"，即\1，", more_zh).replace("，，", "，").removesuffix("，")
    more_en = re.sub(r" \((.*?)\)", r", \1,", more_en).replace(",,", ",").removesuffix(",")
    return Words(f"{zh}（{more_zh}）", f"{en} ({more_en})")


def _every_entry(mistakes: Sequence[Mistake], sizes: Mapping[str, str], measured: str) -> list[Words]:
    """How many times what it should be every entry is, where that is all that is wrong and is not said yet."""
    if not all(map(is_of_all, mistakes)):
        return []
    exactly = ratio(mistakes, sizes)
    if exactly is None and not measured:
        return []
    of_what = multiple(measured if exactly is None else str(exactly))
    every = Words(f"每个元素都是{of_what.zh}", f"every entry is {of_what.en}")
    return [] if len(mistakes) == 1 and clause(mistakes[0]) == every else [every]


def _others(first: Sequence[Mistake], others: Sequence[Sequence[Mistake]], sizes: Mapping[str, str]) -> Words:
    """What else explains the same numbers, and why: sizes that are the same."""
    if not others:
        return Words("", "")
    told = [together(each, {}) for each in others[:OTHERS]]
    zh, en = "；或者：".join(each.zh for each in told), "; or: ".join(each.en for each in told)
    if why := alike(first, [each for some in others[:OTHERS] for each in some], sizes):
        return Words(
            f"这些数据里 {why.replace(', ', '，')}，所以也可能是：{zh}。",
            f" As {why.replace(', ', ' and ')}, these data fit this as well: {en}.",
        )
    return Words(f"只看这些数据，也可能是：{zh}。", f" These data fit this as well: {en}.")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
