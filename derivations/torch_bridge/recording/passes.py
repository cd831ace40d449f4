"""One walk of backward() through a graph: what each node was handed, and what it handed on.

A hook after each node sees both. What meets at a node arrives there already summed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from .kept import Kept

#: A place for each, None where there is no gradient.
Gradients = list[Tensor | None]


@dataclass(eq=False)
class Visit:
    """A node that ran: `arrived` has a place for each of its results, `handed` one for each of its operands."""

    node: Any
    arrived: Gradients
    handed: Gradients


@dataclass(eq=False)
class Pass:
    """One call of backward(): the nodes that ran, in that order."""

    visits: list[Visit] = field(default_factory=list)


def graph_of(roots: Iterable[Tensor]) -> list[Any]:
    """The nodes that lead to some tensors, each once; none of those that want no gradient."""
    waiting = [torch.autograd.graph.get_gradient_edge(root).node for root in roots if root.requires_grad]
    seen = dict.fromkeys(waiting)
    while waiting:
        for node, _ in waiting.pop().next_functions:
            if node is not None and node not in seen:
                seen[node] = None
                waiting.append(node)
    return [*seen]


@contextmanager
def watched(roots: Iterable[Tensor], kept: Kept) -> Iterator[Pass]:
    """While this runs, what a backward from `roots` does is noted. It changes no gradient."""
    found = Pass()

    def watch(node: Any) -> Any:
        def after(handed: tuple[Tensor | None, ...], arrived: tuple[Tensor | None, ...]) -> None:
            visit = Visit(node, _detached(arrived), _detached(handed))
            kept.hold(visit.arrived)
            kept.hold(visit.handed)
            found.visits.append(visit)

        return node.register_hook(after)

    handles = [watch(node) for node in graph_of(roots)]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def backward_watched(kept: Kept, ended: Callable[[Pass], None]) -> Iterator[None]:
    """While this runs, every `backward()` and `torch.autograd.grad` is watched, and `ended` is told each of them."""
    autograd: Any = torch.autograd
    originals = {name: getattr(autograd, name) for name in ("backward", "grad")}

    def wrapped(original: Callable[..., Any]) -> Callable[..., Any]:
        def run(roots: Any, *args: Any, **kwargs: Any) -> Any:
            with watched(_in_a_row(roots), kept) as found:
                out = original(roots, *args, **kwargs)
            ended(found)
            return out

        return run

    for name, original in originals.items():
        setattr(autograd, name, wrapped(original))
    try:
        yield
    finally:
        for name, original in originals.items():
            setattr(autograd, name, original)


def _in_a_row(roots: Any) -> list[Tensor]:
    if isinstance(roots, Tensor):
        return [roots]
    items = [*(roots.values() if isinstance(roots, dict) else roots)]
    return [each for each in items if isinstance(each, Tensor)]


def _detached(gradients: Iterable[Tensor | None]) -> Gradients:
    return [None if each is None else each.detach() for each in gradients]
