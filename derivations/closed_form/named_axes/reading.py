"""Index formulas read as assignments over arrays with named axes.

What a definition says is a line of its own, made once. The ways to a softmax, to a sigmoid and to their logarithms are
those that do not overflow; all else is what the formula says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sympy as sp
from sympy import Add, Expr, Indexed, KroneckerDelta, Max, Mul, Pow, Symbol, exp, log

from ...index_calculus.expressions import Context, Definition, Partial, Recurrence, free_indices, names_in
from ...index_calculus.functions import EXTREMES, application, without_overflow
from ...index_calculus.symbols import LABELS, is_index, size_of
from .nodes import Constant, Delta, Entry, Function, Label, Line, Node, OfRows, Place, Plus, Power, Program, Sum, Times


def program(
    results: Mapping[str, tuple[Expr, Sequence[Symbol]]], context: Context, given: Iterable[str] = ()
) -> Program:
    """The assignments that lead to some index formulas, each given with its free indices in the order of its axes.

    What the context defines is a line of its own, but for the names in `given`. Raises TypeError for what is not
    written so: a derivative, a recurrence, a sum that does not run over all of its index.
    """
    reader = _Reader(context, frozenset(given))
    read = [Line(name, tuple(each.name for each in axes), reader(expr)) for name, (expr, axes) in results.items()]
    for line in read:
        if not line.node.axes <= set(line.axes):
            missing = ", ".join(sorted(line.node.axes - set(line.axes)))
            raise TypeError(f"the formula of {line.name} has the free index {missing}, and no axis for it.")
    return Program(tuple(reader.lines.values()), tuple(read))


class _Reader:
    """Reads expressions, and what they rest on as lines."""

    def __init__(self, context: Context, given: frozenset[str]):
        self.definitions: dict[str, Definition] = {
            name: definition for name, definition in context.definitions.items() if name not in given
        }
        self.lines: dict[str, Line] = {}

    def __call__(self, expr: Expr) -> Node:
        if not names_in(expr) and not free_indices(expr) and not expr.has(sp.Sum, Partial):
            return Constant(expr)
        if isinstance(expr, Symbol | Indexed):
            return self.entry(expr)
        if isinstance(expr, KroneckerDelta):
            return Delta(*map(place, expr.args))
        if isinstance(expr, Add):
            return self._log_softmax(expr) or Plus(tuple(map(self, expr.args)))
        if isinstance(expr, Mul):
            return self._product(expr)
        if isinstance(expr, sp.Sum):
            return Sum(self(expr.function), tuple(map(_whole, reversed(expr.limits))))
        if isinstance(expr, log):
            return self._log(expr)
        if (found := application(expr)) is not None:
            return Function(found[0], (self(found[1]),))
        if isinstance(expr, Pow) and expr.exp.is_Rational:
            return Power(self(expr.base), expr.exp)
        if isinstance(expr, EXTREMES):
            return Function("max" if isinstance(expr, Max) else "min", tuple(map(self, expr.args)))
        raise TypeError(f"no arrays with named axes for {type(expr).__name__}: {expr}")

    def entry(self, expr: Symbol | Indexed) -> Entry:
        """An array at its places; its definition becomes a line before those that use it."""
        name = expr.base.label.name if isinstance(expr, Indexed) else expr.name
        if isinstance(expr, Symbol) and is_index(expr):
            raise TypeError(f"the index {name} stands as a number in a formula; only positions are written so.")
        if name in self.definitions and name not in self.lines:
            definition = self.definitions[name]
            if isinstance(definition, Recurrence):
                raise TypeError(f"{name} is a recurrence: its entries follow one from another, and are no one array.")
            node = self(definition.right)
            self.lines[name] = Line(name, tuple(each.name for each in definition.placeholders), node)
        return Entry(name, tuple(map(place, getattr(expr, "indices", ()))))

    def _product(self, expr: Mul) -> Node:
        constants = [
            factor
            for factor in expr.args
            if not names_in(factor) and not free_indices(factor) and not factor.has(sp.Sum)
        ]
        others = without_overflow([each for each in expr.args if each not in constants])
        softmax = _softmax(others)
        if softmax:
            top, below, argument, axis = softmax
            others = [each for each in others if each not in (top, below)]
        factors = [Constant(Mul(*constants))] * bool(constants) + [*map(self, others)]
        if softmax:
            factors.append(OfRows("softmax", self(argument), axis.name))
        return factors[0] if len(factors) == 1 else Times(tuple(factors))

    def _log_softmax(self, expr: Add) -> Node | None:
        """a_c − log Σ_k e^{a_k}, and what else is added."""
        for term in expr.args:
            total = -term
            if isinstance(total, log) and (summed := _exponentials(total.args[0])):
                for other in expr.args:
                    axis = _same_but_for(other, *summed)
                    if other is not term and axis is not None:
                        node = OfRows("log_softmax", self(other), axis.name)
                        rest = [each for each in expr.args if each not in (term, other)]
                        return Plus((node, *map(self, rest))) if rest else node
        return None

    def _log(self, expr: Expr) -> Node:
        """A logarithm; of a softmax, of a sigmoid and of its complement without the detour over what may be 0."""
        argument = expr.args[0]
        if summed := _exponentials(argument):
            return OfRows("logsumexp", self(summed[0]), summed[1].name)
        formula = self._meant(argument)
        if isinstance(formula, Mul) and (found := _softmax(formula.args)) and len(formula.args) == 2:
            return OfRows("log_softmax", self(found[2]), found[3].name)
        for sign, each in ((1, formula), (-1, self._meant(1 - argument))):  # 1 − σ(u) = σ(−u)
            name, inside = application(each) or ("", each)
            if name == "sigmoid":
                return Function("log_sigmoid", (self(sign * inside),))
        name, inside = application(expr) or ("log", argument)
        return Function(name, (self(inside),))

    def _meant(self, expr: Expr) -> Expr:
        """What an array is defined to be."""
        name = expr.base.label.name if isinstance(expr, Indexed) else ""
        definition = self.definitions.get(name)
        return expr if definition is None else definition.at(expr, expr.free_symbols)


def place(index: Expr) -> Place:
    """What stands in the place of an index. Raises TypeError for a sum or a product of indices."""
    if index.is_Integer:
        return int(index) - 1
    if isinstance(index, Symbol) and is_index(index):
        return index.name
    if isinstance(index, Indexed) and index.base.label.name in LABELS and all(map(is_index, index.indices)):
        return Label(index.base.label.name, tuple(each.name for each in index.indices))
    if isinstance(index, Symbol) and index.name in LABELS:
        return Label(index.name, ())
    raise TypeError(f"{index} in the place of an index: axes have names, and labels stand in arrays.")


def _whole(limit: tuple[Expr, ...]) -> str:
    """The index of a sum's limit. Raises TypeError where it does not run over all of it."""
    index, low, high = limit
    if low != 1 or high != size_of(index):
        raise TypeError(f"the sum over {index} runs from {low} to {high}, and not over a whole axis.")
    return str(index.name)


def _exponentials(expr: Expr) -> tuple[Expr, Symbol] | None:
    """a_k and k of Σ_k e^{a_k}."""
    if isinstance(expr, sp.Sum) and len(expr.limits) == 1 and isinstance(expr.function, exp):
        return expr.function.args[0], expr.limits[0][0]
    return None


def _same_but_for(expr: Expr, other: Expr, index: Symbol) -> Symbol | None:
    """The index that stands in `expr` where `other` has `index`."""
    candidates = (each for each in free_indices(expr) if size_of(each) == size_of(index))
    return next((each for each in sorted(candidates, key=str) if other.xreplace({index: each}) == expr), None)


def _softmax(factors: Iterable[Expr]) -> tuple[Expr, Expr, Expr, Symbol] | None:
    """e^{a_c} and 1/Σ_k e^{a_k} among the factors, with a_c and c."""
    factors = list(factors)
    for below in factors:
        summed = _exponentials(below.base) if isinstance(below, Pow) and below.exp == -1 else None
        for top in factors:
            axis = _same_but_for(top.args[0], *summed) if summed and isinstance(top, exp) else None
            if axis is not None:
                return top, below, top.args[0], axis
    return None
