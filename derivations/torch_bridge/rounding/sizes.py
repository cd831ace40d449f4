"""How long the axes of a program are, as the arrays that it is given have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from torch import Tensor

from ...closed_form.named_axes.nodes import Entry, Label, Node, Place, Program, places_of, size_named, walk


def sizes_of(program: Program, arrays: Mapping[str, Tensor]) -> dict[str, int]:
    """The sizes of axes, by letter."""
    nodes = [node for line in (*program.lines, *program.results) for node in walk(line.node)]
    return {
        size_named(axis): size
        for node in nodes
        for name, places in _arrays(node)
        if name in arrays
        for axis, size in zip(places, arrays[name].shape, strict=True)
        if isinstance(axis, str)
    }


def _arrays(node: Node) -> Iterator[tuple[str, tuple[Place, ...]]]:
    """The arrays that a node speaks of, labels too, each with what stands in the places of its dimensions."""
    if isinstance(node, Entry):
        yield node.name, node.places
    yield from ((label.name, label.axes) for label in places_of(node) if isinstance(label, Label))
