"""What may change a module's forward or backward without showing in its class: hooks, and methods put in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from .. import vendor
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
    found = [f"a forward pre-hook ({_name(hook)})" for hook in vendor.forward_pre_hooks(module)]
    return found + [f"a forward hook ({_name(hook)})" for hook in vendor.forward_hooks(module)]


def everywhere() -> list[str]:
    """The forward hooks that every module of this process has."""
    return [f"a forward hook of every module ({_name(hook)})" for hook in vendor.global_forward_hooks()]


def refuse_hooks(module: nn.Module) -> None:
    """Raise Unsupported where a backward hook may change a gradient, of the module or of one of its own parameters.

    What such a hook does can depend on the gradient: no trial tells.
    """
    name = type(module).__name__
    for hook in vendor.backward_hooks(module):
        raise Unsupported(
            f"{name} has a backward hook ({_name(hook)}), which may change its gradients. Take it off, with the "
            "handle's .remove()."
        )
    for which, parameter in vendor.own_parameters(module).items():
        for hook in () if parameter is None else vendor.tensor_hooks(parameter):
            raise Unsupported(
                f"{name}.{which} has a hook ({_name(hook)}), which may change its gradient. Take it off, with the "
                "handle's .remove()."
            )


def _name(hook: Any) -> str:
    return str(getattr(hook, "__qualname__", type(hook).__name__))
