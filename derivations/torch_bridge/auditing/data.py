"""What an account consists of as plain data, as JSON takes it. What is no finite number is None there."""

from __future__ import annotations

import math
from typing import Any

from ...words import LANGUAGES, Words
from ..accounts.exact_values import show
from .compared import Share
from .nodes import NodeAccount
from .sums import Changed

VERSION = 1


def node_data(node: NodeAccount) -> dict[str, Any]:
    """A node: what it is called and where it ran, how it was checked, what came and went."""
    return {
        "name": node.name,
        "call": node.call,
        "module": node.module,
        "number": node.number,
        "walk": node.walk,
        "status": node.status,
        "verdict": node.verdict,
        "operation": None if node.operation is None else str(node.operation),
        "definition": _number(node.forward),
        "reason": None if node.reason is None else words_data(node.reason),
        "parts": [*node.parts],
        "results": [None if each is None else each.data() for each in node.results],
        "arrived": [None if each is None else each.data() for each in node.arrived],
        "shares": [_share(each) for each in node.shares],
    }


def _share(share: Share) -> dict[str, Any]:
    return {
        "operand": share.operand,
        "slot": share.slot,
        "verdict": share.verdict,
        "handed": share.handed.data(),
        **{name: getattr(share, name) for name in ("entries", "wrong", "untold", "blunt", "corners")},
        "worst": [*share.worst],
        **{name: _number(getattr(share, name)) for name in ("part", "got", "expected", "bound")},
        "exact": [show(each) for each in share.exact],
        "from_exact": {side: _number(part) for side, part in share.from_exact.items()},
        "diagnosis": None if share.diagnosis is None else share.diagnosis.data(),
    }


def changed_data(edge: Changed) -> dict[str, Any]:
    """An edge at which something else arrived than was handed on."""
    numbers = {name: _number(getattr(edge, name)) for name in ("got", "expected", "bound")}
    return {"node": edge.node, "module": edge.module, "index": [*edge.index], **numbers}


def words_data(words: Words) -> dict[str, str]:
    """By language."""
    return {lang: words[lang] for lang in LANGUAGES}


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
