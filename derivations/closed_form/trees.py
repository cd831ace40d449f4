"""The printed program as plain data: what `emit` writes as Python text, as the trees of `diagnosis.trees`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

import sympy as sp
from sympy import Expr, Sum, Symbol

from ..diagnosis.trees import Program, Tree, product
from ..index_calculus.expressions import is_turned
from ..index_calculus.matrices.nodes import (
    Array,
    Diagonal,
    Elementwise,
    Gather,
    Hadamard,
    Kept,
    LogOf,
    MatMul,
    Matrix,
    OneHot,
    Ones,
    Outer,
    Plus,
    Power,
    Scale,
    Sigmoid,
    Softmax,
    Total,
    Transpose,
)
from .emit import NAMES, factors_of, in_order, is_subtracted, summed
from .program import Line


def program_of(lines: Sequence[Line], result: Matrix) -> Program:
    """The lines of a program and what comes out. Where every row is ignored S is 1, and the gradient 0, as in torch."""
    masked = any(isinstance(node, Kept) for _, node in lines)
    written = ((name, tree(node)) for name, node in lines)
    return Program(
        tuple((name, ("or_one", each, "mu") if name == "S" and masked else each) for name, each in written),
        tree(result),
    )


def tree(node: Matrix) -> Tree:
    """A matrix expression as a tree; vectors stand along the last axis, and as columns where they scale rows."""
    match node:
        case Array(name):
            return NAMES.get(name, name)
        case Gather(name, labels):
            return ("take", NAMES.get(name, name), labels)
        case Kept(labels, ignored):
            return ("kept", labels, NAMES.get(ignored, ignored))
        case OneHot(labels, _, columns):
            return ("onehot", labels, columns.name)
        case Transpose(of):
            return ("T", tree(of))
        case Softmax(of):
            return ("softmax", tree(of), 1)
        case LogOf(Softmax(of)):
            return ("log_softmax", tree(of), 1)
        case LogOf(Sigmoid(of)):
            return ("log_sigmoid", tree(of))
        case Sigmoid(of):
            return ("sigmoid", tree(of))
        case Total(of):
            return _sum(of, None)
        case Elementwise(of, function):
            return (function, tree(of))
        case Power(of, exponent):
            return ("^", tree(of), exponent)
        case Ones():
            return 1
        case Scale(of, coefficient):
            return scaled(tree(of), coefficient)
        case MatMul(Transpose(of), Ones()):
            return _sum(of, 0)
        case MatMul(left, Ones()):
            return _sum(left, 1)
        case MatMul(Diagonal(weights), right):
            return product(("column", tree(weights)), tree(right))
        case MatMul(left, Diagonal(weights)):
            return product(tree(left), tree(weights))
        case MatMul(left, right):
            return ("@", tree(left), tree(right))
        case Outer(left, right):  # broadcast along the rows and the columns
            column = tree(left)
            return product(column if column == 1 else ("column", column), tree(right))
        case Hadamard(items):
            return reduce(product, map(tree, items))
        case Plus(items):
            return _plus(in_order(items))
    raise TypeError(f"no tree for {type(node).__name__}")


def scaled(of: Tree, coefficient: Expr) -> Tree:
    """`of` times a coefficient: the sign before, a divisor below all of it."""
    if coefficient == -1:
        return ("neg", of)
    if is_turned(coefficient) and not coefficient.has(sp.Abs):
        return ("neg", scaled(of, -coefficient))
    above, below = sp.fraction(coefficient)
    whole = product(_factors(above), of)
    return whole if below == 1 else ("/", whole, _factors(below))


def scalar(expr: Expr) -> Tree:
    """A coefficient by itself."""
    return scaled(1, expr)


def _factors(expr: Expr) -> Tree:
    return reduce(product, map(_factor, factors_of(expr)))


def _factor(expr: Any) -> Tree:
    match expr:
        case Symbol():
            return NAMES.get(expr.name, expr.name)
        case sp.Integer():
            return int(expr)
        case Sum():
            absolute, node = summed(expr)
            return ("sum", ("abs", tree(node)), None) if absolute else _sum(node, None)
        case sp.Add():
            terms = sorted(expr.args, key=lambda each: is_turned(each))
            return _signed([(is_turned(each), scalar(-each if is_turned(each) else each)) for each in terms])
        case sp.Pow(base=base, exp=exponent):
            return ("^", scalar(base), scalar(exponent))
        case _ if expr.is_number:
            return float(expr)
    raise TypeError(f"no tree for the coefficient {expr}")


def _sum(of: Matrix, axis: int | None) -> Tree:
    """A sum of entries; of ones it is a size."""
    inside = tree(of)
    if inside != 1:
        return ("sum", inside, axis)
    sizes = [size.name for size in of.shape] if axis is None else [of.shape[axis].name]
    return reduce(product, sizes)


def _plus(items: Iterable[Matrix]) -> Tree:
    signed = []
    for item in items:
        minus = is_subtracted(item)
        signed.append((minus, tree(Scale(item.of, -item.coefficient) if minus and isinstance(item, Scale) else item)))
    return _signed(signed)


def _signed(terms: Sequence[tuple[bool, Tree]]) -> Tree:
    """A sum of terms, each with whether it is subtracted."""
    (minus, first), *others = terms
    whole = ("neg", first) if minus else first
    for minus, each in others:
        whole = ("-" if minus else "+", whole, each)
    return whole
