"""A tree as a formula: numbers before arrays, one fraction, signs in front, brackets only where they are needed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from ..trees import FUNCTIONS, Tree
from ..values.arrays import COMPARISONS, REDUCTIONS
from .factors import Factors, TakenApart
from .kinds import COLUMN, MATRIX, NUMBER, ROW, Kinds
from .styles import Style

SUM, ENTRYWISE, PRODUCT, POWER, ATOM = range(5)


class Formula(TakenApart):
    """Prints trees in a style."""

    def __init__(self, style: Style, kind: Kinds, ones: Collection[str], inlined: Mapping[str, Tree]):
        super().__init__(kind, ones, inlined)
        self.style = style

    def __call__(self, tree: Tree) -> str:
        return self._printed(tree)[0]

    def _inside(self, tree: Tree, level: int) -> str:
        text, own = self._printed(tree)
        return text if own >= level else f"({text})"

    # Products

    def _multiplied(self, found: Factors) -> tuple[str, int]:
        found = found.reduced()
        arrays, under = self._scaled(found) if not self.style.in_a_row else (found.arrays, found.under)
        body, level = self._arrays(arrays) if arrays else ("", ATOM)
        if under:
            body, level = self._fraction(body or "1", level, *self._arrays(under)), PRODUCT
        if not found.above and not found.below:
            return (body, level) if body else (self.style.number(1), ATOM)
        if body and level == SUM:
            body, level = f"({body})", PRODUCT
        if not found.below:
            above, own = self._numbers(found.above, alone=not body)
            return (self.style.product([above, body]), min(level, PRODUCT)) if body else (above, own)
        below = self._numbers(found.below)
        if body and self.style.in_a_row:  # what is divided comes first
            above = self._numbers(found.above, alone=False)[0]
            return self._fraction(
                self.style.product([above, body] if found.above else [body]), PRODUCT, *below
            ), PRODUCT
        coefficient = self._fraction(*self._numbers(found.above), *below)
        return self.style.product([coefficient, body] if body else [coefficient]), min(level, PRODUCT)

    def _scaled(self, found: Factors) -> tuple[tuple[Tree, ...], tuple[Tree, ...]]:
        """Arrays above and below, where a vector that divides a matrix is the inverse of a diagonal matrix."""
        if MATRIX not in map(self.kind, found.arrays):
            return found.arrays, found.under
        vectors = [each for each in found.under if self.kind(each) in (ROW, COLUMN)]
        inverse = tuple(("inverse", each, self.kind(each)) for each in vectors)
        return inverse + found.arrays, tuple(each for each in found.under if each not in vectors)

    def _fraction(self, above: str, level: int, below: str, level_below: int) -> str:
        if self.style.in_a_row:
            above = above if level > SUM else f"({above})"
            below = below if level_below >= POWER else f"({below})"
        return self.style.fraction(above, below)

    def _numbers(self, numbers: tuple[Tree, ...], alone: bool = True) -> tuple[str, int]:
        if len(numbers) == 1 and alone:
            return self._printed(numbers[0])
        if not numbers:
            return self.style.number(1), ATOM
        return self.style.product([self._inside(each, PRODUCT) for each in numbers]), PRODUCT

    def _arrays(self, arrays: tuple[Tree, ...]) -> tuple[str, int]:
        """Arrays multiplied entry by entry: a vector that scales rows or columns as a diagonal matrix."""
        columns, rows, full = ([each for each in arrays if self.kind(each) == of] for of in (COLUMN, ROW, MATRIX))
        if not full and columns and rows:
            return f"{self._vector(columns)} {self.style.transposed(self._vector(rows))}", PRODUCT
        if not full:
            return self._entrywise(columns + rows)
        inverse = {of: [each for each in full if each[0] == "inverse" and each[2] == of] for of in (COLUMN, ROW)}
        full = [each for each in full if each[0] != "inverse"]
        full.sort(key=_is_sum)
        body, level = self._entrywise(full)
        before = [*self._diagonals(columns), *map(self, inverse[COLUMN])]
        after = [*self._diagonals(rows), *map(self, inverse[ROW])]
        if not before and not after:
            return body, level
        return " ".join([*before, body if level >= PRODUCT else f"({body})", *after]), PRODUCT

    def _entrywise(self, arrays: list[Tree]) -> tuple[str, int]:
        if len(arrays) == 1:
            return self._printed(arrays[0])
        return self.style.entrywise.join(self._inside(each, PRODUCT) for each in arrays), ENTRYWISE

    def _vector(self, vectors: list[Tree]) -> str:
        text, level = self._entrywise(vectors)
        return text if level == ATOM else f"({text})"

    def _diagonals(self, vectors: list[Tree]) -> list[str]:
        return [self.style.call("diag", self._entrywise(vectors)[0])] if vectors else []

    # Sums and the rest

    def _printed(self, tree: Tree) -> tuple[str, int]:
        if _is_sum(tree):
            return self._sum(tree), SUM
        found = self.factors(tree)
        text, level = self._product(replace(found, negative=False))
        return (f"{self.style.minus}{text if level > SUM else f'({text})'}", SUM) if found.negative else (text, level)

    def _product(self, found: Factors) -> tuple[str, int]:
        """Without its sign."""
        if len(found.above + found.arrays) == 1 and not found.below + found.under:
            (tree,) = found.above + found.arrays
            return (self._sum(tree), SUM) if _is_sum(tree) else self._one(tree)
        return self._multiplied(found)

    def _terms(self, tree: Tree, sign: int = 1) -> list[tuple[int, Tree]]:
        if _is_sum(tree):
            return self._terms(tree[1], sign) + self._terms(tree[2], sign if tree[0] == "+" else -sign)
        if isinstance(tree, tuple) and tree[0] == "neg":
            return self._terms(tree[1], -sign)
        return [(sign, tree)]

    def _sum(self, tree: Tree) -> str:
        whole, text = self.kind(tree), ""
        for sign, term in self._terms(tree):
            found = self.factors(term)
            if whole == MATRIX and self.kind(term) in (ROW, COLUMN):
                found = replace(found, arrays=(("repeated", found.array(), self.kind(term)),), under=())
            positive = (sign > 0) != found.negative
            printed, level = self._product(replace(found, negative=False))
            printed = f"({printed})" if level == SUM and not positive else printed
            text += (" + " if positive else f" {self.style.minus} ") + printed
        return text[3:] if text.startswith(" + ") else f"{self.style.minus}{text[3:]}"

    def _one(self, tree: Tree) -> tuple[str, int]:
        """What is no product and no sum."""
        style = self.style
        if isinstance(tree, str):
            return style.name(tree, self.kind(tree) == ROW), ATOM
        if not isinstance(tree, tuple):
            return style.number(tree), ATOM
        operation, *parts = tree
        name = operation.removesuffix("_kept")
        if name == "sum":
            if self.kind(parts[0]) == COLUMN and parts[1] in (1, -1):
                return self._printed(parts[0])
            axis = parts[1] if self.kind(parts[0]) == MATRIX else None
            as_product = axis is not None and not style.in_a_row
            inside = self._inside(parts[0], PRODUCT) if as_product else self(parts[0])
            return style.summed(inside, axis), PRODUCT if as_product else ATOM
        if name in REDUCTIONS:
            index = "" if parts[1] is None or self.kind(parts[0]) != MATRIX else "nc"[parts[1] % 2]
            return style.call(name, self(parts[0]), index=index), ATOM
        if operation in COMPARISONS:
            return style.holds(self(parts[0]), operation, self(parts[1])), ATOM
        return self._function(operation, parts)

    def _function(self, operation: str, parts: list[Any]) -> tuple[str, int]:
        style = self.style
        match operation, parts:
            case (("softmax" | "log_softmax"), [a, axis]):
                over_rows = axis in (0, -2) and self.kind(a) == MATRIX
                inside = style.call("softmax", self(("T", a) if over_rows else a))
                inside = style.transposed(inside) if over_rows else inside
                return (
                    (style.log(inside), ENTRYWISE) if operation != "softmax" else (inside, POWER if over_rows else ATOM)
                )
            case "logsumexp", [a, 1]:
                return style.call("logsumexp", self(a), index="c" if self.kind(a) == MATRIX else ""), ATOM
            case "sigmoid", [a]:
                return style.call("sigma", self(a)), ATOM
            case "log_sigmoid", [a]:
                return style.log(style.call("sigma", self(a))), ENTRYWISE
            case "expm1", [a]:
                return f"{style.call('exp', self(a))} - 1", SUM
            case "log1p", [a]:
                return style.call("log", self(("+", 1, a))), ATOM
            case "square", [a]:
                return self._power(a, 2)
            case "^", [a, exponent]:
                return self._power(a, exponent)
            case "@", [a, b]:
                left = ("T", a) if self.kind(a) == ROW else a
                return f"{self._inside(left, PRODUCT)} {self._inside(b, PRODUCT)}", PRODUCT
            case "T", [a]:
                return style.transposed(self._inside(a, ATOM)), POWER
            case "column", [a]:
                return self._printed(a)
            case "inverse", [a, _]:
                return style.power(style.call("diag", self(a)), "-1", False), POWER
            case "repeated", [a, of]:
                return style.repeated(self._inside(a, ATOM), of == ROW), PRODUCT
            case "take", [a, labels]:
                return style.picked(self._inside(a, ATOM), self(labels)), ATOM
            case "kept", [labels, ignored]:
                return style.holds(self(labels), "!=", self(ignored)), ATOM
            case "onehot", ["y", _]:
                return style.name("Y_hat", False), ATOM
            case "onehot", [labels, _]:
                return style.call("onehot", self(labels)), ATOM
            case (("maximum" | "minimum"), [a, b]):
                return style.call(operation[:3], self(a), self(b)), ATOM
            case function, [a] if function in FUNCTIONS:
                return style.call(function, self(a)), ATOM
        return style.call(operation, *map(self, parts)), ATOM

    def _power(self, base: Tree, exponent: Tree) -> tuple[str, int]:
        text = self(exponent)
        if self.style.in_a_row and not text.isalnum():
            text = f"({text})"
        return self.style.power(self._inside(base, ATOM), text, self.kind(base) != NUMBER), POWER


def _is_sum(tree: Tree) -> bool:
    return isinstance(tree, tuple) and tree[0] in ("+", "-")
