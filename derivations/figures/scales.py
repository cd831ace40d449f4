"""Scales: where a number lies on an axis, and at which round numbers the axis has ticks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from .text import text_width

#: How much of an axis is left free at each end, so that no marker touches the frame.
FREE = 0.03
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Tick:
    value: float
    label: str  # empty for a minor tick

    def width(self, size: float) -> float:
        return text_width(self.label, size)


class Scale(Protocol):
    def part(self, value: float) -> float:
        """How far along the axis a value lies: 0 at its beginning, 1 at its end."""

    def ticks(self, most: int) -> list[Tick]:
        """Ticks inside the axis, of which at most `most` have a label."""


@dataclass(frozen=True)
class LinearScale:
    low: float
    high: float

    @classmethod
    def around(cls, values: Iterable[float], free: float = FREE) -> LinearScale:
        low, high = _ends(values)
        if low == high:
            low, high = low - (abs(low) / 2 or 1), high + (abs(high) / 2 or 1)
        room = free * (high - low)
        return cls(low - room, high + room)

    def part(self, value: float) -> float:
        return (value - self.low) / (self.high - self.low)

    def ticks(self, most: int) -> list[Tick]:
        step = next(s for s in _round_numbers(self.high - self.low, most) if self._count(s) <= most)
        first = math.ceil(self.low / step - 1e-9)
        values = [(first + place) * step for place in range(self._count(step))]
        return [Tick(value, label) for value, label in zip(values, _labels(values, step), strict=True)]

    def _count(self, step: float) -> int:
        return math.floor(self.high / step + 1e-9) - math.ceil(self.low / step - 1e-9) + 1


@dataclass(frozen=True)
class LogScale:
    low: float  # both are logarithms, to the base ten
    high: float

    @classmethod
    def around(cls, values: Iterable[float], free: float = FREE) -> LogScale:
        ends = LinearScale.around([math.log10(end) for end in _ends(values)], free)
        return cls(ends.low, ends.high)

    def part(self, value: float) -> float:
        return (math.log10(value) - self.low) / (self.high - self.low)

    def ticks(self, most: int) -> list[Tick]:
        powers = range(math.ceil(self.low - 1e-9), math.floor(self.high + 1e-9) + 1)
        if len(powers) < 2:
            return self._within_a_decade(most)
        every = math.ceil(len(powers) / most)
        labelled = [power for power in powers if power % every == 0]
        plain = all(-3 <= power <= 3 for power in labelled)
        ticks = [Tick(10.0**power, _plain(power) if plain else f"10{_raised(power)}") for power in labelled]
        if every > 1:
            return ticks + [Tick(10.0**power, "") for power in powers if power % every]
        between = [factor * 10.0**power for power in range(powers[0] - 1, powers[-1] + 1) for factor in (2, 5)]
        return ticks + [Tick(value, "") for value in between if len(powers) <= 5 and 0 <= self.part(value) <= 1]

    def _within_a_decade(self, most: int) -> list[Tick]:
        """Labels at 1, 2 and 5 times a power of ten; where even those are too few, at evenly spaced numbers."""
        steps = [
            factor * 10.0**power for power in range(math.floor(self.low), math.ceil(self.high)) for factor in (1, 2, 5)
        ]
        inside = [value for value in steps if 0 <= self.part(value) <= 1]
        if 2 <= len(inside) <= most:
            return [Tick(value, number(value)) for value in inside]
        return LinearScale(10.0**self.low, 10.0**self.high).ticks(most)


def number(value: float) -> str:
    """A round number as it is written beside a line."""
    return signed(f"{value:g}") if 1e-4 <= abs(value) < 1e5 or not value else _scientific(value)


def _ends(values: Iterable[float]) -> tuple[float, float]:
    finite = [value for value in values if math.isfinite(value)]
    return min(finite), max(finite)


def _round_numbers(span: float, most: int) -> Iterable[float]:
    """1, 2 and 5 times powers of ten, from below what `most` ticks over `span` would need, upwards."""
    power = math.floor(math.log10(span / most)) - 1
    while True:
        # A power of ten below one is divided by, not multiplied with, so that 0.3 is 3 / 10.
        yield from (factor * 10.0**power if power >= 0 else factor / 10.0**-power for factor in (1, 2, 5))
        power += 1


def _labels(values: list[float], step: float) -> list[str]:
    largest = max(map(abs, values), default=0)
    figures = math.floor(math.log10(largest or 1)) - math.floor(math.log10(step))  # after the first
    if (largest >= 1e5 or step < 1e-4) and figures <= 2:
        return [_scientific(value) for value in values]
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return [signed(f"{value:.{digits}f}") for value in values]


def _scientific(value: float) -> str:
    if not value:
        return "0"
    digits, _, power = f"{value:.3e}".partition("e")
    digits = digits.rstrip("0").rstrip(".")
    return signed(f"{digits}×10{_raised(int(power))}")


def _plain(power: int) -> str:
    return f"{10.0**power:.{max(0, -power)}f}"


def _raised(power: int) -> str:
    return str(power).translate(_RAISED)


def signed(text: str) -> str:
    """With a minus sign for a hyphen, and no sign before a zero."""
    return text.replace("-", "−") if any(digit in text for digit in "123456789") else text.replace("-", "")
