"""Values that are kept as they are now, although a later call may write to the memory they stand in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

#: A list or dict that holds a tensor, and where.
Place = tuple[Any, Any]


class Kept:
    """Knows who holds which memory, and gives each holder a copy before that is written to. `copied` counts these."""

    def __init__(self) -> None:
        self.copied = 0
        self._holders: dict[int, list[Place]] = {}

    def hold(self, box: Any) -> None:
        """From now on, the tensors in a list or dict, and in lists in it, become copies before their memory changes.

        Tuples in it are replaced by lists.
        """
        for place, value in [*(box.items() if isinstance(box, dict) else enumerate(box))]:
            if isinstance(value, Tensor):
                if value.layout == torch.strided and value.numel():
                    self._holders.setdefault(memory(value), []).append((box, place))
            elif isinstance(value, list | tuple) and any(isinstance(each, Tensor) for each in value):
                box[place] = [*value]
                self.hold(box[place])

    def before_writing(self, tensors: Iterable[Tensor]) -> None:
        """Call this before the memory of these tensors changes."""
        for each in tensors:
            if each.layout != torch.strided or not each.numel():
                continue
            for box, place in self._holders.pop(memory(each), ()):
                box[place] = box[place].clone()
                self.copied += 1


def memory(tensor: Tensor) -> int:
    """Where a tensor's memory begins, all of it: no other begins there while somebody holds it."""
    return tensor.untyped_storage().data_ptr()
