"""How a formula uses its names: y may be labels or their one-hot, which shows in what is done with it."""

from __future__ import annotations

from collections.abc import Iterator

from ..reading.nodes import Choice, Define, Loop, Node, Statements, expressions

#: Functions of labels.
OF_LABELS = frozenset(("one_hot", "onehot", "gather", "take_along_axis", "scatter", "scatter_", "take", "enumerate"))
ARITHMETIC = frozenset(("+", "-", "*", "/", "@", "beside", "neg", "T"))
LABEL, MATRIX, OTHER = "label", "matrix", "other"


def uses(statements: Statements) -> dict[str, set[str]]:
    """For each name, whether it stands as an index, as a term or a factor, or elsewhere."""
    found: dict[str, set[str]] = {}
    for whole in expressions(statements):
        for name, use in _of(whole):
            found.setdefault(name, set()).add(use)
    for values in _iterated(statements):
        found.setdefault(values, set()).add(LABEL)
    return found


def _of(whole: Node) -> Iterator[tuple[str, str]]:
    """Each name and what is done with it; what is in an index is labels however deep it stands."""
    waiting = [(whole, OTHER, False)]
    while waiting:
        node, use, indexes = waiting.pop()
        if node.kind in ("name", "call"):
            yield node.word, LABEL if indexes else use
        for place, part in enumerate((*node.parts, *(value for _, value in node.options))):
            own = (node.kind == "at" and place > 0) or (node.kind == "call" and node.word in OF_LABELS)
            waiting.append((part, MATRIX if node.kind in ARITHMETIC else OTHER, indexes or own))


def _iterated(statements: Statements) -> Iterator[str]:
    """The names that loops run over."""
    for each in statements:
        match each:
            case Loop(_, values, body):
                yield from [values.word] if values.kind == "name" else []
                yield from _iterated(body)
            case Choice(_, body, other):
                yield from (*_iterated(body), *_iterated(other))
            case Define(_, _, _, body):
                yield from _iterated(body)
