"""How a step is called, and with what: arguments are looked at before anything runs."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from torch import Tensor

NAMES = ("model", "criterion", "batches")
#: What a step is given by position, by how many arguments it takes.
BY_POSITION: dict[int, tuple[str, ...]] = {0: (), 1: ("batches",), 2: ("model", "batches"), 3: NAMES}


def taken(step: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a step is given, by position and by name."""
    if not callable(step):
        raise TypeError(f"step must be a function that runs forward and backward; given {shown(step)}.")
    if inspect.isclass(step):
        name = step.__name__
        raise TypeError(f"step is the class {name}, a call of which makes an object. Give a method, {name}(…).step.")
    try:
        parameters = list(inspect.signature(step).parameters.values())
    except (TypeError, ValueError):
        return NAMES, ()
    named = [
        parameter for parameter in parameters if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    by_name = tuple(
        parameter.name for parameter in named if parameter.name in NAMES and parameter.kind != parameter.POSITIONAL_ONLY
    )
    needed = [each.name for each in named if each.default is each.empty]
    if by_name and set(needed) <= set(by_name):
        return (), by_name
    positional = [
        parameter.name
        for parameter in named
        if parameter.default is parameter.empty and parameter.kind != parameter.KEYWORD_ONLY
    ]
    places = BY_POSITION.get(len(positional))
    at_home = places is not None and all(
        name == place for name, place in zip(positional, places, strict=True) if name in NAMES
    )
    if places is None or not at_home or len(positional) < len(needed):
        raise TypeError(
            f"step takes ({', '.join(needed)}), and what these are cannot be told. Call them model, criterion and "
            "batches, any of them in any order; or take (batches), (model, batches) or (model, criterion, batches) "
            "by position, or nothing."
        )
    return places, ()


def listed(batches: Any) -> list[Any]:
    example = "Give a list of (inputs, targets), one pair for each micro-batch."
    if isinstance(batches, Tensor | str | bytes | Mapping) or not isinstance(batches, Iterable):
        raise TypeError(f"batches is {shown(batches)}. {example}")
    found = list(batches)
    for place, each in enumerate(found, 1):
        if not isinstance(each, tuple | list) or len(each) != 2:
            if isinstance(each, Mapping):
                one, other = map(repr, each) if len(each) == 2 else ("…", "…")
                raise TypeError(
                    f"batch {place} is a dict of {', '.join(map(repr, each))}, and no pair. Say which are inputs and "
                    f"targets: [(each[{one}], each[{other}]) for each in batches]; a step that closes over its own "
                    "batches may keep its dicts."
                )
            many = f"{len(each)} things" if isinstance(each, tuple | list) else shown(each)
            raise TypeError(f"batch {place} is {many}, and no pair. {example}")
    return found


def shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 and not isinstance(value, Tensor) else f"a {type(value).__name__}"
