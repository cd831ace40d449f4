"""A node without a definition of its own: taken apart, by torch's own decomposition, into operations that have one.

The parts are run in float64 and audited like any other graph. Where each part is derived and agrees, what they hand on
together is the gradient, and the node must hand on that. How much its own kernel may round is not known here: ROUNDINGS
at the size of the largest entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ...verdict import AGREES
from .. import vendor
from ..recording.calls import Call
from ..recording.passes import Gradients
from ..recording.recording import Recording
from . import derived
from .compared import compared, of_shape
from .forward import Forward, forward_of
from .nodes import NodeAccount
from .unchecked import Unchecked

#: Of the node's own dtype.
ROUNDINGS = 1024
#: What only moves numbers: these are not told among the parts.
MOVES = ("clone", "view", "detach", "alias", "expand", "t", "_to_copy", "squeeze", "unsqueeze")


def checked(node: NodeAccount, call: Any, arrived: Gradients, handed: Gradients) -> NodeAccount:
    """The node, checked by its parts. Raises Unchecked where it has none, or one of them is not derived."""
    forward = forward_of(call)
    values = [each.detach().double().requires_grad_() for each in forward.at]
    run = _apart(forward, values, call)
    recording = Recording()
    try:
        with recording:
            _run_backward(run(values), forward, arrived)
    except (RuntimeError, NotImplementedError):
        raise Unchecked("它的各部分不能求导", "its parts cannot be differentiated") from None
    names = _derived(recording)
    found = []
    for slot, got in enumerate(handed):
        if got is None:
            continue
        operand = forward.operands[slot] if slot < len(forward.operands) else None
        if operand is None:
            raise Unchecked(
                f"不知道第 {slot} 个位置是哪个操作数", f"it is not known which operand slot {slot} belongs to"
            )
        if got.shape != operand.value.shape:
            found.append(of_shape(operand.name, slot, got, tuple(operand.value.shape)))
            continue
        grad = values[operand.place].grad
        value = torch.zeros(got.shape, dtype=torch.float64) if grad is None else grad
        precision = torch.finfo(got.dtype)
        largest = value.abs().max() if value.numel() else 0.0
        bound = ROUNDINGS * (precision.eps / 2 * (value.abs() + largest) + precision.smallest_normal)
        found.append(compared(operand.name, slot, got, value, bound))
    return replace(node, status="by parts", shares=tuple(found), parts=names)


def _run_backward(outs: Sequence[Tensor], forward: Forward, arrived: Gradients) -> None:
    """The parts' backward, of what arrived at the node."""
    _same(outs, forward.results)
    pairs = [(out, g.double()) for out, g in zip(outs, arrived, strict=False) if g is not None and out.requires_grad]
    if not pairs:
        raise Unchecked("它的各部分不依赖操作数", "its parts do not depend on the operands")
    torch.autograd.backward([out for out, _ in pairs], [g.expand(out.shape) for out, g in pairs])


def _apart(forward: Forward, values: Sequence[Tensor], call: Any) -> Any:
    """The forward in smaller operations."""
    try:
        graph = vendor.taken_apart(lambda *given: forward.run(given), [each.detach() for each in values])
    except Exception as why:  # whatever tracing raises, the node is not taken apart
        raise Unchecked("torch 没有把它拆开", "torch does not take it apart") from why
    if isinstance(call, Call) and call.operation in vendor.operations_in(graph):
        raise Unchecked("torch 没有它的分解", "torch has no decomposition of it")
    return lambda given: [each for each in vendor.leaves(graph(*given))[0] if isinstance(each, Tensor)]


def _derived(recording: Recording) -> tuple[str, ...]:
    """The names of the parts. Raises Unchecked where one of them is not derived, or does not agree."""
    names = []
    for one in recording.passes:
        for visit in one.visits:
            call = recording.call_of(visit.node)
            if visit.node.name().endswith("AccumulateGrad"):
                continue
            name = visit.node.name() if call is None else call.name
            try:
                part = derived.checked(_blank(name), call, visit.arrived, visit.handed)
            except Unchecked:
                raise Unchecked(f"其中的 {name} 没有定义", f"{name}, a part of it, has no definition") from None
            if part.verdict != AGREES:
                raise Unchecked(f"其中的 {name} 对不上", f"{name}, a part of it, does not agree")
            names.append(name)
    return tuple(name for name in dict.fromkeys(reversed(names)) if name not in MOVES)


def _blank(name: str) -> NodeAccount:
    return NodeAccount(name, name, "", 0, 0, ())


def _same(outs: Sequence[Tensor], results: Sequence[Tensor]) -> None:
    """Raises Unchecked where the parts do not compute what the node did."""
    for one, other in zip(outs, results, strict=False):
        if not other.is_floating_point():
            continue
        precision = torch.finfo(other.dtype)
        told = one.isfinite() & other.isfinite() if one.shape == other.shape else None
        if told is None:
            raise Unchecked("拆开之后结果的形状不同", "taken apart, its result has another shape")
        value = other.double()[told]
        size = value.abs().max() if value.numel() else 0.0
        allowed = ROUNDINGS * (precision.eps / 2 * size + precision.smallest_normal)
        if bool(((one.double()[told] - value).abs() > allowed).any()):
            raise Unchecked("拆开之后结果不同", "taken apart, it gives another result")
