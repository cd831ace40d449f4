"""What a printed function is made of: statements, in their order, as data.

Values are matrix expressions (`index_calculus.matrices.nodes`), and what a function does to arrays before and after a
formula: it reads shapes, moves the classes, makes rows of samples and positions, broadcasts, and undoes all of that.
Names are the letters of the formulas; a writer says what a language calls them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sympy import Expr, Symbol

from ..index_calculus.matrices.nodes import At, Matrix, Of

# Shapes ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Named:
    """An array or a shape by its name."""

    name: str


@dataclass(frozen=True)
class ShapeOf:
    of: Value


@dataclass(frozen=True)
class Part:
    """The sizes of a shape from `start` until `stop`."""

    of: Shape
    start: int | None = None
    stop: int | None = None


@dataclass(frozen=True)
class Sizes:
    """A shape by the sizes of the formula, as (N, C)."""

    sizes: tuple[Symbol, ...]


@dataclass(frozen=True)
class RowsLike:
    """Rows as long as the last size of a shape, however many."""

    of: Shape


@dataclass(frozen=True)
class Flat:
    """One axis."""


@dataclass(frozen=True)
class WithRowsOf:
    """A shape whose last size is the number of rows of a matrix."""

    of: Shape
    matrix: str


Shape = Named | ShapeOf | Part | Sizes | RowsLike | Flat | WithRowsOf

# Arrays ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Moved:
    """One axis elsewhere."""

    of: Value
    source: int
    target: int


@dataclass(frozen=True)
class Reshaped:
    of: Value
    shape: Shape


@dataclass(frozen=True)
class Expanded:
    """Broadcast to a shape."""

    of: Value
    shape: Shape


@dataclass(frozen=True)
class SummedTo:
    """What was broadcast from a shape, summed back to it."""

    of: Value
    shape: Shape


@dataclass(frozen=True)
class InPlace(Of):
    """The same, which may take the memory of its first part: nothing needs that any more."""

    def entry(self, at: At) -> Expr:
        return self.of.entry(at)


Value = Named | Matrix | Moved | Reshaped | Expanded | SummedTo

# Statements -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Assign:
    """Several at once are all computed before any is assigned."""

    names: tuple[str, ...]
    values: tuple[Value | Shape, ...]

    @classmethod
    def one(cls, name: str, value: Value | Shape) -> Assign:
        return cls((name,), (value,))


@dataclass(frozen=True)
class ReadSizes:
    """The sizes of the formula, read off an array."""

    sizes: tuple[str, ...]
    of: str


@dataclass(frozen=True)
class Broadcast:
    """Arrays broadcast with each other."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class CheckShapes:
    """Refuse arrays that have another shape; by name, the shape that each must have."""

    wanted: tuple[tuple[str, Shape], ...]


@dataclass(frozen=True)
class CheckLabels:
    """Refuse a label that names none of the classes."""

    labels: str
    classes: str


@dataclass(frozen=True)
class MaskLabels:
    """The first class in the place of the ignored label, which need not name one: what it picks is multiplied by 0."""

    labels: str
    ignored: str


@dataclass(frozen=True)
class OneIfNothingCounts:
    """A divisor becomes 1 where its mask is 0 everywhere, so that the gradient is 0, as in torch."""

    name: str
    mask: str


@dataclass(frozen=True)
class Delete:
    """Arrays that nothing needs any more."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Return:
    """What is returned: by what it is a gradient in, or by itself where it is one."""

    results: tuple[tuple[str, Value], ...]


Statement = (
    Assign | ReadSizes | Broadcast | CheckShapes | CheckLabels | MaskLabels | OneIfNothingCounts | Delete | Return
)


@dataclass(frozen=True)
class Function:
    """A function as data.

    - `arguments`: the letters of what it takes, in their order.
    - `like`: the array whose dtype and device constants take.
    - `ignored`: the label that is left out, where it is no argument.
    """

    arguments: tuple[str, ...]
    body: tuple[Statement, ...]
    like: str
    ignored: int | None = None

    def with_body(self, body: Iterable[Statement]) -> Function:
        return Function(self.arguments, tuple(body), self.like, self.ignored)
