"""Figures as theme-aware SVG, drawn once in Chinese and once in English: the graph that `backward()` walks.

The layout is layered, the loss on top: a node's row is its longest distance from the loss. An edge that passes a
row bends through a lane of its own there, so no edge runs through a box. Colours are the custom properties of the
site, each with a fallback; fonts are those of the page.
"""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from html import escape
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from .display import bilingual
from .wording import LANGUAGES, Words

if TYPE_CHECKING:
    from .torch_bridge.graph import Edge, Graph, Node

TITLE = Words("backward() 走过的计算图", "The graph that backward() walks")
START = Words("backward() 从 G = 1 出发", "backward() starts with G = 1")
NOT_SCALAR = Words("不是标量，要写 backward(gradient=…)", "not a scalar: write backward(gradient=…)")
NO_GRAPH = Words("没有记录计算图：backward() 会报错", "no graph was recorded: backward() would raise")
UNKNOWN = Words("这里没有收录的运算", "an operation not described here")
WALK = Words("从 loss 出发，backward() 依次走过：{}。", "From the loss, backward() walks: {}.")
NOWHERE = Words("{}：没有记录计算图，backward() 会报错。", "{}: no graph was recorded, backward() would raise.")
MEET = Words("汇到 {} 的 {} 份梯度相加。", "At {}, the {} gradients that meet are added.")
ARROWS = Words(
    "箭头指向 backward() 行走的方向，G 是传到节点的梯度。",
    "Arrows point the way backward() walks; G is the gradient that arrives at a node.",
)
SUMS = Words("⊕ 处，汇到一起的梯度相加。", "Where arrows meet at ⊕, their gradients are added.")
BROADCAST = Words(
    "操作数若被广播过，传给它的梯度先求和，还原成它自己的形状。",
    "An operand that was broadcast has its share summed to its own shape.",
)
CLAUSES, SENTENCES = Words("；", "; "), Words("", " ")  # what stands between two of them

MOST_NODES = 150


@dataclass(frozen=True)
class Figure:
    """One drawing in two languages; the keys are "zh" and "en", and another language raises KeyError."""

    drawings: dict[str, str]
    alternatives: dict[str, str]
    captions: dict[str, str]

    def svg(self, lang: str) -> str:
        """The drawing: a well-formed `<svg>` element."""
        return self.drawings[lang]

    def alt(self, lang: str) -> str:
        """What the drawing shows, in plain text."""
        return self.alternatives[lang]

    def html(self, lang: str) -> str:
        """The drawing and its caption, if it has one, as a `<figure>`."""
        caption = self.captions[lang]
        below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
        return f'<figure class="gl-figure">{self.svg(lang)}{below}</figure>'

    def __str__(self) -> str:
        return self.alt("en")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        zh, en = ({"text/html": self.html(lang), "text/plain": self.alt(lang)} for lang in LANGUAGES)
        return bilingual(zh, en)


def draw_graph(graph: Graph) -> Figure:
    """Return the drawing of a graph that `record` recorded.

    Raises ValueError where the graph has more nodes than a reader could follow.
    """
    if len(graph.nodes) > MOST_NODES:
        raise ValueError(
            f"draw_graph() draws at most {MOST_NODES} nodes; this graph has {len(graph.nodes)}. "
            "Record the loss of a smaller model."
        )
    key = hashlib.sha256(repr(graph).encode()).hexdigest()[:10]
    alternatives = {lang: _walk(graph, lang) for lang in LANGUAGES}
    return Figure(
        {lang: _draw(graph, lang, f"gl-graph-{key}-{lang}", alternatives[lang]) for lang in LANGUAGES},
        alternatives,
        {lang: _caption(graph, lang) for lang in LANGUAGES},
    )


# Words: the walk as a sentence, and the caption below the drawing -----------------------------------------------------


