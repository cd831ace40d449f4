"""What a drawing of a graph says: in its boxes, below it, and as a sentence for those who cannot see it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..display.marks import MARKS
from ..display.tensors import tensor_text
from ..verdict import DISAGREES
from ..wording import Words
from .text import ACCENT, BAD, INK, SOFT, Line

if TYPE_CHECKING:
    from ..torch_bridge.auditing.seen import Seen
    from ..torch_bridge.graph.record import Graph, Node

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
HANDED = Words("传给 {} 的梯度是 {}", "hands {} the gradient {}")
NUMBERS = Words("各处的数：", "The numbers: ")
COMMA, STOP = Words("，", ", "), Words("。", ".")
CHECKED = Words(
    "绿色的数是梯度，其余的是前向的值；✓ 表示传下去的每一份梯度都与推导出的公式对得上。",
    "Numbers in green are gradients, the others values of the forward pass; ✓ says that each gradient handed on agrees "
    "with its derived formula.",
)
CLAUSES, SENTENCES = Words("；", "; "), Words("", " ")  # what stands between two of them


def walk(graph: Graph, lang: str) -> str:
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
    sentences += [MEET[lang].format(called[i], count) for i, count in meetings(graph).items()]
    sentences += [said] if (said := numbered(graph, lang)) else []
    return SENTENCES[lang].join(sentences)


def _called(graph: Graph) -> dict[int, str]:
    """What the text calls each node: its name, numbered where another node has the same."""
    names = {node.id: title(node) for node in graph.nodes}
    called = {}
    for i, name in names.items():
        same = [j for j in names if names[j] == name]
        called[i] = name if len(same) == 1 else f"{name} #{same.index(i) + 1}"
    return called


def title(node: Node) -> str:
    if node.kind in ("leaf", "loss"):
        shape = "" if node.kind == "loss" and not node.shape else f" {node.shape}"
        return f"{node.variable or node.name}{shape}"
    return node.name


def meetings(graph: Graph) -> dict[int, int]:
    """How many gradients meet at each node where more than one does."""
    counts = {node.id: sum(edge.end == node.id for edge in graph.edges) for node in graph.nodes}
    return {i: count for i, count in counts.items() if count > 1}


def caption(graph: Graph, lang: str) -> str:
    if not graph.recorded:
        return ""
    said = [ARROWS]
    said += [SUMS] if meetings(graph) else []
    said += [CHECKED] if any(node.numbers and node.numbers.verdict for node in graph.nodes) else []
    said += [BROADCAST] if any(node.broadcasts for node in graph.nodes) else []
    return SENTENCES[lang].join(words[lang] for words in said)


def lines_of(node: Node, recorded: bool, lang: str) -> list[Line]:
    """What the box of a node says. Names and formulas are the same in both languages."""
    value = _tensor_lines("= ", node.numbers.value if node.numbers else None)
    if node.kind == "loss":
        words = NO_GRAPH if not recorded else START if math.prod(node.shape or ()) == 1 else NOT_SCALAR
        said = Line(words[lang], 12, SOFT if recorded else BAD)
        return [Line(title(node), 14, INK, mono=True, bold=True), *value, *said.wrapped(340)]
    if node.kind == "leaf":
        name = [Line(node.name, 11, mono=True)] if node.variable else []
        grad = Line(f"{node.variable or ''}.grad += G", 12, INK, mono=True)
        arrived = _tensor_lines("G = ", node.numbers.arrived if node.numbers else None, ACCENT)
        return [Line(title(node), 13, ACCENT, mono=True, bold=True), *value, grad, *arrived, *name]
    torch_name = _checked_name(node)
    if node.kind == "unknown":
        return [torch_name, *Line(UNKNOWN[lang], 12).wrapped(), *value]
    formula = Line(node.formula or "", 14, INK).wrapped()
    named = [line for text in node.named for line in Line(text, 12, INK).wrapped()]
    handed = [line for slot in range(len(node.hands_on)) for line in _handed(node, slot, lang)]
    return [torch_name, *formula, *named, *value, *handed]


def _checked_name(node: Node) -> Line:
    """A node's name, in an account with the sign of its verdict."""
    verdict = node.numbers and node.numbers.verdict
    sign = f"{MARKS[verdict][0]} " if verdict else ""
    return Line(f"{sign}{node.name}", 12, BAD if verdict == DISAGREES else INK, mono=True, bold=True)


def _handed(node: Node, slot: int, lang: str) -> list[Line]:
    """What an operand is handed, with its number; of one that is handed nothing, what it is itself."""
    said = Line(node.hands_on[slot][lang], 12).wrapped()
    if node.numbers is None:
        return said
    handed, operand = _at(node.numbers.handed, slot), _at(node.numbers.operands, slot)
    if handed is not None:
        return [*said, *_tensor_lines("= ", handed, ACCENT)]
    return [*said, *_tensor_lines(f"{operand_of(node, slot)} = ", operand)]


def operand_of(node: Node, slot: int) -> str:
    return node.operands[slot] if slot < len(node.operands) else ""


def _at(tensors: tuple[Seen | None, ...], slot: int) -> Seen | None:
    return tensors[slot] if slot < len(tensors) else None


def _tensor_lines(before: str, seen: Seen | None, colour: str = INK) -> list[Line]:
    """A tensor, in small figures of one width."""
    return [] if seen is None else Line(f"{before}{tensor_text(seen)}", 11, colour, mono=True).wrapped(300)


def numbered(graph: Graph, lang: str) -> str:
    """The numbers of a drawing in sentences, node by node; none where it has none."""
    called = _called(graph)
    said = []
    for node in graph.nodes:
        numbers = node.numbers
        if numbers is None:
            continue
        parts = [] if numbers.value is None else [f"{called[node.id]} = {tensor_text(numbers.value)}"]
        for edge in graph.edges:
            handed = _at(numbers.handed, edge.slot) if edge.start == node.id else None
            if handed is not None:
                parts.append(HANDED[lang].format(called[edge.end], tensor_text(handed)))
        said += [COMMA[lang].join(parts)] if parts else []
    return f"{NUMBERS[lang]}{CLAUSES[lang].join(said)}{STOP[lang]}" if said else ""
