"""The arguments of a call, by place or by name."""

from __future__ import annotations

from ..reading.errors import NotUnderstood
from ..reading.nodes import Node
from ..values.lists import Array, Lists
from .scope import Scope
from .values import Text, Value, integer

#: Options that change nothing about the value.
IGNORED = {"dtype", "device", "requires_grad", "copy", "order", "memory_format", "non_blocking", "like", "_stacklevel"}
OWNERS = ("input", "a", "x", "self", "arr", "tensor", "logits", "array")


class Arguments:
    """Values in their order, and the options; each may be asked for once its name is known."""

    def __init__(self, run: Scope, node: Node):
        self.run, self.node = run, node
        self.values: list[Value] = [run.value(each) for each in node.parts]
        self.unused = set(range(len(self.values)))
        self.options = {name: run.value(each) for name, each in node.options if name not in IGNORED}
        for name in OWNERS:
            if not self.values and name in self.options:
                self.values.append(self.options.pop(name))
        self.unnamed = set(self.options)

    @property
    def arrays(self) -> Lists:
        return self.run.arrays

    def wrong(self) -> NotUnderstood:
        return NotUnderstood("arguments", self.node.word, self.node.place)

    def finish(self) -> None:
        """Raises NotUnderstood where something was given that has no meaning here."""
        if self.unnamed or any(not isinstance(self.values[at], Text) for at in self.unused):
            raise self.wrong()

    def ignore(self) -> None:
        """Whatever else is given changes nothing."""
        self.unused, self.unnamed = set(), set()

    def option(self, name: str) -> Value:
        self.unnamed.discard(name)
        return self.options[name]

    def value(self, at: int, *names: str) -> Value:
        """By place, or by one of its names. Raises NotUnderstood where it is not given."""
        if at < len(self.values):
            self.unused.discard(at)
            return self.values[at]
        for name in names:
            if name in self.options:
                return self.option(name)
        raise self.wrong()

    def has(self, at: int, *names: str) -> bool:
        return at < len(self.values) or any(name in self.options for name in names)

    def array(self, at: int, *names: str) -> Array:
        node = self.node.parts[at] if at < len(self.node.parts) else self.node
        return self.run.number(self.value(at, *names), node)

    def axis(self, at: int = 1, default: int | None = None) -> int | None:
        """axis= or dim=, or by place."""
        if not self.has(at, "axis", "dim"):
            return default
        value = self.value(at, "axis", "dim")
        if isinstance(value, Text):
            return default
        if isinstance(value, tuple) and len(value) == 1:
            return integer(value[0])
        return None if value is None else integer(value)

    def axes(self, at: int = 1) -> tuple[int, ...] | None:
        """Several of them, where a tuple is given."""
        if not self.has(at, "axis", "dim"):
            return None
        value = self.value(at, "axis", "dim")
        return tuple(map(integer, value)) if isinstance(value, tuple) else None

    def keep(self, at: int = 2) -> bool:
        for name in ("keepdims", "keepdim"):
            if name in self.options:
                return bool(self.run.number(self.option(name), self.node).entries[0])
        value = self.value(at) if at < len(self.values) else None
        return isinstance(value, Array) and bool(value.entries and value.entries[0])

    def sizes(self, start: int) -> list[int]:
        """A shape, as one tuple or as several numbers."""
        self.unused -= set(range(start, len(self.values)))
        given = self.values[start:] or [self.option(name) for name in ("shape", "size") if name in self.options]
        flat = [part for argument in given for part in (argument if isinstance(argument, tuple) else [argument])]
        return [integer(each) for each in flat if not isinstance(each, Text)]
