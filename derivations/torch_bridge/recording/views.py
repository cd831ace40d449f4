"""Views that autograd makes anew, after a write to another view of the same tensor: nobody sees a call."""

from __future__ import annotations

from typing import Any

import torch

from .. import vendor
from .calls import Call
from .passes import Gradients

MADE_ANEW = "AsStridedBackward0"


def made_anew(node: Any, handed: Gradients) -> Call | None:
    """The call that such a node stands for, from the options that it saved; None for any other node.

    Its values are unknown, and 0 here: a view's share does not speak of them. The tensor that it is a view of is taken
    to be contiguous.
    """
    if node.name().rpartition("::")[2] != MADE_ANEW or handed[0] is None:
        return None
    size, stride = ([int(each) for each in vendor.saved(node, name)] for name in ("size", "stride"))
    offset = int(vendor.saved(node, "storage_offset") or 0)
    whole = torch.zeros(handed[0].shape, dtype=handed[0].dtype)
    view = whole.as_strided(size, stride, offset)
    return Call(torch.ops.aten.as_strided.default, [whole, size, stride, offset], {}, [view])
