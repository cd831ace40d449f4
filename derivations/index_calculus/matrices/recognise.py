"""Recognise the matrix form of an index formula.

A product is a graph: an index is a node, a factor with two indices an edge, a factor with one a weight on its node.
A summed index is removed by joining the edges that meet there, fewest first: two edges make a matrix product, one a
matrix-vector product, none a plain sum. What is left between the wanted rows and columns is the answer. Where three
matrices meet in an index, or more than two indices are wanted, there is no matrix form and that is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from sympy import Add, Expr, Indexed, Integer, KroneckerDelta, Max, Mul, Pow, Sum, Symbol, exp

from ..expressions import content_of, free_indices, is_turned, rename_apart
from ..functions import EXTREMES, application, without_overflow
from ..printing.order import led
from ..symbols import LABELS, is_index, size_of
from .build import hadamard, matmul, scale, transpose
from .nodes import (
    Array,
    Clip,
    Counted,
    Diagonal,
    Elementwise,
    Gather,
    Identity,
    Matrix,
    OneHot,
    Ones,
    Outer,
    Pick,
    Plus,
    Power,
    Sigmoid,
    Softmax,
    Total,
)

Edge = tuple[Symbol, Symbol, Matrix]


class NoMatrixForm(ValueError):
    """The index formula has no reading as a matrix expression; the index line stays the main text."""


def recognise(expr: Expr, indices: Sequence[Symbol]) -> Matrix:
    """The matrix (two `indices`: row, column), vector (one) or number (none) whose entry is `expr`.

    Raises NoMatrixForm.
    """
    if not indices and isinstance(expr, Sum):
        return Total(recognise(expr.function, [limit[0] for limit in reversed(expr.limits)]))
    if isinstance(expr, Add):
        kept = _kept(expr, indices)
        if kept is not None:
            return kept
        content, rest = content_of(expr)
        return scale(content, Plus(tuple(recognise(term, indices) for term in rest.args)))
    if not indices and expr.has(Sum) and not isinstance(expr, Mul):
        return _atom(expr, ())
    beyond = free_indices(expr) - set(indices)
    if beyond or len(indices) > 2:
        names = ", ".join(sorted(str(each) for each in beyond or indices))
        raise NoMatrixForm(f"{expr}: the indices {names} are more than a row and a column")
    graph = _Graph(expr, indices)
    graph.remove_summed()
    return graph.between(indices)


class _Graph:
    """The index graph of one product."""

    def __init__(self, expr: Expr, indices: Sequence[Symbol]):
        self.coefficient: Expr = Integer(1)
        self.weights: dict[Symbol, list[Matrix]] = {}
        self.edges: list[Edge] = []
        self.summed: list[Symbol] = []
        factors: list[Expr] = []
        self._collect(expr, factors, set(indices))
        for factor in _softmax_first(without_overflow(factors)):
            self._add(factor)

    def _collect(self, expr: Expr, factors: list[Expr], used: set[Symbol]) -> None:
        if isinstance(expr, Sum) and free_indices(expr):
            expr = rename_apart(expr, used | set(self.summed))
            own = [limit[0] for limit in expr.limits]
            self.summed += own
            self._collect(expr.function, factors, used)
        elif isinstance(expr, Mul):
            for factor in expr.args:
                self._collect(factor, factors, used)
        else:
            factors.append(expr)

    def _add(self, factor: Expr | tuple[Expr, Symbol]) -> None:
        if isinstance(factor, tuple):
            argument, column = factor
            row = next(iter(free_indices(argument) - {column}))
            self._join(row, column, Softmax(recognise(argument, (row, column))))
            return
        if isinstance(factor, Add) and is_turned(factor):
            self.coefficient, factor = -self.coefficient, Add(*[-term for term in factor.args])
        own = _indices_in_order(factor)
        if not own:
            self.coefficient *= factor
        elif len(own) == 1:
            self.weights.setdefault(own[0], []).append(_atom(factor, own))
        elif len(own) == 2:
            self._join(own[0], own[1], _atom(factor, own))
        else:
            raise NoMatrixForm(f"{factor} has {len(own)} indices")

    def _join(self, first: Symbol, second: Symbol, node: Matrix) -> None:
        """Add an edge; parallel edges are an elementwise product."""
        for position, (other_first, other_second, other) in enumerate(self.edges):
            if (first, second) == (other_first, other_second):
                self.edges[position] = (first, second, hadamard(other, node))
                return
            if (second, first) == (other_first, other_second):
                self.edges[position] = (second, first, hadamard(other, transpose(node)))
                return
        self.edges.append((first, second, node))

    def _touching(self, index: Symbol) -> list[Edge]:
        return [edge for edge in self.edges if index in edge[:2]]

    def remove_summed(self) -> None:
        while self.summed:
            index = min(self.summed, key=lambda each: len(self._touching(each)))
            self.summed.remove(index)
            meeting = self._touching(index)
            self.edges = [edge for edge in self.edges if edge not in meeting]
            away = [
                (other if first == index else first, transpose(node) if first == index else node)
                for first, other, node in meeting
            ]  # every node now ends in `index`
            weight = hadamard(*self.weights.pop(index)) if index in self.weights else None
            if len(away) > 2:
                raise NoMatrixForm(f"{len(away)} matrices meet in the index {index}")
            if not away:
                if weight is not None:
                    raise NoMatrixForm(f"the sum over {index} is a number")
                self.coefficient *= size_of(index)
            elif len(away) == 1:
                other, node = away[0]
                vector = matmul(node, weight if weight is not None else Ones(size_of(index)))
                self.weights.setdefault(other, []).append(vector)
            else:
                (row, left), (column, right) = away
                left = matmul(left, Diagonal(weight)) if weight is not None else left
                self._join(row, column, matmul(left, transpose(right)))

    def between(self, indices: Sequence[Symbol]) -> Matrix:
        """What stands between the row and the column, or on the only index."""
        weights = {each: hadamard(*self.weights[each]) for each in indices if each in self.weights}
        if not indices:
            raise NoMatrixForm("a number, not a matrix")
        if len(indices) == 1:
            return scale(self.coefficient, weights.get(indices[0], Ones(size_of(indices[0]))))
        row, column = indices
        if not self.edges:
            ones = (Ones(size_of(row)), Ones(size_of(column)))
            return scale(self.coefficient, Outer(weights.get(row, ones[0]), weights.get(column, ones[1])))
        first, _, node = self.edges[0]
        node = node if first == row else transpose(node)
        if row in weights:
            node = matmul(Diagonal(weights[row]), node)
        if column in weights:
            node = matmul(node, Diagonal(weights[column]))
        return scale(self.coefficient, node)


def _softmax_first(factors: list[Expr]) -> list[Expr | tuple[Expr, Symbol]]:
    """Replace each pair e^u, 1 / Σ_k e^u(k) by (u, the index that k stands for)."""
    for top in factors:
        for below in factors:
            column = _softmax_index(top, below)
            if column is not None:
                rest = [factor for factor in factors if factor is not top and factor is not below]
                return [(top.args[0], column), *_softmax_first(rest)]
    return list(factors)


def _softmax_index(top: Expr, below: Expr) -> Symbol | None:
    ratio = isinstance(top, exp) and isinstance(below, Pow) and below.exp == -1 and isinstance(below.base, Sum)
    if not ratio or len(below.base.limits) != 1 or len(free_indices(top)) != 2:
        return None
    summed = below.base.limits[0][0]
    for each in free_indices(top):
        if size_of(each) == size_of(summed) and below.base.function == top.xreplace({each: summed}):
            return each
    return None


@lru_cache(maxsize=20_000)
def _indices_in_order(factor: Expr) -> tuple[Symbol, ...]:
    """The free indices of a factor, in the order in which its first array names them."""
    found: list[Symbol] = []
    for entry in sorted(factor.atoms(Indexed, KroneckerDelta), key=lambda each: (-len(each.args), str(each))):
        arguments = entry.indices if isinstance(entry, Indexed) else sorted(entry.args, key=lambda arg: not arg.args)
        for place in arguments:
            found += sorted(free_indices(place), key=str)
    return tuple(dict.fromkeys(each for each in found if each in free_indices(factor) and is_index(each)))


def _kept(expr: Add, indices: Sequence[Symbol]) -> Counted | None:
    """1 − δ of a class label and a fixed one."""
    delta = 1 - expr
    if len(indices) != 1 or not isinstance(delta, KroneckerDelta):
        return None
    label = next((arg for arg in delta.args if isinstance(arg, Indexed)), None)
    other = next((arg for arg in delta.args if isinstance(arg, Symbol)), None)
    if label is None or other is None or label.indices != tuple(indices):
        return None
    return Counted(label.base.label.name, other.name, size_of(indices[0]))


def _atom(factor: Expr, own: tuple[Symbol, ...]) -> Matrix:
    """The matrix or vector of one factor."""
    if isinstance(factor, Indexed):
        return _entry(factor, own)
    if isinstance(factor, KroneckerDelta):
        labelled = next((arg for arg in factor.args if isinstance(arg, Indexed)), None)
        if labelled is None:
            return Identity(size_of(own[0]))
        if len(own) == 1:
            raise NoMatrixForm(f"{factor}: a label compared with a fixed class")
        return OneHot(labelled.base.label.name, size_of(own[0]), size_of(own[1]))
    applied = application(factor)
    if applied is not None:
        function, argument = applied
        of = recognise(led(argument) if function == "abs" else argument, own)
        return Sigmoid(of) if function == "sigmoid" else Elementwise(of, function)
    if isinstance(factor, Pow) and factor.exp.is_Rational:
        return Power(recognise(factor.base, own), int(factor.exp) if factor.exp.is_Integer else factor.exp)
    if isinstance(factor, EXTREMES):
        return _extreme(factor, own)
    if isinstance(factor, Add):
        return recognise(factor, own)
    raise NoMatrixForm(f"{factor}: no matrix reading")


def _entry(entry: Indexed, own: tuple[Symbol, ...]) -> Matrix:
    """An array; or what the class label of each row picks: of a vector, or of that row of a matrix."""
    name, sizes = entry.base.label.name, tuple(size_of(each) for each in own)
    if entry.indices == own:
        return Array(name, sizes)
    label = entry.indices[-1]
    picks = isinstance(label, Indexed) and label.base.label.name in LABELS and label.indices == own[:1] == own
    if picks and len(entry.indices) == 1:
        return Gather(name, label.base.label.name, sizes[0])
    if picks and entry.indices[:-1] == own:
        return Pick(Array(name, (*sizes, LABELS[label.base.label.name])), label.base.label.name)
    raise NoMatrixForm(f"{entry}: an index that is itself an entry")


def _extreme(factor: Expr, own: tuple[Symbol, ...]) -> Matrix:
    """max(low, u) and min(high, u) with a number, and both in one; of two arrays, max(u, v) = v + max(u − v, 0)."""
    numbers = [arg for arg in factor.args if not (_indices_in_order(arg) if own else arg.has(Sum))]
    first, *others = [arg for arg in factor.args if arg not in numbers]
    largest = isinstance(factor, Max)
    if numbers:
        limit, of = factor.func(*numbers), recognise(factor.func(first, *others), own)
        if largest and isinstance(of, Clip) and of.low is None:
            return Clip(of.of, limit, of.high)
        return Clip(of, low=limit) if largest else Clip(of, high=limit)
    rest = factor.func(*others)
    return recognise(rest + Max(first - rest, 0) if largest else first - Max(first - rest, 0), own)
