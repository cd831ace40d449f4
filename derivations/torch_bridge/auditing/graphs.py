"""The graph of one backward(), with what each of its nodes computed, was handed and handed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from torch import Tensor

from .. import vendor
from ..graph.record import Graph, Numbers, walked
from ..recording.passes import Pass, Visit
from ..recording.recording import Recording
from .forward import forward_of
from .nodes import NodeAccount
from .seen import Seen, seen
from .sums import dense
from .unchecked import Unchecked


def with_numbers(recording: Recording, one: Pass, nodes: Sequence[NodeAccount]) -> Graph:
    """The graph that a pass walked, from where it began; `nodes` are the accounts of its nodes."""
    later = {node for visit in one.visits for node, _ in visit.node.next_functions}
    roots = [visit.node for visit in one.visits if visit.node not in later]
    begun = [_numbers(recording, visit, {}) for visit in one.visits if visit.node in roots]
    first = begun[0].value if len(begun) == 1 else None
    graph, ids = walked(roots, () if first is None else first.shape, recording.names)
    accounts = {each.number: each for each in nodes}
    found = {ids[visit.node]: _numbers(recording, visit, accounts) for visit in one.visits if visit.node in ids}
    found[0] = Numbers(first, handed=tuple(each.arrived for each in begun))
    for edge in graph.edges:  # what a leaf is, the operation that took it knows
        if edge.end in found and found[edge.end].value is None and edge.slot < len(found[edge.start].operands):
            found[edge.end] = replace(found[edge.end], value=found[edge.start].operands[edge.slot])
    return replace(graph, nodes=tuple(replace(node, numbers=found.get(node.id)) for node in graph.nodes))


def _numbers(recording: Recording, visit: Visit, accounts: Mapping[int, NodeAccount]) -> Numbers:
    call = recording.call_of(visit.node)
    number = vendor.number(visit.node)
    account = None if number is None else accounts.get(number)
    try:
        operands = [None if each is None else each.value for each in forward_of(call).operands]
    except Unchecked:
        operands = []
    results = [] if call is None else [each for each in call.results if isinstance(each, Tensor)]
    return Numbers(
        _seen(results[0]) if results else None,
        _seen(visit.arrived[0]) if visit.arrived else None,
        tuple(map(_seen, operands)),
        tuple(map(_seen, visit.handed)),
        None if account is None else account.verdict,
    )


def _seen(tensor: Any) -> Seen | None:
    return None if tensor is None else seen(dense(tensor))
