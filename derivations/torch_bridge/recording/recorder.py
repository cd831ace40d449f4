"""Every call of a forward, with its values, found again by the number of the node that it made.

A dispatch mode sees each call below autograd. Its node has just been made and numbered, so the node's number is one
less than the next one's. A call that writes in place to what its backward needs clones it first, and the clone takes
the next number: so a node looks one number further for a call that ends in "_". The arguments of an autograd.Function
never come by, so its `apply` is wrapped meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import torch
from torch import Tensor

from .. import vendor
from .calls import Call, FunctionCall, Made, SliceCall, is_made_by
from .kept import Kept
from .modules import Modules

#: What batch norms write to although their schema does not say so.
UNDECLARED = ("running_mean", "running_var")


class Recorder(vendor.DispatchMode):
    """Enter it where the forward runs, on the same thread. It changes no value, no gradient and no random number."""

    def __init__(self, modules: Modules):
        super().__init__()
        self.kept = Kept()
        self._modules = modules
        self._calls: dict[int, list[Call]] = {}
        self._functions: dict[int, FunctionCall] = {}
        self._slices: dict[int, SliceCall] = {}

    def __torch_dispatch__(
        self, operation: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        written = written_by(operation, args, kwargs)
        if written:
            self.kept.before_writing(written)
        number = vendor.next_number()
        if number is None or not torch.is_grad_enabled() or not _wants_gradient(args, kwargs):
            return operation(*args, **kwargs)
        ids = {id(each) for each in written}

        def as_it_is(tensor: Tensor) -> Tensor:
            return tensor.detach().clone() if id(tensor) in ids else tensor.detach()

        given, named = [*vendor.mapped(as_it_is, args)], dict(vendor.mapped(as_it_is, kwargs))
        sliced = _slice(written)
        out = operation(*args, **kwargs)
        call = Call(operation, given, named, [vendor.mapped(Tensor.detach, out)], self._modules.innermost)
        for box in (call.args, call.kwargs, call.returned):
            self.kept.hold(box)
        self._calls.setdefault(number - 1, []).append(call)
        if sliced is not None:
            self._slices[number] = sliced(call)
        return out

    def call_of(self, node: Any) -> Made | None:
        """What made a node of the graph; None where nothing that was seen did."""
        number = vendor.number(node)
        if number is None:
            return None
        if number in self._functions:
            return self._functions[number]
        if node.name().endswith("CopySlices"):  # it is made after the node of the call that wrote
            return self._slices.get(number)
        for at in (number, number + 1):
            for call in self._calls.get(at, ()):
                if is_made_by(node.name(), call.name) and (at == number or call.name.endswith("_")):
                    return call
        return None

    @contextmanager
    def functions_wrapped(self) -> Iterator[None]:
        """While this runs, calls of autograd.Functions on this thread are recorded too.

        What every Function's `apply` runs through is wrapped, since people keep that of their own under another name.
        """
        base, thread = vendor.function_base(), threading.get_ident()

        def apply(cls: Any, *args: Any, **kwargs: Any) -> Any:
            above: Any = super(base, cls)
            run = above.apply
            if threading.get_ident() != thread:
                return run(*args, **kwargs)
            kept, state = [*vendor.mapped(lambda each: each.detach().clone(), args)], torch.get_rng_state()
            out = run(*args, **kwargs)
            call = FunctionCall(cls, kept, kwargs, [vendor.mapped(Tensor.detach, out)], state, self._modules.innermost)
            self.kept.hold(call.returned)
            self._called(call, out)
            return out

        base.apply = classmethod(apply)
        try:
            yield
        finally:
            del base.apply

    def _called(self, call: FunctionCall, out: Any) -> None:
        for each in out if isinstance(out, tuple) else (out,):
            if isinstance(each, Tensor) and each.grad_fn is not None:
                number = vendor.number(each.grad_fn)
                if number is not None:
                    self._functions[number] = call


def _tensors(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    return [each for each in value if isinstance(each, Tensor)] if isinstance(value, list | tuple) else []


def _wants_gradient(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return any(each.requires_grad for value in (*args, *kwargs.values()) for each in _tensors(value))


def _slice(written: list[Tensor]) -> Callable[[Call], SliceCall] | None:
    """Where a view is written to: what is kept of the tensor that it is a view of, to be called after the call."""
    base = vendor.base(written[0]) if len(written) == 1 else None
    if base is None:
        return None
    view = written[0]
    size, stride, offset = tuple(view.size()), tuple(view.stride()), int(view.storage_offset() - base.storage_offset())
    before = base.detach().clone()

    def after(call: Call) -> SliceCall:
        return SliceCall(call, before, size, stride, offset, [base.detach().clone()])

    return after


def written_by(operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Tensor]:
    """The tensors that a call will write to, as its schema says."""
    places = _written_places(operation)
    if not places:
        return []
    return [each for place, name in places for each in _tensors(args[place] if place < len(args) else kwargs.get(name))]


@cache
def _written_places(operation: Any) -> tuple[tuple[int, str], ...]:
    schema = vendor.schema(operation)
    silently = UNDECLARED if "batch_norm" in schema.name else ()
    return tuple(
        (at, each.name)
        for at, each in enumerate(schema.arguments)
        if each.name in silently or (each.alias_info is not None and each.alias_info.is_write)
    )
