"""Run the printed code: compile its text once, call it with arrays by name."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import torch
from torch import Tensor

from .in_place import frugal


@cache
def compiled(source: str, name: str) -> Callable[..., Any]:
    """The function `name` that `source` defines."""
    namespace: dict[str, Any] = {"torch": torch, "math": math}
    text = frugal(source) if name == "gradients" else source
    exec(compile(text, f"<closed form: {name}>", "exec"), namespace)
    return namespace[name]


def call(source: str, name: str, arrays: Mapping[str, Tensor]) -> Any:
    """Call the function `name` of `source` with those of `arrays` that it names as arguments."""
    with torch.no_grad():
        return compiled(source, name)(*[arrays[argument] for argument in _arguments(source, name)])


@cache
def _arguments(source: str, name: str) -> tuple[str, ...]:
    return tuple(inspect.signature(compiled(source, name)).parameters)
