"""The operations there are. A module of this package registers its own; whoever lists operations asks here."""

from __future__ import annotations

import re
from typing import TypeVar

from .base import Operation

Kind = TypeVar("Kind", bound=type[Operation])

_REGISTERED: dict[str, type[Operation]] = {}


def register(kind: Kind) -> Kind:
    """Make an operation known, by its key; a decorator of its class. Raises ValueError where the key is taken."""
    key = key_of(kind)
    if key in _REGISTERED:
        raise ValueError(f"{kind.__name__}: there is an operation {key} already. Call the class otherwise.")
    _REGISTERED[key] = kind
    return kind


def registered() -> dict[str, type[Operation]]:
    """Every operation by its key, such as "layer-norm", in the order in which they were registered."""
    return dict(_REGISTERED)


def of_node(name: str) -> tuple[type[Operation], ...]:
    """The operations that describe torch's nodes of this name, such as "MmBackward0"; none where there are none."""
    return tuple(kind for kind in _REGISTERED.values() if name in kind.nodes)


def key_of(kind: type[Operation]) -> str:
    """The name of an operation on a command line: layer-norm for LayerNorm."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", kind.__name__).lower()
