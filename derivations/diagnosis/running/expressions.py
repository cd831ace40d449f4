"""Expressions, run on the arrays of one trial."""

from __future__ import annotations

from ..reading.errors import NotUnderstood
from ..reading.names import LETTERS, letters_of, nearest
from ..reading.nodes import Define, Node, Statements
from ..reading.written import formula
from ..values.arrays import ShapeError, broadcast, contracted
from ..values.lists import Array
from . import letters, wanted
from .arguments import Arguments
from .functions import FUNCTIONS
from .indexing import entries_at
from .scope import Scope
from .values import Mask, NoValue, Text, Value, integer

#: How many calls of a reader's functions may stand within each other.
CALLS = 12
ARITHMETIC = ("+", "-", "*", "/", "^")
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


class Expressions(Scope):
    """The expressions of one run."""

    functions: dict[str, Define]

    def block(self, statements: Statements) -> Value:
        raise NotImplementedError

    def value(self, node: Node) -> Value:
        self.spend()
        with self.at(node):
            return self._value(node)

    def _value(self, node: Node) -> Value:
        match node.kind:
            case "number":
                return self.arrays.array(node.number)
            case "name":
                return self.name(node)
            case "text":
                return Text(node.word)
            case "none":
                return None
            case "ellipsis":
                return ...
            case "dict":
                return wanted.Several([(name, self.value(each)) for name, each in node.options], by_name=True)
            case "tuple":
                return tuple(self.value(each) for each in node.parts)
            case "slice":
                return self.sliced(node)
            case "call":
                return self.call(node)
            case "attribute":
                return self.attribute(node)
            case "at":
                return self.indexed(node)
            case "T":
                return self.arrays.transpose(self.array_at(node.parts[0]))
            case "neg":
                return self.arrays.unary("neg", self.array_at(node.parts[0]))
            case "not":
                return Mask(self.arrays.binary("==", self.array_at(node.parts[0]), 0.0))
            case "choose":
                return self.value(node.parts[1] if self.truth(node.parts[0]) else node.parts[2])
            case "is_none" | "is_given":
                given = self.found(node.parts[0].word) is not None
                return Mask(self.arrays.array(float(given == (node.kind == "is_given"))))
            case "beside" | "@":
                return self.product(node)
            case "ones":
                raise NotUnderstood("value", "1", node.place)
        if letters.indexed(node, deep=False):
            return letters.value(self, node)
        if len(node.parts) == 2:
            return self.binary(node)
        raise NotUnderstood("grammar", formula(node), node.place)

    def binary(self, node: Node) -> Value:
        a, b = map(self.value, node.parts)
        kind = node.kind
        if isinstance(a, Text) and isinstance(b, Text) and kind in ("==", "!="):
            return Mask(self.arrays.array(float((a.word == b.word) == (kind == "=="))))
        if isinstance(a, tuple) and isinstance(b, tuple) and kind == "+":
            self.arrays.spend(len(a) + len(b))
            return a + b
        left, right = (self.number(each, part) for each, part in zip((a, b), node.parts, strict=True))
        if kind in COMPARISONS:
            return Mask(self.arrays.binary(kind, left, right))
        if kind in ("and", "or"):
            both = [self.arrays.binary("!=", each, 0.0) for each in (left, right)]
            return Mask(self.arrays.binary("min" if kind == "and" else "max", *both))
        if kind in ("//", "%"):
            whole = self.arrays.binary("/", left, right)
            floor = Array(whole.shape, [x // 1 for x in whole.entries])
            return floor if kind == "//" else self.arrays.binary("-", left, self.arrays.binary("*", floor, right))
        return self.arrays.binary(kind, left, right)

    def product(self, node: Node) -> Value:
        """@, or side by side: of matrices where both are arrays and fit, else entry by entry."""
        a, b = node.parts
        if b.kind == "ones":
            return self.arrays.reduce("sum", self.array_at(a), -1)
        if a.kind == "T" and a.parts[0].kind == "ones":
            return self.arrays.reduce("sum", self.array_at(b), 0)
        left, right = self.array_at(a), self.array_at(b)
        if node.kind == "@":
            return self.arrays.matmul(left, right)
        if not left.shape or not right.shape:
            return self.arrays.binary("*", left, right)
        try:
            contracted(left.shape, right.shape)
        except ShapeError as wrong:
            try:
                broadcast(left.shape, right.shape)
            except ShapeError:
                raise wrong from None
            return self.arrays.binary("*", left, right)
        return self.arrays.matmul(left, right)

    def sliced(self, node: Node) -> slice:
        first, last, step = (None if each.kind == "none" else integer(self.value(each)) for each in node.parts)
        if step == 0:
            raise NoValue("0")
        return slice(first, last, step)

    def attribute(self, node: Node) -> Value:
        owner = node.parts[0]
        if node.word in ("dtype", "device"):
            return Text(node.word)
        if node.word in ("data", "values", "real"):
            return self.value(owner)
        array = self.array_at(owner)
        if node.word == "shape":
            return tuple(self.arrays.array(float(size)) for size in array.shape)
        if node.word == "size":
            return self.arrays.array(float(len(array.entries)))
        if node.word == "ndim":
            return self.arrays.array(float(len(array.shape)))
        raise NotUnderstood("grammar", f".{node.word}", node.place)

    def indexed(self, node: Node) -> Value:
        if self._is_maximum(node):
            return self.value(node.parts[0])
        owner, index = self.value(node.parts[0]), [self.value(each) for each in node.parts[1:]]
        index = [part for place in index for part in self._flattened(place, len(index))]
        if isinstance(owner, tuple) and len(index) == 1 and not isinstance(index[0], Mask):
            if isinstance(index[0], slice):
                return owner[index[0]]
            at = integer(index[0])
            if not -len(owner) <= at < len(owner):
                raise ShapeError("place", at, len(owner))
            return owner[at]
        return entries_at(self.arrays, self.number(owner, node.parts[0]), index)

    def _is_maximum(self, node: Node) -> bool:
        """torch's Z.max(dim=1)[0] is the maximum, beside where it stands."""
        owner, *index = node.parts
        of_torch = {"dim", "keepdim"} & {name for name, _ in owner.options}
        first = len(index) == 1 and index[0].kind == "number" and index[0].number == 0
        return owner.kind == "call" and owner.word in ("max", "min") and bool(of_torch) and first

    def _flattened(self, index: Value, count: int) -> list[Value]:
        """np.where(mask) and (rows, columns) as an index are several."""
        several = (
            isinstance(index, tuple) and count == 1 and any(isinstance(each, Array) and each.shape for each in index)
        )
        return [*index] if several else [index]

    def truth(self, node: Node) -> bool:
        value = self.value(node)
        if value is None or isinstance(value, tuple):
            return bool(value)
        array = self.number(value, node)
        if len(array.entries) != 1:
            raise NotUnderstood("value", formula(node), node.place)
        return bool(array.entries[0])

    # Calls

    def call(self, node: Node) -> Value:
        word = node.word
        if word in self.functions:
            return self.of_reader(self.functions[word], node)
        known = FUNCTIONS.get(word) or FUNCTIONS.get(word.rstrip("_"))
        if known is not None:
            given = Arguments(self, node)
            found = known(given)
            given.finish()
            return found
        if (word in LETTERS or letters_of(word)) and len(node.parts) == 1 and not node.options:
            name = Node("name", word=word, place=node.place)  # N(Z - Y) as a product
            return self.product(Node("beside", (name, node.parts[0]), place=node.place))
        near = nearest(word, {*FUNCTIONS, *self.functions})
        raise NotUnderstood("function", word, node.place, nearest=near)

    def of_reader(self, define: Define, node: Node) -> Value:
        if len(self.frames) > CALLS:
            raise NotUnderstood("too much work", place=node.place)
        given = dict(zip(define.arguments, map(self.value, node.parts), strict=False))
        given |= {name: self.value(value) for name, value in node.options if name in define.arguments}
        if len(node.parts) > len(define.arguments) or any(name not in define.arguments for name, _ in node.options):
            raise NotUnderstood("arguments", define.name, node.place)
        for name, default in define.defaults:
            if name not in given:
                given[name] = self.value(default)
        self.frames.append(given)
        try:
            return self.block(define.body)
        finally:
            self.frames.pop()
