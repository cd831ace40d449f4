"""A step of several processes: their batches together, and parameters that each holds a part of."""

from __future__ import annotations

import hashlib
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn


class Ranks:
    """The processes of a group, as they are asked by every one of them at once; one process where there is no group."""

    def __init__(self, group: Any = None):
        self.group = group
        together = dist.is_available() and dist.is_initialized()
        if group is not None and not together:
            raise ValueError("group is given, but torch.distributed is not initialised: call init_process_group first.")
        self.rank = dist.get_rank(group) if together else 0
        self.count = dist.get_world_size(group) if together else 1
        if self.rank < 0:
            raise ValueError("this process is no member of the group that is given.")

    def gathered(self, own: Any) -> list[Any]:
        """What each process has, in the order of ranks."""
        if self.count == 1:
            return [own]
        found: list[Any] = [None] * self.count
        dist.all_gather_object(found, own, group=self.group)
        return found

    def require_one_model(self, layer: nn.Linear) -> None:
        """Raise ValueError where the processes have parameters of other values: they differentiate other losses."""
        digest = hashlib.sha256()
        for each in layer.parameters():
            digest.update(each.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
        other = [rank for rank, each in enumerate(self.gathered(digest.hexdigest())) if each != digest.hexdigest()]
        if other:
            raise ValueError(
                f"the parameters of rank {self.rank} and rank {other[0]} differ, so there is no gradient that both "
                "could have. Wrap the model in DistributedDataParallel, which broadcasts them, or give a group of one "
                "process, dist.new_group([rank]), to check a process alone."
            )


def whole(tensor: Tensor) -> Tensor:
    """A tensor that processes hold parts of, as FSDP's, put together; any other as it is."""
    return tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor


def linear_of(model: nn.Module) -> nn.Linear | None:
    """The one linear layer in it."""
    found = [each for each in model.modules() if isinstance(each, nn.Linear)]
    return found[0] if len(found) == 1 else None


def unsharded(model: Any) -> Any:
    """A model of torch's own classes in place of one whose parameters are sharded; any other as it is."""
    if not isinstance(model, nn.Module) or not any(hasattr(each, "full_tensor") for each in model.parameters()):
        return model
    if isinstance(model, nn.Sequential):
        return nn.Sequential(*map(unsharded, model))
    if isinstance(model, nn.Linear):
        return linear(whole(model.weight.detach()), None if model.bias is None else whole(model.bias.detach()))
    inner = [unsharded(each) for each in model.children()]
    return inner[0] if len(inner) == 1 else model


def linear(weight: Tensor, bias: Tensor | None) -> nn.Linear:
    """A layer with these parameters; no random number is drawn for it."""
    classes, features = weight.shape
    layer = nn.Linear(features, classes, bias=bias is not None, device="meta")
    layer.weight = nn.Parameter(weight)
    if bias is not None:
        layer.bias = nn.Parameter(bias)
    return layer
