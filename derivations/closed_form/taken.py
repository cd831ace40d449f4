"""What a printed function takes: statements that refuse other shapes, broadcast as torch does, make matrices of arrays.

Without them numpy broadcasts what does not fit, wraps a negative label around, and computes another gradient. Rows are
samples and positions. With extra dimensions the classes stand at dimension 1 for CrossEntropyLoss and NLLLoss, at the
last for every other criterion and for the linear layer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..index_calculus.matrices.nodes import Array, Matrix
from ..index_calculus.symbols import C, N
from ..linear import INPUTS, OUTPUTS
from ..losses.base import TARGETS
from ..losses.nll import LOGITS
from .names import in_order
from .statements import (
    Assign,
    Broadcast,
    CheckShapes,
    Expanded,
    Flat,
    Moved,
    Named,
    Part,
    Reshaped,
    RowsLike,
    ShapeOf,
    Sizes,
    Statement,
    SummedTo,
    Value,
    WithRowsOf,
)
from .statements import Shape as ShapeLike
from .uses import Shape

#: What is a gradient of the loss alone, and no contraction of G with another array.
OF_LOSS = (OUTPUTS, LOGITS, TARGETS)
#: What the shapes of another array follow from, or that of the outputs.
NOT_CHECKED = ("G", "X", "W", "Z", "Q")
#: The names of shapes: of the outputs with their classes last, and of arrays before they were broadcast.
ROWS_SHAPE, OUTPUTS_SHAPE, TARGETS_SHAPE, INPUTS_SHAPE = map(
    Named, ("shape", "outputs_shape", "targets_shape", "inputs_shape")
)


@dataclass(frozen=True)
class Taken:
    """The arrays of one printed function.

    - `by_class`: the criterion wants the classes at dimension 1.
    - `extra_dimensions`: arrays have any number of dimensions, else they are matrices, with a row for each sample.
    - `broadcast`: what torch broadcasts: "Y", which it broadcasts with the outputs, and weights, to the outputs.
    - `ignored`: the label that is ignored unasked; without it the function takes `ignore_index`, where it needs it.
    """

    by_class: bool
    extra_dimensions: bool = False
    broadcast: tuple[str, ...] = ()
    ignored: int | None = None

    def before_sizes(self, outputs: str, shapes: Mapping[str, Shape], wrt: Iterable[str]) -> list[Statement]:
        """What comes before N and C are read off the outputs; `shapes` are those of the arguments."""
        statements: list[Statement] = []
        if "Y" in self.broadcast:
            statements.append(_shape_kept(OUTPUTS_SHAPE, outputs))
            statements += [_shape_kept(TARGETS_SHAPE, "Y")] if TARGETS in wrt else []
            statements.append(Broadcast((outputs, "Y")))
        if not self.extra_dimensions:
            return statements
        statements.append(Assign.one(ROWS_SHAPE.name, ShapeOf(self._classes_last(outputs))))
        statements += self._guard(outputs, shapes)
        statements.append(Assign.one(outputs, _rows(self._classes_last(outputs))))
        for name, shape in shapes.items():
            if name in self.broadcast and name != "Y":
                statements.append(Assign.one(name, _rows(Expanded(Named(name), ROWS_SHAPE))))
            elif shape == (N, C):
                statements.append(Assign.one(name, _rows(self._classes_last(name))))
            elif shape == (N,):
                statements.append(Assign.one(name, Reshaped(Named(name), Flat())))
        return statements

    def after_sizes(self, outputs: str, shapes: Mapping[str, Shape]) -> list[Statement]:
        """What comes after."""
        if self.extra_dimensions:
            return []
        weights = [name for name in shapes if name in self.broadcast and name != "Y"]
        of_outputs = ShapeOf(Named(outputs))
        expanded = [Assign.one(name, Expanded(Named(name), of_outputs)) for name in weights]
        return [*self._guard(outputs, shapes), *expanded]

    def _guard(self, outputs: str, shapes: Mapping[str, Shape]) -> list[Statement]:
        """Refuses what has another shape: nothing that is compared here is broadcast by torch."""
        wanted: dict[Shape, ShapeLike] = {shape: Sizes(shape) for shape in ((N, C), (N,), (C,))}
        if self.extra_dimensions:
            wanted = {
                (N, C): ShapeOf(Named(outputs)),
                (N,): Part(ROWS_SHAPE, stop=-1),
                (C,): Part(ROWS_SHAPE, start=-1),
            }
        of_bias = Part(ShapeOf(Named("W")), stop=1)
        compared = tuple(
            (name, of_bias if name == "b" else wanted[shape])
            for name, shape in shapes.items()
            if name not in self.broadcast and shape in wanted
        )
        return [CheckShapes(compared)] if compared else []

    def after_gradient(self, contracted: bool) -> list[Statement]:
        """G as it was before broadcasting; `contracted` says that it is needed as a matrix of the layer's rows."""
        g = Named("G")
        if not self.extra_dimensions:
            return [Assign.one("G", SummedTo(g, OUTPUTS_SHAPE))] if "Y" in self.broadcast else []
        if not contracted:
            return []
        inputs = Named("X")
        rows = Reshaped(inputs, RowsLike(ShapeOf(inputs)))
        kept: Statement = Assign((INPUTS_SHAPE.name, inputs.name), (ShapeOf(inputs), rows))
        if self.by_class or "Y" in self.broadcast:
            of_layer = Assign.one("G", Reshaped(g, RowsLike(ShapeOf(g))))
            return [Assign.one("G", self._restored(g, OUTPUTS)), of_layer, kept]
        return [kept]

    def result(self, wrt: str, node: Matrix, contracted: bool) -> Value:
        """A result, of the shape of its tensor."""
        if not self.extra_dimensions:
            summed = wrt == TARGETS and "Y" in self.broadcast
            return SummedTo(node, TARGETS_SHAPE) if summed else node
        if wrt == INPUTS:
            return Reshaped(node, INPUTS_SHAPE)
        if contracted and isinstance(node, Array) and node.name == "G":
            return Reshaped(node, WithRowsOf(INPUTS_SHAPE, "W"))
        return self._restored(node, wrt) if wrt in OF_LOSS else node

    def _classes_last(self, name: str) -> Value:
        return Moved(Named(name), 1, -1) if self.by_class else Named(name)

    def _restored(self, of: Value, wrt: str) -> Value:
        shaped = Reshaped(of, ROWS_SHAPE)
        if self.by_class:
            return Moved(shaped, -1, 1)
        shape = TARGETS_SHAPE if wrt == TARGETS else OUTPUTS_SHAPE
        return SummedTo(shaped, shape) if "Y" in self.broadcast else shaped


def checked_shapes(shapes: Mapping[str, Shape], arguments: Iterable[str]) -> dict[str, Shape]:
    """The shapes of those arguments that have one to be checked, in the order in which the function takes them."""
    return {name: shapes[name] for name in in_order(arguments) if name in shapes and name not in NOT_CHECKED}


def _shape_kept(name: Named, of: str) -> Statement:
    return Assign.one(name.name, ShapeOf(Named(of)))


def _rows(of: Value) -> Value:
    """A matrix with a row for each sample and position."""
    return Reshaped(of, RowsLike(ROWS_SHAPE))
