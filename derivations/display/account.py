"""The account of a step: torch's graph, folded by module, with a sign for each node; each opens to its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from ..looks import Bundle, register
from ..torch_bridge.auditing.account import Account
from ..torch_bridge.auditing.nodes import NodeAccount
from ..torch_bridge.auditing.sums import Changed
from ..verdict import AGREES, CANNOT_TELL, DISAGREES, Verdict, every
from ..wording import Words
from ..words import columns, wide
from .bundle import bundle
from .checks import OTHERS, STATUS, Check, check_html, check_of, check_of_all, painted
from .colour import NO_COLOUR, Colour
from .marks import minus
from .node import described, is_quiet, node_rows, node_summary, node_table, values_of
from .tensors import tensor_text

#: Boxes of so short an account are open; in a terminal, those of so long a one are a line each, if nothing is wrong.
SHORT, LONG = 12, 60
#: A tensor of more entries is a shape and a norm where a node is one line.
FEW = 3
#: More boxes than these are folded once more, by the modules around them.
BOXES = 16
FEET: dict[Verdict, Words] = {
    AGREES: Words("每个节点都对得上", "Every node agrees"),
    DISAGREES: Words("有节点对不上", "Not every node agrees"),
    CANNOT_TELL: Words("有节点看不出对错", "Of some nodes nothing can be told"),
}
ITSELF = Words("（不在子模块里）", "(in no submodule)")
NOTHING = Words("这里没有一个节点", "There is no node here")


@dataclass(frozen=True)
class Box:
    """Nodes of one module that ran in a row, or `boxes` inside of one."""

    module: str
    nodes: tuple[NodeAccount, ...]
    boxes: tuple[Box, ...] = ()

    @property
    def check(self) -> Check:
        found = {check_of(each) for each in self.nodes}
        return found.pop() if len(found) == 1 else check_of_all(every(each.verdict for each in self.nodes))

    @property
    def quiet(self) -> bool:
        return all(map(is_quiet, self.nodes))

    def named(self, lang: str) -> str:
        return self.module or ITSELF[lang]


def folded(nodes: Sequence[NodeAccount]) -> tuple[Box, ...]:
    """A box for each module, in the order of the forward; where there are many, inside of those around them."""
    boxes = tuple(Box(module, tuple(inside)) for module, inside in groupby(nodes, key=lambda each: each.module))
    if len(boxes) <= BOXES:
        return boxes
    paths = [box.module.split(".") for box in boxes]
    for depth in range(1, max(map(len, paths)) + 1):
        outer = [".".join(path[:depth]) for path in paths]
        groups = [
            (module, [box for _, box in inside])
            for module, inside in groupby(zip(outer, boxes, strict=True), key=lambda each: each[0])
        ]
        if len(groups) > 2:
            return tuple(_around(module, inside) for module, inside in groups)
    return boxes


def _around(module: str, boxes: Sequence[Box]) -> Box:
    if len(boxes) == 1:
        return boxes[0]
    return Box(module, tuple(node for box in boxes for node in box.nodes), tuple(boxes))


def account_text(account: Account, lang: str, colour: Colour = NO_COLOUR) -> str:
    """A line for each node in columns, those of a long account folded, and what there is to say; for a terminal."""
    short = len(account.nodes) <= LONG
    lines = [f"{painted(check_of_all(account.verdict), colour)} {_head(account, lang)}"]
    for box in folded(account.nodes):
        lines += _box_lines(box, lang, colour, short)
    lines += [f"{painted(OTHERS[DISAGREES], colour)} {_of_edge(each, lang)}" for each in account.changed]
    return "\n".join([*lines, *(colour.quiet(each[lang]) for each in _notes(account))])


def _box_lines(box: Box, lang: str, colour: Colour, short: bool, indent: str = "  ") -> Iterator[str]:
    yield f"{indent}{painted(box.check, colour)} {colour.title(box.named(lang))}   {_counted(box.nodes, lang)}"
    if box.quiet and not short:
        return
    for inside in box.boxes:
        yield from _box_lines(inside, lang, colour, short, indent + "  ")
    if not box.boxes:
        rows = [_cells(node, lang) for node in box.nodes]
        widths = [max(wide(cells[place]) for cells in rows) for place in range(len(rows[0]))]
        for node, cells in zip(box.nodes, rows, strict=True):
            found = check_of(node)
            padded = [f"{cell}{'':<{width - wide(cell)}}" for cell, width in zip(cells, widths, strict=True)]
            word = painted(found, colour, found.words[lang])
            yield f"{indent}    {painted(found, colour)} {'  '.join(padded)}  {word}"
            if not is_quiet(node):
                yield from (f"{indent}      {line}" for line in columns(node_rows(node, lang, colour), colour.quiet))


def _cells(node: NodeAccount, lang: str) -> tuple[str, ...]:
    formulas = described(node)
    value = next(iter(values_of(node)), None)
    arrived = next((each for each in node.arrived if each is not None), None)
    return (
        node.name,
        "" if formulas is None else formulas.formula,
        "" if value is None else tensor_text(value, FEW),
        "" if arrived is None else f"G: {tensor_text(arrived, FEW)}",
    )


def _head(account: Account, lang: str) -> str:
    if not account.nodes:
        return NOTHING[lang]
    return f"{FEET[account.verdict][lang]}{'：' if lang == 'zh' else ': '}{_counted(account.nodes, lang)}"


def _counted(nodes: Sequence[NodeAccount], lang: str) -> str:
    counts = {status: sum(each.status == status for each in nodes) for status in STATUS}
    there = [(status, count) for status, count in counts.items() if count]
    if lang == "zh":
        head = f"{len(nodes)} 个节点"
        if len(there) == 1:
            return f"{head}，{'都' if len(nodes) > 1 else ''}{STATUS[there[0][0]].zh}"
        return head + "".join(f"，{count} 个{STATUS[status].zh}" for status, count in there)
    head = f"{len(nodes)} node{'s' if len(nodes) > 1 else ''}"
    if len(there) == 1:
        return f"{head}, {'all ' if len(nodes) > 1 else ''}{STATUS[there[0][0]].en}"
    return head + "".join(f", {count} {STATUS[status].en}" for status, count in there)


def _of_edge(edge: Changed, lang: str) -> str:
    got, expected = (minus(f"{each:.7g}") for each in (edge.got, edge.expected))
    at = f"[{', '.join(map(str, edge.index))}]"
    if lang == "zh":
        return f"{edge.node}：收到的不是传出的梯度之和，元素 {at} 应为 {expected}，收到 {got}（张量上有 hook？）"
    return (
        f"{edge.node}: what arrives is not the sum of what was handed on; entry {at} should be {expected}, and is "
        f"{got} (a hook on a tensor?)"
    )


def _notes(account: Account) -> Iterator[Words]:
    if (first := account.first_nan) is not None:
        zh, en = (f"，在模块 {first.module} 里", f", in {first.module}") if first.module else ("", "")
        yield Words(
            f"第一个传出 nan 或无穷大的节点：{first.name}{zh}。",
            f"The first node to hand on nan or an infinity: {first.name}{en}.",
        )
    if corners := sum(each.corners for each in account.nodes):
        yield Words(
            f"{corners} 个元素恰在拐点上，那里斜率取哪一侧只是约定。",
            f"{corners} entries stand at a corner, where the slope is a matter of convention.",
        )
    if told := [share.from_exact for each in account.nodes for share in each.shares if share.from_exact]:
        torch, formula = (f"{max(each[side] for each in told):.2g}" for side in ("torch", "formula"))
        yield Words(
            f"与精确值比过：torch 最多差到误差界的 {torch} 倍，公式最多 {formula} 倍。",
            f"Compared with exact values: torch is off by at most {torch} of its bound, the formula by {formula}.",
        )
    yield from account.notes


# HTML -----------------------------------------------------------------------------------------------------------------


def account_html(account: Account, lang: str) -> str:
    """A box for each module, which opens to its nodes, and these to their numbers; where something is wrong, open."""
    found, short = check_of_all(account.verdict), len(account.nodes) <= SHORT
    boxes = "".join(_box_html(each, lang, short) for each in folded(account.nodes))
    edges = "".join(
        f"<p>{check_html(OTHERS[DISAGREES], lang)} {escape(_of_edge(each, lang))}</p>" for each in account.changed
    )
    notes = "".join(f'<p class="gl-legend">{escape(each[lang])}</p>' for each in _notes(account))
    foot = FEET[account.verdict][lang] if account.nodes else NOTHING[lang]
    count = f" <span>{escape(_counted(account.nodes, lang))}</span>" if account.nodes else ""
    head = f'<p class="gl-audit-head"><span class="{found.kind}">{found.sign} {foot}</span>{count}</p>'
    return f'<div class="gl-audit">{head}{boxes}{edges}{notes}</div>'


def _box_html(box: Box, lang: str, short: bool) -> str:
    inside = "".join(_box_html(each, lang, short) for each in box.boxes)
    nodes = "" if box.boxes else "".join(_node_html(each, lang) for each in box.nodes)
    counted = f"<span>{escape(_counted(box.nodes, lang))}</span>"
    summary = f"{check_html(box.check, lang)} <b>{escape(box.named(lang))}</b> {counted}"
    is_open = " open" if short or not box.quiet else ""
    return f'<details class="gl-box"{is_open}><summary>{summary}</summary>{inside}{nodes}</details>'


def _node_html(node: NodeAccount, lang: str) -> str:
    is_open = "" if is_quiet(node) else " open"
    inside = f"<summary>{node_summary(node, lang)}</summary>{node_table(node, lang)}"
    return f'<details class="gl-box"{is_open}>{inside}</details>'


def _bundle(account: Account) -> Bundle:
    return bundle(lambda lang: account_html(account, lang), lambda lang: account_text(account, lang))


register(Account, account_text, _bundle)
