"""What one node's forward was: a call of an operation, or of an autograd.Function, with the values it was given."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from torch import Tensor

from .. import vendor


@dataclass(eq=False)
class Call:
    """A call below autograd: `operation` of `args` and `kwargs` returned the one item of `returned`.

    Values are as they were, without a graph. `module` is the name of the innermost module whose forward made the call,
    "" for the model itself or none.
    """

    operation: Any
    args: list[Any]
    kwargs: dict[str, Any]
    returned: list[Any]
    module: str = ""

    @cached_property
    def name(self) -> str:
        """As torch has it, without namespace and overload: "addmm", "relu_"."""
        return str(vendor.schema(self.operation).name).partition("::")[2]

    @property
    def arguments(self) -> dict[str, Any]:
        """By their names in the schema, with the defaults of those that were not given."""
        given = {}
        for place, each in enumerate(vendor.schema(self.operation).arguments):
            given[each.name] = (
                self.args[place] if place < len(self.args) else self.kwargs.get(each.name, each.default_value)
            )
        return given

    @property
    def results(self) -> list[Any]:
        return _in_a_row(self.returned)


@dataclass(eq=False)
class FunctionCall:
    """A call of an autograd.Function's `apply`, with copies of its tensors and the random state before it."""

    function: Any
    args: list[Any]
    kwargs: dict[str, Any]
    returned: list[Any]
    state: Tensor
    module: str = ""

    @property
    def name(self) -> str:
        return str(self.function.__name__)

    @property
    def results(self) -> list[Any]:
        return _in_a_row(self.returned)


@dataclass(eq=False)
class SliceCall:
    """A call that wrote to a view: a new value of the whole tensor, as z[0] = x makes one of z.

    `call` is the call that wrote, `before` the whole tensor before it, `returned` after it; the view has this size,
    these strides and this offset in the tensor's memory, of entries.
    """

    call: Call
    before: Tensor
    size: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int
    returned: list[Any]

    @property
    def name(self) -> str:
        return self.call.name

    @property
    def module(self) -> str:
        return self.call.module

    @property
    def results(self) -> list[Any]:
        return _in_a_row(self.returned)

    def view(self, whole: Tensor) -> Tensor:
        """The same view of a tensor that is laid out as `before`."""
        return whole.as_strided(self.size, self.stride, self.offset)


#: What made a node.
Made = Call | FunctionCall | SliceCall


def _in_a_row(returned: list[Any]) -> list[Any]:
    """What came out."""
    (out,) = returned
    return [*out] if isinstance(out, list | tuple) else [out]


def is_made_by(node: str, operation: str) -> bool:
    """Whether a node of that name, as "AddmmBackward0", is what a call of that operation makes."""
    return _plain(re.sub(r"Backward\d*$", "", node.rpartition("::")[2])) == _plain(operation)


def _plain(name: str) -> str:
    return re.sub(r"_forward$", "", name.rstrip("_")).replace("_", "").lower()
