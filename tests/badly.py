"""Index formulas evaluated as badly as a machine may: every operation rounded, in any order and any association.

It reads SymPy's expressions themselves, entry by entry of all axes at once, and shares nothing with the bounds. By
chance a sum inside of a sum is added up with it, a product is multiplied out, and terms stand in any order. But no
kernel multiplies two given arrays apart before it subtracts them, and so does nothing here. What a context defines is
computed once, as an array; the logarithms of a softmax, of a sigmoid and of what is left to 1 take no detour over what
may be 0, in whichever of the usual ways.
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
    Min,
    Mul,
    Pow,
    Sum,
    Symbol,
    erf,
    exp,
    expand_mul,
    log,
    sign,
    tanh,
)
from torch import Tensor

from derivations.index_calculus.expressions import Definition, free_indices
from derivations.index_calculus.symbols import is_index, size_of


class Badly:
    """`arrays` by letter in the dtype that is computed in, labels as integers from 0; `sizes` by symbol.

    Numbers are arrays without dimensions; `definitions` are those of a context, by letter.
    """

    def __init__(
        self,
        arrays: Mapping[str, Tensor],
        sizes: Mapping[Symbol, int],
        dtype: torch.dtype,
        seed: int,
        definitions: Mapping[str, Definition] | None = None,
    ):
        self.arrays, self.sizes, self.dtype = dict(arrays), sizes, dtype
        self.random = random.Random(seed)
        self.definitions = dict(definitions or {})

    def __call__(self, expr: Expr, axes: Sequence[Symbol]) -> Tensor:
        """The value, with a dimension for each of the axes."""
        return self._value(expr, list(axes)).expand([self.sizes[size_of(axis)] for axis in axes])

    def _value(self, expr: Expr, axes: list[Symbol]) -> Tensor:
        if expr.is_Rational:
            return self._constant(expr, axes)
        if isinstance(expr, Symbol) and expr in self.sizes:
            return self._constant(self.sizes[expr], axes)
        if isinstance(expr, Symbol):
            return self._array(expr.name).reshape([1] * len(axes))
        if isinstance(expr, Indexed):
            return self._array(expr.base.label.name)[tuple(self._place(each, axes) for each in expr.indices)]
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
            return 1 / base ** float(-expr.exp) if expr.exp < 0 else base ** float(expr.exp)
        if isinstance(expr, log) and (found := self._log(expr.args[0], axes)) is not None:
            return found
        if isinstance(expr, Max | Min):
            largest = torch.maximum if isinstance(expr, Max) else torch.minimum
            return self._in_any_order(expr, axes, largest)
        arguments = [self._value(each, axes) for each in expr.args]
        if isinstance(expr, Heaviside):
            reached = torch.ge if expr.args[1] == 1 else torch.gt
            return reached(arguments[0], 0).to(self.dtype)
        value = FUNCTIONS[expr.func](*arguments)
        return torch.where(value.isinf() & arguments[0].isfinite(), torch.nan, value)  # overflow is no rounding

    def _array(self, letter: str) -> Tensor:
        """What is given, or defined."""
        if letter not in self.arrays:
            definition = self.definitions[letter]
            self.arrays[letter] = self(definition.right, definition.placeholders)
        return self.arrays[letter]

    def _log(self, argument: Expr, axes: list[Symbol]) -> Tensor | None:
        """log σ, log (1 − σ) and log P, as a machine has them; None of anything else."""
        for turned in (False, True):
            of = 1 - argument if turned else argument
            definition = self.definitions.get(of.base.label.name) if isinstance(of, Indexed) else None
            if definition is None:
                continue
            formula = definition.at(of, of.free_symbols)
            below = 1 / formula - 1
            if isinstance(below, exp):  # σ(z) = 1/(1 + e^−z)
                z = -self._value(below.args[0], axes)
                return self._log_sigmoid(-z if turned else z)
            top = next((each for each in Mul.make_args(formula) if isinstance(each, exp)), None)
            if top is not None and not turned:  # e^z / Σ e^z
                total = next(each.base for each in formula.args if isinstance(each, Pow))
                return self._value(top.args[0], axes) - self._log_sum_exp(total, axes)
        return None

    def _log_sigmoid(self, z: Tensor) -> Tensor:
        if self.random.random() < 0.5:
            return torch.nn.functional.logsigmoid(z)
        return z.clamp_max(0) - (-z.abs()).exp().log1p()

    def _log_sum_exp(self, total: Sum, axes: list[Symbol]) -> Tensor:
        over = total.limits[0][0]
        z = self._value(total.function.args[0], [*axes, over])
        largest = z.amax(-1)
        terms = (z - largest[..., None]).exp()
        order = list(range(terms.shape[-1]))
        self.random.shuffle(order)
        return largest + reduce(torch.add, [terms[..., at] for at in order]).log()

    def _constant(self, number: object, axes: list[Symbol]) -> Tensor:
        return torch.tensor(float(number), dtype=self.dtype).reshape([1] * len(axes))

    def _place(self, index: Expr, axes: list[Symbol]) -> Tensor:
        own = sorted(free_indices(index), key=axes.index)
        if is_index(index):
            value = torch.arange(self.sizes[size_of(index)])
        else:  # a label, or labels of rows
            value = self.arrays[index.name if isinstance(index, Symbol) else index.base.label.name]
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


FUNCTIONS = {exp: torch.exp, log: torch.log, tanh: torch.tanh, erf: torch.erf, Abs: torch.abs, sign: torch.sign}


def _is_of_two_given(expr: Add) -> bool:
    """Is it the sum or the difference of two arrays?"""
    return len(expr.args) == 2 and all(isinstance(_unsigned(each), Indexed) for each in expr.args)


def _unsigned(expr: Expr) -> Expr:
    return -expr if expr.could_extract_minus_sign() else expr
