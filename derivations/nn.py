"""Criteria that torch lacks, as modules: `dv.nn.FocalLoss(gamma=2.0)(outputs, targets)`.

As people write them, and called as those of torch.nn are; `dir(dv.nn)` lists them. `explain` and everything else takes
them in the place of a criterion of torch.
"""

from __future__ import annotations

from torch.nn import Module

from .torch_bridge.criteria import registry


def __getattr__(name: str) -> type[Module]:
    """The module of that name, among those that are registered."""
    if name not in __dir__():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}. It has {', '.join(__dir__())}.")
    return next(each.module for each in registry.criteria() if each.name == name)


def __dir__() -> list[str]:
    return sorted(each.name for each in registry.criteria() if not each.is_of_torch)
