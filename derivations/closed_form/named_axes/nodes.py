"""Formulas over arrays with named axes: what has no matrix form has this one.

An index is the name of an axis. So Σ_n G_nj X_nm is

    Sum(Times((Entry("G", ("n", "j")), Entry("X", ("n", "m")))), ("n",))

and whoever evaluates or writes it decides how axes are lined up, and which sums of products are one contraction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sympy import Expr, Rational, Symbol

from ...index_calculus.symbols import SIZES, size_of


@dataclass(frozen=True)
class Label:
    """An array of class labels, or one label, in the place of an index."""

    name: str
    axes: tuple[str, ...]


#: In the place of an index: an axis, a label, or a position counted from 0.
Place = str | Label | int


@dataclass(frozen=True)
class Node:
    """A part of a formula."""

    @property
    def parts(self) -> tuple[Node, ...]:
        return ()

    @property
    def axes(self) -> frozenset[str]:
        """The indices that it depends on."""
        return frozenset().union(*(part.axes for part in self.parts))


@dataclass(frozen=True)
class Constant(Node):
    """A number made of rational numbers, π, e and sizes."""

    value: Expr


@dataclass(frozen=True)
class Entry(Node):
    """An array at its indices; a number where there are none."""

    name: str
    places: tuple[Place, ...] = ()

    @property
    def axes(self) -> frozenset[str]:
        return axes_of(self.places)


@dataclass(frozen=True)
class Delta(Node):
    """1 where both are the same position, else 0."""

    left: Place
    right: Place

    @property
    def axes(self) -> frozenset[str]:
        return axes_of((self.left, self.right))


@dataclass(frozen=True)
class Sum(Node):
    """The sum over all of some axes, together."""

    of: Node
    over: tuple[str, ...]

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.of,)

    @property
    def axes(self) -> frozenset[str]:
        return self.of.axes - set(self.over)


@dataclass(frozen=True)
class Plus(Node):
    terms: tuple[Node, ...]

    @property
    def parts(self) -> tuple[Node, ...]:
        return self.terms


@dataclass(frozen=True)
class Times(Node):
    factors: tuple[Node, ...]

    @property
    def parts(self) -> tuple[Node, ...]:
        return self.factors


@dataclass(frozen=True)
class Power(Node):
    base: Node
    exponent: Rational

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.base,)


@dataclass(frozen=True)
class Function(Node):
    """A function of entries, by its name in index_calculus.functions.TABLE, or "max" or "min" of several."""

    name: str
    arguments: tuple[Node, ...]

    @property
    def parts(self) -> tuple[Node, ...]:
        return self.arguments


@dataclass(frozen=True)
class OfRows(Node):
    """ "softmax", "log_softmax" or "logsumexp" along an axis, which the last of them sums over."""

    name: str
    of: Node
    axis: str

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.of,)

    @property
    def axes(self) -> frozenset[str]:
        return self.of.axes - ({self.axis} if self.name == "logsumexp" else set())


@dataclass(frozen=True)
class Line:
    """`name` is an array with these axes, in their order."""

    name: str
    axes: tuple[str, ...]
    node: Node


@dataclass(frozen=True)
class Program:
    """Assignments in their order, and the results, each with the axes that it has."""

    lines: tuple[Line, ...]
    results: tuple[Line, ...]

    @property
    def given(self) -> tuple[str, ...]:
        """The letters of what must be given, arrays, labels and numbers, in the order of their use."""
        assigned = {line.name for line in self.lines}
        used = dict.fromkeys(name for line in (*self.lines, *self.results) for name in letters_in(line.node))
        return tuple(name for name in used if name not in assigned)


def axes_of(places: Iterable[Place]) -> frozenset[str]:
    """The axes of what stands at these places."""
    found = ({place} if isinstance(place, str) else place.axes if isinstance(place, Label) else () for place in places)
    return frozenset().union(*found)


def walk(node: Node) -> Iterator[Node]:
    """The node and all that it is made of."""
    yield node
    for part in node.parts:
        yield from walk(part)


def places_of(node: Node) -> tuple[Place, ...]:
    """What stands in the places of indices in this node alone."""
    if isinstance(node, Delta):
        return (node.left, node.right)
    return node.places if isinstance(node, Entry) else ()


def letters_in(node: Node) -> Iterator[str]:
    """The letters of arrays, labels and numbers in a node."""
    for each in walk(node):
        if isinstance(each, Entry):
            yield each.name
        yield from (label.name for label in places_of(each) if isinstance(label, Label))


def size_named(axis: str) -> str:
    """The letter of the size that an axis has."""
    return str(size_of(Symbol(axis, integer=True)).name)


def in_order(axes: Iterable[str], first: Sequence[str] = ()) -> tuple[str, ...]:
    """Axes as arrays are lined up: rows before all else, then those named `first`, then by their sizes."""
    letters = [each.name for each in SIZES]

    def rank(axis: str) -> tuple[bool, int, int, str]:
        size = letters.index(size_named(axis))
        return size > 0, first.index(axis) if axis in first else len(first), size, axis

    return tuple(sorted(axes, key=rank))
