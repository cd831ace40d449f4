"""Wrong copies of right things: one-place mutants of index formulas and of generated code."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

from sympy import Add, Expr, Integer, KroneckerDelta, Mul, Pow, Sum, Symbol

from derivations.index_calculus.expressions import Partial
from derivations.index_calculus.symbols import C, D, N, is_index, size_of


def formula_mutants(expr: Expr, indices: set[Symbol]) -> Iterator[Expr]:
    """`expr` with one thing wrong: a coefficient, a sign, a dropped term or factor, an index, a limit, a power."""
    yield 2 * expr
    yield -expr
    yield expr / N
    for rebuilt in _somewhere(expr, indices):
        if rebuilt != expr:
            yield rebuilt


def _somewhere(expr: Expr, indices: set[Symbol]) -> Iterator[Expr]:
    args = list(expr.args)
    if isinstance(expr, Add):
        for place, term in enumerate(args):
            rest = args[:place] + args[place + 1 :]
            yield Add(*rest)
            yield Add(*rest, -term)
    if isinstance(expr, Mul):
        for place in range(len(args)):
            yield Mul(*args[:place], *args[place + 1 :])
    if isinstance(expr, Pow):
        yield Pow(expr.base, expr.exp + 1)
    if isinstance(expr, Sum):
        for place, (bound, low, high) in enumerate(expr.limits):
            others = [size for size in (N, D, C) if size != high]
            for size in others:
                # A limit that is too long would leave the arrays: only what can be evaluated is a mutant.
                limits = list(expr.limits)
                limits[place] = (bound, low, size)
                yield Sum(expr.function, *limits)
            limits = list(expr.limits)
            limits[place] = (bound, low + 1, high)
            yield Sum(expr.function, *limits)
        indices = indices | {limit[0] for limit in expr.limits}
        args = args[:1]
    if is_index(expr):
        yield from (other for other in indices if other != expr and size_of(other) == size_of(expr))
        return
    for place, arg in enumerate(args):
        if isinstance(expr, Partial) and place == 1:
            continue
        for mutant in _somewhere(arg, indices):
            yield expr.func(*expr.args[:place], mutant, *expr.args[place + 1 :])
    if isinstance(expr, KroneckerDelta):
        yield Integer(1)


def code_mutants(source: str) -> Iterator[tuple[str, str]]:
    """`source` with one operator, number, sum or transpose wrong; and what was changed."""
    tree = ast.parse(source)
    places = list(ast.walk(tree))
    for number, node in enumerate(places):
        for change, description in _changes(node):
            mutated = copy.deepcopy(tree)
            target = list(ast.walk(mutated))[number]
            replacement = change(target)
            _Replace(target, replacement).visit(mutated)
            yield ast.unparse(ast.fix_missing_locations(mutated)), f"{ast.unparse(node)}: {description}"


def _changes(node: ast.AST) -> Iterator[tuple]:
    if isinstance(node, ast.BinOp):
        swaps = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.MatMult: ast.Add}
        other = swaps.get(type(node.op))
        if other is not None:
            yield (lambda at: ast.BinOp(at.left, other(), at.right)), f"operator becomes {other.__name__}"
        yield (lambda at: at.left), "right operand dropped"
        yield (lambda at: at.right), "left operand dropped"
        if isinstance(node.op, ast.Sub | ast.Div | ast.MatMult):
            yield (lambda at: ast.BinOp(at.right, at.op, at.left)), "operands swapped"
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield (lambda at: ast.Constant(at.value + 1)), "number raised by one"
    if isinstance(node, ast.Attribute) and node.attr == "sum":
        yield (lambda at: ast.Attribute(at.value, "mean", at.ctx)), "sum becomes mean"
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield (lambda at: at.value), "transpose dropped"


class _Replace(ast.NodeTransformer):
    def __init__(self, target: ast.AST, replacement: ast.AST):
        self.target = target
        self.replacement = replacement

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if node is self.target:
            return self.replacement
        return super().generic_visit(node)
