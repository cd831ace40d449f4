"""Formulas with indices: each letter is an axis, so that products broadcast and sums are sums over an axis."""

from __future__ import annotations

import itertools
import math
from typing import Any

from ..reading.errors import NotUnderstood
from ..reading.names import USUAL
from ..reading.nodes import Node
from ..reading.written import formula
from ..values.arrays import strides
from ..values.lists import Array
from .einsum import permuted
from .functions import UNARY, softmax
from .scope import Scope
from .values import Text
from .vectors import in_entries

KINDS = ("entry", "sum_over", "mean_over", "delta", "unequal")
#: What else a letter with so many indices may be.
OTHERS = {
    "w": ("W", "weight", "w_y"), "y": ("Y", "y"), "v": ("grad_output",), "g": ("G", "grad_output"), "m": ("mu",),
    "t": ("Y", "y"), "b": ("b",), "p": ("P",), "q": ("pos_weight", "Q"), "a": ("A",), "s": ("sigma",),
    "weight": ("weight",),
}  # fmt: skip
BOUND = ("sum_over", "mean_over")
#: How many letters a formula may have.
MOST = 7


def indexed(node: Node, deep: bool = True) -> bool:
    """Has it indices?"""
    return any(each.kind in KINDS for each in node.walk()) if deep else node.kind in KINDS


def value(run: Scope, node: Node) -> Array:
    """The array of all entries, its axes in the order of the gradient's sizes."""
    node = in_entries(node, "y" in run.names, run.wrt == "weight")
    formula_ = Letters(run, node)
    return formula_.arranged(formula_.of(node), run.shape)


