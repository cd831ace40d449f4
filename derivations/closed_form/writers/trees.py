"""Programs as plain data: what the other writers print, as the trees of `diagnosis.trees`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import sympy as sp
from sympy import Expr, Rational, Sum, Symbol

from ...diagnosis.trees import FUNCTIONS, Program, Tree, product
from ...index_calculus.expressions import is_turned
from ...index_calculus.functions import application
from ...index_calculus.matrices.nodes import Matrix, OneHot
from ..names import names
from ..order import factors_of, summed
from ..passes import Line, masks_of
from .base import Writer


def program_of(lines: Sequence[Line], result: Matrix) -> Program:
    """The lines of a program and what comes out. Where every row is ignored S is 1, and the gradient 0, as in torch."""
    write = Trees()
    masks = masks_of(lines, {"": result})
    written = [(name, write(node)) for name, node in lines]
    or_one = [(name, ("or_one", tree, masks[name]) if name in masks else tree) for name, tree in written]
    return Program(tuple((write.name_of(name), tree) for name, tree in or_one), write(result))


class Trees(Writer[Tree]):
    """Matrix expressions as trees; vectors stand along the last axis, and as columns where they scale rows."""

    def __init__(self) -> None:
        self.names = names()

    def name_of(self, letter: str) -> str:
        return self.names.get(letter, letter)

    def array(self, name: str) -> Tree:
        return self.name_of(name)

    def gather(self, name: str, labels: str) -> Tree:
        return ("take", self.name_of(name), labels)

    def counted(self, labels: str, ignored: str) -> Tree:
        return ("kept", labels, self.name_of(ignored))

    def one_hot(self, node: OneHot) -> Tree:
        return ("onehot", node.labels, node.columns.name)

    def transpose(self, of: Matrix) -> Tree:
        return ("T", self(of))

    def softmax(self, of: Matrix) -> Tree:
        return ("softmax", self(of), 1)

    def log_softmax(self, of: Matrix) -> Tree:
        return ("log_softmax", self(of), 1)

    def log_sum_exp(self, of: Matrix) -> Tree:
        return ("logsumexp", self(of), 1)

    def function(self, name: str, of: Matrix) -> Tree:
        return applied(name, self(of))

    def power(self, of: Matrix, exponent: Rational) -> Tree:
        return ("^", self(of), number(exponent))

    def clip(self, of: Matrix, low: Expr | None, high: Expr | None) -> Tree:
        below = self(of) if high is None else ("minimum", self(of), self.coefficient(high))
        return below if low is None else ("maximum", below, self.coefficient(low))

    def pick(self, of: Matrix, labels: str) -> Tree:
        return ("sum", product(self(of), ("onehot", labels, of.shape[1].name)), 1)

    def one(self) -> Tree:
        return 1

    def column(self, of: Matrix) -> Tree:
        return ("column", self(of))

    def of_rows(self, weights: Matrix, of: Matrix) -> Tree:
        return product(self.column(weights), self(of))

    def product(self, items: Sequence[Matrix]) -> Tree:
        return reduce(product, map(self, items))

    def quotient(self, above: Sequence[Matrix], below: Sequence[Matrix]) -> Tree:
        return ("/", self.product(above) if above else 1, self.product(below))

    def matmul(self, left: Matrix, right: Matrix) -> Tree:
        return ("@", self(left), self(right))

    def sum(self, items: Sequence[tuple[bool, Matrix]]) -> Tree:
        return signed([(minus, self(item)) for minus, item in items])

    def total(self, of: Matrix) -> Tree:
        return self._sum(of, None)

    def summed(self, of: Matrix, axis: int) -> Tree:
        return self._sum(of, axis)

    def _sum(self, of: Matrix, axis: int | None) -> Tree:
        """A sum of entries; of ones it is a size."""
        inside = self(of)
        if inside != 1:
            return ("sum", inside, axis)
        sizes = [size.name for size in of.shape] if axis is None else [of.shape[axis].name]
        return reduce(product, sizes)

    def scaled(self, of: Matrix, coefficient: Expr) -> Tree:
        return self._times(self(of), coefficient)

    def coefficient(self, expr: Expr) -> Tree:
        return self._times(1, expr)

    def _times(self, of: Tree, coefficient: Expr) -> Tree:
        """`of` times a coefficient: the sign before, a divisor below all of it."""
        if coefficient == -1:
            return ("neg", of)
        if is_turned(coefficient) and not coefficient.has(sp.Abs):
            return ("neg", self._times(of, -coefficient))
        above, below = sp.fraction(coefficient)
        whole = product(self._factors(above), of)
        return whole if below == 1 else ("/", whole, self._factors(below))

    def _factors(self, expr: Expr) -> Tree:
        return reduce(product, map(self._factor, factors_of(expr)))

    def _factor(self, expr: Any) -> Tree:
        match expr:
            case Symbol():
                return self.name_of(expr.name)
            case Rational():
                return number(expr)
            case Sum():
                absolute, node = summed(expr)
                return ("sum", ("abs", self(node)), None) if absolute else self._sum(node, None)
            case sp.Add():
                terms = sorted(expr.args, key=lambda each: is_turned(each))
                return signed(
                    [(is_turned(term), self.coefficient(-term if is_turned(term) else term)) for term in terms]
                )
            case sp.Pow(base=base, exp=exponent):
                return ("^", self.coefficient(base), self.coefficient(exponent))
        found = application(expr)
        if found is not None:
            name, argument = found
            return applied(name, self.coefficient(argument))
        if expr.is_number:
            return float(expr)
        raise TypeError(f"no tree for the coefficient {expr}")


def number(number: Rational) -> Tree:
    return int(number) if number.is_Integer else float(number)


def applied(name: str, of: Tree) -> Tree:
    """A function of each entry, in words that trees have. Raises TypeError for one that they have none for."""
    match name:
        case "plus":
            return ("maximum", of, 0)
        case "step":
            return (">", of, 0)
        case "closed_step":
            return (">=", of, 0)
        case "softplus":
            return ("neg", ("log_sigmoid", ("neg", of)))
        case _ if name in FUNCTIONS:
            return (name, of)
    raise TypeError(f"no tree for the function {name}")


def signed(terms: Sequence[tuple[bool, Tree]]) -> Tree:
    """A sum of terms, each with whether it is subtracted."""
    (minus, first), *others = terms
    whole = ("neg", first) if minus else first
    for minus, each in others:
        whole = ("-" if minus else "+", whole, each)
    return whole
