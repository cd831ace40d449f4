"""What a function is tried with: every edge, shape and dtype, drawn from the seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import torch
from torch import Tensor

from ...losses.declared import Per, Values
from ..batch.laid import class_axis, of_matrices
from ..criteria.draws import draw, of_real, shape_of
from ..dtypes import dtype_name
from ..setup.setup import Setup
from .edges import AT_BLOCKS, BLOCKS, CHECKS, EARLY, VALUES, Data, Edge, Place, edges_of
from .layouts import Layout, plain

#: Shapes of the outputs that are tried: (N, C), and (N, C, d1, …).
SHAPES = ((5, 3), (1, 2), (4, 1), (64, 10), (2, 3, 4), (2, 3, 2, 2))
#: Batches of a model's inputs, and one with more dimensions for what takes the classes last.
BATCHES, DEEP = ((5,), (1,), (33,)), (2, 3)
#: Sizes around the blocks that kernels often have, and of how many rows; and so many rows where classes are fixed.
SIZES, ROWS = (127, 128, 129, 1025, 4096, 4097), 7
FEW_SIZES = (127, 128, 129)


@dataclass(frozen=True)
class Trial:
    """One set of data that a function is tried with; `what` says which, for a reader.

    `shape` is the inputs': of the outputs where there is no model; `drawn_at` is the shape that was asked for, of which
    an edge may take fewer rows. `grad_output` is what backward receives: of the loss's shape for reduction="none", else
    a number, and None where that is 1. `leave_out` is what it is called where it is not to be tried.
    """

    edge: Edge
    what: str
    leave_out: str
    drawn_at: tuple[int, ...]
    inputs: Tensor
    operands: Mapping[str, Tensor]
    grad_output: Tensor | None
    seed: int

    @property
    def targets(self) -> Any:
        """What the criterion is called with after the outputs, as read_batch takes it."""
        operands = tuple(self.operands.values())
        return operands if len(operands) > 1 else operands[0]

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.inputs.shape)

    @property
    def dtype(self) -> torch.dtype:
        return self.inputs.dtype

    @property
    def dtype_name(self) -> str:
        return dtype_name(self.dtype)

    @property
    def check(self) -> str | None:
        """What is looked at beside the gradient, where that is what it is called."""
        return self.leave_out if self.leave_out in CHECKS and self.leave_out != "block sizes" else None

    @property
    def only(self) -> tuple[str, ...]:
        """The names that alone are tried where it is tried again."""
        return (self.edge.name,) if self.check is None else (self.edge.name, self.check)

    def laid(self, name: str, tensor: Tensor) -> Tensor:
        """A copy as this trial has it in memory."""
        layout: Layout = self.edge.layouts.get(name, plain)
        return layout(tensor.detach())

    def in_dtype(self, dtype: torch.dtype) -> Trial:
        """The same numbers, in another dtype."""
        incoming = None if self.grad_output is None else self.grad_output.to(dtype)
        operands = {name: each.to(dtype) if each.is_floating_point() else each for name, each in self.operands.items()}
        return replace(self, inputs=self.inputs.to(dtype), operands=operands, grad_output=incoming)

    def on(self, device: torch.device | str) -> Trial:
        """The same data, elsewhere."""
        incoming = None if self.grad_output is None else self.grad_output.to(device)
        operands = {name: each.to(device) for name, each in self.operands.items()}
        return replace(self, inputs=self.inputs.to(device), operands=operands, grad_output=incoming)


@dataclass(frozen=True)
class Plan:
    """What is tried: at which shapes, around which blocks, from which seed, where, and which edges by name."""

    shapes: Sequence[tuple[int, ...]]
    at_blocks: Sequence[tuple[int, ...]]
    blocks: Sequence[int]
    seed: int
    device: torch.device | str
    names: frozenset[str]

    def trials(self, setups: Mapping[torch.dtype, Setup]) -> Iterator[Trial]:
        """A trial depends on its own edge, dtype and shape and on the seed alone."""
        for dtype, setup in setups.items():
            first = next(shape for shape in self.shapes if prod(shape))
            edges = self._chosen(edges_of(setup), setup)
            early = [each for each in edges if each.name in EARLY]
            for shape in self.shapes:
                for edge in (*self._chosen(VALUES, setup), *(early if shape is first else ())):
                    yield self.trial(setup, edge, shape, dtype)
            for edge in edges:
                if edge not in early and (edge.rows is None or has_rows(setup, first)):
                    yield self.trial(setup, edge, first, dtype)
            for shape in self.at_blocks if "block sizes" in self.names else ():
                for edge in self._chosen((*VALUES, *edges_of(setup)), setup):
                    if edge.name in AT_BLOCKS:
                        yield replace(self.trial(setup, edge, shape, dtype), leave_out="block sizes")

    def _chosen(self, edges: Sequence[Edge], setup: Setup) -> list[Edge]:
        return [each for each in edges if each.name in self.names and each.fits(setup)]

    def trial(
        self, setup: Setup, edge: Edge, shape: tuple[int, ...], dtype: torch.dtype, seed: int | None = None
    ) -> Trial:
        seed, asked = self.seed if seed is None else seed, shape
        shape = shape if edge.rows is None else (edge.rows, *shape[1:])
        data = drawn(setup, edge, shape, seed, self.blocks)
        scaled = f", scaled by {edge.scale:g}" if edge.scale != 1 else ""
        of = "outputs" if setup.model is None else "inputs"
        which = "" if edge in VALUES else f"{edge.name}, "
        what = f"{which}{of} of shape {shape}, {dtype_name(dtype)}{scaled}"
        operands = {name: each.to(dtype) if each.is_floating_point() else each for name, each in data.operands.items()}
        incoming = None if data.incoming is None else data.incoming.to(dtype)
        return Trial(edge, what, edge.name, asked, data.inputs.to(dtype), operands, incoming, seed).on(self.device)


def drawn(setup: Setup, edge: Edge, shape: tuple[int, ...], seed: int, blocks: Sequence[int] = BLOCKS) -> Data:
    """Data of one edge, in float64 on the CPU."""
    loss, generator = setup.loss, torch.Generator().manual_seed(seed)
    inputs = edge.scale * draw(Values.REAL, shape, 1, generator, torch.float64)
    whole = setup.outputs_shape(inputs)
    axis = class_axis(whole, by_class=True)
    if setup.model is None:
        inputs = of_real(loss.of_outputs, inputs, axis)
    operands = {
        each.name: setup.of.draw_operand(loss, each, whole, axis, generator, torch.float64) for each in loss.operands
    }
    incoming = None
    if loss.reduction == "none":
        incoming = draw(Values.REAL, shape_of(loss.per, whole, axis), 1, generator, torch.float64)
    place = Place(setup, axis, whole[axis] if whole else 1, blocks, generator)
    return edge.change(Data(inputs, operands, incoming), place)


# Shapes -------------------------------------------------------------------------------------------------------------


def default_shapes(setup: Setup) -> list[tuple[int, ...]]:
    """Shapes of the inputs that the model and the criterion's weights fit."""
    if setup.model is not None:
        batches = BATCHES if setup.loss.per == Per.ROW else (*BATCHES, DEEP)
        return [(*batch, setup.model.in_features) for batch in batches]
    given = weights_shape(setup)
    if given is None:
        fitting = [each for each in SHAPES if len(each) == 2 or not of_matrices(setup.loss)]
        return [each for each in fitting if each[-1] >= setup.of.fewest_columns]
    if setup.loss.classes_second:
        return [*dict.fromkeys((shape[0], *given, *shape[2:]) for shape in SHAPES)]
    if _weighs_entries(setup):
        return [given]
    if len(given) == 1:
        return [(*batch, *given) for batch in (*BATCHES, DEEP)]
    return [tuple(size if size > 1 else 3 for size in given)]


