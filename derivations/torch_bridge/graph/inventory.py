"""Which of torch's nodes an operation describes, and which none does: those are listed, not hidden."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...operations import of_node
from ...wording import Words
from .. import vendor

#: Of more than one kind of tensor, or of what autograd itself does: "SliceBackward0_copy".
_NAME = re.compile(r"\w+?Backward(?P<again>Backward)?(?P<other>Autograd\w+?)?\d+(?P<copy>_copy)?")


@dataclass(frozen=True)
class Missing:
    """Nodes without an operation: what they have in common, in both languages, and torch's names for them."""

    words: Words
    names: tuple[str, ...]


def described() -> tuple[str, ...]:
    """The nodes that an operation describes, in alphabetical order."""
    return tuple(name for name in nodes() if of_node(name))


def missing() -> tuple[Missing, ...]:
    """The nodes that none describes, by what they are for."""
    left = [found for found in _named() if not of_node(found[0])]
    again = {found[0] for found in left if found["again"]}
    other = {found[0] for found in left if found["other"] or found["copy"]} - again
    groups = (
        (Words("其余的", "the others"), {found[0] for found in left} - again - other),
        (
            Words("反向的反向，求二阶导数时才会出现", "those of second derivatives"),
            again,
        ),
        (Words("嵌套张量的，以及视图改成复制的", "those of nested tensors, and of views that are copied"), other),
    )
    return tuple(Missing(words, tuple(sorted(names))) for words, names in groups)


def nodes() -> tuple[str, ...]:
    """Every node that torch's derivatives.yaml describes, in alphabetical order."""
    return tuple(found[0] for found in _named())


def _named() -> list[re.Match[str]]:
    return [found for name in sorted(vendor.node_names()) if (found := _NAME.fullmatch(name))]
