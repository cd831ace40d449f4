"""What every writer is: a matrix expression, node by node, in some language.

A writer says how its language has each node; which node is which is decided here, once. `Written` is what it makes:
text, an expression tree, an equation of named axes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar

from sympy import Expr, Rational

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
from ..order import quotient, signed, terms
from ..statements import InPlace

Written = TypeVar("Written")


class Writer(ABC, Generic[Written]):
    """Matrix expressions in one language. Vectors stand along the last axis, and as columns where they scale rows."""

    def __call__(self, node: Matrix) -> Written:
        """The node. Raises TypeError for one that the language has no word for."""
        match node:
            case InPlace(of):
                return self.in_place(of)
            case Array(name):
                return self.array(name)
            case Number(value):
                return self.coefficient(value)
            case Gather(name, labels):
                return self.gather(name, labels)
            case Counted(labels, ignored):
                return self.counted(labels, ignored)
            case OneHot():
                return self.one_hot(node)
            case Transpose(of):
                return self.transpose(of)
            case Softmax(of):
                return self.softmax(of)
            case LogOf(Softmax(of)):
                return self.log_softmax(of)
            case Sigmoid(of):
                return self.function("sigmoid", of)
            case LogOf(Sigmoid(of)):
                return self.function("log_sigmoid", of)
            case LogOf(MatMul(Elementwise(of, "exp"), Ones())):
                return self.log_sum_exp(of)
            case Total(of):
                return self.total(of)
            case Elementwise(of, function):
                return self.function(function, of)
            case Power() if quotient([node])[1]:
                return self._fraction([node])
            case Power(of, exponent):
                return self.power(of, Rational(exponent))
            case Clip(of, low, high):
                return self.clip(of, low, high)
            case Pick(of, labels):
                return self.pick(of, labels)
            case Ones() | Outer(Ones(), Ones()):  # broadcast
                return self.one()
            case Scale(Ones() | Outer(Ones(), Ones()), coefficient):
                return self.coefficient(coefficient)
            case Scale(of, coefficient):
                return self.scaled(of, coefficient)
            case MatMul(Transpose(of), Ones()):
                return self.summed(of, 0)
            case MatMul(left, Ones()):
                return self.summed(left, 1)
            case MatMul(Diagonal(weights), right):
                return self._rows(weights, right)
            case MatMul(left, Diagonal(weights)):
                return self._fraction((left, weights))
            case MatMul(left, right):
                return self.matmul(left, right)
            case Outer(Ones(), right):  # broadcast along the rows
                return self(right)
            case Outer(left, Ones()):
                return self.column(left)
            case Outer(left, right):
                return self._rows(left, right)
            case Hadamard(items):
                return self._fraction(items)
            case Plus():
                return self.sum(signed(terms(node)))
        raise TypeError(f"{type(self).__name__} has no word for {type(node).__name__}")

    def _fraction(self, items: Sequence[Matrix]) -> Written:
        above, below = quotient(items)
        return self.quotient(above, below) if below else self.product(above)

    def _rows(self, weights: Matrix, of: Matrix) -> Written:
        below = quotient([weights])[1]
        if below:
            return self.quotient([of], [Outer(below[0], Ones(of.shape[-1]))])
        return self.of_rows(weights, of)

    def in_place(self, node: Matrix) -> Written:
        """A node that may take the memory of its first part, where the language can say so."""
        return self(node)

    @abstractmethod
    def array(self, name: str) -> Written:
        """An array by its letter."""

    @abstractmethod
    def gather(self, name: str, labels: str) -> Written:
        """The entries of a vector that labels pick."""

    @abstractmethod
    def counted(self, labels: str, ignored: str) -> Written:
        """1 where a label is not the ignored one, else 0."""

    @abstractmethod
    def one_hot(self, node: OneHot) -> Written:
        """Row n has its 1 in the column that label n names."""

    @abstractmethod
    def transpose(self, of: Matrix) -> Written:
        """The transpose of a matrix."""

    @abstractmethod
    def softmax(self, of: Matrix) -> Written:
        """Softmax of each row, whatever its size."""

    @abstractmethod
    def log_softmax(self, of: Matrix) -> Written:
        """Its logarithm, without the detour."""

    @abstractmethod
    def log_sum_exp(self, of: Matrix) -> Written:
        """log Σ e^x of each row, whatever its size."""

    @abstractmethod
    def function(self, name: str, of: Matrix) -> Written:
        """A function of each entry, by its name in the table of functions."""

    @abstractmethod
    def power(self, of: Matrix, exponent: Rational) -> Written:
        """A power of each entry."""

    @abstractmethod
    def clip(self, of: Matrix, low: Expr | None, high: Expr | None) -> Written:
        """Each entry, but at least `low` and at most `high`; None sets no limit."""

    @abstractmethod
    def pick(self, of: Matrix, labels: str) -> Written:
        """The entry of each row that its label picks."""

    @abstractmethod
    def one(self) -> Written:
        """Ones, of whatever shape."""

    @abstractmethod
    def coefficient(self, expr: Expr) -> Written:
        """A number by itself: 2/(N C)."""

    @abstractmethod
    def scaled(self, of: Matrix, coefficient: Expr) -> Written:
        """A number times an array."""

    @abstractmethod
    def total(self, of: Matrix) -> Written:
        """The sum of all entries."""

    @abstractmethod
    def summed(self, of: Matrix, axis: int) -> Written:
        """A matrix summed over its rows (axis 0) or its columns (axis 1)."""

    @abstractmethod
    def column(self, of: Matrix) -> Written:
        """A vector as a column."""

    @abstractmethod
    def of_rows(self, weights: Matrix, of: Matrix) -> Written:
        """Each row times its weight."""

    @abstractmethod
    def product(self, items: Sequence[Matrix]) -> Written:
        """A product entry by entry."""

    @abstractmethod
    def quotient(self, above: Sequence[Matrix], below: Sequence[Matrix]) -> Written:
        """Products divided entry by entry; nothing above is 1."""

    @abstractmethod
    def matmul(self, left: Matrix, right: Matrix) -> Written:
        """A product of matrices, or of a matrix and a vector."""

    @abstractmethod
    def sum(self, items: Sequence[tuple[bool, Matrix]]) -> Written:
        """A sum entry by entry: each summand, and before it whether it is subtracted."""
