"""Wrong copies of right things: one-place mutants of index formulas, of matrix forms and of generated code."""

from __future__ import annotations

import ast
import copy
import itertools
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial

from sympy import Abs, Add, Expr, I, Integer, KroneckerDelta, Max, Min, Mul, Pow, Sum, Symbol, nan, sign, zoo

from derivations.index_calculus.expressions import Partial
from derivations.index_calculus.functions import CORNERED
from derivations.index_calculus.matrices.nodes import Diagonal, Hadamard, MatMul, Matrix, Plus, Power, Scale, Transpose
from derivations.index_calculus.symbols import SIZES, is_index, size_of

#: What is wrong, and how to make it, since that takes longer than to think of it.
Mutation = tuple[str, Callable[[], Expr]]
Mutant = tuple[str, Expr]
#: A number larger than this is changed by one part in so many: one more may make no difference to a float.
FEW = 1000


def formula_mutations(expr: Expr, indices: Iterable[Symbol]) -> Iterator[Mutation]:
    """`expr` with one thing wrong, and what: a coefficient, a sign, a term, a factor, an index, a limit, a bracket."""
    yield "coefficient", lambda: 2 * expr
    yield "sign", lambda: -expr
    yield "coefficient", lambda: expr / SIZES[0]
    yield "term", lambda: expr + 1
    yield from _somewhere(expr, set(indices))


def _somewhere(expr: Expr, indices: set[Symbol]) -> Iterator[Mutation]:
    args = list(expr.args)
    if isinstance(expr, Add):
        for place, term in enumerate(args):
            rest = args[:place] + args[place + 1 :]
            yield "term", partial(Add, *rest)
            yield "sign", lambda rest=rest, term=term: Add(*rest, -term)
    if isinstance(expr, Mul):
        for place, factor in enumerate(args):
            others = args[:place] + args[place + 1 :]
            yield "factor", partial(Mul, *others)
            if isinstance(factor, Add):  # a (b + c) read as a b + c
                yield "association", lambda others=others, terms=factor.args: Add(Mul(*others, terms[0]), *terms[1:])
    if isinstance(expr, Pow) and expr.exp.is_integer:
        yield "power", partial(Pow, expr.base, expr.exp + 1)
    if isinstance(expr, CORNERED):
        yield from _at_a_corner(expr)
    if isinstance(expr, Sum):
        for place, (bound, low, high) in enumerate(expr.limits):
            for wrong in [(low + 1, high), *((low, size) for size in SIZES[:3] if size != high)]:
                limits = list(expr.limits)
                limits[place] = (bound, *wrong)
                yield "limit", partial(Sum, expr.function, *limits)
        factors = Mul.make_args(expr.function)
        if len(factors) > 1:  # Σ (f g) read as (Σ f) g
            yield "association", lambda: Mul(Sum(Mul(*factors[:-1]), *expr.limits), factors[-1])
        indices = indices | {limit[0] for limit in expr.limits}
        args = args[:1]
    if is_index(expr):
        others = sorted(indices, key=str)
        yield from (("index", lambda to=to: to) for to in others if to != expr and size_of(to) == size_of(expr))
        return
    for place, arg in enumerate(args):
        if isinstance(expr, Partial) and place == 1:
            continue
        before, after = expr.args[:place], expr.args[place + 1 :]
        for kind, make in _somewhere(arg, indices):
            yield kind, lambda make=make, before=before, after=after: expr.func(*before, make(), *after)
    if isinstance(expr, KroneckerDelta):
        yield "factor", lambda: Integer(1)


def _at_a_corner(corner: Expr) -> Iterator[Mutation]:
    """A corner elsewhere, with its sides swapped, or with another slope on one of them."""
    first, rest = corner.args[0], corner.args[1:]
    shifts = {1, *(each for each in corner.free_symbols if isinstance(each, Symbol) and str(each) in "alpha beta")}
    for by in shifts:
        yield "threshold", partial(corner.func, first + by, *rest)
        yield "threshold", partial(corner.func, first - by / Integer(2), *rest)
    for threshold in first.free_symbols & shifts:
        yield "threshold", partial(corner.func, first.xreplace({threshold: Integer(1)}), *rest)
        yield "threshold", partial(corner.func, first.xreplace({threshold: 2 * threshold}), *rest)
    if isinstance(corner, Max | Min):
        yield "side", partial(Min if isinstance(corner, Max) else Max, *corner.args)
        for place, argument in enumerate(corner.args):
            others = corner.args[:place] + corner.args[place + 1 :]
            yield "slope", lambda argument=argument: argument
            yield "slope", partial(corner.func, *others, 2 * argument)
    else:
        yield "side", partial(corner.func, -first, *rest)
        if not isinstance(corner, Abs):
            yield "side", lambda: 1 - corner
        yield from (("slope", lambda to=to: to) for to in (Integer(1), first, Max(first, 0), sign(first)))


