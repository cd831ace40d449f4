"""Values between bounds: the true one lies there, and digits are called sure only where they are."""

from fractions import Fraction

import mpmath
import pytest
from sympy import Abs, Expr, Max, Min, Rational, erf, exp, log, pi, sqrt, tanh

from derivations.index_calculus.expressions import Context, Partial
from derivations.index_calculus.judging.digits import DIGITS, given
from derivations.index_calculus.judging.enclosures import Enclosing, Undecided, sure
from derivations.index_calculus.symbols import Z

z = Z[1]
GROWN = exp(z) / (exp(z) + exp(2))
#: A formula of z, and what mpmath makes of it.
FORMULAS = {
    "exp": (exp(z), lambda z: mpmath.exp(z)),
    "log": (log(1 + z**2), lambda z: mpmath.log(1 + z**2)),
    "tanh": (tanh(z), lambda z: mpmath.tanh(z)),
    "erf": (erf(z), lambda z: mpmath.erf(z)),
    "roots": (sqrt(1 + z**2) + (2 + z**2) ** Rational(1, 3), lambda z: mpmath.sqrt(1 + z**2) + mpmath.cbrt(2 + z**2)),
    "pi": (pi * z, lambda z: mpmath.pi * z),
    "one after the other": (log(exp(exp(z / 9)) + 1), lambda z: mpmath.log(mpmath.exp(mpmath.exp(z / 9)) + 1)),
    "sigmoid": (1 / (1 + exp(-z)), lambda z: 1 / (1 + mpmath.exp(-z))),
    "what is left of 1": (log(1 - 1 / (1 + exp(-z))), lambda z: -mpmath.log(1 + mpmath.exp(z))),
    "softmax": (GROWN, lambda z: 1 / (1 + mpmath.exp(2 - z))),
    "cancelling": (GROWN - 1, lambda z: -1 / (1 + mpmath.exp(z - 2))),
    "powers": ((1 + exp(z)) ** -3 * exp(z) ** 2, lambda z: mpmath.exp(2 * z) / (1 + mpmath.exp(z)) ** 3),
    "corners": (
        Max(exp(z), 2) * Abs(z - log(3)) - Min(z, tanh(z)),
        lambda z: max(mpmath.exp(z), 2) * abs(z - mpmath.log(3)) - min(z, mpmath.tanh(z)),
    ),
    "a slope": (
        Partial(log(1 + exp(z)) * erf(z), z),
        lambda z: (
            mpmath.erf(z) / (1 + mpmath.exp(-z))
            + mpmath.log(1 + mpmath.exp(z)) * 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-(z**2))
        ),
    ),
}
PLACES = [Fraction(1, 3), Fraction(-7, 5), Fraction(31, 10), Fraction(1, 10**9), Fraction(45), Fraction(-300)]


def value(formula: Expr, at: Fraction, digits: int):
    return Enclosing({}, Context({}), lambda name, place: at, digits)(formula)


@pytest.mark.parametrize(("formula", "expected"), FORMULAS.values(), ids=FORMULAS)
def test_the_true_value_lies_between_the_bounds(formula, expected):
    """At six digits, where rounding shows, and at so many that 50 are sure."""
    for at in PLACES:
        with mpmath.workdps(1000):
            true = expected(mpmath.mpf(at.numerator) / at.denominator)
            for digits in (6, 60, 960):
                try:
                    found = value(formula, at, digits)
                except Undecided:
                    assert digits < 960
                    continue
                low, high = (given.make_mpf(end) for end in found.interval._mpi_)
                assert low <= true <= high, (at, digits)
                told = sure(found)
                assert told is None or abs(told - true) <= abs(true) * mpmath.mpf(10) ** (1 - DIGITS), (at, digits)
            assert told is not None, at


def test_what_is_rational_is_exact():
    assert value(z**2 / 3 - 1, Fraction(7, 2), 6) == Fraction(37, 12)
    assert value(exp(z) + log(1 + z) + tanh(z) + erf(z) + sqrt(z), Fraction(0), 6) == 1


NOTHING = GROWN + exp(2) / (exp(z) + exp(2)) - 1

EQUAL = Max(exp(z), exp(Rational(1, 3)))


@pytest.mark.parametrize(
    "formula", [1 / NOTHING, log(NOTHING), Abs(exp(z) - exp(Rational(1, 3))), EQUAL, sqrt(NOTHING)], ids=str
)
def test_what_cannot_be_told_is_not_told(formula):
    with pytest.raises(Undecided):
        value(formula, Fraction(1, 3), 60)
    assert sure(value(NOTHING, Fraction(1, 3), 60)) is None


@pytest.mark.parametrize("formula", [1 / (z - 2), log(z - 2), log(-exp(z)), sqrt(-exp(z))], ids=str)
def test_what_is_not_defined(formula):
    with pytest.raises(ArithmeticError) as caught:
        value(formula, Fraction(2), 60)
    assert not isinstance(caught.value, Undecided)
