"""What the ledger has an account of: every criterion with every combination of the options that torch takes."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from .losses.base import REDUCTIONS
from .torch_bridge.setup.setup import IGNORED

#: A label that the entries with ignore_index leave out.
LEFT_OUT = 1
SMOOTHING = 0.1


@dataclass(frozen=True)
class Entry:
    """A criterion with its options. `options` are keyword arguments; tensors among them are made for C classes."""

    criterion: str
    options: Mapping[str, Any]
    targets: str | None = None

    def make(
        self, rows: int, classes: int, dtype: torch.dtype, generator: torch.Generator, device: str = "cpu"
    ) -> Callable[..., Any]:
        """The criterion, with weights drawn from `generator`."""

        def value(name: str, given: Any) -> Any:
            if given != "drawn":
                return given
            shape = (rows, classes) if self.criterion == "mse_loss" else (classes,)
            return 0.5 + torch.rand(shape, generator=generator, device="cpu").to(device, dtype)

        values = {name: value(name, given) for name, given in self.options.items()}
        if self.criterion == "mse_loss":
            return functools.partial(F.mse_loss, **values)
        made: Callable[..., Any] = getattr(nn, self.criterion)(**values)
        return made

    def __str__(self) -> str:
        options = ", ".join(f"{name}={value}" for name, value in self.options.items())
        return f"{self.criterion}({options})" + (f" of {self.targets}" if self.targets else "")


def entries() -> tuple[Entry, ...]:
    """Every criterion × every combination of its options that torch takes."""
    return tuple(_entries())


def _entries() -> Iterator[Entry]:
    drawn: tuple[Any, ...] = (None, "drawn")
    for reduction in REDUCTIONS:
        yield Entry("MSELoss", {"reduction": reduction})
        yield Entry("mse_loss", {"reduction": reduction, "weight": "drawn"})
        for weight, positive in itertools.product(drawn, drawn):
            yield Entry("BCEWithLogitsLoss", {"reduction": reduction, "weight": weight, "pos_weight": positive})
        for weight, ignored in itertools.product(drawn, (IGNORED, LEFT_OUT)):
            common = {"reduction": reduction, "weight": weight, "ignore_index": ignored}
            yield Entry("NLLLoss", common)
            for smoothing in (0.0, SMOOTHING):
                yield Entry("CrossEntropyLoss", {**common, "label_smoothing": smoothing}, "indices")
        for weight, smoothing in itertools.product(drawn, (0.0, SMOOTHING)):
            options = {"reduction": reduction, "weight": weight, "label_smoothing": smoothing}
            yield Entry("CrossEntropyLoss", options, "probabilities")


#: The two criteria that the first lessons are about.
PLAIN = (Entry("MSELoss", {}), Entry("CrossEntropyLoss", {}))
