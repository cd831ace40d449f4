"""What expressions are run in: their names, the arrays they are made of, and how much may still be done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ..reading.errors import NotUnderstood
from ..reading.names import letters_of, nearest
from ..reading.nodes import Define, Node
from ..reading.written import formula
from ..values.arrays import ShapeError, TooMuchWork
from ..values.lists import Array, Lists
from .told import shapes_told
from .values import Mask, NoValue, Text, Value, described, integer
from .vocabulary import SHOWN

#: How many operations a formula may take.
STEPS = 60_000
TYPES = {"float", "int", "bool", "complex", "double", "long", "str"}


class Scope:
    """What the expressions of one run know. Assigned names hide those of the vocabulary; functions see both."""

    def __init__(self, names: Mapping[str, Value], arrays: Lists, shape: tuple[int, ...], wrt: str):
        self.names, self.arrays, self.shape, self.wrt = names, arrays, shape, wrt
        self.frames: list[dict[str, Value]] = [{}]
        self.functions: dict[str, Define] = {}
        self.steps = STEPS
        self.sizes = {integer(names[name]): name for name in "NCD" if name in names} | {1: "1"}

    # Names

    def found(self, name: str) -> Value | None:
        """What a name stands for here; None where it is unknown."""
        for names in (self.frames[-1], self.frames[0], self.names):
            if name in names:
                return names[name]
        if name in TYPES:
            return Text(name)
        if len(name) == 1:  # G is never g, which may be given where G is asked for
            return self.names.get(name.upper())
        if "hot" in name.lower():  # targets_onehot
            return self.names.get("Y_hat")
        return self.names.get(name.lower())

    def name(self, node: Node) -> Value:
        value = self.found(node.word)
        if value is None and node.word not in {*self.frames[-1], *self.frames[0]}:
            product = letters_of(node.word) or []
            if not product or any(self.found(each) is None for each in product):
                raise self.unknown(node)
            value = self.arrays.array(1.0)
            for each in product:
                value = self.arrays.binary("*", value, self.number(self.found(each), node))
        return value

    def unknown(self, node: Node) -> NotUnderstood:
        own = {*self.frames[-1], *self.frames[0]}
        accepted = ", ".join(dict.fromkeys([*sorted(own), *(each for each in SHOWN if each in self.names)]))
        near = nearest(node.word, own | {*self.names})
        return NotUnderstood("name", node.word, node.place, nearest=near, accepted=accepted)

    # What may be found

    def spend(self) -> None:
        self.steps -= 1
        if self.steps < 0:
            raise NotUnderstood("too much work")

    def plain(self, value: Value) -> Value:
        """A mask as an array of 1 and 0."""
        return value.array if isinstance(value, Mask) else value

    def number(self, value: Value, node: Node | None = None) -> Array:
        """An array. Raises NotUnderstood where it is known what stands there, else NoValue."""
        found = self.plain(value)
        if isinstance(found, tuple):
            return self.arrays.array([self.number(each, node) for each in found])
        if isinstance(found, Array):
            return found
        if node is None:
            raise NoValue(described(value))
        raise NotUnderstood("value", formula(node), node.place)

    def value(self, node: Node) -> Value:
        """What an expression comes to."""
        raise NotImplementedError

    def array_at(self, node: Node) -> Array:
        return self.number(self.value(node), node)

    @contextmanager
    def at(self, node: Node) -> Iterator[None]:
        """What goes wrong in here went wrong at this place."""
        try:
            yield
        except TooMuchWork:
            raise NotUnderstood("too much work", place=node.place) from None
        except NoValue as wrong:
            raise NotUnderstood("value", wrong.found, node.place) from None
        except ShapeError as wrong:
            raise shapes_told(wrong, node, self.sizes) from None
        except (OverflowError, ZeroDivisionError, ArithmeticError):
            raise NotUnderstood("number", formula(node), node.place) from None
