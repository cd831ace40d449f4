"""A loss as a function of one output.

One output z varies, everything else stands at a telling value: the targets 0 or 1, the options at torch's defaults.
Values are those of the definition of L, slopes those of the derived ∂L/∂Z.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache

from sympy import Expr, Symbol

from ..index_calculus.expressions import Context, names_in
from ..index_calculus.judging.digits import DIGITS
from ..index_calculus.judging.evaluator import Evaluator
from ..index_calculus.symbols import SIZES, C
from ..linear import OUTPUTS
from ..losses.base import Loss
from ..losses.declared import Per, Values
from ..subject import derive
from .samples import Sampled

#: How many scores a row has, where a loss is one for each row; the others are 0.
CLASSES = 3
#: Between which outputs a loss is drawn.
RANGES = {
    Values.REAL: (Fraction(-3), Fraction(3)),
    Values.UNIT: (Fraction(0), Fraction(1)),
    Values.PROBABILITIES: (Fraction(0), Fraction(1)),
    Values.LOG_PROBABILITIES: (Fraction(-4), Fraction(0)),
    Values.POSITIVE: (Fraction(0), Fraction(4)),
}
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


@dataclass(frozen=True)
class Section(Sampled):
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

    @property
    def span(self) -> tuple[Fraction, Fraction]:
        return RANGES[self.loss.of_outputs]

    @property
    def value(self) -> tuple[Expr, dict[Symbol, int]]:
        return self._context.definitions["L"].right, {}

    @cached_property
    def slope(self) -> tuple[Expr, dict[Symbol, int]]:
        derived = derive(self.loss, OUTPUTS)
        return derived.result, dict.fromkeys(derived.targets, 1)

    @cached_property
    def _context(self) -> Context:
        """The definitions, without that of the outputs: these are given."""
        named = self.loss.context.definitions
        return Context({name: each for name, each in named.items() if name != self.letter})

    def evaluator(self, z: Fraction) -> Evaluator:
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
