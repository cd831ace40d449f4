"""What a picture of a loss says: its title, its axis, its legend, and what is seen, for those who cannot see it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..index_calculus.printing.plain import Plain
from ..losses.base import TARGETS, Loss
from ..losses.declared import Per, Values
from ..wording import Words
from .loss_samples import Section
from .samples import Corner
from .scales import number

VALUE, SLOPE, BOTH = Words("损失", "loss"), Words("斜率", "slope"), Words("损失与斜率", "loss and slope")
OTHERS = Words("其余的输出都是 0", "all other outputs 0")
UP, DOWN = Words("升", "rises"), Words("降", "falls")
COMMA, STOP = Words("，", ", "), Words("。", ". ")


def title(loss: Loss) -> Words:
    return Words(f"{loss.torch_name} 的损失与斜率", f"{loss.torch_name}: loss and slope")


def axis(curves: Sequence[Section]) -> Words:
    """What varies, and at which values all else that matters stands."""
    first = curves[0]
    own, letter = first.loss.drawn_at.get(first.letter), _output(first)
    varies = Words(f"输出 {letter}", f"output {letter}")
    if own is not None:
        row = _row((letter, *map(number, own[1:])))
        varies = Words(f"输出 {letter}，这一行是 {row}", f"output {letter} of the row {row}")
    elif _label(first):
        varies = Words(f"正确类别的输出 {letter}", f"output {letter} of the right class")
    held = [Words(each, each) for each in _equations(first)]
    held += [OTHERS] if own is None and first.loss.per is Per.ROW else []
    return _joined(COMMA, [varies, *held])


def label(curve: Section, what: Words) -> Words:
    """Of a curve in the legend."""
    if curve.told is None:
        return what
    return Words(f"{what.zh}，{_value(curve, curve.told)}", f"{what.en}, {_value(curve, curve.told)}")


def seen(curves: Sequence[Section]) -> Words:
    """What the picture shows, in sentences."""
    sentences = [axis(curves), *(sentence for curve in curves for sentence in _sentences(curve)), Words("", "")]
    return _joined(STOP, [Words(each.zh, each.en[:1].upper() + each.en[1:]) for each in sentences])


def _sentences(curve: Section) -> Iterator[Words]:
    given = Words("", "")
    if curve.told is not None:
        given = Words(f"{_value(curve, curve.told)} 时，", f"With {_value(curve, curve.told)}, ")
    places, values, slopes = zip(*((float(z), value, slope) for z, value, slope in curve.points), strict=True)
    letter = _output(curve)
    along = Words(
        f"{letter} 从 {number(_short(places[0]))} 到 {number(_short(places[-1]))}",
        f"as {letter} goes from {number(_short(places[0]))} to {number(_short(places[-1]))}",
    )
    loss, slope = _course(letter, places, values), _course(letter, places, slopes)
    yield Words(
        f"{given.zh}{along.zh}，损失{loss.zh}，斜率{slope.zh}",
        f"{given.en}{along.en} the loss {loss.en}, its slope {slope.en}",
    )
    yield from (_of_corner(letter, corner) for corner in curve.corners)


def _of_corner(letter: str, corner: Corner) -> Words:
    at, slope = number(_short(corner.z)), number(_short(corner.slope))
    if corner.jumps:
        before, after = number(_short(corner.before)), number(_short(corner.after))
        return Words(
            f"拐点在 {letter} = {at}：斜率从 {before} 跳到 {after}，torch 取 {slope}",
            f"At the corner {letter} = {at} the slope leaps from {before} to {after}, and torch takes {slope}",
        )
    return Words(
        f"在 {letter} = {at} 处两段相接，斜率是 {slope}", f"At {letter} = {at} two pieces meet with the slope {slope}"
    )


def _course(letter: str, places: Sequence[float], heights: Sequence[float]) -> Words:
    """How a curve runs: up, down, or to its lowest point and up again."""
    first, last, low, high = (number(_short(each)) for each in (heights[0], heights[-1], min(heights), max(heights)))
    if low == high:
        return Words(f"一直是 {low}", f"stays at {low}")
    for turn, (to, away) in ((min(heights), (DOWN, UP)), (max(heights), (UP, DOWN))):
        if number(_short(turn)) not in (first, last):
            at, there = f"{letter} = {number(_short(places[heights.index(turn)]))}", number(_short(turn))
            return Words(
                f"从 {first} {to.zh}到 {at} 处的 {there}，再{away.zh}到 {last}",
                f"{to.en} from {first} to {there} at {at} and {away.en} to {last}",
            )
    way = UP if heights[-1] > heights[0] else DOWN
    return Words(f"从 {first} {way.zh}到 {last}", f"{way.en} from {first} to {last}")


def _output(curve: Section) -> str:
    """What an entry of the outputs is called."""
    return Plain().symbol(curve.letter).lower()


def _equations(curve: Section) -> list[str]:
    """The values that all curves share and that the formula has, as y = 0. A label is said to be the right class."""
    return [_value(curve, letter) for letter in curve.shown if letter not in (curve.told, _label(curve))]


def _label(curve: Section) -> str | None:
    """The letter of the operand that holds labels, if there is one: they name the class whose output varies."""
    return next((each.letter for each in curve.loss.operands if each.values is Values.LABELS), None)


def _value(curve: Section, letter: str) -> str:
    """As y = 0; by torch's name where that is no target, as delta = 1; a row as input2 = (1, 0)."""
    loss = curve.loss
    named = {option.letter: option.name for option in loss.declared}
    named |= {operand.letter: operand.name for operand in loss.operands if operand.name != TARGETS}
    row = loss.drawn_at.get(letter)
    value = number(float(curve.held[letter])) if row is None else _row(map(number, row))
    return f"{named.get(letter, letter.lower())} = {value}"


def _row(entries: Iterable[str]) -> str:
    return f"({', '.join(entries)})"


def _short(value: float) -> float:
    return float(f"{value:.2f}")


def _joined(separator: Words, parts: Sequence[Words]) -> Words:
    zh, en = separator.zh.join(part.zh for part in parts), separator.en.join(part.en for part in parts)
    return Words(zh.strip(), en.strip())
