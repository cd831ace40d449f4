"""A formula within a sentence as plain text, for where HTML cannot be shown."""

from __future__ import annotations

import unicodedata
from xml.etree import ElementTree

LONGEST = 24
ELLIPSIS = "…"
_RELATIONS = "=≠<>≤≥≈≡∼∈←→⇒"


def formula_text(rendering: str) -> str:
    """A formula within a sentence, as KaTeX renders it, as plain text; an ellipsis if that could not be read.

    >>> formula_text("<math><mi>y</mi><mo>=</mo><msub><mi>x</mi><mi>i</mi></msub></math>")
    'y = x_i'
    """
    mathml = rendering[rendering.index("<math") : rendering.index("</math>")] + "</math>"
    text = _plain(ElementTree.fromstring(mathml))
    text = text.replace("\N{FUNCTION APPLICATION}(", "(").replace("\N{FUNCTION APPLICATION}", " ").replace(": =", " :=")
    return ELLIPSIS if ELLIPSIS in text or len(text) > LONGEST else text


def _plain(node: ElementTree.Element) -> str:
    parts = [*filter(None, [node.text]), *map(_plain, node)]
    match node.tag.rpartition("}")[2], parts:
        case "annotation", _:
            return ""
        case ("mtable" | "munder" | "munderover", _) | ("mo", ["∑" | "∏" | "∫"]):
            return ELLIPSIS
        case "mo", [sign] if sign and sign in _RELATIONS:
            return f" {sign} "
        case "mfrac", [above, below]:
            return f"{_factor(above)}/{_factor(below)}"
        case "msub", [base, index]:
            return ELLIPSIS if "_" in index else f"{base}_{index}"
        case "msup", [base, power]:
            return base + (power if power in "⊤′∗" else f"^{power}")
        case "mover", [base, "^"]:
            return unicodedata.normalize("NFC", base + "\N{COMBINING CIRCUMFLEX ACCENT}")
    return "".join(parts)


def _factor(text: str) -> str:
    """With the brackets that a fraction's bar stands for."""
    return text if text.isdigit() or len(text) == 1 or text.startswith("∂") else f"({text})"
