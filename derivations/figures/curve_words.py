"""What is seen of a value and its slope over one number, for those who cannot see the picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..wording import Words
from .samples import Corner, Sampled
from .scales import number

UP, DOWN = Words("升", "rises"), Words("降", "falls")
COMMA, STOP = Words("，", ", "), Words("。", ". ")


def told(sentences: Iterable[Words]) -> Words:
    """The sentences one after the other."""
    said = [Words(each.zh, each.en[:1].upper() + each.en[1:]) for each in sentences]
    return joined(STOP, [*said, Words("", "")])


def seen_of(curve: Sampled, letter: str, value: Words) -> Iterator[Words]:
    """How the curve runs, its value called so, and then each of its corners."""
    places, values, slopes = zip(*((float(z), value, slope) for z, value, slope in curve.points), strict=True)
    first, last = number(short(places[0])), number(short(places[-1]))
    runs, slope = _course(letter, places, values), _course(letter, places, slopes)
    yield Words(
        f"{letter} 从 {first} 到 {last}，{value.zh}{_space(value.zh)}{runs.zh}，斜率{slope.zh}",
        f"as {letter} goes from {first} to {last} {value.en} {runs.en}, its slope {slope.en}",
    )
    yield from (_of_corner(letter, corner) for corner in curve.corners)


def _space(zh: str) -> str:
    return " " if zh[-1].isascii() else ""


def _of_corner(letter: str, corner: Corner) -> Words:
    at, slope = number(short(corner.z)), number(short(corner.slope))
    if corner.jumps:
        before, after = number(short(corner.before)), number(short(corner.after))
        return Words(
            f"拐点在 {letter} = {at}：斜率从 {before} 跳到 {after}，torch 取 {slope}",
            f"At the corner {letter} = {at} the slope leaps from {before} to {after}, and torch takes {slope}",
        )
    return Words(
        f"在 {letter} = {at} 处两段相接，斜率是 {slope}", f"At {letter} = {at} two pieces meet with the slope {slope}"
    )


def _course(letter: str, places: Sequence[float], heights: Sequence[float]) -> Words:
    """How a curve runs: up, down, or to its lowest point and up again."""
    first, last, low, high = (number(short(each)) for each in (heights[0], heights[-1], min(heights), max(heights)))
    if low == high:
        return Words(f"一直是 {low}", f"stays at {low}")
    for turn, (to, away) in ((min(heights), (DOWN, UP)), (max(heights), (UP, DOWN))):
        if number(short(turn)) not in (first, last):
            at, there = f"{letter} = {number(short(places[heights.index(turn)]))}", number(short(turn))
            return Words(
                f"从 {first} {to.zh}到 {at} 处的 {there}，再{away.zh}到 {last}",
                f"{to.en} from {first} to {there} at {at} and {away.en} to {last}",
            )
    way = UP if heights[-1] > heights[0] else DOWN
    return Words(f"从 {first} {way.zh}到 {last}", f"{way.en} from {first} to {last}")


def short(value: float) -> float:
    return float(f"{value:.2f}")


def joined(separator: Words, parts: Sequence[Words]) -> Words:
    zh, en = separator.zh.join(part.zh for part in parts), separator.en.join(part.en for part in parts)
    return Words(zh.strip(), en.strip())
