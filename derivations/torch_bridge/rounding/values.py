"""What matrix expressions come to, in float64: each node by its definition, nothing by its text."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

import sympy as sp
import torch
from sympy import Expr, Sum, Symbol
from torch import Tensor

from ...closed_form.names import name_of
from ...index_calculus.functions import named, power
from ...index_calculus.functions import of_head as function_of
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
from ..shapes import Column, OneNumber, PerEntry, PerRow
from .functions import TENSORS


class Values:
    """Named arrays in float64, by the names of the printed code, and what is computed of them.

    `sizes` are those of the arrays, `counts` what formulas mean by N, C and D, where the arrays are a part of more.
    What a node comes to broadcasts to its shape.
    """

    def __init__(self, values: Mapping[str, Any], rows: int | None = None):
        self.values = dict(values)
        self.sizes: dict[str, int] = {}
        for name, sizes in (("Z", "NC"), ("Q", "NC"), ("sigma", "NC"), ("G", "NC"), ("X", "ND"), ("W", "CD")):
            if name in values:
                self.sizes.update(zip(sizes, values[name].shape, strict=True))
        self.counts = {**self.sizes, **({} if rows is None else {"N": rows})}

    def value(self, node: Matrix) -> Tensor:
        """The exact value, but for the roundings of float64. Raises TypeError for a node that has none here."""
        match node:
            case Array(name):
                return _tensor(self.values[name_of(name)])
            case Number(value):
                return self.number(value)
            case Gather(name, labels):
                return _tensor(self.values[name_of(name)])[self.values[labels]]
            case Counted(labels, ignored):
                return _tensor(self.values[labels] != self.values[name_of(ignored)])
            case OneHot(labels):
                return _tensor(torch.nn.functional.one_hot(self.values[labels], self.sizes[node.columns.name]))
            case Ones():
                return _tensor(1.0)
            case Transpose(of):
                return transposed(self.value(of))
            case Scale(of, coefficient):
                return self.number(coefficient) * self.value(of)
            case Plus(items):
                return reduce(torch.add, map(self.value, items))
            case Hadamard(items):
                return reduce(torch.mul, map(self.value, items))
            case MatMul(Diagonal(of), right):
                return column(self.value(of)) * self.value(right)
            case MatMul(left, Diagonal(of)):
                return self.value(left) * self.value(of)
            case MatMul(left, Ones()):
                return self.whole(left).sum(1)
            case MatMul(left, right):
                return self.whole(left) @ self.whole(right)
            case Outer(left, right):
                return column(self.value(left)) * self.value(right)
            case Total(of):
                return self.whole(of).sum()
            case Pick(of, labels):
                return picked(self.whole(of), self.values[labels])
            case Softmax(of):
                return torch.softmax(self.whole(of), 1)
            case LogOf(Softmax(of)):
                return torch.log_softmax(self.whole(of), 1)
            case LogOf(MatMul(Elementwise(of, "exp"), Ones())):
                return torch.logsumexp(self.whole(of), 1)
            case Sigmoid(of):
                return named("sigmoid").value(TENSORS, self.value(of))
            case LogOf(Sigmoid(of)):
                return named("log_sigmoid").value(TENSORS, self.value(of))
            case Elementwise(of, function):
                return named(function).value(TENSORS, self.value(of))
            case Power(of, exponent):
                return power(sp.Rational(exponent)).value(TENSORS, self.value(of))
            case Clip(of, low, high):
                return self.value(of).clamp(*(None if each is None else self.number(each) for each in (low, high)))
        raise TypeError(f"no value for {type(node).__name__}")

    def number(self, expr: Expr) -> OneNumber:
        """A coefficient, as 2/(N C), 1/S or log β."""
        if expr.is_number:
            return _tensor(float(expr))
        if isinstance(expr, Symbol):
            counted = self.counts.get(expr.name)
            return _tensor(self.values[name_of(expr.name)] if counted is None else counted)
        if isinstance(expr, Sum):
            return self.value(recognise(expr, ()))
        if isinstance(expr, sp.Add | sp.Mul):
            return reduce(torch.add if expr.is_Add else torch.mul, map(self.number, expr.args))
        if isinstance(expr, sp.Pow):
            return self.number(expr.base) ** self.number(expr.exp)
        applied = function_of(expr)
        if applied is None:
            raise TypeError(f"no value for the coefficient {expr}")
        return named(applied[0]).value(TENSORS, self.number(applied[1]))

    def shape(self, node: Matrix) -> tuple[int, ...]:
        return tuple(self.sizes[size.name] for size in node.shape)

    def whole(self, node: Matrix) -> Tensor:
        """A node's value at its full shape."""
        return self.value(node).expand(self.shape(node))


def _tensor(value: Any) -> Tensor:
    return torch.as_tensor(value, dtype=torch.float64, device="cpu")


def transposed(each: Tensor) -> Tensor:
    return each.T if each.dim() > 1 else each


def column(vector: PerRow | OneNumber) -> Column | OneNumber:
    return vector[:, None] if vector.dim() else vector


def picked(rows: PerEntry, labels: PerRow) -> PerRow:
    """The entry of each row that its label picks."""
    return rows.gather(1, labels[:, None])[:, 0]
