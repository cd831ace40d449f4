"""Record the graph that `loss.backward()` is about to walk, as plain data.

`record` starts at `loss.grad_fn` and follows `next_functions`, so the result is torch's own graph, not
a drawing of the model. Each operation carries what it computes and what its backward hands on, printed from the
derivations in `operations`; G is the gradient that arrives, `@` multiplies matrices, `·` element by element. The
formulas hold for real tensors; options such as alpha and reduction are read from the node, which saved them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch

from ... import operations
from ...operations.base import Operation
from ...verdict import Verdict
from ...wording import Words
from .. import vendor
from ..auditing.seen import Seen
from .described import described

Kind = Literal["loss", "operation", "leaf", "unknown"]


@dataclass(frozen=True)
class Numbers:
    """What a node computed in one step, and the gradients that came and went, small tensors in full.

    `operands` and `handed` have a place for each slot: what the operand was, and what it was handed.
    """

    value: Seen | None = None  # what it computed; of a leaf, the tensor itself
    arrived: Seen | None = None
    operands: tuple[Seen | None, ...] = ()
    handed: tuple[Seen | None, ...] = ()
    verdict: Verdict | None = None  # of what it handed on, by its account


@dataclass(frozen=True)
class Node:
    """One value or operation of a graph."""

    id: int
    name: str  # as torch names it: "AddmmBackward0", "AccumulateGrad"; "loss" for the loss itself
    kind: Kind
    shape: tuple[int, ...] | None = None  # of the loss and of a leaf
    variable: str | None = None  # of a leaf, where `names` knows it
    formula: str | None = None
    named: tuple[str, ...] = ()  # what the formulas call by a name, and the numbers in them
    hands_on: tuple[Words, ...] = ()  # what its backward gives to each operand
    operands: tuple[str, ...] = ()  # their letters
    broadcasts: bool = False  # an operand may have been broadcast: its share is summed to its own shape
    called: Words | None = None  # an operation in words
    number: int | None = None  # its place in the forward, as torch counts
    numbers: Numbers | None = None  # in an account; a graph that was only recorded has none


@dataclass(frozen=True)
class Edge:
    """`start` hands a gradient to `end`, which made its input number `slot`, named `operand`."""

    start: int
    end: int
    slot: int
    operand: str = ""  # empty where the operation has one operand, or is unknown


@dataclass(frozen=True)
class Graph:
    """What `backward()` walks: `nodes`, of which node 0 is the loss, and the `edges` between them, as plain data.

    Where `recorded` is False there is no graph behind the loss, and `backward()` would raise.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    recorded: bool


def record(loss: torch.Tensor, names: Mapping[str, torch.Tensor] | torch.nn.Module | None = None) -> Graph:
    """Return the graph behind `loss`, a tensor of any shape; every node of it appears once.

    `names` (a module stands for its named parameters) gives the leaves their names, by identity; of two
    names for one tensor the first counts. Raises TypeError if `loss` or a named value is not a tensor.
    """
    if not isinstance(loss, torch.Tensor):
        raise TypeError(f"record() takes the loss as a torch.Tensor; got {type(loss).__name__}.")
    named = _by_identity(names)
    shape = tuple(loss.shape)
    if not loss.requires_grad:
        return Graph((Node(0, "loss", "loss", shape),), (), recorded=False)
    return walked([torch.autograd.graph.get_gradient_edge(loss).node], shape, named)[0]


def walked(roots: Sequence[Any], shape: tuple[int, ...], named: Mapping[int, str]) -> tuple[Graph, dict[Any, int]]:
    """The graph behind a loss of that shape, which leads to these nodes of torch, and the id of each of its nodes.

    `named` has the names of leaves, by identity.
    """
    nodes = {0: Node(0, "loss", "loss", shape)}
    ids: dict[Any, int] = {root: place for place, root in enumerate(roots, start=1)}
    edges = [Edge(0, place, slot) for slot, place in enumerate(ids.values())]
    waiting = [*reversed(roots)]
    while waiting:
        function = waiting.pop()
        inputs = [following for following, _ in function.next_functions]
        node, operands = _read(function, ids[function], tuple(i is not None for i in inputs), named)
        nodes[node.id] = node
        for slot, (following, operand) in enumerate(zip(inputs, operands, strict=True)):
            if following is None:
                continue
            if following not in ids:
                ids[following] = len(ids) + 1
                waiting.append(following)
            edges.append(Edge(node.id, ids[following], slot, operand))
    in_order = sorted(edges, key=lambda edge: (edge.start, edge.slot))
    return Graph(tuple(nodes[i] for i in sorted(nodes)), tuple(in_order), recorded=True), ids


def _by_identity(names: Mapping[str, torch.Tensor] | torch.nn.Module | None) -> dict[int, str]:
    if not isinstance(names, torch.nn.Module | Mapping | None):
        raise TypeError(f"names must be a module, or map names to tensors; got {type(names).__name__}.")
    named = dict(names.named_parameters()) if isinstance(names, torch.nn.Module) else dict(names or {})
    found: dict[int, str] = {}
    for name, tensor in named.items():
        if not isinstance(tensor, torch.Tensor):
            raise TypeError(f"names must map to tensors; {name!r} is a {type(tensor).__name__}.")
        found.setdefault(id(tensor), name)
    return found


def _read(function: Any, index: int, live: tuple[bool, ...], named: Mapping[int, str]) -> tuple[Node, list[str]]:
    """One autograd node as data, and the letter of each of its operands; `live` marks those that want G."""
    name = function.name().rpartition("::")[2]
    nameless = [""] * len(live)
    if name == "AccumulateGrad":
        leaf = function.variable
        return Node(index, name, "leaf", tuple(leaf.shape), named.get(id(leaf))), nameless
    number = vendor.number(function)
    found = described(function)
    letters = [] if found is None else _letters(found.operation, live)
    if found is None or not letters:
        return Node(index, name, "unknown", number=number), nameless
    wanted = dict(zip(letters, live, strict=True))
    alone = len(live) == 1
    said = tuple(found.hands_on(letter, alone) if wanted[letter] else _unwanted(letter) for letter in wanted if letter)
    return (
        Node(
            index,
            name,
            "operation",
            formula=found.formula,
            named=found.named,
            hands_on=said,
            operands=tuple(letter for letter in wanted if letter),
            broadcasts=found.broadcasts and not alone,
            called=found.operation.called,
            number=number,
        ),
        nameless if alone else letters,
    )


def _letters(operation: Operation, live: tuple[bool, ...]) -> list[str]:
    """The letter of the operand in each slot; none at all where the operation does not speak of one that wants G.

    Operands that were not given have slots too. What is joined is any number of tensors, each of them an A.
    """
    letters = [*operation.wrt]
    if isinstance(operation, operations.Concatenate):
        return letters * len(live)
    if len(letters) > len(live) or any(live[len(letters) :]):
        return []
    return letters + [""] * (len(live) - len(letters))


def _unwanted(letter: str) -> Words:
    return Words(f"{letter} 不需要梯度", f"{letter} needs no gradient")
