"""What breaks kernels, by name: values, labels and layouts that are unusual, each a change of ordinary data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from ...losses.base import TARGETS
from ...losses.declared import Values
from ..criteria import base, registry
from ..setup.setup import IGNORED, Setup
from . import layouts
from .layouts import Layout

#: What a loss of one number is multiplied by before backward: no whole number, and of the other sign.
FACTOR = -2.5
BLOCKS = (128, 1024)
ORDINARY = "ordinary outputs"


@dataclass(frozen=True)
class Data:
    """Numbers for one trial, in float64: inputs, the operands by name, and what backward receives.

    `incoming` is a number for "mean" and "sum", or None where that is 1.
    """

    inputs: Tensor
    operands: Mapping[str, Tensor]
    incoming: Tensor | None

    @property
    def targets(self) -> Tensor:
        return self.operands[TARGETS]

    def with_targets(self, targets: Tensor) -> Data:
        return replace(self, operands={**self.operands, TARGETS: targets})


@dataclass(frozen=True)
class Place:
    """Where an edge is: of which criterion, along which axis its classes are, the kernel's blocks, and what draws."""

    setup: Setup
    axis: int
    classes: int
    blocks: Sequence[int]
    generator: torch.Generator

    @property
    def ignored(self) -> int:
        return int(self.setup.options.get("ignore_index", IGNORED))


Change = Callable[[Data, Place], Data]
Fits = Callable[[Setup], bool]


@dataclass(frozen=True)
class Edge:
    """One kind of trial. `fits` says of which criteria it is one, `layouts` how tensors are laid out in memory.

    `scale` multiplies the outputs; `rows` replaces the first size of their shape. Where `partial`, the criterion may
    not be defined, and is then not tried.
    """

    name: str
    change: Change = lambda data, place: data
    fits: Fits = lambda setup: True
    layouts: Mapping[str, Layout] = field(default_factory=dict)
    scale: float = 1.0
    rows: int | None = None
    partial: bool = False


def _by_label(setup: Setup) -> bool:
    return _takes(setup, Values.LABELS)


def _ignores(setup: Setup) -> bool:
    """Does the criterion leave rows out by their label?"""
    return _by_label(setup) and hasattr(setup.loss, "ignore_index")


def _takes(setup: Setup, values: Values) -> bool:
    return any(each.values == values for each in setup.loss.operands)


def _of_classes_alone(setup: Setup) -> bool:
    return setup.loss.classes_second and setup.model is None


def _apart(setup: Setup) -> bool:
    return setup.loss.reduction == "none"


def _ignoring(part: float) -> Change:
    def change(data: Data, place: Place) -> Data:
        hidden = torch.rand(data.targets.shape, generator=place.generator, device="cpu") < part
        return data.with_targets(torch.where(hidden, place.ignored, data.targets))

    return change


def _masked_vocabulary(data: Data, place: Place) -> Data:
    """Every third class, from the second on, is −inf for all rows, and no label."""
    classes = torch.arange(place.classes, device="cpu")
    outputs = data.inputs.movedim(place.axis, -1).masked_fill(classes % 3 == 1, -torch.inf).movedim(-1, place.axis)
    targets = data.targets - (data.targets % 3 == 1).to(data.targets.dtype)
    return replace(data, inputs=outputs).with_targets(targets)


