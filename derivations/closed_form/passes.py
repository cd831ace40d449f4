"""Passes: from a program to one that computes the same, with other statements.

Those over definitions come first: `stable` forms, the one-hot matrix on a line of its own, nothing that is not needed.
Each takes lines and results and returns such. The pass over statements, `in_place`, is what the package runs itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import sympy as sp
from sympy import Symbol

from ..index_calculus.matrices.nodes import (
    Array,
    Counted,
    Elementwise,
    LogOf,
    MatMul,
    Matrix,
    OneHot,
    Ones,
    Outer,
    Plus,
    Scale,
    Sigmoid,
    Softmax,
)
from .uses import array_names, coefficients, every_part, letters_of

#: A definition: a name, and the matrix form of what it stands for.
Line = tuple[str, Matrix]
Results = Mapping[str, Matrix]
#: What the code calls the one-hot matrix Ŷ.
ONE_HOT = "Y_hat"


def stable(lines: Sequence[Line], results: Results) -> tuple[list[Line], dict[str, Matrix]]:
    """log P, log σ and log Σ e^x without the detour over P, σ and e^x, which may be 0 or infinite."""
    named = dict(lines)
    of_results = {wrt: _stable(node, named) for wrt, node in results.items()}
    return [(name, _stable(node, named)) for name, node in lines], of_results


def _stable(node: Matrix, assigned: Mapping[str, Matrix]) -> Matrix:
    match node:
        case Elementwise(MatMul(Elementwise(of, "exp"), Ones() as ones), "log"):
            return LogOf(MatMul(Elementwise(_stable(of, assigned), "exp"), ones))
        case Elementwise(Array(name), "log") if isinstance(assigned.get(name), Softmax | Sigmoid):
            return LogOf(assigned[name])
        case Elementwise(Plus((Outer(Ones(), Ones()), Scale(Array(name), coefficient))), "log") if coefficient == -1:
            opposite = assigned.get(name)
            if isinstance(opposite, Sigmoid):  # 1 − σ(z) = σ(−z)
                return LogOf(Sigmoid(Scale(opposite.of, coefficient)))
    return node.with_parts(_stable(part, assigned) for part in node.parts)


def one_hot_apart(lines: Sequence[Line], results: Results) -> tuple[list[Line], dict[str, Matrix]]:
    """The one-hot matrix as a line of its own, before the first line that uses it."""
    one_hot = next(_one_hots(node for _, node in [*lines, *results.items()]), None)
    if one_hot is None:
        return list(lines), dict(results)
    named = {ONE_HOT: one_hot}
    place = next((place for place, (_, node) in enumerate(lines) if any(_one_hots([node]))), len(lines))
    replaced = [(name, with_names(node, named)) for name, node in lines]
    replaced.insert(place, (ONE_HOT, one_hot))
    return replaced, {wrt: with_names(node, named) for wrt, node in results.items()}


def _one_hots(nodes: Iterable[Matrix]) -> Iterator[OneHot]:
    for node in nodes:
        yield from (part for part in every_part(node) if isinstance(part, OneHot))


def with_names(node: Matrix, assigned: Mapping[str, Matrix]) -> Matrix:
    """`node` with every part that has been assigned to a name replaced by the name."""
    for name, value in assigned.items():
        if node == value:
            return Array(name, value.shape)
    return node.with_parts(with_names(part, assigned) for part in node.parts)


def needed(lines: Sequence[Line], results: Results, more: Iterable[str] = ()) -> list[Line]:
    """The lines that the results need, and `more` names."""
    used = letters_of(results.values()).union(more)
    kept: list[Line] = []
    for name, node in reversed(lines):
        if name in used:
            used |= letters_of([node])
            kept.insert(0, (name, node))
    return kept


def masks_of(lines: Sequence[Line], results: Results) -> dict[str, str]:
    """By the name of each divisor that is 0 where every label is ignored: the name of its mask.

    A divisor is a number that something is divided by. Where nothing counts it shall be 1, and the gradient 0.
    """
    masks = [name for name, node in lines if isinstance(node, Counted)]
    below = {
        symbol
        for coefficient in coefficients([*(node for _, node in lines), *results.values()])
        for symbol in sp.fraction(coefficient)[1].free_symbols
    }
    return {
        name: mask
        for name, node in lines
        for mask in masks
        if node.shape == () and Symbol(name) in below and mask in array_names(node)
    }