def weights_shape(setup: Setup) -> tuple[int, ...] | None:
    """The shape that weights of the criterion have together; None where they fit any outputs."""
    given = [value.shape for value in setup.options.values() if isinstance(value, Tensor)]
    common = torch.broadcast_shapes(*given) if given else torch.Size()
    return (
        None
        if not _weighs_entries(setup) and not setup.loss.classes_second and common.numel() == 1
        else (tuple(common) or None)
    )


def _weighs_entries(setup: Setup) -> bool:
    """Has the criterion a weight for each entry, of the outputs' own shape?"""
    given = [each for each in setup.loss.declared if isinstance(setup.options.get(each.name), Tensor)]
    return any(each.per == Per.ENTRY and each.letter not in setup.loss.broadcast for each in given)


def has_rows(setup: Setup, shape: tuple[int, ...]) -> bool:
    """May outputs have another first size than this?"""
    given = weights_shape(setup)
    return len(shape) > 1 and (given is None or len(given) == 1)


def around(setup: Setup, blocks: Sequence[int], default: bool) -> list[tuple[int, ...]]:
    """Shapes whose sizes are around blocks: of the classes, or of the rows where the classes are fixed."""
    own = [size for block in blocks for size in (block - 1, block, block + 1, 2 * block + 1) if size > 0]
    fixed = weights_shape(setup)
    if setup.model is not None:
        fixed = (setup.model.in_features,)
    if fixed is None:
        pairs = any(each.values == Values.CLASS_SETS for each in setup.loss.operands)
        usual = FEW_SIZES if pairs else SIZES  # a loss of pairs of classes has 16 million of them at 4,096
        return [(ROWS, size) for size in dict.fromkeys([*(usual if default else ()), *own])]
    if len(fixed) > 1 or (_weighs_entries(setup) and setup.model is None):
        return []
    return [(size, *fixed) for size in dict.fromkeys([*(FEW_SIZES if default else ()), *own])]
