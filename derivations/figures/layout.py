"""Layout: rows from the loss downwards; in a row, boxes and the bends of passing edges side by side.

A node's row is its longest distance from the loss. An edge that passes a row bends through a lane of its own there, so
no edge runs through a box.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from .graph_words import lines_of
from .text import Line

if TYPE_CHECKING:
    from ..torch_bridge.graph.record import Edge, Graph

PADDING, BESIDE, BETWEEN, MARGIN = 12, 16, 54, 4
RADIUS = 8  # of the ⊕ above a node where several edges meet


@dataclass(eq=False)
class Item:
    """A box, or (without lines) a bend. `x` is the centre and `y` the top."""

    row: int
    width: float
    height: float = 0
    lines: Sequence[Line] = ()
    x: float = 0
    y: float = 0
    above: list[Item] = field(default_factory=list)
    below: list[Item] = field(default_factory=list)

    @property
    def meeting(self) -> bool:
        return bool(self.lines) and len(self.above) > 1


@dataclass(frozen=True)
class Layout:
    boxes: dict[int, Item]  # by node id
    routes: list[tuple[Edge, list[Item]]]  # an edge and what it leads through: box, bends, box
    bottoms: list[float]  # where each row ends
    width: float
    height: float


def arranged(graph: Graph, lang: str) -> Layout:
    depths = _depths(graph)
    rows: list[list[Item]] = [[] for _ in range(max(depths.values()) + 1)]
    boxes = {}
    for node in graph.nodes:
        lines = lines_of(node, graph.recorded, lang)
        width = math.ceil(max(line.width for line in lines) + 2 * PADDING)
        height = math.ceil(sum(line.height for line in lines) + 1.4 * PADDING)
        boxes[node.id] = Item(depths[node.id], width, height, lines)
        rows[depths[node.id]].append(boxes[node.id])
    routes = []
    for edge in graph.edges:
        start, end = boxes[edge.start], boxes[edge.end]
        bends = [Item(row, 2 * PADDING) for row in range(start.row + 1, end.row)]
        for bend in bends:
            rows[bend.row].append(bend)
        routes.append((edge, [start, *bends, end]))
        for upper, lower in pairwise(routes[-1][1]):
            upper.below.append(lower)
            lower.above.append(upper)
    rows = _ordered(rows)

    left = min(row[0].x - row[0].width / 2 for row in rows) - MARGIN
    bottoms: list[float] = []
    for row in rows:
        top = bottoms[-1] + BETWEEN if bottoms else MARGIN
        top += 2.5 * RADIUS if any(item.meeting for item in row) else 0
        for item in row:
            item.x, item.y = item.x - left, top
        bottoms.append(top + max(item.height for item in row))
    right = max(row[-1].x + row[-1].width / 2 for row in rows) + MARGIN
    return Layout(boxes, routes, bottoms, right, bottoms[-1] + MARGIN)


def _depths(graph: Graph) -> dict[int, int]:
    """The longest distance of every node from the loss."""
    below: dict[int, list[int]] = {node.id: [] for node in graph.nodes}
    waiting = dict.fromkeys(below, 0)
    for edge in graph.edges:
        below[edge.start].append(edge.end)
        waiting[edge.end] += 1
    depths, ready = dict.fromkeys(below, 0), [0]
    while ready:
        start = ready.pop()
        for end in below[start]:
            depths[end] = max(depths[end], depths[start] + 1)
            waiting[end] -= 1
            if not waiting[end]:
                ready.append(end)
    return depths


def _ordered(rows: list[list[Item]]) -> list[list[Item]]:
    """Order each row and place its items below and above their neighbours: of a few sweeps, the least crossed."""
    for row in rows:
        _settle(row, [0.0] * len(row))
    best, fewest = rows, math.inf
    for sweep in range(8):
        down = sweep % 2 == 0
        ordered = []
        for row in rows if down else reversed(rows):
            wanted = {item: _wanted(item, down) for item in row}
            ordered.append(sorted(row, key=wanted.__getitem__))
            _settle(ordered[-1], [wanted[item] for item in ordered[-1]])
        rows = ordered if down else ordered[::-1]
        if (crossed := sum(_crossings(row) for row in rows)) < fewest:
            best, fewest = rows, crossed
    for down in (True, False) * 4:  # ending upwards, which leaves a chain straight above where it leads
        for row in best if down else reversed(best):
            _settle(row, [_wanted(item, down) for item in row])
    return best


def _wanted(item: Item, down: bool) -> float:
    """Where the neighbours above (or below) would have an item; without any, where it is."""
    if down and item.above:
        return _mean([_port(upper, item) for upper in item.above])
    if not down and item.below:
        return _mean([lower.x for lower in item.below])
    return item.x


def _port(upper: Item, lower: Item) -> float:
    """Where the edge to `lower` leaves `upper`: its edges leave side by side."""
    count = len(upper.below)
    step = min(32, (upper.width - 2 * PADDING) / count)
    return upper.x + step * (upper.below.index(lower) - (count - 1) / 2)


def _crossings(row: list[Item]) -> int:
    links = [(upper.x, lower.x) for upper in row for lower in upper.below]
    return sum((a[0] - b[0]) * (a[1] - b[1]) < 0 for a, b in combinations(links, 2))


def _settle(row: list[Item], wanted: list[float]) -> None:
    """Place a row in its order without overlap, as near to `wanted` as least squares allow.

    Less the room to its left, every item wants a place and the places must not decrease: neighbours that would
    are pooled at their mean.
    """
    room = [0.0]
    for left, right in pairwise(row):
        room.append(room[-1] + (left.width + right.width) / 2 + BESIDE)
    pools: list[list[float]] = []
    for place in (x - r for x, r in zip(wanted, room, strict=True)):
        pools.append([place])
        while len(pools) > 1 and _mean(pools[-2]) > _mean(pools[-1]):
            pools[-2:] = [pools[-2] + pools[-1]]
    places = [_mean(pool) for pool in pools for _ in pool]
    for item, place, r in zip(row, places, room, strict=True):
        item.x = place + r


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
