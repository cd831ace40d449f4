"""A criterion of torch, read off: which one it is, the values of its options, and the loss that it computes."""

from __future__ import annotations

import functools
from typing import Any

from torch import nn

from ...losses import Loss
from .. import vendor
from ..setup.hooks import doubts, refuse_hooks
from ..setup.unsupported import Unsupported
from . import registry
from .base import Found, TorchCriterion, defaults
from .elementwise import ElementwiseCriterion, criterion_of, known_as


def read_criterion(criterion: Any) -> Found:
    """Read class and options off a criterion. Raises Unsupported for what is none of those covered, by name."""
    criterion = criterion_of(criterion)
    if isinstance(criterion, nn.Module):  # without torch.compile, which computes the same
        criterion = vendor.compiled(criterion) or criterion
    known = registry.of_module(type(criterion))
    if isinstance(criterion, ElementwiseCriterion):
        known = known_as(criterion)
    found = _of_function(criterion) if known is None else _of_module(known, criterion)
    found.of.check(found.values)
    return found


def supported() -> str:
    """What is covered, in words."""
    of_torch = [each.name for each in registry.criteria() if each.is_of_torch]
    own = [f"{_room(each.module)}.{each.name}" for each in registry.criteria() if not each.is_of_torch]
    written = f"; and, as people write them, {_listed(own)}" if own else ""
    return (
        f"torch.nn.{_listed(of_torch)}, their functions in torch.nn.functional, and functools.partial of those, with "
        f"every option{written}; and derivations.Elementwise"
    )


def _room(module: type[nn.Module]) -> str:
    """Where people find it: what this package defines has a public place."""
    return "derivations.nn" if module.__module__.rpartition(".")[0] == __package__ else module.__module__


def _listed(names: list[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _of_module(known: TorchCriterion, criterion: nn.Module) -> Found:
    refuse_hooks(criterion)
    if names := doubts(criterion, known.module.forward):
        raise Unsupported(
            f"{known.name} has {names[0]}, and may no longer be the loss that its name says. Take it off, or give a "
            f"new {known.name}."
        )
    return known.of_module(criterion)


def _of_function(criterion: Any) -> Found:
    function, given = criterion, {}
    if isinstance(criterion, functools.partial):
        function, given = criterion.func, criterion.keywords
        if criterion.args:
            raise Unsupported(f"{criterion!r} fixes positional arguments, the outputs. Give options by keyword only.")
    known = registry.of_function(function)
    if known is None:
        raise Unsupported(_refusal(criterion))
    own = defaults(function)
    if unknown := [name for name in given if name not in own]:
        raise Unsupported(f"{function.__name__} has no option {unknown[0]!r} to be fixed. Accepted: {', '.join(own)}.")
    return known.of_function(criterion, {**own, **given})


def _refusal(criterion: Any) -> str:
    """What is wrong with something that is no criterion of ours, and what to do."""
    shown = repr(criterion) if len(repr(criterion)) <= 200 else f"a {type(criterion).__name__}"
    if vendor.is_compiled_function(criterion):
        return f"the criterion is {shown} of torch.compile. Give the function that was compiled."
    if isinstance(criterion, type):
        shown = f"{criterion.__name__}, a class"
        if registry.of_module(criterion) is not None:
            return f"the criterion is {shown}. Make one of it: {criterion.__name__}()."
    if isinstance(criterion, nn.Linear | nn.Sequential):
        return f"the criterion is {shown}, a model. The model comes first: explain(model, criterion)."
    if isinstance(criterion, Loss):
        return f"the criterion is the formula {criterion}, which is for derive(). explain() takes {supported()}."
    for each in registry.criteria():
        if isinstance(criterion, each.module):
            name = type(criterion).__name__
            return f"the criterion is a {name}, which may compute another loss than {each.name}. Give torch's own."
    sentence = registry.refused(type(criterion) if isinstance(criterion, nn.Module) else criterion)
    return f"the criterion is {shown}. {f'{sentence}. ' if sentence else ''}Supported: {supported()}."
