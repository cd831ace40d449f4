"""What torch and numpy write differently, and pieces of code whose values have named axes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...index_calculus.functions import Code, Function

#: How tightly a text binds, as Python has it.
SUM, PRODUCT, ATOM = 1, 2, 4


@dataclass(frozen=True)
class Style:
    """What torch and numpy write differently. {like} is an array whose dtype and device others take."""

    module: str
    imports: str
    cast: str
    positions: str
    permuted: str
    spread: str
    filled: str
    rows: Mapping[str, str]

    def code(self, function: Function) -> Code:
        return function.torch if self.module == "torch" else function.numpy


_SUMMED = "np.logaddexp.reduce({0}, {axis}, keepdims=True)"
STYLES = {
    "torch": Style(
        module="torch",
        imports="import torch",
        cast="({0}).to({like}.dtype)",
        positions="torch.arange({0}, device={like}.device)",
        permuted="{0}.permute({1})",
        spread="torch.broadcast_to(torch.as_tensor({0}), ({1}))",
        filled="torch.full(({1}), {0}, dtype={like}.dtype, device={like}.device)",
        rows={name: f"torch.{name}({{0}}, {{axis}})" for name in ("softmax", "log_softmax", "logsumexp")},
    ),
    "numpy": Style(
        module="np",
        imports="import numpy as np",
        cast="({0}).astype({like}.dtype)",
        positions="np.arange({0})",
        permuted="{0}.transpose({1})",
        spread="np.broadcast_to({0}, ({1}))",
        filled="np.full(({1}), {0}, dtype={like}.dtype)",
        rows={
            "softmax": f"np.exp({{0}} - {_SUMMED})",
            "log_softmax": f"({{0}} - {_SUMMED})",
            "logsumexp": "np.logaddexp.reduce({0}, {axis})",
        },
    ),
}


@dataclass(frozen=True)
class Text:
    """A piece of code, how tightly it binds, and which axes its value has, in their order."""

    code: str
    level: int
    axes: tuple[str, ...] = ()

    def inside(self, level: int) -> str:
        return self.code if self.level >= level else f"({self.code})"
