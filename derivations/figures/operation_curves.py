"""A picture of a function of one entry: its value and its slope, with the corners and what torch chooses there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from sympy import Expr, Symbol

from ..index_calculus.expressions import Context
from ..index_calculus.judging.digits import DIGITS
from ..index_calculus.judging.evaluator import Evaluator
from ..index_calculus.symbols import SIZES
from ..operations.pointwise import Pointwise
from ..subject import derive
from ..wording import LANGUAGES, Words
from .curve_words import seen_of, told
from .figure import Figure
from .samples import Sampled
from .scales import number
from .value_and_slope import small

#: Telling values of the numbers that formulas hold, by torch's names for them.
HELD: Mapping[str, Fraction] = {
    **dict.fromkeys(("alpha", "scale", "input_scale", "beta", "max", "max_val", "threshold"), Fraction(1)),
    **dict.fromkeys(("min", "min_val"), Fraction(-1)),
    "negative_slope": Fraction(1, 5),
    "lambd": Fraction(1, 2),
    "value": Fraction(0),
    "base": Fraction(2),
}
SHAPE = Words("函数与斜率", "value and slope")
RESULT = Words("Z", "Z")


@dataclass(frozen=True)
class OfOneEntry(Sampled):
    """Z as a function of A, and its slope: what is handed on where the gradient that arrives is 1."""

    operation: Pointwise
    letter = "A"
    span = (Fraction(-4), Fraction(4))

    @cached_property
    def held(self) -> dict[str, Fraction]:
        """The numbers that the formula holds, by letter."""
        return {letter: HELD[name] for letter, name in self.operation.numbers.items()}

    @cached_property
    def value(self) -> tuple[Expr, dict[Symbol, int]]:
        own = self.operation.definition
        return own.right, dict.fromkeys(own.placeholders, 1)

    @cached_property
    def slope(self) -> tuple[Expr, dict[Symbol, int]]:
        derived = derive(self.operation, "A")
        return derived.result, dict.fromkeys(derived.targets, 1)

    def evaluator(self, z: Fraction) -> Evaluator:
        given = {"A": z, "G": Fraction(1), **self.held}
        return Evaluator(dict.fromkeys(SIZES, 1), self._context, lambda name, at: given[name], DIGITS)

    @cached_property
    def _context(self) -> Context:
        return self.operation.context.without("L")

    @property
    def equations(self) -> str:
        """At which numbers it is drawn, as negative_slope = 0.2."""
        numbers = self.operation.numbers.items()
        return ", ".join(f"{name} = {number(float(self.held[letter]))}" for letter, name in numbers)


def operation_curve(operation: Pointwise) -> Figure:
    """Return a small picture of a function of one entry, without words, for a line of formulas.

    Numbers that the formula holds stand at telling values, which the caption says. Raises KeyError for a number of
    which none is known.
    """
    curve = OfOneEntry(operation)
    title = Words(f"{operation.called.zh}：{SHAPE.zh}", f"{operation.called.en}: {SHAPE.en}")
    at = [Words(curve.equations, curve.equations)] if curve.held else []
    alternative = told([*at, *seen_of(curve, "A", RESULT)])
    return Figure(
        {lang: small([curve], title[lang], alternative[lang], lang) for lang in LANGUAGES},
        {lang: alternative[lang] for lang in LANGUAGES},
        dict.fromkeys(LANGUAGES, curve.equations),
    )
