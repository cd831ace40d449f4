"""Rows, columns and samples in words: which they are, what is special about them, and what is wrong there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from ...words import Words

Details = Mapping[str, str]


class Noun(NamedTuple):
    """One and several in English; what counts it in Chinese, and what comes after a number."""

    one: str
    several: str
    counted: str
    after: str


NOUNS = {
    "rows": Noun("row", "rows", "一行", "行"),
    "columns": Noun("column", "columns", "一列", "列"),
    "entries": Noun("entry", "entries", "一个", "个元素"),
    "row": Noun("sample", "samples", "一个", "个样本"),
}
WHICH = {
    "first": Words("最前{counted}", "the first"),
    "last": Words("最后{counted}", "the last"),
    "all": Words("全部", "all"),
    "ignored": Words("标签被忽略", "whose labels are ignored"),
    "after": Words("从 {number} 起", "all from {number} on"),
    "before": Words("前 {number} 个", "the first {number}"),
    "ends": Words("每 {number} 个的最后一个", "the last of every {number}"),
    "label": Words("标签是 {number}", "those of label {number}"),
}


def is_one(indices: str) -> bool:
    return indices.isdigit()


def where(details: Details, name: str) -> Words:
    """Row 4 (the last); columns 3, 5–7. `name` is the detail that holds them; `of` may be what they are."""
    noun, special = NOUNS[details.get("of", name)], which(details, name)
    if details.get("which") == "all":
        return Words(f"每{noun.counted}都", f"every {noun.one}")
    zh = f"第 {in_chinese(details[name])} {noun.after}".replace("等 ", "等")
    en = f"{noun.one if is_one(details[name]) else noun.several} {details[name]}"
    return Words(f"{zh}（{special.zh}）", f"{en} ({special.en})") if special else Words(zh, en)


def in_chinese(indices: str) -> str:
    """0、2–4 等: with the commas of Chinese."""
    return indices.replace(", …", " 等").replace(", ", "、")


def which(details: Details, name: str) -> Words | None:
    """What is special about them, from "last", "after 1024", …; None where nothing is."""
    told = details.get("which", "")
    if not told:
        return None
    key, _, number = told.partition(" ")
    words, counted = WHICH[key], NOUNS[details.get("of", name)].counted
    return Words(*(words[lang].format(number=number, counted=counted) for lang in ("zh", "en")))


def _where(zh: str, en: str, name: str = "rows") -> Callable[[Details], Words]:
    """A clause about rows, columns or entries of a vector."""

    def told(details: Details) -> Words:
        place = where(details, name)
        one = is_one(details[name]) or details.get("which") == "all"
        return Words(zh.format(place.zh), en.format(place.en, "is" if one else "are"))

    return told


def _tile(details: Details) -> Words:
    rows, columns = where(details, "rows"), where(details, "columns")
    return Words(f"{rows.zh}与{columns.zh}相交的那一块是 0", f"the tile of {rows.en} and {columns.en} is 0")


def _entries(details: Details) -> Words:
    entries = details["entries"]
    if "], [" not in entries:
        return Words(f"只有元素 {entries} 不对", f"only the entry {entries} is wrong")
    return Words(f"只有这些元素不对：{entries.replace('], [', ']、[')}", f"only these entries are wrong: {entries}")


def _label_missing(details: Details) -> Words:
    label = details["label"]
    zh, en = ("（最后一类）", " (the last)") if label == "C−1" else (" ", "")
    return Words(
        f"标签是 {label}{zh}的行没有减去 one-hot", f"the one-hot is not subtracted in rows of label {label}{en}"
    )


OF_PLACES: dict[str, Callable[[Details], Words]] = {
    "rows missing": _where("{}是 0", "{} {} 0"),
    "columns missing": _where("{}是 0", "{} {} 0", "columns"),
    "tile missing": _tile,
    "only in rows": _where("只有{}不对", "only {} {} wrong"),
    "only in columns": _where("只有{}不对", "only {} {} wrong", "columns"),
    "entries wrong": _entries,
    "sample missing": _where("求和时漏了{}", "the sum over samples lacks {}", "row"),
    "overflow": _where(
        "{}是 nan 或 inf，因为 exp 溢出：先减去每行的最大值",
        "{} {} nan or inf, as exp overflows: subtract each row's maximum first",
    ),
    "not finite": _where("{}是 nan 或 inf", "{} {} nan or inf"),
    "label missing": _label_missing,
}
"""A clause for each mistake that is made in some places alone."""
