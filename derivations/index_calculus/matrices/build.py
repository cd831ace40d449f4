"""Matrix expressions put together, with what would only be noise left out."""

from __future__ import annotations

from sympy import Expr

from .nodes import Diagonal, Hadamard, Identity, MatMul, Matrix, Ones, Outer, Scale, Transpose


def transpose(node: Matrix) -> Matrix:
    if isinstance(node, Transpose):
        return node.of
    if isinstance(node, Diagonal | Identity) or len(node.shape) < 2:
        return node
    if isinstance(node, Scale):
        return Scale(transpose(node.of), node.coefficient)
    if isinstance(node, Outer):
        return Outer(node.right, node.left)
    if isinstance(node, MatMul):
        return MatMul(transpose(node.right), transpose(node.left))
    return Transpose(node)


def scale(coefficient: Expr, node: Matrix) -> Matrix:
    if isinstance(node, Scale):
        coefficient, node = coefficient * node.coefficient, node.of
    return node if coefficient == 1 else Scale(node, coefficient)


def matmul(left: Matrix, right: Matrix) -> Matrix:
    if isinstance(left, Scale):
        return scale(left.coefficient, matmul(left.of, right))
    if isinstance(right, Scale):
        return scale(right.coefficient, matmul(left, right.of))
    if isinstance(left, Identity):
        return right
    return left if isinstance(right, Identity) else MatMul(left, right)


def hadamard(*factors: Matrix) -> Matrix:
    parts = [part for factor in factors for part in (factor.items if isinstance(factor, Hadamard) else (factor,))]
    kept = [factor for factor in parts if not isinstance(factor, Ones)]
    if not kept:
        return factors[0]
    return kept[0] if len(kept) == 1 else Hadamard(tuple(kept))
