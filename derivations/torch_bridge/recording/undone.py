"""A call that is made again leaves nothing behind: memory that it writes to, and that was there before, is put back."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from .. import vendor
from .kept import memory
from .recorder import written_by


class Undone(vendor.DispatchMode):
    """While it is entered, memory that was there before is copied before it is written to; at the end it is as it was.

    So a forward with a state of its own, as batch norm's running mean, may be run again.
    """

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[int, Tensor] = {}
        self._before: dict[int, tuple[Any, Any]] = {}

    def __torch_dispatch__(
        self, operation: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        for each in filter(_has_memory, written_by(operation, args, kwargs or {})):
            if memory(each) not in self._made and memory(each) not in self._before:
                storage = each.untyped_storage()
                self._before[memory(each)] = storage, storage.clone()
        out = operation(*args, **(kwargs or {}))
        for each in filter(_has_memory, vendor.leaves(out)[0]):
            if memory(each) not in self._before and not _is_among(each, args):
                self._made[memory(each)] = each
        return out

    def __exit__(self, *raised: Any) -> None:
        super().__exit__(*raised)
        for storage, before in self._before.values():
            storage.copy_(before)


def _has_memory(value: Any) -> bool:
    return isinstance(value, Tensor) and value.layout == torch.strided and value.numel() > 0


def _is_among(made: Tensor, args: tuple[Any, ...]) -> bool:
    """Whether a result is a view of what was given, so that its memory was there before."""
    return any(memory(each) == memory(made) for each in filter(_has_memory, vendor.leaves(args)[0]))