def matrix_mutants(node: Matrix) -> Iterator[tuple[str, Matrix]]:
    """A matrix form with one thing wrong, and what."""
    match node:
        case Scale(of, coefficient):
            yield "coefficient", replace(node, coefficient=2 * coefficient)
            yield "sign", replace(node, coefficient=-coefficient)
        case Transpose(of):
            if len(set(of.shape)) == 1:
                yield "transpose", of
        case MatMul(Diagonal(), right):
            yield "factor", right
        case MatMul(left, Diagonal()):
            yield "factor", left
        case Power(of, exponent):
            yield "power", replace(node, exponent=exponent + 1)
    if isinstance(node, Plus | Hadamard):
        for place in range(len(node.items)):
            rest = node.items[:place] + node.items[place + 1 :]
            yield (
                ("term" if isinstance(node, Plus) else "factor"),
                rest[0] if len(rest) == 1 else replace(node, items=rest),
            )
    if isinstance(node, Plus):
        yield "sign", replace(node, items=(Scale(node.items[0], Integer(-1)), *node.items[1:]))
    for place, part in enumerate(node.parts):
        for kind, mutant in matrix_mutants(part):
            yield kind, node.with_parts([*node.parts[:place], mutant, *node.parts[place + 1 :]])


def made(mutations: Iterable[Mutation], right: Expr) -> Iterator[Mutant]:
    """The mutations that make something else of `right`, made."""
    for kind, make in mutations:
        mutant = make()
        if mutant != right and not mutant.has(zoo, nan, I):
            yield kind, mutant


def of_different_kinds(mutations: Iterable[Mutation], right: Expr, most: int, chance: random.Random) -> list[Mutant]:
    """At most so many mutants, no two of a kind."""
    by_kind: dict[str, list[Mutation]] = {}
    for mutation in mutations:
        by_kind.setdefault(mutation[0], []).append(mutation)
    kinds = chance.sample(list(by_kind.values()), len(by_kind))
    first = (next(made(chance.sample(kind, len(kind)), right), None) for kind in kinds)
    return list(itertools.islice(filter(None, first), most))


def code_mutants(source: str) -> Iterator[tuple[str, str]]:
    """`source` with one operator, number, sum or transpose wrong; and what was changed."""
    yield from ((text, change) for text, change, is_right in _copies(source) if not is_right)


def equivalent_copies(source: str) -> Iterator[str]:
    """Those with a change that makes no difference, whatever the numbers are."""
    yield from (text for text, _, is_right in _copies(source) if is_right)


def _copies(source: str) -> Iterator[tuple[str, str, bool]]:
    """`source` with one thing changed; what; and whether it is equivalent."""
    tree = ast.parse(source)
    places = list(ast.walk(tree))
    # What stands in for an ignored label, or for S where nothing counts, may be anything: it is multiplied by 0.
    free = {
        id(node.args[2]) for node in places if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("where")
    }
    # What only refuses other arguments computes nothing.
    free |= {id(part) for node in places if _refuses(node) for part in ast.walk(node)}
    equivalent = _free_at_labels(tree) | _swapped_in_squares(tree)
    for number, node in enumerate(places):
        if id(node) in free:
            continue
        for change, description in _changes(node):
            mutated = copy.deepcopy(tree)
            target = list(ast.walk(mutated))[number]
            replacement = change(target)
            _Replace(target, replacement).visit(mutated)
            text = ast.unparse(ast.fix_missing_locations(mutated))
            yield text, f"{ast.unparse(node)}: {description}", (id(node), description) in equivalent


def _free_at_labels(tree: ast.AST) -> set[tuple[int, str]]:
    """Changes of H, where only H − H.sum(1)[:, None] * Y_hat is used, that change H at the labels alone.

    Whatever is added to H there is taken off again: 1 − Y_hat may be missing, or be worth anything at the labels.
    """
    assigned = {
        node.targets[0].id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    found = set()
    for name, value in assigned.items():
        taken_off = f"{name} - {name}.sum(1)[:, None] * Y_hat"
        if ast.unparse(tree).count(taken_off) != 1 or _loads(tree, name) != 2:
            continue
        for node in ast.walk(value):
            if isinstance(node, ast.BinOp) and ast.unparse(node.left) == "1 - Y_hat":
                found |= {
                    (id(node), "left operand dropped"),
                    (id(node.left), "operator becomes Add"),
                    (id(node.left), "right operand dropped"),
                }
    return found


def _swapped_in_squares(tree: ast.AST) -> set[tuple[int, str]]:
    """(a − b)² is (b − a)²."""
    return {
        (id(node.left), "operands swapped")
        for node in ast.walk(tree)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and ast.unparse(node.right) == "2"
    }


def _loads(tree: ast.AST, name: str) -> int:
    return sum(
        isinstance(each, ast.Name) and each.id == name and isinstance(each.ctx, ast.Load) for each in ast.walk(tree)
    )


def _refuses(node: ast.AST) -> bool:
    return isinstance(node, ast.If) or (isinstance(node, ast.Assign) and "wanted" in ast.unparse(node.targets[0]))


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
    if isinstance(node, ast.UnaryOp):
        yield (lambda at: at.operand), "sign dropped"
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        if node.value < FEW:
            yield (lambda at: ast.Constant(at.value + 1)), "number raised by one"
        else:
            yield (lambda at: ast.Constant(at.value + at.value // FEW)), "number raised by a thousandth"
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
