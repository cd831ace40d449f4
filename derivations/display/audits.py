"""How an account of a step looks, and that of one node: folded by module, and as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from ..index_calculus.printing.plain import Plain
from ..looks import Bundle, register
from ..torch_bridge.auditing.account import Account
from ..torch_bridge.auditing.compared import Share
from ..torch_bridge.auditing.nodes import NodeAccount
from ..torch_bridge.auditing.seen import Seen
from ..torch_bridge.auditing.sums import Changed
from ..verdict import AGREES, CANNOT_TELL, DISAGREES, Verdict, every
from ..wording import Words
from .bundle import bundle, inline
from .colour import NO_COLOUR, Colour
from .marks import MARKS, minus

STATUS = {
    "derived": Words("推导出来的", "derived"),
    "by parts": Words("拆开推导的", "derived by parts"),
    "numeric": Words("只用差分核对过，不是推导", "checked numerically, not derived"),
    "unknown": Words("没有核对", "not checked"),
}
FEET = {
    AGREES: Words("每个节点都对得上", "every node agrees"),
    DISAGREES: Words("有节点对不上", "not every node agrees"),
    CANNOT_TELL: Words("有节点看不出对错", "of some nodes nothing can be told"),
}
ITSELF = Words("（模型本身）", "(the model itself)")
NOTHING = Words("这里没有一个节点", "there is no node here")


def account_text(account: Account, lang: str, colour: Colour = NO_COLOUR) -> str:
    """A line for each module, the nodes that do not agree, and the verdict."""
    lines = [_verdict_line(account, lang, colour)]
    for module, nodes in _by_module(account.nodes).items():
        lines.append(f"{_mark(every(each.verdict for each in nodes), colour)} {_of_module(module, nodes, lang)}")
        lines += [f"    {line}" for node in nodes if not _is_quiet(node) for line in _lines(node, lang, colour)]
    lines += [f"{_mark(DISAGREES, colour)} {_of_edge(each, lang)}" for each in account.changed]
    return "\n".join([*lines, *(colour.quiet(each[lang]) for each in _notes(account))])


def node_text(node: NodeAccount, lang: str, colour: Colour = NO_COLOUR) -> str:
    """Everything about one node."""
    arrived = [each for each in node.arrived if each is not None]
    came = [f"    G: {_shown(each)}" for each in arrived]
    return "\n".join(
        [*_lines(node, lang, colour)[:1], *came, *(f"    {each}" for each in _lines(node, lang, colour)[1:])]
    )


def _is_quiet(node: NodeAccount) -> bool:
    """Nothing is to be said of what is derived and agrees."""
    return node.status == "derived" and node.verdict == AGREES


def _lines(node: NodeAccount, lang: str, colour: Colour) -> list[str]:
    words = [f"{_mark(node.verdict, colour)} {node.name}", STATUS[node.status][lang]]
    if node.parts:
        words.append(("由 " if lang == "zh" else "of ") + ", ".join(node.parts))
    if node.reason is not None:
        words.append(node.reason[lang])
    first = ("，" if lang == "zh" else ", ").join(words[:2]) + "".join(
        f"（{each}）" if lang == "zh" else f" ({each})" for each in words[2:]
    )
    wrong = [] if node.forward <= 1 else [_definition_off(node, lang)]
    return [first, *wrong, *(f"  {each}" for share in node.shares for each in _share_lines(share, lang, colour))]


def _definition_off(node: NodeAccount, lang: str) -> str:
    times = f"{node.forward:.3g}"
    return (
        f"  定义算出的结果和记录下来的不同，差了误差界的 {times} 倍"
        if lang == "zh"
        else f"  the definition gives another result than was recorded, {times} times its bound away"
    )


def _share_lines(share: Share, lang: str, colour: Colour) -> Iterator[str]:
    formula = (
        ""
        if share.derivation is None
        else f" = {Plain(share.derivation.targets, full_limits=False)(share.derivation.result)}"
    )
    yield f"→ {share.operand}{formula}   {_shown(share.handed)}{_corners(share, lang)}"
    if share.wrong:
        at = f"{share.operand}[{', '.join(map(str, share.worst))}]"
        told = (
            f"{share.entries} 个元素里 {share.wrong} 个不对：{at} 应为 {minus(f'{share.expected:.7g}')}，传出的是 "
            f"{minus(f'{share.got:.7g}')}，误差界 {share.bound:.2g}"
            if lang == "zh"
            else f"{share.wrong} of {share.entries} entries wrong: {at} should be {minus(f'{share.expected:.7g}')}, "
            f"handed on was {minus(f'{share.got:.7g}')}, bound {share.bound:.2g}"
        )
        yield colour.bad(told)
    if share.diagnosis is not None:
        yield share.diagnosis.sentence[lang]
    if share.untold:
        yield colour.unsure(
            f"{share.untold} 个元素不是有限的数" if lang == "zh" else f"{share.untold} entries are no finite numbers"
        )


def _corners(share: Share, lang: str) -> str:
    if not share.corners:
        return ""
    return f"（{share.corners} 个元素在拐点上）" if lang == "zh" else f" ({share.corners} entries at a corner)"


def _shown(seen: Seen) -> str:
    """A small tensor in full, else its shape and size."""
    if seen.values is not None:
        return minus(_numbers(seen.values))
    return f"{' × '.join(map(str, seen.shape))}, ‖·‖ = {seen.norm:.4g}"


def _numbers(values: object) -> str:
    return f"[{', '.join(map(_numbers, values))}]" if isinstance(values, list) else f"{values:.4g}"


def _verdict_line(account: Account, lang: str, colour: Colour) -> str:
    said = FEET[account.verdict][lang] if account.nodes else NOTHING[lang]
    return f"{_mark(account.verdict, colour)} {said}{'：' if lang == 'zh' else ': '}{_counted(account.nodes, lang)}"


def _counted(nodes: Sequence[NodeAccount], lang: str) -> str:
    counts = {status: sum(each.status == status for each in nodes) for status in STATUS}
    there = [(status, count) for status, count in counts.items() if count]
    if lang == "zh":
        return f"{len(nodes)} 个节点" + "".join(f"，{count} 个{STATUS[status].zh}" for status, count in there)
    return f"{len(nodes)} nodes" + "".join(f", {count} {STATUS[status].en}" for status, count in there)


def _of_module(module: str, nodes: Sequence[NodeAccount], lang: str) -> str:
    return f"{module or ITSELF[lang]}   {_counted(nodes, lang)}"


def _of_edge(edge: Changed, lang: str) -> str:
    got, expected = (minus(f"{each:.7g}") for each in (edge.got, edge.expected))
    at = f"[{', '.join(map(str, edge.index))}]"
    if lang == "zh":
        return f"{edge.node}：收到的不是传出的梯度之和，元素 {at} 应为 {expected}，收到 {got}（张量上的 hook？）"
    return (
        f"{edge.node}: what arrives is not the sum of what was handed on; entry {at} should be {expected}, and is "
        f"{got} (a hook on a tensor?)"
    )


def _notes(account: Account) -> Iterator[Words]:
    if (first := account.first_nan) is not None:
        where = f" {first.module}" if first.module else ""
        yield Words(
            f"第一个传出 nan 或无穷大的节点：{first.name}{where}。",
            f"The first node to hand on nan or an infinity: {first.name}{where}.",
        )
    if corners := sum(each.corners for each in account.nodes):
        yield Words(
            f"{corners} 个元素恰在拐点上，那里取哪一侧的斜率只是约定。",
            f"{corners} entries stand at a corner, where either slope is right.",
        )
    yield from account.notes


def _by_module(nodes: Sequence[NodeAccount]) -> dict[str, list[NodeAccount]]:
    found: dict[str, list[NodeAccount]] = {}
    for each in nodes:
        found.setdefault(each.module, []).append(each)
    return found


def _mark(verdict: Verdict, colour: Colour) -> str:
    paint = {AGREES: colour.good, DISAGREES: colour.bad}.get(verdict, colour.unsure)
    return paint(MARKS[verdict][0])


# HTML -----------------------------------------------------------------------------------------------------------------


def account_html(account: Account, lang: str) -> str:
    """A box for each module, which opens to its nodes; those with something to say are open."""
    boxes = "".join(
        f"<details{'' if all(map(_is_quiet, nodes)) else ' open'}><summary>"
        f"{_html_mark(every(each.verdict for each in nodes))} {escape(_of_module(module, nodes, lang))}</summary>"
        f"<ul>{''.join(f'<li>{node_html(each, lang)}</li>' for each in nodes)}</ul></details>"
        for module, nodes in _by_module(account.nodes).items()
    )
    edges = "".join(f"<p>{_html_mark(DISAGREES)} {escape(_of_edge(each, lang))}</p>" for each in account.changed)
    notes = "".join(f'<p class="gl-legend">{escape(each[lang])}</p>' for each in _notes(account))
    head = escape(_verdict_line(account, lang, NO_COLOUR)[1:])
    return f'<div class="gl-account"><p>{_html_mark(account.verdict)}{head}</p>{boxes}{edges}{notes}</div>'


def node_html(node: NodeAccount, lang: str) -> str:
    """The node's name and how it was checked, which opens to what it handed on."""
    first, *rest = _lines(node, lang, NO_COLOUR)
    definitions = "".join(f"<p>{escape(each)}</p>" for each in rest[: node.forward > 1])
    came = "".join(f"<p>{inline('G')}: {escape(_shown(each))}</p>" for each in node.arrived if each is not None)
    shares = "".join(f"<li>{_share_html(each, node, lang)}</li>" for each in node.shares)
    return (
        f"<details{'' if _is_quiet(node) else ' open'}><summary>{_html_mark(node.verdict)}{escape(first[1:])}</summary>"
        f"{definitions}{came}<ul>{shares}</ul></details>"
    )


def _share_html(share: Share, node: NodeAccount, lang: str) -> str:
    formula = escape(share.operand) if share.derivation is None else inline(node.latex(share.operand))
    _, *more = _share_lines(share, lang, NO_COLOUR)
    said = "".join(f"<br>{escape(each)}" for each in more)
    return f"{formula} {escape(_shown(share.handed))}{escape(_corners(share, lang))}{said}"


def _html_mark(verdict: Verdict) -> str:
    sign, kind = MARKS[verdict]
    return f'<span class="{kind}">{sign}</span>'


def _account_bundle(account: Account) -> Bundle:
    return bundle(lambda lang: account_html(account, lang), lambda lang: account_text(account, lang))


def _node_bundle(node: NodeAccount) -> Bundle:
    return bundle(lambda lang: node_html(node, lang), lambda lang: node_text(node, lang))


register(Account, account_text, _account_bundle)
register(NodeAccount, node_text, _node_bundle)