def _masked_block(data: Data, place: Place) -> Data:
    """Whole blocks of −inf come first in every other row, whose label is the last class."""
    classes, rows = torch.arange(place.classes, device="cpu"), data.inputs.movedim(place.axis, -1)
    first = max((each for each in place.blocks if each < place.classes), default=place.classes // 2)
    every_other = torch.arange(rows[..., 0].numel(), device="cpu").reshape(rows.shape[:-1]) % 2 == 0
    hidden = every_other[..., None] & (classes < first)
    targets = torch.where(every_other, place.classes - 1, data.targets)
    return replace(data, inputs=rows.masked_fill(hidden, -torch.inf).movedim(-1, place.axis)).with_targets(targets)


def _labels_at_ends(data: Data, place: Place) -> Data:
    """The last class, the first, and both sides of each block's end."""
    last = place.classes - 1
    inside = [row for block in sorted(place.blocks, reverse=True) for row in (block - 1, block) if row < last]
    ends = torch.tensor([last, *inside, 0], device="cpu")
    places = torch.arange(data.targets.numel(), device="cpu").reshape(data.targets.shape) % len(ends)
    return data.with_targets(ends[places])


def _times(data: Data, place: Place) -> Data:
    return replace(data, incoming=torch.tensor(FACTOR, dtype=torch.float64, device="cpu"))


def _alike(data: Data, place: Place) -> Data:
    assert data.incoming is not None
    return replace(data, incoming=torch.full_like(data.incoming, FACTOR))


def _rows_alike(data: Data, place: Place) -> Data:
    rows = data.inputs
    return data if rows.dim() < 2 else replace(data, inputs=rows[:1].expand_as(rows).clone())


#: Tried at every shape.
VALUES = (
    Edge(ORDINARY),
    Edge("small outputs", scale=1e-3),
    Edge("large outputs", scale=1e3),
)
#: Tried at the first shape that has entries: other numbers, then a criterion's own edges, then other sizes and layouts.
NUMBERS = (
    Edge("ignored labels", _ignoring(0.5), _ignores),
    Edge("all labels ignored", _ignoring(2.0), _ignores),
    Edge("labels at ends", _labels_at_ends, _by_label),
    Edge("masked vocabulary", _masked_vocabulary, _of_classes_alone, partial=True),
    Edge("masked block", _masked_block, lambda setup: _of_classes_alone(setup) and _by_label(setup), partial=True),
)
LAID = (
    Edge("one row", rows=1),
    Edge("empty batch", rows=0),
    Edge("grad_output", _times, lambda setup: not _apart(setup)),
    Edge("expanded grad_output", _alike, _apart, {"grad_output": layouts.expanded}),
    Edge("strided outputs", layouts={"inputs": layouts.padded}),
    Edge("transposed outputs", layouts={"inputs": layouts.transposed}),
    Edge("expanded outputs", _rows_alike, layouts={"inputs": layouts.repeated}),
    Edge("strided targets", layouts={"targets": layouts.every_other}),
    Edge("strided weight", fits=lambda setup: setup.model is not None, layouts={"weight": layouts.transposed}),
)
#: Tried before any other shape, at which a function may raise: what the simplest use needs.
EARLY = ("grad_output",)
#: Tried at the sizes around blocks.
AT_BLOCKS = (ORDINARY, "labels at ends", "masked block")
#: What is looked at beside the gradient.
CHECKS = ("block sizes", "value of the loss", "second call", "second derivative", "overwritten inputs")
#: What is left out along with another: nobody can write to a row that is seen as all of them.
IMPLIED = {"ignored labels": "all labels ignored", "overwritten inputs": "expanded outputs"}


def edges_of(setup: Setup) -> tuple[Edge, ...]:
    """Those of every criterion, and its own."""
    own = (edge for edge in setup.of.edges if edge.fits(setup.loss) and not (edge.of_outputs and setup.model))
    return (*NUMBERS, *map(_of_criterion, own), *LAID)


def names() -> tuple[str, ...]:
    """What may be left out, or tried alone."""
    own = [edge.name for criterion in registry.criteria() for edge in criterion.edges]
    return tuple(dict.fromkeys([*(each.name for each in (*VALUES, *NUMBERS, *LAID)), *own, *CHECKS]))


def _of_criterion(edge: base.Edge) -> Edge:
    def change(data: Data, place: Place) -> Data:
        numbers = base.Data(data.inputs, data.operands, place.setup.options, place.axis, place.generator)
        changed = edge.change(numbers)
        return replace(data, inputs=changed.outputs, operands=changed.operands)

    return Edge(edge.name, change)
