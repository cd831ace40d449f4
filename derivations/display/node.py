"""One node of an account: what it computes, what came and went as formulas and numbers, and how that was checked."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import zip_longest

from ..looks import Bundle, register
from ..torch_bridge.auditing.compared import Share
from ..torch_bridge.auditing.nodes import NodeAccount
from ..torch_bridge.auditing.seen import Seen
from ..torch_bridge.graph.described import Described, as_node
from ..verdict import AGREES
from ..wording import Words
from ..words import columns
from .bundle import bundle, inline
from .checks import STATUS, check, check_html, check_of, painted
from .colour import NO_COLOUR, Colour
from .derivation import derivation_html
from .marks import minus
from .tensors import tensor_text

COMPUTES = Words("计算", "computes")
VALUE = Words("前向的值", "value")
ARRIVED = Words("传来的 G", "G that arrived")
HANDED = Words("传给 {}", "to {}")
MODULE = Words("模块", "module")
CHECKED = Words("核对", "checked")
DERIVATION = Words("推导：{}", "The derivation: {}")


def described(node: NodeAccount) -> Described | None:
    """The formulas of a node that was checked against derived ones."""
    return None if node.operation is None else as_node(node.name, node.operation, node.numbers, node.ones)


def values_of(node: NodeAccount) -> list[Seen]:
    """What it computed, as far as a gradient arrived there: a norm returns its means too, which nobody uses."""
    pairs = zip_longest(node.results, node.arrived)
    return [value for value, came in pairs if value is not None and came is not None]


def is_quiet(node: NodeAccount) -> bool:
    """Nothing is to be said of what is derived and agrees."""
    return node.status == "derived" and node.verdict == AGREES


def node_text(node: NodeAccount, lang: str, colour: Colour = NO_COLOUR) -> str:
    """Everything about one node, for a terminal."""
    found = check_of(node)
    where = f"   {node.module}" if node.module else ""
    head = f"{painted(found, colour)} {colour.title(node.name)}{where}   {painted(found, colour, found.words[lang])}"
    return "\n".join([head, *columns(node_rows(node, lang, colour), colour.quiet)])


def node_rows(node: NodeAccount, lang: str, colour: Colour = NO_COLOUR) -> list[tuple[str, str]]:
    """What is said of a node, as names and what they are."""
    formulas = described(node)
    rows: list[tuple[str, str]] = []
    if formulas is not None:
        rows += zip_longest([COMPUTES[lang]], [formulas.formula, *formulas.named], fillvalue="")
    rows += [(VALUE[lang], tensor_text(each)) for each in values_of(node)]
    rows += [(ARRIVED[lang], tensor_text(each)) for each in node.arrived if each is not None]
    for share in node.shares:
        form = None if formulas is None else formulas.written.shares.get(share.operand)
        formula = "" if form is None else f"{minus(form.plain[1])} = "
        sign = painted(check(share.verdict, node.status), colour)
        rows.append((HANDED[lang].format(share.operand), f"{sign} {formula}{tensor_text(share.handed)}"))
        rows += [("", colour.bad(each) if share.wrong else each) for each in said_of(share, lang)]
    return [*rows, (CHECKED[lang], how_checked(node, lang))]


def how_checked(node: NodeAccount, lang: str) -> str:
    """In which way, and why in no better one."""
    said = STATUS[node.status][lang]
    more = [_LIST[lang].join(node.parts)] if node.parts else []
    more += [node.reason[lang]] if node.reason is not None else []
    if node.forward > 1:
        more.append(_OFF[lang].format(f"{node.forward:.3g}"))
    return said + "".join((f"（{each}）" if lang == "zh" else f" ({each})") for each in more)


_LIST = Words("、", ", ")
_OFF = Words(
    "按定义算出的结果与记录下来的不同，差了误差界的 {} 倍",
    "its definition gives another result than was recorded, {} times the bound away",
)


def said_of(share: Share, lang: str) -> Iterator[str]:
    """What is to be said of a share, beside its numbers."""
    if share.wrong:
        at = f"{share.operand}[{', '.join(map(str, share.worst))}]"
        expected, got = (minus(f"{each:.7g}") for each in (share.expected, share.got))
        yield (
            f"{share.entries} 个元素里有 {share.wrong} 个不对：{at} 应为 {expected}，传出的是 {got}，误差界 "
            f"{minus(f'{share.bound:.2g}')}"
            if lang == "zh"
            else f"{share.wrong} of {share.entries} entries wrong: {at} should be {expected}, handed on was {got}, "
            f"bound {minus(f'{share.bound:.2g}')}"
        )
    if share.diagnosis is not None:
        yield share.diagnosis.sentence[lang]
    if share.untold:
        yield (
            f"{share.untold} 个元素不是有限的数，看不出对错"
            if lang == "zh"
            else f"{share.untold} entries are no finite numbers, of which nothing can be told"
        )
    if share.corners:
        yield (
            f"{share.corners} 个元素恰在拐点上，斜率取哪一侧都算对"
            if lang == "zh"
            else f"{share.corners} entries stand at a corner, where either slope is right"
        )


# HTML -----------------------------------------------------------------------------------------------------------------


def node_html(node: NodeAccount, lang: str) -> str:
    """The node by itself, with the derivation of each share folded below."""
    derivations = "".join(
        f'<details class="gl-lemma"><summary>{DERIVATION[lang].format(escape(share.derivation.title[lang]))}</summary>'
        f"{derivation_html(share.derivation, lang)}</details>"
        for share in node.shares
        if share.derivation is not None
    )
    found = check_of(node)
    head = f'<p class="gl-audit-head"><b>{escape(node.name)}</b> <span class="{found.kind}">{found.sign} '
    return f'<div class="gl-audit">{head}{found.words[lang]}</span></p>{node_table(node, lang)}{derivations}</div>'


def node_summary(node: NodeAccount, lang: str) -> str:
    """One line: the sign, the name and the formula."""
    found, formulas = check_of(node), described(node)
    formula = "" if formulas is None else f' <span class="gl-equation">{inline(_equation(formulas))}</span>'
    word = "" if is_quiet(node) else f' <span class="{found.kind}">{found.words[lang]}</span>'
    return f"{check_html(found, lang)} <code>{escape(node.name)}</code>{formula}{word}"


def node_table(node: NodeAccount, lang: str) -> str:
    """What the node computes, and what came and went."""
    formulas = described(node)
    rows = [(MODULE[lang], f"<code>{escape(node.module)}</code>")] if node.module else []
    if formulas is not None:
        rows.append((COMPUTES[lang], "".join(f"<div>{inline(each)}</div>" for each in _equations(formulas))))
    rows += [(VALUE[lang], _numbers(each)) for each in values_of(node)]
    rows += [(ARRIVED[lang], _numbers(each)) for each in node.arrived if each is not None]
    rows += [_share_row(share, node, formulas, lang) for share in node.shares]
    rows.append((CHECKED[lang], escape(how_checked(node, lang))))
    body = "".join(f'<tr><th scope="row">{name}</th><td>{said}</td></tr>' for name, said in rows)
    return f'<div style="overflow-x:auto"><table class="gl-table gl-node">{body}</table></div>'


def _share_row(share: Share, node: NodeAccount, formulas: Described | None, lang: str) -> tuple[str, str]:
    form = None if formulas is None else formulas.written.shares.get(share.operand)
    formula = "" if form is None else f"<div>{inline(form.latex[1])}</div>"
    found = check(share.verdict, node.status)
    said = "".join(f"<p>{escape(each)}</p>" for each in said_of(share, lang))
    numbers = f"<div>{check_html(found, lang)} {_numbers(share.handed)}</div>"
    operand = inline(form.latex[0]) if form is not None else f"<code>{escape(share.operand)}</code>"
    return HANDED[lang].format(operand), f"{formula}{numbers}{said}"


def _equation(found: Described) -> str:
    return " = ".join(found.written.definition.latex)


def _equations(found: Described) -> list[str]:
    stages = [" = ".join(each.latex) for each in found.written.stages]
    return [_equation(found), *stages, *found.numbers_latex]


def _numbers(seen: Seen) -> str:
    return f'<span class="gl-num">{escape(tensor_text(seen))}</span>'


def _bundle(node: NodeAccount) -> Bundle:
    return bundle(lambda lang: node_html(node, lang), lambda lang: node_text(node, lang))


register(NodeAccount, node_text, _bundle)
