"""A node without a definition of its own: taken apart, by torch's own decomposition, into operations that have one.

The parts are run in float64 and audited like any other graph. Where each part is derived and agrees, what they hand on
together is the gradient, and the node must hand on that. How its own kernel rounds is not known here. So operands and G
are moved by random parts of themselves, as if each was rounded, and by how much the gradient then moves is what one
rounding may do; ROUNDINGS are allowed, at the largest entry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

#: The parts as a function of the operands.
Run = Callable[[Sequence[Tensor]], list[Tensor]]
#: Of the node's own dtype, at most; how often operands are moved, and by which part of themselves.
ROUNDINGS, TIMES, STEP = 256, 2, 1e-7
#: How many roundings the parts' result may be away from the node's, at the largest entry.
ALIKE = 1024
#: The operations that only move numbers: these are not told among the parts.
COPIES = ("clone", "view", "detach", "alias", "expand", "t", "_to_copy", "squeeze", "unsqueeze")


def checked(node: NodeAccount, call: Any, arrived: Gradients, handed: Gradients) -> NodeAccount:
    """The node, checked by its parts. Raises Unchecked where it has none, or one of them is not derived."""
    forward = forward_of(call)
    run = _apart(forward, call)
    try:
        _same(run([each.double() for each in forward.at]), forward.results)
    except RuntimeError:
        raise Unchecked("它的各部分不能重算", "its parts cannot be run again") from None
    recording = Recording()
    with recording:
        expected = _gradients(run, forward.at, arrived)
    names, moved = _derived(recording), _moved(run, forward.at, arrived, expected)
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
        value, precision = expected[operand.place], torch.finfo(got.dtype)
        bound = ROUNDINGS * (precision.eps / 2 * (value.abs() + moved[operand.place]) + precision.smallest_normal)
        found.append(compared(operand.name, slot, got, value, bound))
    return replace(node, status="by parts", shares=tuple(found), parts=names)


def _gradients(run: Run, at: Sequence[Tensor], arrived: Gradients) -> list[Tensor]:
    """What the parts hand on to each operand, at these values, of what arrived."""
    values = [each.detach().double().requires_grad_() for each in at]
    try:
        outs = run(values)
        pairs = [(out, g) for out, g in zip(outs, arrived, strict=False) if g is not None and out.requires_grad]
        if not pairs:
            raise Unchecked("它的各部分不依赖操作数", "its parts do not depend on the operands")
        torch.autograd.backward([out for out, _ in pairs], [g.double().expand(out.shape) for out, g in pairs])
    except (RuntimeError, NotImplementedError):
        raise Unchecked("它的各部分不能求导", "its parts cannot be differentiated") from None
    return [torch.zeros_like(each) if each.grad is None else each.grad for each in values]


def _moved(run: Run, at: Sequence[Tensor], arrived: Gradients, expected: Sequence[Tensor]) -> list[float]:
    """By how much a gradient moves at most, for so much as its operands and G are moved; at least its largest entry."""
    generator = torch.Generator("cpu").manual_seed(0)

    def nearby(tensor: Tensor) -> Tensor:
        drawn = torch.randn(tensor.shape, generator=generator, dtype=torch.float64)
        return tensor.double() * (1 + STEP * drawn)

    found = [float(each.abs().max()) if each.numel() else 0.0 for each in expected]
    for _ in range(TIMES):
        close = [None if each is None else nearby(each) for each in arrived]
        for place, each in enumerate(_gradients(run, [nearby(each) for each in at], close)):
            if each.numel():
                found[place] = max(found[place], float((each - expected[place]).abs().max()) / STEP)
    return found


def _apart(forward: Forward, call: Any) -> Run:
    """The forward in smaller operations."""
    try:
        graph = vendor.taken_apart(lambda *given: forward.run(given), [each.double() for each in forward.at])
    except Exception as why:  # whatever tracing raises, the node is not taken apart
        raise Unchecked("torch 没有把它拆开", "torch does not take it apart") from why
    if isinstance(call, Call) and call.operation in vendor.operations_in(graph):
        raise Unchecked("torch 没有它的分解", "torch has no decomposition of it")
    return lambda given: [each for each in vendor.leaves(graph(*given))[0] if isinstance(each, Tensor)]


def _derived(recording: Recording) -> tuple[str, ...]:
    """The names of the parts. Raises Unchecked where one of them is not derived, or does not agree."""
    names = []
    for visit in (visit for one in recording.passes for visit in one.visits):
        if visit.node.name().endswith("AccumulateGrad"):
            continue
        call = recording.call_of(visit.node)
        name = visit.node.name() if call is None else call.name
        try:
            part = derived.checked(NodeAccount(name, name, "", 0, 0, ()), call, visit.arrived, visit.handed)
        except Unchecked:
            raise Unchecked(f"其中的 {name} 没有定义", f"{name}, a part of it, has no definition") from None
        if part.verdict != AGREES:
            raise Unchecked(f"其中的 {name} 对不上", f"{name}, a part of it, does not agree")
        names.append(name)
    return tuple(name for name in dict.fromkeys(reversed(names)) if name not in COPIES)


def _same(outs: Sequence[Tensor], results: Sequence[Tensor]) -> None:
    """Raises Unchecked where the parts do not compute what the node did."""
    for one, other in zip(outs, results, strict=False):
        if not other.is_floating_point():
            continue
        precision = torch.finfo(other.dtype)
        if one.shape != other.shape:
            raise Unchecked("拆开之后结果的形状不同", "taken apart, its result has another shape")
        told = one.isfinite() & other.isfinite()
        value = other.double()[told]
        size = value.abs().max() if value.numel() else 0.0
        allowed = ALIKE * (precision.eps / 2 * size + precision.smallest_normal)
        if bool(((one.double()[told] - value).abs() > allowed).any()):
            raise Unchecked("拆开之后结果不同", "taken apart, it gives another result")
