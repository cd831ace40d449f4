"""Constant ratios: given = r · gradient, and what r is made of."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from ..mistake import Mistake

#: What a divisor may be made of, in the order of its factors, and how unlikely each is.
COSTS = {
    **{"S": 1.3, **dict.fromkeys(("kept", "Σw_y", "Σw", "N", "B", "T", "C"), 0.8)},
    **{"D": 0.9, "ΣA": 1.3, "ΣY": 1.3, "1−ε": 1.8, "N−1": 1.3, "C−1": 1.8},
}
#: The factor 2 or 4, too much or too few, and the sign.
TWOS, SIGN = {0: 0.0, 1: 0.7, -1: 0.7, 2: 1.2, -2: 1.2}, 0.5
POWERS = "²³"
#: Two quantities are the same number where they differ by less than this part: sums of weights are rounded.
SAME = 1e-12


LATEX = {
    "ΣA": r"\sum_{nj} A_{nj}",
    "ΣY": r"\sum_{nj} Y_{nj}",
    "kept": r"|\mathrm{kept}|",
    "Σw": r"\sum_k w_k",
    "Σw_y": r"\sum_n w_{y_n}",
    "1−ε": r"(1 - \varepsilon)",
    "N−1": "(N - 1)",
    "C−1": "(C - 1)",
}


@dataclass(frozen=True)
class Product:
    """A product of quantities over another one, each in the order of COSTS: N·C, 1, N/kept."""

    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str) -> Product:
        """Of a name without a quotient: 1, N·C, N²·C."""
        found = list[str]()
        for each in name.split("·"):
            power = POWERS.find(each[-1]) if len(each) > 1 else -1
            found += [each] if power < 0 else [each[:-1]] * (power + 2)
        return cls(tuple(each for each in found if each != "1"))

    def times(self, other: Product) -> Product:
        above, below = [*self.above, *other.above], [*self.below, *other.below]
        for each in list(above):
            if each in below:
                above.remove(each)
                below.remove(each)
        return Product(tuple(sorted(above, key=_place)), tuple(sorted(below, key=_place)))

    def over(self, other: Product) -> Product:
        return self.times(Product(other.below, other.above))

    def __str__(self) -> str:
        above = _powers(self.above) or "1"
        return f"{above}/{'/'.join(self.below)}" if self.below else above

    @property
    def latex(self) -> str:
        over, under = (_product_latex(some) for some in (self.above, self.below))
        return rf"\frac{{{over or 1}}}{{{under}}}" if under else over


def _powers(names: Sequence[str]) -> str:
    """N²·C of N, N and C."""
    counted = {name: names.count(name) for name in names}
    return "·".join(name + (POWERS[count - 2] if count > 1 else "") for name, count in counted.items())


def _place(name: str) -> int:
    return list(COSTS).index(name) if name in COSTS else len(COSTS)


@dataclass(frozen=True)
class Interval:
    """A ratio, as closely as rounding lets it be known."""

    middle: float
    off: float

    def holds(self, value: float) -> bool:
        return abs(value - self.middle) <= self.off + SAME * abs(self.middle)


def plain(ratio: Interval) -> str:
    """A ratio as a fraction of small numbers, where it is one, or in a few digits."""
    fraction = Fraction(ratio.middle).limit_denominator(12)
    return str(fraction) if ratio.holds(float(fraction)) else f"{ratio.middle:.6g}"


@dataclass(frozen=True)
class Factor:
    """A factor that somebody may have got wrong: its value at each trial, what it is called, how unlikely it is."""

    mistakes: tuple[Mistake, ...]
    values: tuple[float, ...]
    cost: float
    latex: str


class Factors:
    """Every factor that is made of a criterion's divisor and the numbers of its trials."""

    def __init__(self, right: str, divisors: Sequence[float], numbers: Sequence[Mapping[str, float]]):
        self.right, self.divisors, self.numbers = right, tuple(divisors), numbers

    def explaining(self, ratios: Sequence[Interval]) -> Iterator[Factor]:
        """Those that are these ratios, the simplest first."""
        for factor in self.all:
            if all(map(Interval.holds, ratios, factor.values)):
                yield factor

    @cached_property
    def all(self) -> list[Factor]:
        found = []
        for divisor, twos, sign in itertools.product(self._divisors, TWOS, (1, -1)):
            mistakes = (*divisor.mistakes, *_power_of_two(twos), *((Mistake.of("sign"),) if sign < 0 else ()))
            values = tuple(sign * 2.0**twos * each for each in divisor.values)
            if mistakes and not all(math.isclose(each, 1, rel_tol=SAME) for each in values):
                latex = ("-" if sign < 0 else "") + r" \cdot ".join(filter(None, [_two_latex(twos), divisor.latex]))
                cost = divisor.cost + TWOS[twos] + SIGN * (sign < 0)
                found.append(Factor(mistakes, values, cost, latex))
        return sorted(found, key=lambda each: each.cost)

    @cached_property
    def _divisors(self) -> list[Factor]:
        """No other divisor, and each that may stand in place of the right one."""
        right, ones = Product.of(self.right), (1.0,) * len(self.divisors)
        found: dict[Product | None, Factor] = {None: Factor((), ones, 0.0, "")}
        for wrong, cost in self._products(right):
            values = (self._value(wrong, trial) for trial in range(len(ones)))
            ratios = tuple(of / value if value else math.inf for of, value in zip(self.divisors, values, strict=True))
            same = all(math.isclose(each, 1, rel_tol=SAME) for each in ratios)
            if wrong == right or same or not all(map(math.isfinite, ratios)):
                continue
            if wrong not in found or cost < found[wrong].cost:
                mistake = _mistake(right, wrong)
                found[wrong] = Factor((mistake,), ratios, cost, right.over(wrong).latex)
        return list(found.values())

    def _value(self, product: Product, trial: int) -> float:
        known = {self.right: self.divisors[trial], **self.numbers[trial]}
        return math.prod(known[each] for each in product.above) / (
            math.prod(known[each] for each in product.below) or math.nan
        )

    def _counts(self, name: str) -> bool:
        """Is it known at every trial, and not 1 at all of them?"""
        return all(name in each for each in self.numbers) and any(each[name] != 1 for each in self.numbers)

    def _products(self, right: Product) -> Iterator[tuple[Product, float]]:
        """What somebody may divide by, and how unlikely it is."""
        costs = {name: cost for name, cost in COSTS.items() if self._counts(name)}
        yield Product(), 0.8
        for name, cost in costs.items():
            yield Product((name,)), cost
            yield right.times(Product((name,))), cost + 0.4  # once more
            yield right.over(Product((name,))), cost + 0.8
        for one, other in itertools.combinations(costs, 2):
            yield Product((one, other)), 0.8 if (one, other) == ("N", "C") else costs[one] + costs[other]
        for one, other in itertools.permutations(costs, 2):
            yield right.times(Product((one,), (other,))), costs[one] + costs[other] + 1.2


def _product_latex(names: Sequence[str]) -> str:
    counted = {name: names.count(name) for name in names}
    letters = ((LATEX.get(name, name), count) for name, count in counted.items())
    return r" \cdot ".join(letter + (f"^{count}" if count > 1 else "") for letter, count in letters)


def _mistake(right: Product, wrong: Product) -> Mistake:
    """Divided by something else; or multiplied by something, where that is all."""
    if wrong.below and right.over(wrong) == Product(wrong.below):
        return Mistake.of("factor", times="·".join(wrong.below))
    return Mistake.of("divisor", right=right, wrong=wrong)


def _power_of_two(power: int) -> tuple[Mistake, ...]:
    return (Mistake.of("factor", times=_two(power)),) if power else ()


def _two(power: int) -> str:
    return str(2**power) if power >= 0 else f"1/{2**-power}"


def _two_latex(power: int) -> str:
    if not power:
        return ""
    return str(2**power) if power > 0 else rf"\tfrac{{1}}{{{2**-power}}}"
