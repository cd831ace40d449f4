"""Where in a program a mistake can be made, and the program with it made there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

from ..mistake import Mistake
from ..problem import Problem
from ..trees import NUMBERS, Path, Program, Tree, names_in, parts, product, replaced

#: A program with a mistake, and what it is: each transformation yields those it knows.
Transformed = Iterator[tuple[Mistake, Program]]
Transformation = Callable[[Problem, Program], Transformed]

RESULT = ""
#: Lines that hold no summands or factors of the gradient itself.
APART = ("S", "mu", "Y_hat")
TARGETS = ("Y", "Y_hat", "A")


class Place(NamedTuple):
    """A node of a program: the line it stands in, RESULT for what comes out, and where in that."""

    program: Program
    line: str
    path: Path
    node: Tree

    def put(self, new: Tree) -> Program:
        """The program with another node here."""
        return with_tree(self.program, self.line, tidied(replaced(self.tree, self.path, new)))

    @property
    def tree(self) -> Tree:
        return tree_of(self.program, self.line)

    @property
    def above(self) -> list[Tree]:
        """The nodes that this is a part of, the outermost first."""
        node, found = self.tree, []
        for at in self.path:
            found.append(node)
            node = node[at]
        return found

    @property
    def summand(self) -> Tree:
        """The innermost summand that this is a factor of."""
        inside = [below for above, below in pairwise([*self.above, self.node]) if above[0] in ("+", "-")]
        return inside[-1] if inside else self.tree


def tree_of(program: Program, line: str) -> Tree:
    return program.line(line) if line else program.result


def with_tree(program: Program, line: str, tree: Tree) -> Program:
    return program.with_line(line, tree) if line else Program(program.lines, tree)


def places(program: Program, apart: tuple[str, ...] = ()) -> Iterator[Place]:
    """Every node of every line, and of what comes out; not those of the lines `apart`."""
    for name, tree in (*program.lines, (RESULT, program.result)):
        if name not in apart:
            yield from (Place(program, name, path, node) for path, node in parts(tree))


def prediction(program: Program) -> str:
    """What the outputs are made into: P, sigma, or Z itself."""
    return next((name for name in ("P", "sigma") if program.line(name) is not None), "Z")


def gradient_line(program: Program) -> str:
    """Where ∂L/∂Z stands: line G, or what comes out."""
    return RESULT if program.line("G") is None else "G"


def is_number(tree: Tree) -> bool:
    """Is it a number, the same for all entries?"""
    if isinstance(tree, tuple):
        return (tree[0] in ("sum", "mean") and tree[2] is None) or all(map(is_number, tree[1:]))
    return not isinstance(tree, str) or tree in NUMBERS


def weight_in(problem: Problem, tree: Tree) -> str | None:
    """The option that this is: an array by itself, or its entry for each row's label; None where it is no such."""
    option = tree[1] if isinstance(tree, tuple) and tree[0] == "take" else tree
    return option if isinstance(option, str) and option in problem.weights else None


def is_uniform(problem: Problem, tree: Tree) -> bool:
    """What label smoothing spreads over the classes: ε/C, weighted or not."""
    match tree:
        case ("*", *factors):
            return any(is_uniform(problem, each) for each in factors)
    return any(is_spread(problem, share, tree) for share in problem.shares)


def is_spread(problem: Problem, share: str, tree: Tree) -> bool:
    """Is it this share over the number of classes, weighted or not?"""
    match tree:
        case ("/", above, "C"):
            return {share} <= names_in(above) <= {share, *problem.weights}
    return False


def has_rows(tree: Tree) -> bool:
    """Does it say something else for each row?"""
    return bool(names_in(tree) & {"X", "Z", "Q", "P", "sigma", "y", "Y", "Y_hat", "A", "G", "mu", "grad_output"})


def tidied(tree: Tree) -> Tree:
    """The tree without columns of what is a number now."""
    if not isinstance(tree, tuple):
        return tree
    if tree[0] == "column" and is_number(tree[1]):
        return tree[1]
    return (tree[0], *map(tidied, tree[1:]))


def without(tree: Tree, gone: Callable[[Tree], bool]) -> Tree:
    """The tree with 1 for the factors that are `gone`."""
    if gone(tree):
        return 1
    if not isinstance(tree, tuple):
        return tree
    match (tree[0], *(without(part, gone) for part in tree[1:])):
        case ("*", a, b):
            return product(a, b)
        case ("column", a) if is_number(a):
            return a
        case ("@", a, 1):
            return ("sum", a, 1)
        case ("sum", 1, None):  # of weights, one for each class
            return "C"
        case made:
            return made
