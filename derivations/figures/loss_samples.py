"""A loss as a function of one output: its values, its slopes and its corners, as numbers to draw.

One output z varies, everything else stands at a telling value: the targets 0 or 1, the options at torch's defaults.
Values are those of the definition of L, slopes those of the derived ∂L/∂Z, both evaluated with 50 digits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import pairwise

from sympy import Expr

from ..index_calculus.expressions import Context, names_in
from ..index_calculus.judging.digits import DIGITS
from ..index_calculus.judging.evaluator import Evaluator
from ..index_calculus.symbols import SIZES, C
from ..linear import OUTPUTS
from ..losses.base import Loss
from ..losses.declared import Per, Values
from ..subject import derive

#: How many scores a row has, where a loss is one for each row; the others are 0.
CLASSES = 3
#: Between which outputs a loss is drawn, and at how many steps.
RANGES = {
    Values.REAL: (Fraction(-3), Fraction(3)),
    Values.UNIT: (Fraction(0), Fraction(1)),
    Values.PROBABILITIES: (Fraction(0), Fraction(1)),
    Values.LOG_PROBABILITIES: (Fraction(-4), Fraction(0)),
    Values.POSITIVE: (Fraction(0), Fraction(4)),
}
STEPS = 96
#: At which values a loss is drawn, by what its operand holds: each is a colour where there are two.
TELLING = {
    Values.REAL: (Fraction(0),),
    Values.POSITIVE: (Fraction(1),),
    Values.UNIT: (Fraction(1), Fraction(0)),
    Values.BITS: (Fraction(1), Fraction(0)),
    Values.SIGNS: (Fraction(1), Fraction(-1)),
    Values.COUNTS: (Fraction(1), Fraction(0)),
    Values.LABELS: (Fraction(1),),
    Values.PROBABILITIES: (Fraction(1, 2),),
    Values.LOG_PROBABILITIES: (Fraction(-1),),
    Values.CLASS_SETS: (Fraction(1),),
}
#: How close to a corner its sides are looked at.
NEAR = Fraction(1, 2**20)

Point = tuple[float, float]


@dataclass(frozen=True)
class Corner:
    """Where two pieces meet: the output, the loss, and the slope there and on both sides; torch's is that there."""

    z: float
    value: float
    slope: float
    before: float
    after: float

    @property
    def jumps(self) -> bool:
        """Does the slope leap, or does it only bend?"""
        return abs(self.after - self.before) > 1e-3


