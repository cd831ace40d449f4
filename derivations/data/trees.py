"""Index expressions as trees of lists, strings and whole numbers, as JSON has them, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp
from sympy import Add, Expr, Heaviside, Indexed, IndexedBase, Integer, KroneckerDelta, Mul, Pow, Rational, Sum, Symbol

from ..index_calculus.expressions import Partial
from ..index_calculus.symbols import INDEX_LETTERS, SIZES, index, iota

Tree = Any  # an int, a str, or a list whose first part is a str
#: Functions of numbers by their names, beside "step": sign is −1, 0 or 1, and max and min take several.
FUNCTIONS: Mapping[str, type] = {
    "exp": sp.exp,
    "log": sp.log,
    "tanh": sp.tanh,
    "erf": sp.erf,
    "abs": sp.Abs,
    "sign": sp.sign,
    "max": sp.Max,
    "min": sp.Min,
}
_NAMES = {kind: name for name, kind in FUNCTIONS.items()}
_OPERATIONS: Mapping[type, str] = {Add: "+", Mul: "*", Pow: "^", KroneckerDelta: "d", Partial: "D"}
_KINDS = {name: kind for kind, name in _OPERATIONS.items()}
#: Whole numbers from here on are written as digits: JSON's readers may round them.
LARGE = 2**53


def tree(expr: Expr) -> Tree:
    """An index expression as a tree of lists, strings and whole numbers.

    A tree is

        5, -3                            a whole number below 2⁵³
        ["/", "1", "3"]                  a rational number, numerator and denominator in decimal digits
        "N"  "n"  "epsilon"              a size, the number of an index, or a number, by its name
        ["@", "Z", place, …]             an entry of an array, its places counted from 1
        ["d", place, place]              δ: 1 where both are the same number, else 0
        ["+", tree, tree, …]             a sum      ["*", tree, tree, …]   a product
        ["^", tree, exponent]            a power; the exponent is a whole number, a rational one, or a place
        ["S", tree, [index, from, to], …]   Σ over an index that runs through whole numbers, the outermost first; from
                                         and to are places, and may speak of the indices before
        ["D", tree, variable]            ∂ tree / ∂ variable, where that is a name or an entry
        ["f", name, tree, …]             a function of FUNCTIONS; "step" has its value at 0 as a second argument
        ["c", "pi"]                      π

    and a place is a whole number, the name of an index, a size or a label, an entry of an array of labels, or a sum or
    a product of places. What is differentiated by is every entry of the array by itself, also where it stands in what
    a definition says: ∂Z_nc/∂W_jd asks how the formula of Z_nc changes with W_jd.

    Raises TypeError for an expression that has none.
    """
    if isinstance(expr, Rational):
        small = expr.q == 1 and abs(int(expr.p)) < LARGE
        return int(expr.p) if small else ["/", str(expr.p), str(expr.q)]
    if isinstance(expr, Symbol):
        return str(expr.name)
    if isinstance(expr, Indexed):
        return ["@", str(expr.base.label.name), *map(tree, expr.indices)]
    if isinstance(expr, Sum):
        return ["S", tree(expr.function), *([*map(tree, limit)] for limit in reversed(expr.limits))]
    if type(expr) in _OPERATIONS:
        return [_OPERATIONS[type(expr)], *map(tree, expr.args)]
    if isinstance(expr, Heaviside):
        return ["f", "step", *map(tree, expr.args)]
    if expr.func in _NAMES:
        return ["f", _NAMES[expr.func], *map(tree, expr.args)]
    if expr == sp.E:
        return ["f", "exp", 1]
    if expr == sp.pi:
        return ["c", "pi"]
    raise TypeError(f"{type(expr).__name__} has no tree: {expr}")


def expression(data: Tree) -> Expr:
    """The index expression that a tree stands for. Raises TypeError for what is no tree."""
    match data:
        case int():
            return Integer(data)
        case str():
            return _symbol(data)
        case ["/", top, below]:
            return Rational(int(top), int(below))
        case ["@", str(name), *places]:
            return IndexedBase(Symbol(name))[tuple(map(expression, places))]
        case ["S", body, *limits]:
            return Sum(expression(body), *[tuple(map(expression, limit)) for limit in reversed(limits)])
        case ["f", "step", argument, at_zero]:
            return Heaviside(expression(argument), expression(at_zero))
        case ["f", str(name), *arguments] if name in FUNCTIONS:
            return FUNCTIONS[name](*map(expression, arguments))
        case ["c", "pi"]:
            return sp.pi
        case [str(operation), *parts] if operation in _KINDS:
            return _KINDS[operation](*map(expression, parts))
    raise TypeError(f"not a tree: {data!r}")


def _symbol(name: str) -> Symbol:
    known = {each.name: each for each in (*SIZES, iota)}
    if name in known:
        return known[name]
    letter, _, number = name.partition("_")
    is_letter = any(letter in letters for letters in INDEX_LETTERS.values())
    return index(name) if is_letter and (not number or number.isdigit()) else Symbol(name)