def _walk(graph: Graph, lang: str) -> str:
    """The graph in chains, every edge in exactly one; a chain ends at a leaf or where the walk has been before."""
    called = _called(graph)
    if not graph.recorded:
        return NOWHERE[lang].format(called[0])
    ahead = {node.id: [edge.end for edge in graph.edges if edge.start == node.id] for node in graph.nodes}
    chains, open_ends, seen = [], [0], {0}
    while open_ends:
        start = open_ends[-1]
        if not ahead[start]:
            open_ends.pop()
            continue
        chain = [start]
        while ahead[chain[-1]]:
            chain.append(ahead[chain[-1]].pop(0))
            if chain[-1] in seen:
                break
            seen.add(chain[-1])
            open_ends.append(chain[-1])
        chains.append(" ← ".join(called[i] for i in chain))
    sentences = [WALK[lang].format(CLAUSES[lang].join(chains))]
    sentences += [MEET[lang].format(called[i], count) for i, count in _meetings(graph).items()]
    return SENTENCES[lang].join(sentences)


def _called(graph: Graph) -> dict[int, str]:
    """What the text calls each node: its name, numbered where another node has the same."""
    names = {node.id: _title(node) for node in graph.nodes}
    called = {}
    for i, name in names.items():
        same = [j for j in names if names[j] == name]
        called[i] = name if len(same) == 1 else f"{name} #{same.index(i) + 1}"
    return called


def _title(node: Node) -> str:
    if node.kind in ("leaf", "loss"):
        shape = "" if node.kind == "loss" and not node.shape else f" {node.shape}"
        return f"{node.variable or node.name}{shape}"
    return node.name


def _meetings(graph: Graph) -> dict[int, int]:
    """How many gradients meet at each node where more than one does."""
    counts = {node.id: sum(edge.end == node.id for edge in graph.edges) for node in graph.nodes}
    return {i: count for i, count in counts.items() if count > 1}


def _caption(graph: Graph, lang: str) -> str:
    if not graph.recorded:
        return ""
    said = [ARROWS]
    said += [SUMS] if _meetings(graph) else []
    said += [BROADCAST] if any(node.broadcasts for node in graph.nodes) else []
    return SENTENCES[lang].join(words[lang] for words in said)


# Text in boxes: how wide it is, and where it breaks -------------------------------------------------------------------

INK, SOFT = "var(--gl-ink, currentColor)", "var(--gl-soft, currentColor)"
CARD, WASH, LINE = "var(--gl-card, none)", "var(--gl-wash, none)", "var(--gl-line, #8888)"
ACCENT, BAD = "var(--gl-accent, #1d9a73)", "var(--gl-bad, #d9534f)"
MONO = "ui-monospace, SFMono-Regular, 'Cascadia Code', 'JetBrains Mono', Menlo, Consolas, monospace"


def text_width(text: str, size: float, mono: bool = False) -> float:
    """A generous estimate of the width of one line: 1 em for a CJK character, about 0.6 em for a Latin one."""
    return size * sum(_em(character, mono) for character in text)


def _em(character: str, mono: bool) -> float:
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    if mono:
        return 0.62
    if character in " .,:;'()[]|/ijlt":
        return 0.42
    return 0.86 if character in "−+=<>@·ΣσmwMW" else 0.7 if character.isupper() else 0.62


_PIECES = re.compile(r" *(?:[\u4e00-\u9fff][，。；：]?|(?:[−+] )?(?:\([^()]*\)|[^\s\u4e00-\u9fff])+)")


@dataclass(frozen=True)
class _Line:
    text: str
    size: float
    colour: str = SOFT
    mono: bool = False
    bold: bool = False

    @property
    def width(self) -> float:
        return text_width(self.text, self.size, self.mono)

    @property
    def height(self) -> float:
        return 1.5 * self.size

    def wrapped(self, limit: float = 260) -> list[_Line]:
        """In lines no wider than `limit`, broken before words, terms and Chinese characters."""
        lines = [""]
        for piece in _PIECES.findall(self.text):
            if lines[-1] and text_width(lines[-1] + piece, self.size, self.mono) > limit:
                lines.append(piece.lstrip())
            else:
                lines[-1] += piece
        return [replace(self, text=line) for line in lines]


