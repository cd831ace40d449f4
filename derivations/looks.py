"""How a thing looks is registered for its class; so what is shown knows nothing of how.

A derivation, a certificate and the like are `Shown`: `print` and a notebook ask for their looks. A module of `display`
registers them; it is imported when they are first asked for, by the name that the package has given.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

#: What a notebook takes: data by MIME type, and metadata.
Bundle = tuple[dict[str, Any], dict[str, Any]]


class Look(NamedTuple):
    """How the things of one class look: as plain text, in "zh" or "en", and in a notebook, in both."""

    text: Callable[[Any, str], str]
    bundle: Callable[[Any], Bundle]


#: By a class's name, the module that registers its look. `derivations` fills this in, so that no room names one above.
MODULES: dict[str, str] = {}
LOOKS: dict[type, Look] = {}


class Shown:
    """What `print` and a notebook show as it is registered for its class, or for a base of that."""

    def __str__(self) -> str:
        return look_of(type(self)).text(self, "en")

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Bundle:
        return look_of(type(self)).bundle(self)


def register(kind: type, text: Callable[[Any, str], str], bundle: Callable[[Any], Bundle]) -> None:
    """From now on, things of this class look so."""
    LOOKS[kind] = Look(text, bundle)


def look_of(kind: type) -> Look:
    """The look of a class, or of its nearest base that has one. Raises TypeError where none has."""
    for each in kind.__mro__:
        if each not in LOOKS and each.__name__ in MODULES:
            import_module(MODULES[each.__name__])
        if each in LOOKS:
            return LOOKS[each]
    raise TypeError(
        f"{kind.__name__} has no look. Register one: derivations.looks.register({kind.__name__}, text, bundle)."
    )
