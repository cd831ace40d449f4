"""The criterion and the model in each dtype that is tried: class weights and parameters are cast."""

from __future__ import annotations

import copy
import functools
from typing import Any

import torch
from torch import Tensor, nn

from ..setup.setup import Setup, read


def in_dtype(setup: Setup, dtype: torch.dtype, device: torch.device | str) -> Setup:
    """The same setup, whose model and class weights have that dtype and are on that device."""
    assert setup.given is not None
    _, criterion, targets = setup.given
    layer = None if setup.model is None else _layer(setup, dtype, device)
    if any(_must_be_cast(setup, value, dtype) for value in setup.options.values()):
        criterion = _cast(criterion, dtype)
    return read(layer, criterion, targets)


def is_exact(setup: Setup, dtype: torch.dtype) -> bool:
    """Are class weights the same numbers in that dtype?"""
    cast = [value for value in setup.options.values() if _must_be_cast(setup, value, dtype)]
    return all(torch.equal(value.to(dtype).double(), value.double()) for value in cast)


def _must_be_cast(setup: Setup, value: Any, dtype: torch.dtype) -> bool:
    """Weights of classes must have the outputs' dtype in torch, where the targets are labels."""
    of_classes = setup.loss.classes_second and not setup.loss.real_targets
    return of_classes and isinstance(value, Tensor) and value.dtype != dtype


def _cast(criterion: Any, dtype: torch.dtype, device: torch.device | str | None = None) -> Any:
    """The same criterion, whose weights have that dtype."""
    if isinstance(criterion, functools.partial):
        options = {
            name: value.to(device=device, dtype=dtype) if isinstance(value, Tensor) else value
            for name, value in criterion.keywords.items()
        }
        return functools.partial(criterion.func, **options)
    return copy.deepcopy(criterion).to(device=device, dtype=dtype) if isinstance(criterion, nn.Module) else criterion


def _layer(setup: Setup, dtype: torch.dtype, device: torch.device | str) -> nn.Module:
    model = setup.model
    assert model is not None
    layer = nn.utils.skip_init(
        nn.Linear, model.in_features, model.out_features, bias=model.bias is not None, dtype=dtype, device=device
    )
    with torch.no_grad():
        layer.weight.copy_(model.weight)
        if model.bias is not None:
            layer.bias.copy_(model.bias)
    return layer if setup.before is None else nn.Sequential(layer, copy.deepcopy(setup.before))


def exact_criterion(setup: Setup) -> Any:
    """The criterion in float64, on the CPU."""
    if setup.given is None or not any(isinstance(value, Tensor) for value in setup.options.values()):
        return setup.criterion
    return read(None, _cast(setup.given[1], torch.float64, "cpu")).criterion
