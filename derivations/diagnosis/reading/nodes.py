"""What a reader's text is read as: statements over nodes, each of which knows its place in the text.

number x        name Z          text s       none
+ - * / // % ^  two parts, entry by entry      @     a product of matrices or vectors
beside          two parts written side by side: a product of matrices where both are arrays, else of numbers
== != < <= > >= and or           two parts         neg not T           one part
tuple           its parts       dict         its options by name      slice        from, to, step          ellipsis
at              an array and its indices          attribute           an array, by name
call            its arguments, `word` says of what, `options` those with a name
choose          test, value, other value          is_none is_given   one part
entry           an array and its index letters    label               y and its index letters, as an index
sum_over mean_over   the body; `word` has the letters
delta unequal   two indices that are equal, or not
ones            a vector of 1
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .errors import NotUnderstood, Place

#: How many nodes may stand within each other.
DEEPEST = 80
START = Place()


@dataclass(frozen=True, eq=False)
class Node:
    """An operation and its parts; `word` is its number's, name's or function's own."""

    kind: str
    parts: tuple[Node, ...] = ()
    word: str = ""
    number: float = 0.0
    options: tuple[tuple[str, Node], ...] = ()
    place: Place = START
    depth: int = 0

    def __post_init__(self) -> None:
        inner = (*self.parts, *(value for _, value in self.options))
        object.__setattr__(self, "depth", 1 + max((each.depth for each in inner), default=0))
        if self.depth > DEEPEST:
            raise NotUnderstood("too deep", place=self.place)

    def walk(self) -> Iterator[Node]:
        """This node and every node in it."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += [*(value for _, value in reversed(node.options)), *reversed(node.parts)]


@dataclass(frozen=True)
class Assign:
    """target = value, where a target is a name, names in a tuple, or an array's entries."""

    target: Node
    value: Node


@dataclass(frozen=True)
class Loop:
    """for target in values: body"""

    target: Node
    values: Node
    body: Statements


@dataclass(frozen=True)
class Choice:
    """if test: body, else: other"""

    test: Node
    body: Statements
    other: Statements


@dataclass(frozen=True)
class Define:
    """def name(arguments): body; `defaults` of the arguments that have one."""

    name: str
    arguments: tuple[str, ...]
    defaults: tuple[tuple[str, Node], ...]
    body: Statements


@dataclass(frozen=True)
class Result:
    """return value; or a value that stands alone, which is the result where it comes last (`returns` False)."""

    value: Node
    returns: bool = True


@dataclass(frozen=True)
class Leap:
    """break or continue"""

    word: str


Statement = Assign | Loop | Choice | Define | Result | Leap
Statements = tuple[Statement, ...]


def expressions(statements: Statements) -> Iterator[Node]:
    """Every whole expression of a program."""
    for each in statements:
        match each:
            case Assign(target, value):
                yield from (target, value)
            case Loop(target, values, body):
                yield from (target, values, *expressions(body))
            case Choice(test, body, other):
                yield from (test, *expressions(body), *expressions(other))
            case Define(_, _, defaults, body):
                yield from (*(value for _, value in defaults), *expressions(body))
            case Result(value):
                yield value