@dataclass(frozen=True)
class Section:
    """A loss along one output. `held` are the values of all else that its formula holds, by letter."""

    loss: Loss
    held: Mapping[str, Fraction]
    #: The letter of what tells this curve from another, if there is another.
    told: str | None = None

    @property
    def letter(self) -> str:
        """What the formulas call the outputs."""
        return self.loss.tensor(OUTPUTS).name

    @property
    def shown(self) -> list[str]:
        """The letters of all that is held and that the formula has."""
        formula = self._context.definitions["L"].right
        has = names_in(formula) | self._context.reachable(formula)
        return [letter for letter in self.held if letter in has]

    @cached_property
    def points(self) -> tuple[tuple[Fraction, float, float], ...]:
        """(z, loss, slope) from left to right, where both are defined; at a corner there is a point on either side."""
        low, high = RANGES[self.loss.of_outputs]
        places = {low + (high - low) * step / STEPS for step in range(STEPS + 1)}
        bends = {corner.z for corner in self.corners}
        places = {place for place in places if float(place) not in bends}
        places |= {Fraction(z) + side for z in bends for side in (-NEAR, NEAR)}
        found = ((place, self._at(place)) for place in sorted(places))
        return tuple((place, *numbers) for place, numbers in found if numbers is not None)

    @cached_property
    def corners(self) -> tuple[Corner, ...]:
        """Where an argument of max, |·|, sign or step is 0 and the slope leaps or bends, from left to right."""
        low, high = RANGES[self.loss.of_outputs]
        places = [low + (high - low) * step / STEPS for step in range(STEPS + 1)]
        crossed = {self._between(a, b) for a, b in pairwise(places) if self._pieces(a) != self._pieces(b)}
        corners = (self._corner(place) for place in sorted(crossed) if low < place < high)
        return tuple(corner for corner in corners if corner is not None)

    def pieces(self) -> Iterator[list[tuple[float, float, float]]]:
        """The points, parted at the corners."""
        run: list[tuple[float, float, float]] = []
        ends = [corner.z for corner in self.corners]
        for z, value, slope in self.points:
            if ends and z > ends[0]:
                ends.pop(0)
                yield run
                run = []
            run.append((float(z), value, slope))
        yield run

    @cached_property
    def _known(self) -> dict:
        """What has been evaluated, by the output."""
        return {}

    @cached_property
    def _context(self) -> Context:
        """The definitions, without that of the outputs: these are given."""
        named = self.loss.context.definitions
        return Context({name: each for name, each in named.items() if name != self.letter})

    @cached_property
    def _slope(self) -> tuple[Expr, dict]:
        derived = derive(self.loss, OUTPUTS)
        return derived.result, dict.fromkeys(derived.targets, 1)

    def _evaluator(self, z: Fraction) -> Evaluator:
        letter, rows = self.letter, self.loss.drawn_at

        def value(name: str, at: tuple[int, ...]) -> Fraction:
            if name == letter and set(at) == {1}:
                return z
            if name in rows:
                return Fraction(str(rows[name][max(at) - 1]))
            return Fraction(0) if name == letter else self.held.get(name, Fraction(1))

        columns = max(map(len, rows.values()), default=CLASSES if self.loss.per is Per.ROW else 1)
        sizes = {size: columns if size == C else 1 for size in SIZES}
        return Evaluator(sizes, self._context, value, DIGITS)

    def _at(self, z: Fraction) -> tuple[float, float] | None:
        """The loss and its slope; None where one of them is not defined."""
        return self._met(z)[0]

    def _pieces(self, z: Fraction) -> dict[Expr, set[int]]:
        """Which piece of which corner the loss and its slope are on."""
        return self._met(z)[1]

    def _met(self, z: Fraction) -> tuple[tuple[float, float] | None, dict[Expr, set[int]]]:
        if z not in self._known:
            evaluate, (slope, entry) = self._evaluator(z), self._slope
            try:
                numbers = float(evaluate(self._context.definitions["L"].right)), float(evaluate(slope, entry))
                self._known[z] = numbers, evaluate.taken
            except (ArithmeticError, OverflowError):
                self._known[z] = None, {}
        return self._known[z]

    def _between(self, a: Fraction, b: Fraction) -> Fraction:
        """Where the pieces change: exactly, if it is a simple fraction."""
        left = self._pieces(a)
        while b - a > NEAR / 2:
            middle = (a + b) / 2
            a, b = (middle, b) if self._pieces(middle) == left else (a, middle)
        simple = a.limit_denominator(1000)
        return simple if abs(simple - a) <= NEAR else a

    def _corner(self, z: Fraction) -> Corner | None:
        """The corner at z; None where the pieces that meet there are the same, as under a factor of 0."""
        around = [self._at(z + side * NEAR) for side in (-2, -1, 0, 1, 2)]
        if any(each is None for each in around):
            return None
        (_, far), (_, before), (value, slope), (_, after), (_, beyond) = (each for each in around if each)
        bends = abs((beyond - after) - (before - far)) / float(NEAR) > 1e-3
        corner = Corner(float(z), value, slope, before, after)
        return corner if corner.jumps or bends else None


@lru_cache(maxsize=128)  # a loss is drawn large and small
def sections(loss: Loss) -> tuple[Section, ...]:
    """The curves of a loss: one, or two where an operand says yes or no."""
    operands = {operand.letter: TELLING[operand.values] for operand in loss.operands}
    told = next((letter for letter, values in operands.items() if len(values) > 1), None)
    held = {option.letter: Fraction(str(option.default)) for option in loss.declared if _is_number(option.default)}
    held |= {letter: values[0] for letter, values in operands.items()}
    if told is None:
        return (Section(loss, held),)
    return tuple(Section(loss, held | {told: value}, told) for value in operands[told])


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
