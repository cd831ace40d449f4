"""A node is checked, by the best of the ways that are open."""

from __future__ import annotations

from functools import partial
from typing import Any

from torch import Tensor

from ...words import Words
from .. import vendor
from ..recording.passes import Visit
from ..recording.recording import Recording
from ..recording.views import made_anew
from . import derived, numeric, parts
from .nodes import NodeAccount
from .seen import seen
from .sums import dense
from .unchecked import Unchecked


def checked(recording: Recording, visit: Visit, walk: int, exact: bool = False) -> NodeAccount:
    """The account of one node that ran; with `exact`, against exact values where its shares are derived."""
    node, call = visit.node, recording.call_of(visit.node)
    arrived = [None if each is None else dense(each) for each in visit.arrived]
    handed = [None if each is None else dense(each) for each in visit.handed]
    name, module = name_and_module(recording, node)
    call = made_anew(node, handed) if call is None else call
    found = NodeAccount(
        name=name,
        call="" if call is None else call.name,
        module=module,
        number=vendor.number(node) or 0,
        walk=walk,
        arrived=tuple(None if each is None else seen(each) for each in arrived),
        results=tuple(seen(each) if isinstance(each, Tensor) else None for each in (call.results if call else ())),
    )
    reasons: list[Words] = []
    for way in (partial(derived.checked, exact=exact), parts.checked, numeric.checked):
        try:
            return way(found, call, arrived, handed).because(reasons)
        except Unchecked as why:
            reasons.append(why.words)
    return found.because(reasons)


def is_leaf(node: Any) -> bool:
    """Whether a node adds what arrives to the `.grad` of a tensor."""
    return bool(node.name().endswith("AccumulateGrad"))


def name_and_module(recording: Recording, node: Any) -> tuple[str, str]:
    """What a node is called, and the module that called its operation; a leaf by its name and that of its module."""
    if is_leaf(node):
        name = recording.leaf(node.variable)
        return name or "a leaf", name.rpartition(".")[0]
    call = recording.call_of(node)
    return node.name().rpartition("::")[2], "" if call is None else call.module
