"""Run printed code: the statements of a closed form, in torch, with no more memory than they need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ...closed_form.names import name_of
from ...closed_form.reuse import in_place
from ...closed_form.statements import Function
from ...closed_form.writers import Torch, function_text


@dataclass(frozen=True, eq=False)
class Compiled:
    """A function that runs, and what it takes, as the code calls it."""

    run: Callable[..., Any]
    arguments: tuple[str, ...]

    def __call__(self, arrays: Mapping[str, Tensor]) -> Any:
        """What it returns, given those of `arrays` that it takes."""
        with torch.no_grad():
            return self.run(*[arrays[argument] for argument in self.arguments])


def compiled(function: Function) -> Compiled:
    """The function, which leaves its arguments as they are. What runs is what is printed, but for memory used again."""
    namespace: dict[str, Any] = {"torch": torch}
    exec(compile(run_text(function), "<closed form>", "exec"), namespace)
    return Compiled(namespace["gradients"], tuple(map(name_of, function.arguments)))


def run_text(function: Function) -> str:
    """The text that is run."""
    reusing = in_place(function)
    return function_text(reusing, Torch(reusing.like, reusing.ignored))
