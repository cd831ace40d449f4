"""Index formulas evaluated as badly as a machine may: every operation rounded, in any order and any association.

It reads SymPy's expressions themselves, entry by entry of all axes at once, and shares nothing with the bounds. By
chance a sum inside of a sum is added up with it, a product is multiplied out, and terms stand in any order. But no
kernel multiplies two given arrays apart before it subtracts them, and so does nothing here.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import reduce

import torch
from sympy import (
    Abs,
    Add,
    Expr,
    Heaviside,
    Indexed,
    KroneckerDelta,
    Max,
    Mul,
    Pow,
    Sum,
    Symbol,
    exp,
    expand_mul,
    log,
    tanh,
)
from torch import Tensor

from derivations.index_calculus.expressions import free_indices
from derivations.index_calculus.symbols import is_index, size_of


class Badly:
    """`arrays` by letter in the dtype that is computed in, labels as integers from 0; `sizes` by symbol."""

    def __init__(self, arrays: Mapping[str, Tensor], sizes: Mapping[Symbol, int], dtype: torch.dtype, seed: int):
        self.arrays, self.sizes, self.dtype = arrays, sizes, dtype
        self.random = random.Random(seed)

    def __call__(self, expr: Expr, axes: Sequence[Symbol]) -> Tensor:
        """The value, with a dimension for each of the axes."""
        return self._value(expr, list(axes)).expand([self.sizes[size_of(axis)] for axis in axes])

    def _value(self, expr: Expr, axes: list[Symbol]) -> Tensor:
        if expr.is_Rational:
            return self._constant(expr, axes)
        if isinstance(expr, Symbol):
            return self._constant(self.sizes[expr], axes)
        if isinstance(expr, Indexed):
            return self.arrays[expr.base.label.name][tuple(self._place(each, axes) for each in expr.indices)]
        if isinstance(expr, KroneckerDelta):
            left, right = (self._place(each, axes) for each in expr.args)
            return (left == right).to(self.dtype)
        if isinstance(expr, Sum):
            return self._sum(expr, axes)
        if isinstance(expr, Mul):
            sums = [each for each in expr.args if isinstance(each, Add)]
            if sums and not any(map(_is_of_two_given, sums)) and self.random.random() < 0.3:
                return self._value(expand_mul(expr, deep=False), axes)
            return self._in_any_order(expr, axes, torch.mul)
        if isinstance(expr, Add):
            return self._in_any_order(expr, axes, torch.add)
        if isinstance(expr, Pow):
            base = self._value(expr.base, axes)
            return 1 / base ** int(-expr.exp) if expr.exp < 0 else base ** float(expr.exp)
        arguments = [self._value(each, axes) for each in expr.args]
        functions = {exp: torch.exp, log: torch.log, tanh: torch.tanh, Abs: torch.abs, Max: torch.maximum}
        if isinstance(expr, Heaviside):
            return (arguments[0] > 0).to(self.dtype)
        return functions[expr.func](*arguments)

    def _constant(self, number: object, axes: list[Symbol]) -> Tensor:
        return torch.tensor(float(number), dtype=self.dtype).reshape([1] * len(axes))

    def _place(self, index: Expr, axes: list[Symbol]) -> Tensor:
        own = sorted(free_indices(index), key=axes.index)
        value = torch.arange(self.sizes[size_of(index)]) if is_index(index) else self.arrays[index.base.label.name]
        return value.reshape([self.sizes[size_of(axis)] if axis in own else 1 for axis in axes])

    def _in_any_order(self, expr: Expr, axes: list[Symbol], operation) -> Tensor:
        values = [self._value(each, axes) for each in expr.args]
        while len(values) > 1:
            self.random.shuffle(values)
            values.append(operation(values.pop(), values.pop()))
        return values[0]

    def _sum(self, expr: Sum, axes: list[Symbol]) -> Tensor:
        body, over = expr.function, [limit[0] for limit in expr.limits]
        inner = next((each for each in Mul.make_args(body) if isinstance(each, Sum)), None)
        while inner is not None and self.random.random() < 0.5:
            bound = [limit[0] for limit in inner.limits]
            others = [each for each in Mul.make_args(body) if each is not inner]
            if set(bound) & set(axes).union(over, *map(free_indices, others)):
                break
            over, body = over + bound, Mul(*others, inner.function)
            inner = next((each for each in Mul.make_args(body) if isinstance(each, Sum)), None)
        inside = [*axes, *over]
        shape = [self.sizes[size_of(axis)] for axis in inside]
        value = self._value(body, inside)
        kept = [size if size > 1 else 1 for size in value.shape[: len(axes)]]
        terms = value.expand([*kept, *shape[len(axes) :]]).reshape(*kept, -1)
        order = list(range(terms.shape[-1]))
        self.random.shuffle(order)
        return reduce(torch.add, [terms[..., at] for at in order])


def _is_of_two_given(expr: Add) -> bool:
    """Is it the sum or the difference of two arrays?"""
    return len(expr.args) == 2 and all(isinstance(_unsigned(each), Indexed) for each in expr.args)


def _unsigned(expr: Expr) -> Expr:
    return -expr if expr.could_extract_minus_sign() else expr
