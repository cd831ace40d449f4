"""What may change a module's forward or backward without showing in its class: hooks, and methods put in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from torch import Tensor, nn
from torch.nn.modules import module as every

from .unsupported import Unsupported


def doubts(module: nn.Module, forward: Callable[..., Any]) -> list[str]:
    """What may make `module` compute something else than `forward`, each by name."""
    found, kind = hooks_of(module), type(module)
    if "forward" in vars(module):
        found.append(f"a forward of its own ({_name(module.forward)})")
    if kind.forward is not forward or kind.__call__ is not nn.Module.__call__:
        found.append(f"the forward of {kind.__module__}.{kind.__qualname__}")
    return found


def hooks_of(module: nn.Module) -> list[str]:
    """The module's forward hooks, each by name."""
    found = [f"a forward pre-hook ({_name(hook)})" for hook in module._forward_pre_hooks.values()]
    return found + [f"a forward hook ({_name(hook)})" for hook in module._forward_hooks.values()]


def everywhere() -> list[str]:
    """The forward hooks that every module of this process has."""
    hooks = (*every._global_forward_pre_hooks.values(), *every._global_forward_hooks.values())
    return [f"a forward hook of every module ({_name(hook)})" for hook in hooks]


def refuse_hooks(module: nn.Module) -> None:
    """Raise Unsupported where a backward hook may change a gradient, of the module or of one of its own parameters.

    What such a hook does can depend on the gradient: no trial tells.
    """
    name = type(module).__name__
    hooks: Iterable[Any] = (
        *module._backward_hooks.values(),
        *module._backward_pre_hooks.values(),
        *every._global_backward_hooks.values(),
        *every._global_backward_pre_hooks.values(),
    )
    for hook in hooks:
        raise Unsupported(
            f"{name} has a backward hook ({_name(hook)}), which may change its gradients. Take it off, with the "
            "handle's .remove()."
        )
    for which, parameter in module._parameters.items():
        for hook in () if parameter is None else _of_tensor(parameter):
            raise Unsupported(
                f"{name}.{which} has a hook ({_name(hook)}), which may change its gradient. Take it off, with the "
                "handle's .remove()."
            )


def _of_tensor(tensor: Tensor) -> list[Any]:
    both: tuple[Mapping[int, Any] | None, ...] = (
        tensor._backward_hooks,
        getattr(tensor, "_post_accumulate_grad_hooks", None),
    )
    return [hook for hooks in both for hook in (hooks or {}).values()]


def _name(hook: Any) -> str:
    return str(getattr(hook, "__qualname__", type(hook).__name__))
