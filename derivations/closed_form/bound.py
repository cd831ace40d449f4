"""How far two floating-point evaluations of a gradient may lie apart: κ, from the formula itself.

κ is the first-order error of evaluating an expression, in units of eps, with every rounding counted at its magnitude.
It follows from the matrix form by one rule per node, so a loss brings no bound of its own:

    error(A B)    = error(A) |B| + |A| error(B) + |A| |B|
    error(a + b)  = error(a) + error(b) + |a + b|
    error(c a)    = |c| error(a) + |c a|
    error(a ⊙ b)  = error(a) ⊙ |b| + |a| ⊙ error(b) + |a ⊙ b|
    error(a^p)    = p |a|^(p-1) ⊙ error(a) + p |a|^p
    error(softmax(a)) = softmax(a) ⊙ (1 + log C + the largest error(a) + |a| in the row)

The last one: softmax is e^(a - lse), so an absolute error of a - lse is a relative error of it. That difference is
rounded at its own magnitude, which is at most 2 max |a| + log C. The full bound that a certificate uses is
(4 + K/2)·eps·κ + 4·s·κ₀ with K the length of the contraction, s the smallest subnormal, and κ₀ what an absolute error
of 1 in every entry of G would make of the gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce

import sympy as sp

from ..derivation import Derivation
from ..index_calculus.matrix import (
    Array,
    Diagonal,
    Elementwise,
    Hadamard,
    Identity,
    MatMul,
    Matrix,
    OneHot,
    Ones,
    Outer,
    Plus,
    Power,
    RowMax,
    Scale,
    Softmax,
    Transpose,
    hadamard,
    matmul,
    transpose,
)
from ..index_calculus.symbols import C, N
from .emit import BACKENDS, Emitter, arguments, body, indented, used_sizes
from .formula import contraction

#: Names of the errors of intermediates, as in `error_Z`, and of the array of ones that stands for G in κ₀.
ERROR = "error_{}"
UNIT = "unit_G"
#: How the generated code reads the length of a contraction off G.
LENGTHS = {N: "G.shape[0]", C: "G.shape[1]"}


def bound_source(derivations: Mapping[str, Derivation], of_outputs: Derivation) -> str:
    """A torch function `bounds` as text. It takes the arrays and returns, for each gradient, (κ, κ₀, K).

    κ and κ₀ have the gradient's shape; K is the length of its contraction. Evaluate it in float64.
    """
    lines = body(derivations, of_outputs)
    emit = Emitter(BACKENDS["torch"], like="Z")
    with_errors: list[tuple[str, Matrix]] = []
    known: set[str] = set()
    for name, node in lines:
        with_errors.append((name, node))
        own = error(node, known)
        if own is not None:
            with_errors.append((ERROR.format(name), _with_names(own, dict(lines))))
            known.add(name)
    text = [f"def bounds({', '.join(arguments(lines, derivations))}):"]
    text += indented(with_errors, emit, used_sizes(node for _, node in with_errors))
    text += [f"    {UNIT} = torch.ones_like(G)", "    return {"]
    for wrt, derivation in derivations.items():
        node = contraction(derivation)
        kappa = error(node, known)
        assert kappa is not None
        length = LENGTHS[node.left.shape[1]] if isinstance(node, MatMul) else "0"
        text.append(f'        "{wrt}": ({emit(kappa)}, {emit(_unit(node))}, {length}),')
    return "\n".join(["import math", "", "import torch", "", "", *text, "    }", ""])


def _with_names(node: Matrix, assigned: Mapping[str, Matrix]) -> Matrix:
    """`node` with every part that has been assigned to a name replaced by the name."""
    for name, value in assigned.items():
        if node == value:
            return Array(name, value.shape)
    return node.with_parts(_with_names(part, assigned) for part in node.parts)


def magnitude(node: Matrix) -> Matrix:
    """|node|, with what is never negative left as it is."""
    match node:
        case Ones() | Identity() | OneHot() | Softmax():
            return node
        case Transpose(of):
            return transpose(magnitude(of))
        case Diagonal(of):
            return Diagonal(magnitude(of))
        case Scale(of, coefficient):
            return Scale(magnitude(of), sp.Abs(coefficient))
        case Outer(left, right):
            return Outer(magnitude(left), magnitude(right))
    return Elementwise(node, "abs")


def error(node: Matrix, known: set[str]) -> Matrix | None:
    """First-order error of evaluating `node`, in eps; None where it is exact. `known` arrays carry an error."""
    match node:
        case Array(name, sizes):
            return Array(ERROR.format(name), sizes) if name in known else None
        case Ones() | Identity() | OneHot():
            return None
        case Transpose(of):
            return _map(transpose, error(of, known))
        case Diagonal(of):
            return _map(Diagonal, error(of, known))
        case Scale(of, coefficient):
            own = error(of, known)
            scaled = None if own is None else Scale(own, sp.Abs(coefficient))
            return scaled if coefficient == -1 else _add(scaled, magnitude(node))
        case Plus(items):
            return _add(*(error(item, known) for item in items), magnitude(node))
        case Hadamard(items):
            return _add(*_product_errors(hadamard, items, known), magnitude(node))
        case Power(of, exponent):
            return _power_error(of, exponent, known)
        case MatMul(left, right):
            return _add(*_product_errors(matmul, (left, right), known), matmul(magnitude(left), magnitude(right)))
        case Outer(Ones() as ones, right):
            return _map(lambda own: Outer(ones, own), error(right, known))
        case Softmax(of):
            rounding = Scale(Ones(node.shape[0]), 1 + sp.log(node.shape[1]))
            largest = _add(error(of, known), magnitude(of))
            assert largest is not None
            return matmul(Diagonal(Plus((rounding, RowMax(largest)))), node)
    raise TypeError(f"no error bound for {type(node).__name__}")


def _product_errors(
    product: Callable[[Matrix, Matrix], Matrix], items: tuple[Matrix, ...], known: set[str]
) -> list[Matrix]:
    errors: list[Matrix] = []
    for place, item in enumerate(items):
        own = error(item, known)
        if own is not None:
            errors.append(reduce(product, [own if at == place else magnitude(each) for at, each in enumerate(items)]))
    return errors


def _power_error(of: Matrix, exponent: int, known: set[str]) -> Matrix | None:
    own = error(of, known)
    rounding = Scale(Power(magnitude(of), exponent), sp.Integer(exponent))
    if own is None:
        return rounding
    slope = magnitude(of) if exponent == 2 else Power(magnitude(of), exponent - 1)
    return _add(Scale(hadamard(slope, own), sp.Integer(exponent)), rounding)


def _unit(node: Matrix) -> Matrix:
    """The contraction with G replaced by ones and everything else by its magnitude."""
    match node:
        case Array("G", sizes):
            return Array(UNIT, sizes)
        case Transpose(of):
            return Transpose(_unit(of))
        case MatMul(left, right):
            return MatMul(_unit(left), _unit(right))
    return magnitude(node)


def _add(*errors: Matrix | None) -> Matrix | None:
    present = tuple(each for each in errors if each is not None)
    return None if not present else present[0] if len(present) == 1 else Plus(present)


def _map(function: Callable[[Matrix], Matrix], node: Matrix | None) -> Matrix | None:
    return None if node is None else function(node)
