"""Which linear layer a model is: wrappers that change nothing are taken off, and what is no linear layer is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.nn.parameter import UninitializedParameter
from torch.nn.utils import parametrize, prune
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from ...linear import BIAS, WEIGHT
from .. import vendor
from ..criteria import registry
from ..criteria.base import TorchCriterion
from .hooks import doubts, hooks_of, refuse_hooks
from .unsupported import Unsupported

ALONE = "explain the loss alone, explain(None, criterion), and give it the model's outputs"
#: torch's own, as they were before anybody could replace one.
FORWARD: dict[type[nn.Module], Callable[..., Any]] = {
    kind: kind.forward for kind in (nn.Linear, nn.Sequential, nn.Identity, nn.Dropout)
}
DTYPES = (torch.float64, torch.float32, torch.bfloat16, torch.float16)
#: What computes a weight before each forward, in the old style, and what makes it a parameter again.
COMPUTED = {
    WeightNorm: "torch.nn.utils.remove_weight_norm(layer)",
    SpectralNorm: "torch.nn.utils.remove_spectral_norm(layer)",
    prune.BasePruningMethod: "torch.nn.utils.prune.remove(layer, {name!r})",
}


@dataclass(frozen=True)
class Parts:
    """A model taken apart: `linear`, then perhaps what stands before the criterion; `run` is both as they are called.

    `doubts` name what may make it compute something else than they say: it must be run to know.
    """

    run: nn.Module
    linear: nn.Linear
    before: nn.Module | None
    doubts: tuple[str, ...]


def read_model(model: Any, criterion: TorchCriterion) -> Parts:
    """Take a model apart. Raises Unsupported, by name, for what is not X Wᵀ + b, or has other parameters than those."""
    if not isinstance(model, nn.Module):
        raise Unsupported(_no_module(model))
    found: list[str] = []
    run = _unwrapped(model)
    parts = [each for each in _flat(run, found) if not _does_nothing(each)]
    linear, *after = parts or [run]
    if not isinstance(linear, nn.Linear) or not _fits(after, criterion):
        raise Unsupported(_refusal(model, parts, criterion))
    _refuse_computed(linear)
    _refuse_weight(linear)
    return Parts(run, linear, after[0] if after else None, tuple(found))


def _fits(after: list[nn.Module], criterion: TorchCriterion) -> bool:
    """Is what follows the linear layer what the criterion wants there?"""
    if criterion.before is None:
        return not after
    return len(after) == 1 and type(after[0]) is criterion.before.kind and criterion.before.fits(after[0])


def supported() -> str:
    """Which models are covered, in words."""
    ends: dict[str, list[str]] = {}
    for each in registry.criteria():
        if each.before is not None:
            ends.setdefault(each.before.shown, []).append(each.name)
    followed = "".join(f", with {' and '.join(names)} followed by {shown}" for shown, names in ends.items())
    return (
        f"a torch.nn.Linear, alone or in a torch.nn.Sequential with Identity{followed}; the same compiled, or in "
        "DataParallel or DistributedDataParallel; or None for the loss alone"
    )


def _forwards() -> dict[type[nn.Module], Callable[..., Any]]:
    """The modules that may be parts of a model, each with torch's own forward."""
    before = [each.before for each in registry.criteria() if each.before is not None]
    return {**FORWARD, **{each.kind: each.forward for each in before}}


def _unwrapped(module: nn.Module) -> nn.Module:
    """Without what compiles it or spreads it over devices, which computes the same."""
    while True:
        if isinstance(module, DistributedDataParallel | nn.DataParallel):
            inner = module.module
        elif (of := vendor.compiled(module)) is not None:
            inner = of
        else:
            return module
        if hooks := hooks_of(module):
            raise Unsupported(f"the model is a {type(module).__name__} that has {hooks[0]}. Take it off, or {ALONE}.")
        refuse_hooks(module)
        module = inner


def _flat(module: nn.Module, found: list[str]) -> list[nn.Module]:
    """The parts that run one after another; what may change one of them is added to `found`."""
    module = _unwrapped(module)
    refuse_hooks(module)
    own = next((forward for kind, forward in _forwards().items() if isinstance(module, kind)), None)
    if own is not None:
        found += doubts(module, own)
    if isinstance(module, nn.Sequential):
        return [layer for part in module for layer in _flat(part, found)]
    return [module]


def _does_nothing(module: nn.Module) -> bool:
    return isinstance(module, nn.Identity) or (
        isinstance(module, nn.Dropout) and (module.p == 0 or not module.training)
    )


