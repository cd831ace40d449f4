"""What there is to say of a function of entries: the columns of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sympy import Expr, Symbol

from ..expressions import Condition

#: Where a slope speaks of the function's argument, and of its value there.
ARGUMENT, VALUE = Symbol("(argument)"), Symbol("(value)")

#: A number, or an array of them: whatever a `Numbers` works on.
Entries = Any


class Numbers(Protocol):
    """What values and roundings are worked out with: floats, numbers of mpmath, or arrays entry by entry.

    Beside these, `Entries` have + − · / **, abs and comparisons. What overflows is inf, and 1/0 too.
    """

    def exp(self, x: Entries) -> Entries: ...
    def expm1(self, x: Entries) -> Entries: ...
    def log(self, x: Entries) -> Entries: ...
    def log1p(self, x: Entries) -> Entries: ...
    def sqrt(self, x: Entries) -> Entries: ...
    def tanh(self, x: Entries) -> Entries: ...
    def erf(self, x: Entries) -> Entries: ...

    def least(self, x: Entries, y: Entries | float) -> Entries:
        """The smaller of the two."""

    def where(self, holds: Entries, x: Entries | float, y: Entries | float) -> Entries:
        """x where it holds, else y."""


@dataclass(frozen=True)
class Rounding:
    """How far a computed value may be off.

    - `change(on, x, d)`: by how much ±d changes f(x) at most, for any d ≥ 0, small or not; inf where f is not defined
      within ±d of x.
    - `times`: how often what a library computes is rounded beside that, each time by half an ulp at most.
    - `apart`: they are those of several operations, none of which knows more digits than the dtype has.
    - `logarithm`: log |f|, where f may be computed as e^(log f), the logarithm rounded at its own size.
    - `least`: they count at no smaller size than this, as where a kernel computes 1 − erf.
    - `above`: the same where no computed argument is negative, as a sum of squares is not; else as `change`.
    - `jumps`: f jumps at 0, where all that lies between both sides may come out.
    """

    change: Callable[[Numbers, Entries, Entries], Entries]
    times: int
    logarithm: Callable[[Numbers, Entries], Entries] | None = None
    least: float = 0.0
    jumps: bool = False
    apart: bool = False
    above: Callable[[Numbers, Entries, Entries], Entries] | None = None


@dataclass(frozen=True)
class Code:
    """A function as Python text: {0} stands for its argument, {like} for an array whose dtype the result takes.

    - `atom`: the argument stands beside a sign, so anything but a name or a call goes in brackets.
    - `negative`: the text begins with a minus.
    - `calls`: the text calls the library by its name, so that must be imported.
    - `helper`: the definition of a function that the text calls and the library does not have; `imports` what it needs.
    """

    text: str
    atom: bool = False
    negative: bool = False
    calls: bool = True
    helper: str = ""
    imports: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layout:
    """How a function is printed: {0} is its argument as it is, {operand} in brackets unless it needs none.

    `whole` is how it is printed of a whole array; by default as of an entry. One that `compares` has {above} and
    {below} for the terms with + and with −, as [Z > Y] for the step of Z − Y: Iverson's bracket, 1 where it holds and
    0 elsewhere.
    """

    latex: str
    plain: str
    whole: str = ""
    compares: bool = False


@dataclass(frozen=True)
class Function:
    """A function of entries.

    - `name`: what nodes, programs and facts call it.
    - `written`: what it is of an argument, as an index expression.
    - `slope`: its derivative in terms of ARGUMENT and VALUE; at a corner with the value that torch's has there.
    - `head`: the SymPy class whose objects it is; None for what is written with others, as σ(u) = 1/(1 + e^−u).
    - `digits`: what mpmath calls it, where it has a head and its values are not rational.
    - `known`: where it is exact.
    - `rises`: what lies between two numbers is mapped between their values.
    - `domain`: where it is defined, as conditions on ARGUMENT, and what anything else is `otherwise`; everywhere if
      nothing is said.
    - `sign`: "positive" or "nonnegative" where its values always are.
    - `most`: what no value exceeds.
    - `corner`: whether two pieces meet at 0, where its slope, or its value, is a matter of convention.
    - `value`: what it is worth, in any Numbers.
    """

    name: str
    written: Callable[[Expr], Expr]
    slope: Expr
    layout: Layout
    torch: Code
    numpy: Code
    rounding: Rounding
    value: Callable[[Numbers, Entries], Entries]
    head: type | None = None
    digits: str = ""
    known: Mapping[int, int] = field(default_factory=dict)
    rises: bool = True
    domain: tuple[Condition, ...] = ()
    otherwise: str = ""
    sign: str = ""
    most: int | None = None
    corner: bool = False

    def __call__(self, argument: Expr) -> Expr:
        return self.written(argument)

    def require(self, x: Any) -> None:
        """Raises ArithmeticError where the function is not defined at a number."""
        for each in self.domain:
            if not each.compares(x, int(each.right)):
                raise ArithmeticError(self.otherwise)

    def slope_at(self, argument: Expr) -> Expr:
        """The derivative at an argument."""
        return self.slope.xreplace({ARGUMENT: argument, VALUE: self(argument)})
