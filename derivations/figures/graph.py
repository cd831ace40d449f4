"""Drawing the graph that `backward()` walks, the loss on top, its arrows the way the gradient goes."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from ..wording import LANGUAGES
from .figure import Figure
from .graph_words import TITLE, caption, walk
from .layout import PADDING, RADIUS, Item, Layout, arranged
from .svg import drawing, write
from .text import ACCENT, CARD, INK, LINE, SOFT, WASH, Line

if TYPE_CHECKING:
    from ..torch_bridge.auditing.account import Account
    from ..torch_bridge.graph.record import Edge, Graph, Node

MOST_NODES = 150


def draw_graph(graph: Graph | Account) -> Figure:
    """Return the drawing of a graph that `record` recorded: SVG, with its words in both languages.

    Of an account, as `audit` returns it, the graph has its numbers: what each node computed, and each gradient that was
    handed on. Raises ValueError where the graph has more nodes than a reader could follow, or an account not one graph;
    TypeError for what is no graph.
    """
    graphs: tuple[Any, ...] = getattr(graph, "graphs", (graph,))
    if len(graphs) != 1:
        raise ValueError(
            f"draw_graph() draws one graph; this account has {len(graphs)}, one of each backward(). "
            "Give one of account.graphs, or audit a single step."
        )
    if not hasattr(graphs[0], "nodes"):
        raise TypeError(
            "draw_graph() takes a graph, what record(loss, model) returns, or an account, what audit() returns; "
            f"got {type(graphs[0]).__name__}."
        )
    return _drawn(graphs[0])


def _drawn(graph: Graph) -> Figure:
    if len(graph.nodes) > MOST_NODES:
        raise ValueError(
            f"draw_graph() draws at most {MOST_NODES} nodes; this graph has {len(graph.nodes)}. "
            "Record the loss of a smaller model."
        )
    alternatives = {lang: walk(graph, lang) for lang in LANGUAGES}
    return Figure(
        {lang: _draw(graph, lang, alternatives[lang]) for lang in LANGUAGES},
        alternatives,
        {lang: caption(graph, lang) for lang in LANGUAGES},
    )


def _draw(graph: Graph, lang: str, alternative: str) -> str:
    layout = arranged(graph, lang)
    svg = drawing(layout.width, layout.height, lang, TITLE[lang], alternative)
    for edge, route in layout.routes:
        _draw_edge(svg, edge, route, layout)
    for node in graph.nodes:
        _draw_box(svg, node, layout.boxes[node.id])
    return ET.tostring(svg, encoding="unicode")


def _draw_edge(svg: ET.Element, edge: Edge, route: list[Item], layout: Layout) -> None:
    """Down to the end of each row, then over to the next item: curves stay between rows, so out of boxes."""
    start, end = route[0], route[-1]
    leaving, arriving = _leaving(edge, layout), _arriving(edge, layout)
    d = f"M{leaving:.1f} {start.y + start.height:.1f}"
    x = leaving
    for upper, lower in pairwise(route):
        y = layout.bottoms[upper.row] + (14 if edge.operand and upper is start else 0)  # room for the letter
        to_x, to_y, pull_x, pull_y = arriving if lower is end else (lower.x, lower.y, 0.0, -1.0)
        bow = (to_y - y) / 2
        d += f"V{y:.1f}C{x:.1f} {y + bow:.1f} {to_x + bow * pull_x:.1f} {to_y + bow * pull_y:.1f}"
        d += f" {to_x:.1f} {to_y:.1f}"
        x = to_x
    name = f"{edge.start}-{edge.end}-{edge.slot}"
    line = {"d": d, "fill": "none", "stroke": SOFT, "stroke-width": "1.3"}
    ET.SubElement(svg, "path", {"data-edge": name, **line})
    ET.SubElement(svg, "path", {"d": _arrow_head(*arriving), "fill": SOFT})
    if edge.operand:
        side = -1 if leaving < start.x else 1
        letter = Line(edge.operand, 12)
        place = leaving + side * 6, start.y + start.height + 13
        write(svg, letter, *place, anchor="end" if side < 0 else "start")


def _arrow_head(x: float, y: float, from_x: float, from_y: float) -> str:
    """A triangle with its tip at (x, y), coming from the direction given."""
    length, half = 9, 4
    base_x, base_y = x + length * from_x, y + length * from_y
    return (
        f"M{x:.1f} {y:.1f}L{base_x - half * from_y:.1f} {base_y + half * from_x:.1f}"
        f"L{base_x + half * from_y:.1f} {base_y - half * from_x:.1f}z"
    )


def _leaving(edge: Edge, layout: Layout) -> float:
    """Where an edge leaves its box: side by side with the others, in the order of where they go."""
    start = layout.boxes[edge.start]
    others = sorted((r[1].x, e.slot) for e, r in layout.routes if e.start == edge.start)
    mine = next((r[1].x, e.slot) for e, r in layout.routes if e is edge)
    step = min(32, (start.width - 2 * PADDING) / len(others))
    return start.x + step * (others.index(mine) - (len(others) - 1) / 2)


def _arriving(edge: Edge, layout: Layout) -> tuple[float, float, float, float]:
    """Where an edge ends, and the direction it comes from: the top of the box, or the rim of its ⊕."""
    end = layout.boxes[edge.end]
    if not end.meeting:
        return end.x, end.y - 1, 0.0, -1.0
    others = sorted((r[-2].x, e.start, e.slot) for e, r in layout.routes if e.end == edge.end)
    mine = next((r[-2].x, e.start, e.slot) for e, r in layout.routes if e is edge)
    angle = math.radians(110) * (others.index(mine) / (len(others) - 1) - 0.5)
    towards = math.sin(angle), -math.cos(angle)
    return end.x + RADIUS * towards[0], end.y - 2 * RADIUS + RADIUS * towards[1], *towards


def _draw_box(svg: ET.Element, node: Node, box: Item) -> None:
    group = ET.SubElement(svg, "g", {"data-node": str(node.id), "data-kind": node.kind})
    outline = {"loss": INK, "leaf": ACCENT, "unknown": SOFT}.get(node.kind, LINE)
    attributes: dict[str, Any] = {
        "x": box.x - box.width / 2,
        "y": box.y,
        "width": box.width,
        "height": box.height,
        "rx": 8,
        "fill": WASH if node.kind == "leaf" else CARD,
        "stroke": outline,
    }
    if node.kind == "unknown":
        attributes["stroke-dasharray"] = "5 4"
    ET.SubElement(group, "rect", {k: v if isinstance(v, str) else f"{v:.1f}" for k, v in attributes.items()})
    if box.meeting:
        x, y, r = box.x, box.y - 2 * RADIUS, RADIUS
        mark = {"fill": CARD, "stroke": SOFT, "stroke-width": "1.3"}
        ET.SubElement(group, "circle", {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": str(r), **mark})
        cross = f"M{x - 4:.1f} {y:.1f}h8M{x:.1f} {y - 4:.1f}v8M{x:.1f} {y + r:.1f}V{box.y:.1f}"
        ET.SubElement(group, "path", {"d": cross, **mark})
    y = box.y + 0.7 * PADDING
    for line in box.lines:
        write(group, line, box.x, y + 0.74 * line.height, anchor="middle")
        y += line.height
