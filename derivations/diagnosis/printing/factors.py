"""A product taken apart: its sign, the numbers of its fraction, its arrays."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import reduce

from ..trees import Tree
from .kinds import NUMBER, Kinds


@dataclass(frozen=True)
class Factors:
    """A product taken apart: minus or not, numbers above and below the fraction, arrays above and below."""

    negative: bool = False
    above: tuple[Tree, ...] = ()
    below: tuple[Tree, ...] = ()
    arrays: tuple[Tree, ...] = ()
    under: tuple[Tree, ...] = ()

    def times(self, other: Factors) -> Factors:
        return Factors(
            self.negative != other.negative,
            self.above + other.above,
            self.below + other.below,
            self.arrays + other.arrays,
            self.under + other.under,
        )

    def inverse(self) -> Factors:
        return Factors(self.negative, self.below, self.above, self.under, self.arrays)

    def reduced(self) -> Factors:
        """Digits multiplied and first, and powers for what is repeated."""
        over, under = (math.prod(each for each in side if _is_digits(each)) for side in (self.above, self.below))
        if under and not over % under:
            over, under = over / under, 1.0
        elif over and not under % over:
            over, under = 1.0, under / over
        above, below = (
            (number,) * (number != 1) + _powers([each for each in side if not _is_digits(each)])
            for number, side in ((over, self.above), (under, self.below))
        )
        return replace(self, above=above, below=below)

    def array(self) -> Tree:
        """The arrays alone, as a tree."""
        if not self.under:
            return _product(self.arrays)
        return ("/", _product(self.arrays), _product(self.under))


class TakenApart:
    """Trees as products. `ones`: names that stand for 1; `inlined`: names in whose place a tree stands."""

    def __init__(self, kind: Kinds, ones: Collection[str], inlined: Mapping[str, Tree]):
        self.kind, self.ones, self.inlined = kind, ones, inlined

    def factors(self, tree: Tree) -> Factors:
        if isinstance(tree, str) and tree in self.ones:
            return Factors()
        if isinstance(tree, str) and tree in self.inlined:
            return self.factors(self.inlined[tree])
        if not isinstance(tree, tuple | str):
            return Factors(tree < 0, () if abs(tree) == 1 else (abs(tree),))
        operation, *parts = tree if isinstance(tree, tuple) else (tree,)
        match operation, parts:
            case "neg", [a]:
                found = self.factors(a)
                return replace(found, negative=not found.negative)
            case "*", [a, b]:
                return self.factors(a).times(self.factors(b))
            case "/", [a, b]:
                return self.factors(a).times(self.factors(b).inverse())
            case "or_one", [a, _]:
                return self.factors(a)
            case "@", [a, b]:
                left, right = self.factors(a), self.factors(b)
                if self.kind(a) != NUMBER != self.kind(b):
                    return self._around(left, right, tree=("@", left.array(), right.array()))
            case "T", [a] if self.kind(a) != NUMBER:
                inside = self.factors(a)
                return self._around(inside, tree=_transpose(inside.array()))
            case "column", [a] if self.kind(a) != NUMBER:
                inside = self.factors(a)
                arrays, under = (tuple(("column", each) for each in side) for side in (inside.arrays, inside.under))
                return replace(inside, arrays=arrays, under=under)
            case (("sum" | "sum_kept" | "mean" | "mean_kept"), [a, axis]):
                inside = self.factors(a)
                if self.kind(a) != NUMBER:
                    return self._around(inside, tree=(operation, inside.array(), axis))
        return self._whole(tree)

    def _whole(self, tree: Tree) -> Factors:
        """A tree that is one factor, a number or an array."""
        return Factors(above=(tree,)) if self.kind(tree) == NUMBER else Factors(arrays=(tree,))

    def _around(self, *parts: Factors, tree: Tree) -> Factors:
        """What stands before the arrays of a linear operation, and the operation on the arrays alone."""
        outside = reduce(Factors.times, (replace(each, arrays=(), under=()) for each in parts))
        return outside.times(self._whole(tree))


def _product(arrays: tuple[Tree, ...]) -> Tree:
    return reduce(lambda a, b: ("*", a, b), arrays) if arrays else 1


def _transpose(array: Tree) -> Tree:
    """Twice is none."""
    return array[1] if isinstance(array, tuple) and array[0] == "T" else ("T", array)


def _is_digits(tree: Tree) -> bool:
    return isinstance(tree, int | float)


def _powers(numbers: list[Tree]) -> tuple[Tree, ...]:
    counts = Counter(numbers)
    return tuple(each if times == 1 else ("^", each, times) for each, times in counts.items())
