"""The private names of torch that this package reads. Each has its test, which fails when torch moves it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn
from torch.nn.modules import module as every

#: What torch's criteria have in common.
LOSS = nn.modules.loss._Loss


def compiled(module: nn.Module) -> nn.Module | None:
    """The module that torch.compile made this one of; None for any other."""
    return dict(module._modules.items()).get("_orig_mod")  # of a scripted module it is no dict


def is_compiled_function(given: Any) -> bool:
    """Is it what torch.compile made of a function?"""
    return hasattr(given, "_torchdynamo_orig_callable")


def own_parameters(module: nn.Module) -> Mapping[str, nn.Parameter | None]:
    """A module's parameters by name, without those of what it holds; None where it was told to have none."""
    return module._parameters


def forward_pre_hooks(module: nn.Module) -> list[Any]:
    return [*module._forward_pre_hooks.values()]


def forward_hooks(module: nn.Module) -> list[Any]:
    return [*module._forward_hooks.values()]


def global_forward_hooks() -> list[Any]:
    """Those that every module of this process has, before its forward and after it."""
    return [*every._global_forward_pre_hooks.values(), *every._global_forward_hooks.values()]


def backward_hooks(module: nn.Module) -> list[Any]:
    """A module's own, and those of every module, after its backward and before it."""
    return [
        *module._backward_hooks.values(),
        *module._backward_pre_hooks.values(),
        *every._global_backward_hooks.values(),
        *every._global_backward_pre_hooks.values(),
    ]


def tensor_hooks(tensor: Tensor) -> list[Any]:
    """What is called with the tensor's gradient, and after that was accumulated."""
    both = tensor._backward_hooks, getattr(tensor, "_post_accumulate_grad_hooks", None)
    return [hook for hooks in both for hook in (hooks or {}).values()]


def version(tensor: Tensor) -> int:
    """How often a tensor has been changed in place."""
    return tensor._version


def base(tensor: Tensor) -> Tensor | None:
    """The tensor that this one is a view of; None for one with memory of its own."""
    return tensor._base


def saved(node: Any, name: str) -> Any:
    """What a node of the graph keeps for its backward: a tensor or an option, by its name in torch's derivatives.yaml.

    Raises AttributeError for what it does not keep, and RuntimeError for a tensor that `backward()` has freed.
    """
    return getattr(node, f"_saved_{name}")
