"""What a picture of a loss says: its title, its axis, its legend, and what is seen, for those who cannot see it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..index_calculus.printing.plain import Plain
from ..losses.base import TARGETS, Loss
from ..losses.declared import Per, Values
from ..wording import Words
from .curve_words import COMMA, joined, seen_of, told
from .loss_samples import Section
from .scales import number

VALUE, SLOPE, BOTH = Words("损失", "loss"), Words("斜率", "slope"), Words("损失与斜率", "loss and slope")
OTHERS = Words("其余的输出都是 0", "all other outputs 0")


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
    return joined(COMMA, [varies, *held])


def label(curve: Section, what: Words) -> Words:
    """Of a curve in the legend."""
    if curve.told is None:
        return what
    return Words(f"{what.zh}，{_value(curve, curve.told)}", f"{what.en}, {_value(curve, curve.told)}")


def seen(curves: Sequence[Section]) -> Words:
    """What the picture shows, in sentences."""
    return told([axis(curves), *(sentence for curve in curves for sentence in _sentences(curve))])


def _sentences(curve: Section) -> Iterator[Words]:
    given = Words("", "")
    if curve.told is not None:
        given = Words(f"{_value(curve, curve.told)} 时，", f"With {_value(curve, curve.told)}, ")
    first, *corners = seen_of(curve, _output(curve), Words("损失", "the loss"))
    yield Words(given.zh + first.zh, given.en + first.en)
    yield from corners


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
