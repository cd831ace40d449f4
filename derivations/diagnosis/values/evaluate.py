"""What a program comes to, and how far one evaluation of it in a given precision may be off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..problem import Precision
from ..trees import BINARY, FUNCTIONS, Program, Tree
from .arrays import COMPARISONS, REDUCTIONS, Arrays, size_of
from .plain import Plain
from .roundoff import Tracked

REDUCED = {
    **{name: (name, False) for name in REDUCTIONS},
    **{f"{name}_kept": (name, True) for name in REDUCTIONS},
}
ENTRYWISE = {
    **{sign: sign for sign in (*BINARY, *COMPARISONS)},
    "maximum": "max",
    "minimum": "min",
}
#: Operations that have an axis, which is no tree, and what has no parts.
WITH_AXIS, LEAVES = (*REDUCED, "softmax", "log_softmax", "logsumexp", "stretched"), ("number", "name")
#: How many entries are remembered between programs: first those of lines, which many programs share.
MEMORY = 2**26


@dataclass(frozen=True)
class Valued:
    """A value, and how far an evaluation may lie from it, entry by entry; None where nothing was tracked.

    An error is infinite where nothing can be said. Entries that are inf or nan are for the reader to compare.
    """

    value: Any
    error: Any = None


class UnknownName(LookupError):
    """A program mentions a name that nothing defines."""

    def __init__(self, name: str):
        self.name = name
        super().__init__(name)


def evaluate(
    program: Program,
    names: Mapping[str, Any],
    arrays: Arrays,
    precision: Precision | None = None,
    inputs: float = 0.0,
) -> Valued:
    """The program's result; see Evaluator."""
    return Evaluator(names, arrays, precision, inputs).evaluate(program)


class Evaluator:
    """Evaluates programs on the numbers of one case. What several of them share is computed once.

    With a `precision`, each value comes with how far one evaluation in that precision may lie from it, in whatever
    order of sums and of factors, with products multiplied out or not; it includes what the value here, in doubles, is
    off by itself. `inputs`: arrays given by name may be off by so many units of roundoff themselves.
    """

    def __init__(
        self,
        names: Mapping[str, Any],
        arrays: Arrays,
        precision: Precision | None = None,
        inputs: float = 0.0,
        memory: float = MEMORY,
    ):
        self.names, self.arrays, self.memory = names, arrays, memory
        self.rules: Any = Plain(arrays) if precision is None else Tracked(arrays, precision, inputs)
        self.nodes: list[tuple[Any, ...]] = []
        self._places: dict[tuple[Any, ...], int] = {}
        self._found: dict[int, Any] = {}  # the one used last comes last
        self._held = 0.0

    def evaluate(self, program: Program) -> Valued:
        """Raises UnknownName, ShapeError and what the arrays raise."""
        result = self.read(program)
        for line in self._lines_below(result):  # in their order, so that no line is deep in another
            self.of(line)
        value, error = self.rules.whole(self.of(result))
        return Valued(value, error)

    # Trees as nodes: an operation on nodes that were there before

    def read(self, program: Program) -> int:
        """The node of a program's result."""
        lines = dict[str, int]()
        for name, tree in program.lines:
            lines[name] = self.place("line", self._read(tree, lines))
        return self._read(program.result, lines)

    def _read(self, tree: Tree, lines: Mapping[str, int]) -> int:
        if isinstance(tree, str):
            return lines[tree] if tree in lines else self.place("name", tree)
        if not isinstance(tree, tuple):
            return self.place("number", float(tree))
        operation, *parts = tree
        read = parts[:1] if operation in WITH_AXIS else parts
        return self.place(operation, *[self._read(part, lines) for part in read], *parts[len(read) :])

    def _lines_below(self, place: int) -> list[int]:
        """The lines that a node mentions, and those that they do."""
        open_, seen = [place], {place}
        while open_:
            operation, *parts = self.nodes[open_.pop()]
            below = () if operation in LEAVES else parts[:1] if operation in WITH_AXIS else parts
            open_ += [each for each in below if each not in seen]
            seen |= {*below}
        return sorted(each for each in seen if self.nodes[each][0] == "line")

    def place(self, *node: Any) -> int:
        """The number by which an operation on nodes is known here."""
        if node not in self._places:
            self._places[node] = len(self.nodes)
            self.nodes.append(node)
        return self._places[node]

    # Nodes as values

    def of(self, place: int) -> Any:
        """What a node is, as the rules have it."""
        if place in self._found:
            self._found[place] = found = self._found.pop(place)
            return found
        found = self._found[place] = self._computed(*self.nodes[place])
        self._held += self.rules.entries(found)
        if self.nodes[place][0] == "line":
            self._forget(self.nodes[place][1])  # the same arrays
        while self._held > self.memory and len(self._found) > 1:
            oldest = (each for each in self._found if self.nodes[each][0] != "line")
            self._forget(next(oldest, next(iter(self._found))))
        return found

    def _forget(self, place: int) -> None:
        if place in self._found:
            self._held -= self.rules.entries(self._found.pop(place))

    def _computed(self, operation: str, *parts: Any) -> Any:
        rules, of = self.rules, self.of
        if operation == "number":
            return rules.number(parts[0])
        if operation == "name":
            if parts[0] not in self.names:
                raise UnknownName(parts[0])
            return rules.given(self.names[parts[0]])
        if operation == "line":
            return rules.named(of(parts[0]))
        if operation in ENTRYWISE:
            return rules.binary(ENTRYWISE[operation], of(parts[0]), of(parts[1]))
        if operation in FUNCTIONS:
            return rules.unary(operation, of(parts[0]))
        if operation in REDUCED:
            name, keep = REDUCED[operation]
            return rules.reduce(name, of(parts[0]), parts[1], keep)
        match operation, parts:
            case "@", (a, b):
                return rules.matmul(of(a), of(b))
            case "T", (a,):
                return rules.moved(of(a), self.arrays.transpose)
            case "column", (a,):
                return rules.moved(of(a), self.column)
            case "softmax" | "log_softmax" | "logsumexp", (a, axis):
                return getattr(rules, operation)(of(a), axis)
            case "stretched", (a, axis):
                return rules.moved(of(a), lambda each: self.stretched(each, axis))
            case "take", (a, labels):
                at = rules.value(of(labels))
                return rules.moved(of(a), lambda each: self.arrays.take(each, at))
            case "onehot", (labels, columns):
                size = size_of(self.arrays.flat(rules.value(of(columns)))[0])
                return rules.exact(self.arrays.onehot(rules.value(of(labels)), size))
            case "kept", (labels, ignored):
                return rules.exact(self.arrays.binary("!=", rules.value(of(labels)), rules.value(of(ignored))))
            case "or_one", (a, counted):
                some = self.arrays.flat(self.arrays.reduce("any", rules.value(of(counted)), None))[0]
                return of(a) if some else rules.number(1.0)
        raise ValueError(f"no operation {operation!r} of {len(parts)} parts")

    def stretched(self, a: Any, axis: int) -> Any:
        """With an axis of size 1 at this place."""
        shape = self.arrays.shape(a)
        return self.arrays.reshape(a, (*shape[:axis], 1, *shape[axis:]))

    def column(self, a: Any) -> Any:
        """a[:, None]"""
        return self.arrays.reshape(a, (*self.arrays.shape(a), 1))
