"""Formulas over named axes as plain data: where there is no matrix form, the diagnosis has these trees.

Arrays stand with their axes in one order; where an array lacks an axis that others have, it is stretched to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy as sp

from ...diagnosis.trees import Tree, product
from ..named_axes.nodes import Constant, Entry, Function, Line, Node, Plus, Power, Sum, Times, in_order
from .trees import Trees, applied, number, signed


@dataclass(frozen=True)
class _Lined:
    """A tree, and the axes of its value, in their order."""

    tree: Tree
    axes: tuple[str, ...] = ()


def named_tree(line: Line) -> Tree:
    """What a line assigns. Raises TypeError for what has no tree: an entry that labels pick, a softmax, a δ."""
    return _NamedTrees(line.axes).whole(line)


class _NamedTrees:
    def __init__(self, first: tuple[str, ...]):
        self.first, self.matrices = first, Trees()

    def whole(self, line: Line) -> Tree:
        found = self(line.node)
        if set(found.axes) != set(line.axes):
            raise TypeError(f"{line.name} does not have the axes {', '.join(line.axes)}")
        return self._stretched(found, line.axes)

    def __call__(self, node: Node) -> _Lined:
        match node:
            case Constant(value):
                return _Lined(self.matrices.coefficient(value))
            case Entry(name, places) if all(isinstance(each, str) for each in places):
                return _Lined(self.matrices.name_of(name), tuple(map(str, places)))
            case Plus(terms):
                return self._plus(terms)
            case Times(factors):
                return self._times(factors)
            case Power(base, exponent):
                of = self(base)
                return _Lined(("^", of.tree, number(exponent)), of.axes)
            case Sum(of, over) if set(over) <= of.axes:
                return self._sum(self(of), over)
            case Function(name, (of,)):
                inside = self(of)
                return _Lined(applied(name, inside.tree), inside.axes)
        raise TypeError(f"no tree for {type(node).__name__} over named axes")

    def _plus(self, terms: Sequence[Node]) -> _Lined:
        found = [(minus, self(each)) for minus, each in sorted(map(_sign, terms), key=lambda each: each[0])]
        axes = self._axes([each for _, each in found])
        return _Lined(signed([(minus, self._stretched(each, axes)) for minus, each in found]), axes)

    def _times(self, factors: Sequence[Node]) -> _Lined:
        minus, whole = _sign(Times(tuple(factors)))
        assert isinstance(whole, Times)
        above, below = sp.fraction(sp.Mul(*[each.value for each in whole.factors if isinstance(each, Constant)]))
        found = [self(each) for each in whole.factors if not isinstance(each, Constant)]
        axes, tree = self._axes(found), self.matrices.coefficient(above)
        for each in found:
            tree = product(tree, self._stretched(each, axes))
        tree = tree if below == 1 else ("/", tree, self.matrices.coefficient(below))
        return _Lined(("neg", tree) if minus else tree, axes)

    def _sum(self, of: _Lined, over: tuple[str, ...]) -> _Lined:
        tree, axes = of.tree, of.axes
        for axis in over:
            tree = ("sum", tree, axes.index(axis))
            axes = tuple(each for each in axes if each != axis)
        return _Lined(tree, axes)

    def _axes(self, found: Sequence[_Lined]) -> tuple[str, ...]:
        return in_order({axis for array in found for axis in array.axes}, self.first)

    def _stretched(self, of: _Lined, axes: tuple[str, ...]) -> Tree:
        """The array beside others with these axes: numpy adds those on the left itself."""
        own = tuple(axis for axis in axes if axis in of.axes)
        tree = of.tree if own == of.axes else ("T", of.tree)
        if own not in (of.axes, of.axes[::-1]):
            raise TypeError(f"no tree for the axes {', '.join(of.axes)} in the order {', '.join(own)}")
        if own:
            for at, axis in enumerate(axes[axes.index(own[0]) :]):
                tree = tree if axis in own else ("stretched", tree, at)
        return tree


def _sign(node: Node) -> tuple[bool, Node]:
    """Whether it has a minus before it, and the node without."""
    match node:
        case Constant(value) if value.could_extract_minus_sign():
            return True, Constant(-value)
        case Times((Constant(value), *others)) if value.could_extract_minus_sign():
            return True, Times((Constant(-value), *others))
    return False, node
