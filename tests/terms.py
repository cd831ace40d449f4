"""How much an index formula adds up at each entry, whatever cancels: the sum of the absolute values of its terms.

It reads SymPy's expressions as `badly` does, and shares nothing with the bounds. A function, or a power, of what terms
cancel in is as unsure as its slope says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

import torch
from badly import Badly
from sympy import Add, Expr, Function, Heaviside, Indexed, KroneckerDelta, Max, Min, Mul, Pow, Sum, Symbol, sign
from torch import Tensor

from derivations.index_calculus.expressions import Definition
from derivations.index_calculus.symbols import size_of


class Terms(Badly):
    """`arrays` by letter in float64, labels as integers from 0; called as `Badly` is."""

    def __init__(
        self, arrays: Mapping[str, Tensor], sizes: Mapping[Symbol, int], definitions: Mapping[str, Definition]
    ):
        super().__init__(arrays, sizes, torch.float64, 0, definitions)
        self.worth = Badly(arrays, sizes, torch.float64, 0, definitions)

    def _value(self, expr: Expr, axes: list[Symbol]) -> Tensor:
        if isinstance(expr, KroneckerDelta | Heaviside | sign):
            return self.worth._value(expr, axes).abs()
        if isinstance(expr, Add | Mul | Max | Min):
            combined = {Add: torch.add, Mul: torch.mul}.get(expr.func, torch.maximum)
            return reduce(combined, [self._value(each, axes) for each in expr.args])
        if isinstance(expr, Sum):
            over = [limit[0] for limit in expr.limits]
            terms = self._value(expr.function, [*axes, *over])
            counted = torch.ones([self.sizes[size_of(axis)] for axis in over], dtype=self.dtype)
            return (terms * counted).sum([*range(len(axes), terms.dim())])
        if isinstance(expr, Pow | Function):
            inside, own = expr.args[0], self.worth._value(expr, axes).abs()
            slope = expr.exp * expr.base ** (expr.exp - 1) if isinstance(expr, Pow) else expr.fdiff(1)
            return torch.maximum(own, self.worth._value(slope, axes).abs() * self._value(inside, axes))
        if isinstance(expr, Indexed) and expr.base.label.name in self.definitions:
            self._array(expr.base.label.name)
        return super()._value(expr, axes).abs()

    def __call__(self, expr: Expr, axes: Sequence[Symbol]) -> Tensor:
        return super().__call__(expr, axes)
