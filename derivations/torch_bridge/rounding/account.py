"""How far an evaluation of a gradient may lie from its exact value, by its formula: one rule for each node.

The lines of the printed code are worked out in float64, and beside each what it may be off (`rounding.Rounded`), by the
rules of precision.py for operations and of functions.py for functions. An array that has a name is computed
once, so its mass is its size. A loss brings no rules of its own.

Torch's own kernels are evaluations of the same formula, in another order. MSE's backward multiplies norm·(z − y)·grad;
BCE's, with pos_weight, is (q y + 1 − y) σ − q y, the same terms otherwise bracketed; log-softmax's is grad − P Σ grad,
where grad is −A/S for what cross-entropy's theorem calls A. There Σ A may be known, as 1, and our code uses that; torch
adds C terms. So where a derivation starts from that theorem, its line is bounded too, and the larger bound counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, reduce
from typing import Any

import sympy as sp
import torch
from sympy import Expr, IndexedBase, Sum, Symbol
from torch import Tensor

from ...closed_form.names import name_of
from ...closed_form.passes import Line
from ...closed_form.uses import every_part
from ...index_calculus.expressions import Context, Definition
from ...index_calculus.functions import FUNCTION, Function, named, of_head, power, undecided
from ...index_calculus.judging.signs import is_nonnegative
from ...index_calculus.matrices.base import places
from ...index_calculus.matrices.nodes import (
    Array,
    Clip,
    Counted,
    Diagonal,
    Elementwise,
    Gather,
    Hadamard,
    LogOf,
    MatMul,
    Matrix,
    Number,
    OneHot,
    Ones,
    Outer,
    Pick,
    Plus,
    Power,
    Scale,
    Sigmoid,
    Softmax,
    Total,
    Transpose,
)
from ...index_calculus.matrices.recognise import recognise
from .functions import clipped, elementwise, log_softmax, logsumexp, off, softmax
from .precision import Precision, Rounded
from .values import Values, column, picked, transposed

ONE = Rounded(torch.ones((), dtype=torch.float64, device="cpu"), shift=True)


class Account(Values):
    """Values of named arrays, and how far each may be off. `values` are in float64, by the names of the printed code.

    `rounded` tells of arrays that were computed, or that are coarser than the outputs; others are exact.
    `rows` is N where the arrays are a part of more.
    """

    def __init__(
        self,
        precision: Precision,
        values: Mapping[str, Any],
        rounded: Mapping[str, Rounded] | None = None,
        rows: int | None = None,
    ):
        super().__init__(values, rows)
        self.precision = precision
        self.rounded = dict(rounded or {})
        self.counted, self.log_sum_exp = True, False  # is there a row that counts? is log Σ e^z computed too?
        self.context = Context()  # what lines were assigned
        self.undecided: dict[Matrix, Tensor] = {}

    def assign(self, name: str, node: Matrix) -> None:
        """A line of the printed code."""
        if isinstance(node, Counted):
            labels = self.values[node.labels]
            kept = labels != self.values[name_of(node.ignored)]
            self.counted = bool(kept.any())
            self.rounded[name], self.values[name] = self.of(node), self.value(node)
            self.values[node.labels] = torch.where(kept, labels, 0)
            return
        value, found = self.value(node), self.of(node)
        self.context = self.context.extended(**{name: _definition(name, node)})
        if name == "S" and not self.counted:  # nothing counts: the code takes 1, as torch does
            value, found = torch.ones_like(value), ONE
        for called in {name, name_of(name)}:
            self.values[called], self.rounded[called] = value, replace(found, mass=value.abs())
        if name == "Z":
            self.sizes.update(zip("NC", value.shape, strict=True))
            self.counts = {**self.sizes}

    def run(self, lines: Sequence[Line], result: Matrix) -> Rounded:
        """How far the result of printed code may be off, at its full shape."""
        parts = (part for node in (*(node for _, node in lines), result) for part in every_part(node))
        self.log_sum_exp = any(isinstance(part, LogOf) and isinstance(part.of, MatMul) for part in parts)
        for name, node in lines:
            self.assign(name, node)
        return self._whole(result)

    @property
    def at_corners(self) -> int:
        """How many arguments of steps and signs lay within their own error of 0: either side may come out."""
        return sum(int(each.sum()) for each in self.undecided.values())

    def of(self, node: Matrix) -> Rounded:
        """How far a node may be off. Its arrays broadcast to its shape. Raises TypeError for what has no rule."""
        precision = self.precision
        match node:
            case Array(name):
                return self._array(name_of(name))
            case Number(value):
                return self.scalar(value)
            case Gather(name, labels):
                at = self.values[labels]
                return self._array(name_of(name)).mapped(lambda each: each[at])
            case Ones() | Outer(Ones(), Ones()):
                return ONE
            case OneHot() | Counted():
                return Rounded(self.value(node), shift=True)
            case Transpose(of):
                return self.of(of).mapped(transposed)
            case Scale(of, coefficient) if coefficient == -1:
                return self.of(of)
            case Scale(of, coefficient):
                return precision.times(self.scalar(coefficient), self.of(of))
            case Plus(items) if len(items) == 2 and all(map(self._is_given, items)):
                coarse = min(self.of(each).coarse for each in items)
                return precision.rounds(Rounded(self.value(node).abs(), coarse=coarse), 1)
            case Plus(items):
                products = tuple(filter(_is_contraction, items))
                return self._contracted(node, items, products) if products else precision.plus([*map(self.of, items)])
            case Hadamard(items):
                return reduce(precision.times, map(self.of, items))
            case Power(of, int(exponent)):
                return self._power(self.of(of), exponent, lambda: self.value(of))
            case Power(of, exponent):
                return self._function(power(exponent), of)
            case MatMul(Diagonal(of), right):
                return precision.times(self.of(of).mapped(column), self.of(right))
            case MatMul(left, Diagonal(of)):
                return precision.times(self.of(left), self.of(of))
            case MatMul(left, Ones()):
                return precision.total(self._whole(left), (1,))
            case MatMul():
                return self._contracted(node, (node,), (node,))
            case Outer(Ones(), right):
                return self.of(right)
            case Outer(left, Ones()):
                return self.of(left).mapped(column)
            case Outer(left, right):
                return precision.times(self.of(left).mapped(column), self.of(right))
            case Total(of):
                return precision.total(self._whole(of), range(len(of.shape)))
            case Softmax(of):
                return softmax(precision, self.value(of), self._whole(of), self.log_sum_exp)
            case LogOf(Softmax(of)):
                return log_softmax(precision, self.value(of), self._whole(of))
            case LogOf(MatMul(Elementwise(of, "exp"), Ones())):
                return logsumexp(precision, self.whole(of), self._whole(of))
            case Sigmoid(of):
                return self._function(named("sigmoid"), of)
            case LogOf(Sigmoid(of)):
                return self._function(named("log_sigmoid"), of)
            case Elementwise(of, function):
                return self._function(named(function), of)
            case Clip():
                return self._clipped(node)
            case Pick(of, labels):
                return self._whole(of).mapped(lambda each: picked(each, self.values[labels]))
        raise TypeError(f"no error bound for {type(node).__name__}")

    def scalar(self, expr: Expr) -> Rounded:
        """How far a coefficient may be off, as 2/(N C), (1 − ε)/C or 1/S. Rational numbers are rounded once."""
        number = expr.xreplace({each: sp.Integer(self.counts[each.name]) for each in self._sizes_in(expr)})
        if number.is_Rational:
            return self._number(number)
        if expr.is_number:  # √2 or log 2π: a rounding for each operation, and one for the whole
            size = Rounded(torch.tensor(abs(float(expr)), dtype=torch.float64, device="cpu"))
            return self.precision.rounds(size, 1 + expr.count_ops() * FUNCTION)
        if isinstance(expr, sp.Mul):
            numbers = [each for each in expr.args if each.free_symbols <= self._sizes_in(expr) and not each.has(Sum)]
            others = [self.scalar(each) for each in expr.args if each not in numbers]
            return reduce(self.precision.times, [self.scalar(sp.Mul(*numbers)), *others] if numbers else others)
        if isinstance(expr, sp.Add):
            return self.precision.plus([*map(self.scalar, expr.args)])
        if isinstance(expr, sp.Pow) and expr.exp.is_Integer:
            return self._power(self.scalar(expr.base), int(expr.exp), lambda: self.number(expr.base))
        if isinstance(expr, Sum):
            return self.of(recognise(expr, ()))
        if isinstance(expr, sp.Pow) and expr.exp.is_Rational:
            return elementwise(self.precision, power(expr.exp), self.number(expr.base), self.scalar(expr.base))
        if not isinstance(expr, Symbol):
            applied = of_head(expr)
            if applied is None:
                raise TypeError(f"no error bound for the coefficient {expr}")
            name, argument = applied
            return elementwise(self.precision, named(name), self.number(argument), self.scalar(argument))
        name = name_of(expr.name)
        if name in self.rounded or isinstance(self.values[name], Tensor):
            return self._array(name)
        return self.precision.rounds(Rounded(self.number(expr).abs()), 1)  # a Python number, in the dtype

    def _number(self, number: sp.Rational) -> Rounded:
        size = Rounded(torch.tensor(abs(float(number)), dtype=torch.float64, device="cpu"))
        if not _is_power_of_two(number.q) or abs(number.p) * self.precision.u > 1:
            return self.precision.rounds(size, 1)
        return replace(size, shift=_is_power_of_two(abs(number.p)))

    def _function(self, function: Function, of: Matrix) -> Rounded:
        """A function of each entry."""
        x, known = self.value(of), self.of(of)
        if function.rounding.jumps:
            self.undecided[of] = undecided(x, off(self.precision, x, known))
        above = is_nonnegative(_entry(of), self.context)
        return elementwise(self.precision, function, x, known, above)

    def _clipped(self, node: Clip) -> Rounded:
        limits = ((node.low, torch.lt), (node.high, torch.gt))
        known = [(self.number(at), self.scalar(at), beyond) for at, beyond in limits if at is not None]
        return clipped(self.precision, self.value(node), self.value(node.of), self.of(node.of), known)

    def _power(self, base: Rounded, exponent: int, value: Callable[[], Tensor]) -> Rounded:
        if exponent < 0:
            return self.precision.negative_power(base, value(), -exponent)
        return base if exponent == 1 else self.precision.power(base, exponent)

    def _contracted(self, node: Matrix, items: Sequence[Matrix], products: Sequence[Matrix]) -> Rounded:
        """A B, or A B + b: products and what is added to them, all added up in any order.

        Where that happens in a wider format, each product is rounded in the end, and the whole.
        """
        precision = self.precision
        found = [
            precision.contracted(*map(self._whole, item.parts)) if item in products else self.of(item).settled()
            for item in items
        ]
        terms = sum(self.sizes[each.parts[1].shape[0].name] for each in products) + len(items) - 1
        total = precision.accumulated(precision.added(found), terms)
        if precision.wide is None:
            return total
        return reduce(precision.stored, [self.value(each) for each in dict.fromkeys((*products, node))], total)

    def _sizes_in(self, expr: Expr) -> set[Symbol]:
        return {each for each in expr.free_symbols if getattr(each, "name", "") in self.sizes}

    def _array(self, name: str) -> Rounded:
        if name not in self.rounded:
            self.rounded[name] = Rounded(self.values[name].abs())
        return self.rounded[name]

    def _is_given(self, node: Matrix) -> bool:
        """An array, or minus an array, that nothing has computed: a − b of two is one rounding of its own size.

        No kernel multiplies such a and b apart before it subtracts, as torch does with what it has computed.
        """
        of = node.of if isinstance(node, Scale) and node.coefficient == -1 else node
        if not isinstance(of, Array):
            return False
        known = self.of(of).settled()
        return known.error is None and known.units is None and not known.shift

    def _whole(self, node: Matrix) -> Rounded:
        """A node at its full shape, as one array."""
        return self.of(node).settled().mapped(lambda each: each.expand(self.shape(node)))


@cache
def _entry(node: Matrix) -> Expr:
    """What stands at any place of a node. The same lines are bounded for each dtype and shape."""
    return node.entry(places(node.shape))


def _definition(name: str, node: Matrix) -> Definition:
    """A line of the printed code as a definition of its entries."""
    at = places(node.shape)
    return Definition(IndexedBase(name)[at] if at else Symbol(name), _entry(node))


def _is_power_of_two(number: int) -> bool:
    return number & (number - 1) == 0


def _is_contraction(node: Matrix) -> bool:
    return isinstance(node, MatMul) and not any(isinstance(part, Diagonal | Ones) for part in node.parts)