def _lines(node: Node, recorded: bool, lang: str) -> list[_Line]:
    """What the box of a node says. Names and formulas are the same in both languages."""
    if node.kind == "loss":
        words = NO_GRAPH if not recorded else START if math.prod(node.shape or ()) == 1 else NOT_SCALAR
        said = _Line(words[lang], 12, SOFT if recorded else BAD)
        return [_Line(_title(node), 14, INK, mono=True, bold=True), *said.wrapped(340)]
    if node.kind == "leaf":
        name = [_Line(node.name, 11, mono=True)] if node.variable else []
        grad = _Line(f"{node.variable or ''}.grad += G", 12, INK, mono=True)
        return [_Line(_title(node), 13, ACCENT, mono=True, bold=True), grad, *name]
    torch_name = _Line(node.name, 12, INK, mono=True, bold=True)
    if node.kind == "unknown":
        return [torch_name, *_Line(UNKNOWN[lang], 12).wrapped()]
    formula = _Line(node.formula or "", 14, INK).wrapped()
    handed = [_Line(words[lang], 12) for words in node.hands_on]
    return [torch_name, *formula, *(line for text in handed for line in text.wrapped())]


# Layout: rows from the loss downwards; in a row, boxes and the bends of passing edges side by side --------------------

PADDING, BESIDE, BETWEEN, MARGIN = 12, 16, 54, 4
RADIUS = 8  # of the ⊕ above a node where several edges meet


@dataclass(eq=False)
class _Item:
    """A box, or (without lines) a bend. `x` is the centre and `y` the top."""

    row: int
    width: float
    height: float = 0
    lines: Sequence[_Line] = ()
    x: float = 0
    y: float = 0
    above: list[_Item] = field(default_factory=list)
    below: list[_Item] = field(default_factory=list)

    @property
    def meeting(self) -> bool:
        return bool(self.lines) and len(self.above) > 1


@dataclass(frozen=True)
class _Layout:
    boxes: dict[int, _Item]  # by node id
    routes: list[tuple[Edge, list[_Item]]]  # an edge and what it leads through: box, bends, box
    bottoms: list[float]  # where each row ends
    width: float
    height: float


def _arranged(graph: Graph, lang: str) -> _Layout:
    depths = _depths(graph)
    rows: list[list[_Item]] = [[] for _ in range(max(depths.values()) + 1)]
    boxes = {}
    for node in graph.nodes:
        lines = _lines(node, graph.recorded, lang)
        width = math.ceil(max(line.width for line in lines) + 2 * PADDING)
        height = math.ceil(sum(line.height for line in lines) + 1.4 * PADDING)
        boxes[node.id] = _Item(depths[node.id], width, height, lines)
        rows[depths[node.id]].append(boxes[node.id])
    routes = []
    for edge in graph.edges:
        start, end = boxes[edge.start], boxes[edge.end]
        bends = [_Item(row, 2 * PADDING) for row in range(start.row + 1, end.row)]
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
    return _Layout(boxes, routes, bottoms, right, bottoms[-1] + MARGIN)


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


def _ordered(rows: list[list[_Item]]) -> list[list[_Item]]:
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


def _wanted(item: _Item, down: bool) -> float:
    """Where the neighbours above (or below) would have an item; without any, where it is."""
    if down and item.above:
        return _mean([_port(upper, item) for upper in item.above])
    if not down and item.below:
        return _mean([lower.x for lower in item.below])
    return item.x


def _port(upper: _Item, lower: _Item) -> float:
    """Where the edge to `lower` leaves `upper`: its edges leave side by side."""
    count = len(upper.below)
    step = min(32, (upper.width - 2 * PADDING) / count)
    return upper.x + step * (upper.below.index(lower) - (count - 1) / 2)


def _crossings(row: list[_Item]) -> int:
    links = [(upper.x, lower.x) for upper in row for lower in upper.below]
    return sum((a[0] - b[0]) * (a[1] - b[1]) < 0 for a, b in combinations(links, 2))