def _refuse_computed(linear: nn.Linear) -> None:
    """Raise Unsupported where weight or bias is computed from other parameters, which then have the gradients."""
    for name in (WEIGHT, BIAS):
        if parametrize.is_parametrized(linear, name):
            by = type(linear.parametrizations[name][0]).__name__  # type: ignore[index]
            cure = f"torch.nn.utils.parametrize.remove_parametrizations(layer, {name!r})"
        elif name not in vendor.own_parameters(linear):
            hook = next((each for each in vendor.forward_pre_hooks(linear) if isinstance(each, tuple(COMPUTED))), None)
            by = "something else" if hook is None else type(hook).__name__
            cure = next((each for kind, each in COMPUTED.items() if isinstance(hook, kind)), "torch.nn.Linear")
        else:
            continue
        raise Unsupported(
            f"the linear layer's {name} is no parameter, but computed by {by}: what .grad holds are the gradients of "
            f"other parameters. {cure.format(name=name)} makes it a parameter again."
        )


def _refuse_weight(linear: nn.Linear) -> None:
    weight = linear.weight
    if isinstance(weight, UninitializedParameter):
        raise Unsupported("the linear layer is lazy and has no weight yet. Call the model once, with inputs.")
    if type(weight) is not nn.Parameter:
        raise Unsupported(f"the linear layer's weight is a {type(weight).__name__}, no plain torch.nn.Parameter.")
    if weight.is_meta:
        raise Unsupported(
            "the linear layer is on the meta device, where a tensor has a shape and no values. Move it with "
            ".to_empty(device=...) and give it values."
        )
    if weight.dtype not in DTYPES:
        raise Unsupported(f"the linear layer's weight is {weight.dtype}. Supported: {', '.join(map(str, DTYPES))}.")
    if linear.bias is not None and linear.bias.dtype != weight.dtype:
        raise Unsupported(
            f"the linear layer's bias is {linear.bias.dtype}, and its weight {weight.dtype}. Make them one."
        )
    if weight.shape != (linear.out_features, linear.in_features):
        raise Unsupported(
            f"the linear layer's weight is {tuple(weight.shape)}, but its out_features and in_features are "
            f"{linear.out_features} and {linear.in_features}. Set them."
        )


def _no_module(model: Any) -> str:
    if isinstance(model, type):
        return f"the model is {model.__name__}, a class. Make one of it, or give None for the loss alone."
    if isinstance(model, torch.Tensor):
        return (
            "the model is a tensor. Give the layer, or None for the loss alone, whose inputs are the model's outputs."
        )
    return f"the model is {_shown(model)}. Supported: {supported()}."


def _refusal(model: nn.Module, parts: list[nn.Module], criterion: TorchCriterion) -> str:
    """Why it is not what the criterion wants after a linear layer."""
    last, first = parts[-1] if parts else model, parts[0] if parts else model
    if isinstance(first, nn.Linear):
        for kind, sentence in criterion.mistaken:
            if isinstance(last, kind) and len(parts) <= 2:
                return f"{sentence}."
    if isinstance(model, _NO_MODELS):
        return f"the model is {_shown(model)}, a criterion. The model comes first: explain(model, criterion)."
    for each in parts:
        if isinstance(each, nn.Dropout):
            return f"the model has {each} in training mode, which draws a mask at each call. Call model.eval() first."
    names = " + ".join(type(each).__name__ for each in parts) if isinstance(model, nn.Sequential) else None
    why = ""
    if "quantized" in type(model).__module__.split("."):
        why = " It is quantized, its weight rounded to integers: explain the layer that it was made from."
    elif isinstance(model, torch.jit.ScriptModule):
        why = " Explain the module that was compiled by torch.jit."
    elif len(layers := [name for name, each in model.named_modules() if type(each) is nn.Linear and name]) == 1:
        why = f" Explain its linear layer alone, model.get_submodule({layers[0]!r}), with that layer's inputs."
    elif layers:
        why = f" Of its linear layers, {', '.join(layers)}, explain one, with that layer's inputs."
    return f"the model is a {names or type(model).__name__}.{why} Supported: {supported()}. {ANY_MODEL}."


#: What there is for every model.
ANY_MODEL = "audit(lambda: criterion(model(inputs), targets), model) checks any model's gradients, node by node"

_NO_MODELS = vendor.LOSS


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 100 else f"a {type(value).__name__}"
