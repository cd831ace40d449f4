"""Every criterion with every combination of the options that torch takes: what there is an account of."""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from .losses import Loss
from .losses.declared import DRAWN, Option
from .torch_bridge.criteria import registry
from .torch_bridge.criteria.base import TorchCriterion
from .torch_bridge.criteria.draws import shape_of

REDUCTION = "reduction"


@dataclass(frozen=True)
class Entry:
    """A criterion with its options. `options` are keyword arguments; tensors among them are made for C classes.

    `criterion` names a module of torch.nn, or a function of torch.nn.functional where that alone takes the options; or
    what people write, a module of torch_bridge.criteria.
    """

    criterion: str
    options: Mapping[str, Any]
    targets: str | None = None

    @property
    def of(self) -> TorchCriterion:
        """What is known of it. Raises ValueError where no criterion has that name."""
        for each in registry.criteria():
            if self.criterion in (each.name, *(function.__name__ for function in each.functions)):
                return each
        raise ValueError(f"there is no criterion {self.criterion!r}.")

    def make(
        self, rows: int, classes: int, dtype: torch.dtype, generator: torch.Generator, device: str = "cpu"
    ) -> Callable[..., Any]:
        """The criterion, with weights drawn from `generator`."""
        of = self.of
        declared = {each.name: each for each in of.loss.declared}

        def value(name: str, given: Any) -> Any:
            if given != DRAWN:
                return given
            return drawn(of.loss, declared[name], (rows, classes), dtype, generator).to(device)

        values = {name: value(name, given) for name, given in self.options.items()}
        if self.criterion == of.name:
            return of.module(**values)
        function = next(each for each in of.functions if each.__name__ == self.criterion)
        return functools.partial(function, **values)

    def __str__(self) -> str:
        options = ", ".join(f"{name}={value}" for name, value in self.options.items())
        return f"{self.criterion}({options})" + (f" of {self.targets}" if self.targets else "")


def drawn(
    loss: type[Loss], option: Option, outputs: tuple[int, int], dtype: torch.dtype, generator: torch.Generator
) -> torch.Tensor:
    """A tensor for an option: one number for each class, also where torch broadcasts it, else as the option says."""
    shape = (outputs[1],) if loss.broadcasts(option) else shape_of(option.per, outputs, 1)
    return 0.5 + torch.rand(shape, generator=generator, device="cpu").to(dtype)


def entries() -> tuple[Entry, ...]:
    """Every criterion × every combination of its options that torch takes."""
    return tuple(entry for criterion in registry.criteria() for entry in _entries(criterion))


def _entries(of: TorchCriterion) -> Iterator[Entry]:
    """The module with the options that it takes; and its function with those that it alone takes."""
    if of.needs_layer:  # it holds a linear layer, and is what another criterion is, computed in parts
        return
    of_module = {option.name for option in of.loss.declared} & {*inspect.signature(of.module).parameters}
    for targets in of.loss.kinds_of_targets or (None,):
        options = _taken(of, targets)
        own = [each for each in options if each.name in of_module]
        for chosen in _combined(of, own):
            yield Entry(of.name, chosen, targets)
        for function in of.functions if len(own) < len(options) else ():
            for chosen in _combined(of, options):
                if any(chosen[option.name] != option.default for option in options if option not in own):
                    yield Entry(function.__name__, chosen, targets)


def _combined(of: TorchCriterion, options: list[Option]) -> Iterator[dict[str, Any]]:
    for reduction in of.loss.reductions:
        for values in itertools.product(*(each.tried for each in options)):
            yield {REDUCTION: reduction, **dict(zip((each.name for each in options), values, strict=True))}


def _taken(of: TorchCriterion, targets: str | None) -> list[Option]:
    """The options that may be used with such targets."""
    plain = {option.name: option.default for option in of.loss.declared}

    def is_taken(option: Option) -> bool:
        if option.is_tensor:
            return True
        try:
            for value in option.tried:
                of.formula({REDUCTION: of.loss.reductions[0], **plain, option.name: value}, targets)
        except ValueError:
            return False
        return True

    return [option for option in of.loss.declared if is_taken(option)]


#: The two criteria that the first lessons are about.
PLAIN = (Entry("MSELoss", {}), Entry("CrossEntropyLoss", {}))
