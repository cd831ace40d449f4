"""An account as plain data, as JSON takes it: version 1. What is no finite number is None there."""

from __future__ import annotations

import math
from typing import Any

from ...words import LANGUAGES, Words
from .account import Account
from .compared import Share
from .nodes import NodeAccount
from .sums import Changed

VERSION = 1


def account_data(account: Account) -> dict[str, Any]:
    """The verdict, the counts, every node, and the edges at which something was changed."""
    first = account.first_nan
    return {
        "version": VERSION,
        "verdict": account.verdict,
        "counts": account.counts,
        "nodes": [_node(each) for each in account.nodes],
        "changed": [_changed(each) for each in account.changed],
        "first_nan": None if first is None else {"name": first.name, "number": first.number, "module": first.module},
        "notes": [_words(each) for each in account.notes],
        "conditions": dict(account.conditions),
    }


def _node(node: NodeAccount) -> dict[str, Any]:
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
        "reason": None if node.reason is None else _words(node.reason),
        "parts": [*node.parts],
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
        "diagnosis": None if share.diagnosis is None else share.diagnosis.data(),
    }


def _changed(edge: Changed) -> dict[str, Any]:
    numbers = {name: _number(getattr(edge, name)) for name in ("got", "expected", "bound")}
    return {"node": edge.node, "module": edge.module, "index": [*edge.index], **numbers}


def _words(words: Words) -> dict[str, str]:
    return {lang: words[lang] for lang in LANGUAGES}


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
