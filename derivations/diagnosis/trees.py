"""Formulas as plain data: a number, a name, or a tuple of an operation and its parts.

    2.0                          a number
    "Z"                          a number or an array, by its name
    ("+", a, b)  - * / ^         entry by entry, broadcast as in numpy; also maximum, minimum, and == != < <= > >=
    ("neg", a)  ("exp", a)  …    a function of each entry, see FUNCTIONS
    ("@", a, b)  ("T", a)        a product of matrices or vectors, a transpose
    ("sum", a, axis)             also mean, max, min, prod, any, all; axis None for all, 0 over rows, 1 over columns
    ("sum_kept", a, axis)        the same, with the axis kept at size 1 (also mean_kept, max_kept, …)
    ("column", v)                v[:, None]
    ("stretched", a, axis)       a with an axis of size 1 at this place
    ("softmax", a, axis)  ("log_softmax", a, axis)  ("logsumexp", a, axis)
    ("onehot", "y", "C")         row n has its 1 in column y[n]; a label that names no column has a row of 0
    ("take", "weight", "y")      weight[y]; 0 for a label that names no entry
    ("kept", "y", "ignore_index")   1 where the label counts, else 0
    ("or_one", a, "mu")          a, or 1 where mu is 0 everywhere: a divisor when nothing counts

Names are those of the printed code: X, W, b, Z, Q, Y, y, weight, pos_weight, label_smoothing, ignore_index,
grad_output; what a program defines: P, sigma, A, S, mu, Y_hat, G; and the sizes N, C, D.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Tree = Any  # a number, a str, or a tuple whose first part is a str
Path = tuple[int, ...]
FUNCTIONS = (
    *("neg", "exp", "expm1", "log", "log1p", "abs", "sign", "sqrt", "square", "sigmoid", "log_sigmoid", "tanh", "erf"),
)
BINARY = ("+", "-", "*", "/", "^")
#: Names of what is one number, whatever the criterion; grad_output is one where the loss is.
NUMBERS = ("N", "D", "C", "B", "T", "S", "label_smoothing", "ignore_index")


@dataclass(frozen=True)
class Program:
    """Assignments in their order, and what comes out."""

    lines: tuple[tuple[str, Tree], ...]
    result: Tree

    def with_line(self, name: str, tree: Tree) -> Program:
        """The same, with another definition of `name`."""
        return Program(tuple((each, tree if each == name else old) for each, old in self.lines), self.result)

    def changed(self, how: Callable[[Tree], Tree], apart: Collection[str] = ()) -> Program:
        """The same with every tree changed, but for those of the lines `apart`."""
        lines = tuple((name, tree if name in apart else how(tree)) for name, tree in self.lines)
        return Program(lines, how(self.result))

    def line(self, name: str) -> Tree | None:
        """How `name` is defined; None where it is given."""
        return dict(self.lines).get(name)


def parts(tree: Tree, path: Path = ()) -> Iterator[tuple[Path, Tree]]:
    """Every node of a tree and where it stands, the whole first."""
    yield path, tree
    if isinstance(tree, tuple):
        for place, part in enumerate(tree[1:], 1):
            yield from parts(part, (*path, place))


def replaced(tree: Tree, path: Path, new: Tree) -> Tree:
    """The tree with another part at `path`."""
    if not path:
        return new
    place = path[0]
    return (*tree[:place], replaced(tree[place], path[1:], new), *tree[place + 1 :])


def product(a: Tree, b: Tree) -> Tree:
    """a · b, without a factor of 1."""
    return b if a == 1 else a if b == 1 else ("*", a, b)


def names_in(tree: Tree) -> set[str]:
    """The names that a tree mentions."""
    if isinstance(tree, str):
        return {tree}
    return set().union(*map(names_in, tree[1:])) if isinstance(tree, tuple) else set()


def with_names(tree: Tree, names: Mapping[str, Tree]) -> Tree:
    """The tree with other names, or trees, in the place of names."""
    if isinstance(tree, str):
        return names.get(tree, tree)
    return (tree[0], *(with_names(part, names) for part in tree[1:])) if isinstance(tree, tuple) else tree


def renamed(program: Program, names: Mapping[str, str]) -> Program:
    """The program with names changed, where they are defined and where they are used."""
    lines = tuple((names.get(name, name), with_names(tree, names)) for name, tree in program.lines)
    return Program(lines, with_names(program.result, names))
