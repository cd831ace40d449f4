"""The pass that saves memory: the same operations in the same order, but nothing kept that is used no more.

Printed code names its intermediates so that it can be read. Here an intermediate is deleted after its last use, a
difference overwrites one that is used no more, and a scaling overwrites what it scales. The numbers are the same, bit
by bit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from dataclasses import replace

from sympy import Sum

from ..index_calculus.matrices.nodes import (
    Array,
    Hadamard,
    MatMul,
    Matrix,
    OneHot,
    Ones,
    Outer,
    Plus,
    Scale,
    Transpose,
)
from .order import is_subtracted, terms
from .statements import Assign, Delete, Function, InPlace, Return, Statement
from .uses import array_names, assigned, used


def in_place(function: Function) -> Function:
    """The same function with less memory; what it is given stays as it is."""
    uses = [used(statement, function) for statement in function.body]
    own = {
        name: value
        for statement in function.body
        if isinstance(statement, Assign)
        for name, value in zip(statement.names, statement.values, strict=True)
        if isinstance(value, Matrix) and value.shape
    }
    shared = {used for name, value in own.items() if _is_view(value) for used in (name, *array_names(value))}
    body: list[Statement] = []
    for place, statement in enumerate(function.body):
        later = set(sum(uses[place + 1 :], Counter()))
        last = {name for name in own if name in uses[place] and name not in later}
        body.append(_overwriting(statement, {name for name in last - shared if uses[place][name] == 1}))
        freed = tuple(sorted(last - assigned(statement)))
        if freed and not isinstance(statement, Return):
            body.append(Delete(freed))
    return function.with_body(body)


def _overwriting(statement: Statement, free: Set[str]) -> Statement:
    """`statement` with permission to overwrite the names that are `free`."""
    if not isinstance(statement, Assign):
        return statement
    values = tuple(_overwritten(value, free) if isinstance(value, Matrix) else value for value in statement.values)
    return replace(statement, values=values)


def _overwritten(node: Matrix, free: Set[str]) -> Matrix:
    """c (a − b), where a is free or c scales what has just been computed; and a one-hot matrix, made at once."""
    match node:
        case OneHot():
            return InPlace(node)
        case Scale(of, coefficient) if _is_computed(of) and not coefficient.has(Sum):
            return InPlace(replace(node, of=_overwritten(of, free)))
        case Plus(items) if len(items) == 2:
            first, second = terms(node)
            if isinstance(first, Array) and first.name in free and is_subtracted(second):
                return InPlace(node)
    return node


def _is_view(node: Matrix) -> bool:
    """Is it an array by another name, turned, or as a column?"""
    match node:
        case Array() | Transpose():
            return True
        case Outer(left, right):
            return isinstance(left, Ones) or isinstance(right, Ones)
    return False


def _is_computed(node: Matrix) -> bool:
    """Is it an array that nothing else holds?"""
    match node:
        case Outer(left, right):
            return not isinstance(left, Ones) and not isinstance(right, Ones)
        case MatMul(_, right):
            return not isinstance(right, Ones)
    return isinstance(node, Plus | Hadamard | Scale)
