"""A program of which all arrays have one axis more, the first: batches, which a formula does not speak of."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields, replace
from typing import Any

from ...closed_form.named_axes.nodes import Entry, Line, Node, Program

#: An axis whose size no operation with batches has.
AXIS = "x"


def stacked(program: Program, names: Collection[str]) -> Program:
    """The same for each of a batch: the arrays called `names` have the axis first, and so has what is made of them."""
    having = {*names, *(line.name for line in program.lines)}
    return Program(
        tuple(_line(each, having) for each in program.lines), tuple(_line(each, having) for each in program.results)
    )


def _line(line: Line, having: Collection[str]) -> Line:
    return Line(line.name, (AXIS, *line.axes), _node(line.node, having))


def _node(node: Node, having: Collection[str]) -> Node:
    if isinstance(node, Entry):
        return Entry(node.name, (AXIS, *node.places)) if node.name in having else node
    changed: dict[str, Any] = {}
    for each in fields(node):
        value = getattr(node, each.name)
        if isinstance(value, Node):
            changed[each.name] = _node(value, having)
        elif isinstance(value, tuple) and value and all(isinstance(part, Node) for part in value):
            changed[each.name] = tuple(_node(part, having) for part in value)
    return replace(node, **changed) if changed else node
