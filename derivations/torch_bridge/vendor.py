"""The private names of torch that this package reads. Each has its test, which fails when torch moves it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as every
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map_only, tree_unflatten

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


def node_names() -> tuple[str, ...]:
    """What torch calls the nodes that its derivatives.yaml describes, and a few more: "AddmmBackward0"."""
    return tuple(name for name in vars(torch._C._functions) if "Backward" in name)


# What a step records --------------------------------------------------------------------------------------------------

#: Sees every call below autograd, on the thread that entered it.
DispatchMode = TorchDispatchMode


def next_number() -> int | None:
    """The number of the node that this thread's graph gets next; None where this torch does not tell.

    Without it no node finds its call: a step can then be watched, and its sums compared, but no node is checked.
    """
    ask = getattr(getattr(torch._C, "_autograd", None), "_get_sequence_nr", None)
    return None if ask is None else int(ask())


def number(node: Any) -> int | None:
    """The number that a node got when it was made; None where this torch does not tell."""
    ask = getattr(node, "_sequence_nr", None)
    return None if ask is None else int(ask())


def schema(operation: Any) -> Any:
    """What an operation of torch.ops takes: its name, its arguments with their defaults, which of them it writes to."""
    return operation._schema


def mapped(function: Any, nested: Any) -> Any:
    """Lists, tuples and dicts as they are, with each tensor inside replaced by `function` of it."""
    return tree_map_only(Tensor, function, nested)


def leaves(nested: Any) -> tuple[list[Any], Any]:
    """What lists, tuples and dicts hold, in a row, and what `rebuilt` makes them of again."""
    return tree_flatten(nested)


def rebuilt(items: list[Any], spec: Any) -> Any:
    return tree_unflatten(items, spec)


def function_base() -> Any:
    """The class below torch.autograd.Function, whose inherited `apply` every Function's runs through."""
    return torch.autograd.Function.__mro__[1]


def taken_apart(function: Any, given: list[Tensor]) -> Any:
    """A function of tensors as a graph of torch's core operations, at these values. Raises whatever tracing raises."""
    from torch.fx.experimental.proxy_tensor import make_fx  # takes a second to import

    with torch.no_grad():
        return make_fx(function, decomposition_table=_decompositions())(*given)


def operations_in(graph: Any) -> set[Any]:
    """The operations that a graph of `taken_apart` calls."""
    return {node.target for node in graph.graph.nodes if node.op == "call_function"}


@cache
def _decompositions() -> Any:
    """Torch's core ones, and that of bilinear upsampling, which stands on operations that autograd knows."""
    from torch._decomp import core_aten_decompositions, get_decompositions

    return {**get_decompositions([torch.ops.aten.upsample_bilinear2d]), **core_aten_decompositions()}