class Letters:
    """The letters of one formula, and what each runs to."""

    def __init__(self, run: Scope, whole: Node):
        self.run = run
        self.bases: dict[Node, Array] = {}
        self.sizes: dict[str, int] = {}
        self.meet(whole)
        self.meet_conditions(whole)
        self.order = list(self.sizes)
        if len(self.order) > MOST:
            raise NotUnderstood("too much work", place=whole.place)
        self.free = free(whole)

    # What each letter runs to

    def meet(self, node: Node) -> None:
        for each in node.walk():
            if each.kind != "entry":
                continue
            array = self.base(each)
            for index, size in zip(each.parts[1:], array.shape, strict=True):
                self.letter(index, size)

    def letter(self, index: Node, size: int) -> None:
        if index.kind == "label":
            if index.parts and "y" in self.run.names:
                self.letter(index.parts[0], self.run.number(self.run.names["y"]).shape[0])
        elif self.sizes.setdefault(index.word, size) != size:
            told = [self.run.sizes.get(each, str(each)) for each in (self.sizes[index.word], size)]
            raise NotUnderstood("letters", index.word, index.place, left=told[0], right=told[1])

    def meet_conditions(self, whole: Node) -> None:
        """δ_jk: what one of them runs to, the other does; a letter that only a sum has runs to what is usual."""
        columns = self.usual("C")
        for each in whole.walk():
            if each.kind in ("delta", "unequal"):
                labels = any(index.kind == "label" for index in each.parts)
                known = [self.sizes[index.word] for index in each.parts if index.word in self.sizes]
                for index in each.parts:
                    if index.kind == "label":
                        self.letter(index, 0)
                    else:
                        size = columns if labels else known[0] if known else self.usual(USUAL.get(index.word, ""))
                        self.sizes.setdefault(index.word, size)
            elif each.kind in BOUND:
                for letter in each.word:
                    if letter not in self.sizes:
                        self.sizes[letter] = self.usual(USUAL.get(letter, ""))
        if 0 in self.sizes.values():
            letter = next(letter for letter, size in self.sizes.items() if not size)
            raise NotUnderstood("letter", letter, whole.place)

    def usual(self, size: str) -> int:
        return int(self.run.number(self.run.names[size]).entries[0]) if size in self.run.names else 0

    def base(self, node: Node) -> Array:
        """The array whose entries these are: of several with this name, the one with so many axes."""
        if node not in self.bases:
            self.bases[node] = self._base(node.parts[0], len(node.parts) - 1, node)
        return self.bases[node]

    def _base(self, base: Node, count: int, node: Node) -> Array:
        if base.kind == "call" and base.word in ("softmax", "log_softmax", "sigmoid") and len(base.parts) == 1:
            inner = self._base(base.parts[0], count, node) if base.parts[0].kind == "name" else None
            if inner is not None:
                return self.softmax(base.word, inner)
        if base.kind != "name":
            found = self.run.array_at(base)
        else:
            others = OTHERS.get(base.word.lower(), ())
            if base.word in ("w", "W") and count == 2 and USUAL.get(node.parts[1].word) == "N":
                others = ("weight", "W")
            own = self.run.frames[-1].get(base.word, self.run.frames[0].get(base.word))
            candidates = [own, *(self.run.names.get(each) for each in others), self.run.found(base.word)]
            candidates += [self.run.names.get(base.word.upper())]
            arrays = [self.run.number(each) for each in candidates if each is not None and not isinstance(each, Text)]
            if not arrays:
                raise self.run.unknown(base)
            found = next((each for each in arrays if len(each.shape) == count), arrays[-1])
        if len(found.shape) != count:
            told = {"dimensions": str(len(found.shape)), "given": str(count)}
            raise NotUnderstood("indices", formula(base), node.place, **told)
        return found

    # Values, with an axis for each letter

    def of(self, node: Node) -> Array:
        self.run.spend()
        with self.run.at(node):
            return self._of(node)

    def _of(self, node: Node) -> Array:
        arrays = self.run.arrays
        match node.kind:
            case "entry":
                return self.entry(self.base(node), node.parts[1:])
            case "delta" | "unequal":
                return self.condition(node)
            case "sum_over" | "mean_over":
                return self.summed(node)
            case "number":
                return arrays.array(node.number)
            case "name" | "attribute" | "at":
                found = self.run.array_at(node)
                if found.shape:
                    told = {"dimensions": str(len(found.shape)), "given": "0"}
                    raise NotUnderstood("indices", formula(node), node.place, **told)
                return found
            case "neg":
                return arrays.unary("neg", self.of(node.parts[0]))
            case "call" if len(node.parts) == 1:
                return self.called(node)
            case "beside" | "@" | "*":
                return arrays.binary("*", *map(self.of, node.parts))
            case "+" | "-" | "/" | "^" | "==" | "!=" | "<" | ">" | "<=" | ">=":
                return arrays.binary(node.kind, *map(self.of, node.parts))
        raise NotUnderstood("grammar", formula(node), node.place)

    def called(self, node: Node) -> Array:
        """A function of each entry; softmax of z_nj is the entry n, j of softmax(Z)."""
        inner = node.parts[0]
        if node.word in ("softmax", "log_softmax") and inner.kind == "entry":
            return self.entry(self.softmax(node.word, self.base(inner)), inner.parts[1:])
        if node.word not in UNARY:
            raise NotUnderstood("function", node.word, node.place, nearest="")
        return UNARY[node.word](self.run.arrays, self.of(inner))

    def softmax(self, word: str, a: Array) -> Array:
        return self.run.arrays.unary("sigmoid", a) if word == "sigmoid" else softmax(self.run.arrays, word, a, -1)

    def entry(self, array: Array, indices: tuple[Node, ...]) -> Array:
        """Its entries along the axes of its letters; 0 where a label names none."""
        shape, places = self.along(indices)
        steps = strides(array.shape)
        self.run.arrays.spend(math.prod(shape) * max(1, len(indices)))
        entries = []
        for at in places:
            where = [self.number_at(index, at) for index in indices]
            inside = all(0 <= k < size for k, size in zip(where, array.shape, strict=True))
            entries.append(array.entries[sum(map(int.__mul__, where, steps))] if inside else 0.0)
        return Array(shape, entries)

    def condition(self, node: Node) -> Array:
        shape, places = self.along(node.parts)
        self.run.arrays.spend(math.prod(shape))
        equal = node.kind == "delta"
        left, right = node.parts
        return Array(shape, [float((self.number_at(left, at) == self.number_at(right, at)) == equal) for at in places])

    def along(self, indices: tuple[Node, ...]) -> tuple[tuple[int, ...], Any]:
        """The shape with an axis for each letter, size 1 for those that do not stand here; and every place in it."""
        here = {node.word for index in indices for node in index.walk() if node.kind == "name"}
        shape = tuple(self.sizes[letter] if letter in here else 1 for letter in self.order)
        self.run.arrays.spend(math.prod(shape))
        return shape, (dict(zip(self.order, at, strict=True)) for at in itertools.product(*map(range, shape)))

    def number_at(self, index: Node, at: dict[str, int]) -> int:
        if index.kind != "label":
            return at[index.word]
        labels = self.run.names.get("y")
        if labels is None or not index.parts:
            raise NotUnderstood("indices", index.word, index.place, dimensions="1", given=str(len(index.parts)))
        label = self.run.number(labels).entries[at[index.parts[0].word]]
        return int(label) if label == int(label) else -1

    def summed(self, node: Node) -> Array:
        arrays, found = self.run.arrays, self.of(node.parts[0])
        for letter in node.word:
            axis, size = self.order.index(letter), self.sizes[letter]
            if not found.shape or found.shape[axis] == 1 < size:
                found = found if node.kind == "mean_over" else arrays.binary("*", found, float(size))
            else:
                found = arrays.reduce("sum" if node.kind == "sum_over" else "mean", found, axis, True)
        return found

    def arranged(self, found: Array, shape: tuple[int, ...]) -> Array:
        """The axes of the free letters alone, in the order of the sizes that are asked for."""
        free_ = [letter for letter in self.order if letter in self.free]
        full = tuple(self.sizes[letter] if letter in self.free else 1 for letter in self.order)
        spread = self.run.arrays.binary("+", self.run.arrays.full(full, 0.0), found)
        order = [*free_]
        if sorted(self.sizes[each] for each in free_) == sorted(shape):  # else as they come
            for place, size in enumerate(shape):
                order[place] = next(each for each in free_ if self.sizes[each] == size and each not in order[:place])
        return permuted(self.run.arrays, spread, [*map(self.order.index, order)])


def free(node: Node) -> set[str]:
    """The letters that no sum binds."""
    if node.kind in ("entry", "delta", "unequal"):
        start = node.parts[1:] if node.kind == "entry" else node.parts
        own = {node.word for index in start for node in index.walk() if node.kind == "name"}
        return own | (free(node.parts[0]) if node.kind == "entry" and node.parts[0].kind != "name" else set())
    inner: set[str] = set()
    for part in node.parts:
        inner |= free(part)
    return inner - set(node.word) if node.kind in BOUND else inner
