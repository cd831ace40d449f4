"""Which module a call came from: a stack of those whose forward runs now."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from torch.utils.hooks import RemovableHandle

from .. import vendor


class Modules:
    """Knows the innermost module that runs, by its name in the model, or after its class where it is none of it."""

    def __init__(self, model: nn.Module | None = None):
        self._names: dict[int, str] = {}
        self._held: list[nn.Module] = []  # so that no other module gets the identity of one that is gone
        self._running: list[str] = []
        self._thread = threading.get_ident()
        self._apart: list[nn.Module] = []
        if model is not None:
            self._learn(model, "")
            # torch.compile warns of hooks that every module has; where it made one, its own have them, and no others.
            if any(vendor.compiled(each) is not None for each in model.modules()):
                self._apart = [*model.modules()]

    @property
    def innermost(self) -> str:
        """Its name, as "encoder.0.norm1"; "" for the model itself, and where no module runs."""
        return self._running[-1] if self._running else ""

    @contextmanager
    def followed(self) -> Iterator[None]:
        """While this runs, the modules that are called on this thread are known."""
        handles: list[RemovableHandle] = []
        for each in self._apart:
            handles.append(each.register_forward_pre_hook(self._begins))
            handles.append(each.register_forward_hook(self._ends, always_call=True))
        if not self._apart:
            handles.append(register_module_forward_pre_hook(self._begins))
            handles.append(register_module_forward_hook(self._ends, always_call=True))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _begins(self, module: nn.Module, *_: Any) -> None:
        if threading.get_ident() != self._thread:
            return
        if id(module) not in self._names:
            self._learn(module, type(module).__name__)
        self._running.append(self._names[id(module)])

    def _ends(self, *_: Any) -> None:
        if threading.get_ident() == self._thread and self._running:
            self._running.pop()

    def _learn(self, module: nn.Module, name: str) -> None:
        for inside, each in module.named_modules(prefix=name):
            self._names.setdefault(id(each), inside)
            self._held.append(each)