def _settle(row: list[_Item], wanted: list[float]) -> None:
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


# Drawing --------------------------------------------------------------------------------------------------------------


def _draw(graph: Graph, lang: str, key: str, alternative: str) -> str:
    layout = _arranged(graph, lang)
    width, height = math.ceil(layout.width), math.ceil(layout.height)
    svg = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "lang": lang,
            "role": "img",
            "aria-labelledby": f"{key}-title",
            "aria-describedby": f"{key}-desc",
            "viewBox": f"0 0 {width} {height}",
            "style": f"display:block;width:100%;max-width:{width}px;height:auto;margin:0 auto",
        },
    )
    ET.SubElement(svg, "title", {"id": f"{key}-title"}).text = TITLE[lang]
    ET.SubElement(svg, "desc", {"id": f"{key}-desc"}).text = alternative
    tip = {"id": f"{key}-tip", "viewBox": "0 0 8 8", "refX": "7", "refY": "4", "orient": "auto"}
    marker = ET.SubElement(svg, "marker", {**tip, "markerWidth": "7", "markerHeight": "7"})
    ET.SubElement(marker, "path", {"d": "M0 0.5 8 4 0 7.5z", "fill": SOFT})
    for edge, route in layout.routes:
        _draw_edge(svg, edge, route, layout, f"url(#{key}-tip)")
    for node in graph.nodes:
        _draw_box(svg, node, layout.boxes[node.id])
    return ET.tostring(svg, encoding="unicode")


def _draw_edge(svg: ET.Element, edge: Edge, route: list[_Item], layout: _Layout, tip: str) -> None:
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
    line = {"d": d, "fill": "none", "stroke": SOFT, "stroke-width": "1.3", "marker-end": tip}
    ET.SubElement(svg, "path", {"data-edge": name, **line})
    if edge.operand:
        side = -1 if leaving < start.x else 1
        letter = _Line(edge.operand, 12)
        place = leaving + side * 6, start.y + start.height + 13
        _draw_line(svg, letter, *place, anchor="end" if side < 0 else "start")


def _leaving(edge: Edge, layout: _Layout) -> float:
    """Where an edge leaves its box: side by side with the others, in the order of where they go."""
    start = layout.boxes[edge.start]
    others = sorted((r[1].x, e.slot) for e, r in layout.routes if e.start == edge.start)
    mine = next((r[1].x, e.slot) for e, r in layout.routes if e is edge)
    step = min(32, (start.width - 2 * PADDING) / len(others))
    return start.x + step * (others.index(mine) - (len(others) - 1) / 2)


def _arriving(edge: Edge, layout: _Layout) -> tuple[float, float, float, float]:
    """Where an edge ends, and the direction it comes from: the top of the box, or the rim of its ⊕."""
    end = layout.boxes[edge.end]
    if not end.meeting:
        return end.x, end.y - 1, 0.0, -1.0
    others = sorted((r[-2].x, e.start, e.slot) for e, r in layout.routes if e.end == edge.end)
    mine = next((r[-2].x, e.start, e.slot) for e, r in layout.routes if e is edge)
    angle = math.radians(110) * (others.index(mine) / (len(others) - 1) - 0.5)
    towards = math.sin(angle), -math.cos(angle)
    return end.x + RADIUS * towards[0], end.y - 2 * RADIUS + RADIUS * towards[1], *towards


def _draw_box(svg: ET.Element, node: Node, box: _Item) -> None:
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
        _draw_line(group, line, box.x, y + 0.74 * line.height, anchor="middle")
        y += line.height


def _draw_line(parent: ET.Element, line: _Line, x: float, y: float, anchor: str) -> None:
    text = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor, "font-size": str(line.size)}
    text |= {"fill": line.colour}
    text |= {"font-family": MONO} if line.mono else {}
    text |= {"font-weight": "600"} if line.bold else {}
    ET.SubElement(parent, "text", text).text = line.text
