"""A step is run: what it leaves in `.grad`, and everything put back as it was."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ...linear import BIAS, WEIGHT
from .. import vendor
from .ranks import whole


@dataclass(frozen=True)
class Left:
    """What a step has left: gradients by name, None where there is none, whether any was seen, and an update.

    `at` are the parameters at each backward, where one of them was no longer as at the beginning; else empty.
    """

    gradients: Mapping[str, Tensor | None]
    seen: frozenset[str]
    updated: bool
    at: tuple[Mapping[str, Tensor], ...] = ()


def run(step: Callable[..., Any], args: list[Any], named: dict[str, Any], layer: nn.Linear) -> Left:
    """Run a step, and put parameters and gradients back as they were."""
    parameters = {name: each for name, each in ((WEIGHT, layer.weight), (BIAS, layer.bias)) if each is not None}
    before = {name: (each.detach().clone(), each.grad) for name, each in parameters.items()}
    seen, at = set[str](), list[dict[str, Tensor]]()
    first = next((name for name, each in parameters.items() if each.requires_grad), None)
    versions = {name: vendor.version(each) for name, each in parameters.items()}

    def note(name: str) -> None:
        seen.add(name)
        if name == first:  # once in each backward
            at.append(
                {
                    name: before[name][0] if vendor.version(parameter) == versions[name] else parameter.detach().clone()
                    for name, parameter in parameters.items()
                }
            )

    handles = [
        parameter.register_post_accumulate_grad_hook(lambda _, name=name: note(name))
        for name, parameter in parameters.items()
        if parameter.requires_grad and parameter.is_leaf and not hasattr(parameter, "full_tensor")
    ]
    try:
        for each in parameters.values():
            each.grad = None
        returned = step(*args, **named)
        if inspect.isgenerator(returned) or inspect.iscoroutine(returned):
            returned.close()
            raise TypeError("step is a generator or a coroutine, of which a call runs nothing. Give a plain function.")
        found = {name: each.grad for name, each in parameters.items()}
        gradients = {name: None if each is None else whole(each.detach()).clone() for name, each in found.items()}
        updated = any(
            not torch.equal(whole(parameter.detach()), whole(before[name][0])) for name, parameter in parameters.items()
        )
    finally:
        for handle in handles:
            handle.remove()
        with torch.no_grad():
            for name, each in parameters.items():
                each.copy_(before[name][0])
                each.grad = before[name][1]
    moved = any(not torch.equal(value, before[name][0]) for values in at for name, value in values.items())
    return Left(gradients, frozenset(seen), updated, tuple(at) if moved else ())


def gradient_of(name: str, left: Left) -> Tensor:
    """What is left of one parameter; raises ValueError, saying why, where that is nothing."""
    found = left.gradients[name]
    if found is not None:
        return found
    if name in left.seen:
        raise ValueError(
            f"the step has cleared the .grad of the {name} after backward(): zero_grad() or .grad = None comes last in "
            "it. Leave the gradients in place: put zero_grad() at the beginning."
        )
    raise ValueError(
        f"the step leaves no .grad on the {name}: it calls no backward() of a loss of this model, but of another "
        "model or of a copy, or under torch.no_grad()."
    )
