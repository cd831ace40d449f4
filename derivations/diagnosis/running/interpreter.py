"""Statements, run on the arrays of one trial."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..reading.errors import NotUnderstood
from ..reading.nodes import Assign, Choice, Define, Leap, Loop, Node, Result, Statements
from ..reading.written import formula
from ..values.arrays import ShapeError, TooMuchWork
from ..values.lists import Array, Lists
from . import letters, wanted
from .expressions import Expressions
from .indexing import entries_at, with_entries
from .values import NoValue, Value, integer


def run(statements: Statements, names: Mapping[str, Value], arrays: Lists, shape: tuple[int, ...], wrt: str) -> Array:
    """What the statements come to: the gradient in `wrt`, of this shape if it is right.

    `names` are a vocabulary's. Raises NotUnderstood, where a name is unknown, shapes do not fit, or it is too much.
    """
    try:
        return Interpreter(names, arrays, shape, wrt).result(statements)
    except (TooMuchWork, RecursionError, MemoryError):
        raise NotUnderstood("too much work") from None
    except (ShapeError, NoValue) as wrong:
        raise NotUnderstood("value", str(wrong)) from None


class Interpreter(Expressions):
    """The statements of one run."""

    def result(self, statements: Statements) -> Array:
        """The value returned, of the last expression, or assigned last; of the last function where nothing else is."""
        value: Value = self.block(statements)
        if value is None:
            value = self._last(statements)
        if isinstance(value, wanted.Several):
            value = value.gradient_in(self.wrt)
        if isinstance(value, tuple):
            try:
                value = self.arrays.array([self.number(each) for each in value])
            except (ShapeError, NoValue):
                raise NotUnderstood("several results") from None
        found = self.plain(value)
        if not isinstance(found, Array):
            raise NotUnderstood("result")
        return found

    def _last(self, statements: Statements) -> Value:
        match [each for each in statements if not isinstance(each, Define)]:
            case []:
                define = wanted.main(statements)
                return self._entered(define)
            case [*_, Result(value)]:
                return self._outcome(value)
            case others:
                names = [each.word for each in wanted.assigned(others)]
                chosen = wanted.chosen(names, self.wrt) or (names[-1] if names else "")
                if chosen not in self.frames[0]:
                    raise NotUnderstood("result")
                return self.frames[0][chosen]

    def _entered(self, define: Define) -> Value:
        """A reader's function, with what its arguments are called."""
        frame: dict[str, Value] = {}
        for name, default in define.defaults:
            if self.found(name) is None:
                frame[name] = self.value(default)
        self.frames.append(frame)
        return self.block(define.body)

    def block(self, statements: Statements) -> Value | Leap:
        """None where nothing was returned."""
        for place, each in enumerate(statements):
            self.spend()
            outcome: Value = None
            match each:
                case Define(name):
                    self.functions[name] = each
                case Assign(target, value):
                    self.assign(target, self.value(value))
                case Result(value, returns):
                    if returns:
                        return self._outcome(value)
                    if place < len(statements) - 1 or len(self.frames) > 1:
                        self.value(value)
                case Loop(target, values, body):
                    outcome = self.loop(target, values, body)
                case Choice(test, body, other):
                    outcome = self.block(body if self.truth(test) else other)
                case Leap():
                    return each
            if outcome is not None:
                return outcome
        return None

    def _outcome(self, node: Node) -> Value:
        """What is returned: one value, or several with what they are called."""
        if node.kind == "dict":
            return wanted.Several([(name, self.value(value)) for name, value in node.options], by_name=True)
        if node.kind == "tuple" and len(node.parts) > 1:
            return wanted.Several([(formula(each), self.value(each)) for each in node.parts])
        return letters.value(self, node) if letters.indexed(node) else self.value(node)

    def loop(self, target: Node, values: Node, body: Statements) -> Value:
        for value in self.iterated(values):
            self.spend()
            self.assign(target, value)
            outcome = self.block(body)
            if isinstance(outcome, Leap):
                if outcome.word == "break":
                    break
            elif outcome is not None:
                return outcome
        return None

    def iterated(self, node: Node) -> Iterator[Value]:
        """range, enumerate, zip, a shape, or the rows of an array."""
        if node.kind == "call" and node.word in ("range", "trange"):
            with self.at(node):
                steps = [integer(self.value(each)) for each in node.parts]
            if not 1 <= len(steps) <= 3 or not (len(steps) < 3 or steps[2]):
                raise NotUnderstood("arguments", node.word, node.place)
            for each in range(*steps):
                yield self.arrays.array(float(each))
        elif node.kind == "call" and node.word == "enumerate" and len(node.parts) == 1:
            for count, each in enumerate(self.iterated(node.parts[0])):
                yield (self.arrays.array(float(count)), each)
        elif node.kind == "call" and node.word == "zip" and node.parts:
            yield from zip(*map(self.iterated, node.parts), strict=False)
        else:
            value = self.value(node)
            if isinstance(value, tuple):
                yield from value
                return
            array = self.number(value, node)
            if not array.shape:
                raise NotUnderstood("value", formula(node), node.place)
            for row in range(array.shape[0]):
                yield entries_at(self.arrays, array, [self.arrays.array(float(row))])

    def assign(self, target: Node, value: Value) -> None:
        if target.kind == "name":
            if isinstance(value, wanted.Several):
                value = tuple(each for _, each in value.values)
            self.frames[-1][target.word] = value
        elif target.kind == "tuple":
            found = [*self.parts_of(value, target)]
            if len(found) != len(target.parts):
                raise NotUnderstood("value", formula(target), target.place)
            for each, part in zip(target.parts, found, strict=True):
                self.assign(each, part)
        else:
            owner, index = target.parts[0], target.parts[1:]
            array = self.number(self.value(owner), owner)
            with self.at(target):
                made = with_entries(self.arrays, array, [self.value(each) for each in index], self.number(value))
            self.frames[-1][owner.word] = made

    def parts_of(self, value: Value, node: Node) -> Iterator[Value]:
        if isinstance(value, wanted.Several):
            yield from (each for _, each in value.values)
        elif isinstance(value, tuple):
            yield from value
        else:
            array = self.number(value, node)
            for row in range(array.shape[0] if array.shape else 0):
                yield entries_at(self.arrays, array, [self.arrays.array(float(row))])
