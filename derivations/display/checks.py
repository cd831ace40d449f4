"""How a node of an account was checked, and what came of it: a sign and a word, whatever their colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..verdict import AGREES, CANNOT_TELL, DISAGREES, Verdict
from ..wording import Words
from .colour import Colour

if TYPE_CHECKING:
    from ..torch_bridge.auditing.nodes import NodeAccount, Status


class Check(NamedTuple):
    """A sign, its class in the stylesheet, and what it says."""

    sign: str
    kind: str
    words: Words


#: How many nodes were checked in which way.
STATUS: dict[Status, Words] = {
    "derived": Words("由推导核对", "derived"),
    "by parts": Words("拆成几步核对", "derived by parts"),
    "numeric": Words("只用差分核对", "checked numerically, not derived"),
    "unknown": Words("没有核对", "not checked"),
}
#: Of what agrees.
AGREEING: dict[Status, Check] = {
    "derived": Check("✓", "gl-ok", Words("一致", "agrees")),
    "by parts": Check("✓", "gl-ok", Words("拆成几步后一致", "agrees by parts")),
    "numeric": Check("≈", "gl-ok", Words("差分一致", "agrees numerically")),
}
OTHERS: dict[Verdict, Check] = {
    DISAGREES: Check("✗", "gl-bad", Words("不一致", "disagrees")),
    CANNOT_TELL: Check("?", "gl-unsure", Words("看不出对错", "cannot tell")),
}
UNCHECKED = Check("?", "gl-unsure", Words("没有核对", "not checked"))


def check_of(node: NodeAccount) -> Check:
    """What is said of a node."""
    return check(node.verdict, node.status)


def check(verdict: Verdict, status: Status) -> Check:
    """What is said of a verdict that was found so."""
    if verdict == AGREES:
        return AGREEING[status]
    return UNCHECKED if status == "unknown" else OTHERS[verdict]


def check_of_all(verdict: Verdict) -> Check:
    """What is said of several."""
    return AGREEING["derived"] if verdict == AGREES else OTHERS[verdict]


def painted(found: Check, colour: Colour, text: str | None = None) -> str:
    """The sign, or another text, for a terminal."""
    paint = {"gl-ok": colour.good, "gl-bad": colour.bad}.get(found.kind, colour.unsure)
    return paint(found.sign if text is None else text)


def check_html(found: Check, lang: str) -> str:
    """The sign; read aloud, the word."""
    return f'<span class="{found.kind}" role="img" aria-label="{found.words[lang]}">{found.sign}</span>'
