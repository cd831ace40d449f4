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
from ..linear import BIAS, INPUTS, OUTPUTS, WEIGHT
from ..losses.base import TARGETS
from ..losses.nll import LOGITS
from .names import in_order, name_of, weights
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

#: What is a contraction of G with an array of the linear layer, and no gradient of the loss alone.
OF_LAYER = (WEIGHT, BIAS, INPUTS)
#: What the shapes of another array follow from, or that of the outputs.
NOT_CHECKED = ("G", "X", "W", "Z", "Q", "sigma")
#: The names of shapes: of the outputs with their classes last, and of arrays as they were given.
ROWS_SHAPE, OUTPUTS_SHAPE, INPUTS_SHAPE = map(Named, ("shape", "outputs_shape", "inputs_shape"))


@dataclass(frozen=True)
class Taken:
    """The arrays of one printed function.

    - `by_class`: the criterion wants the classes at dimension 1.
    - `extra_dimensions`: arrays have any number of dimensions, else they are matrices, with a row for each sample.
    - `broadcast`: what torch broadcasts: "Y" and other operands, with the outputs, and weights, to the outputs.
    - `ignored`: the label that is ignored unasked; without it the function takes `ignore_index`, where it needs it.
    """

    by_class: bool
    extra_dimensions: bool = False
    broadcast: tuple[str, ...] = ()
    ignored: int | None = None

    def before_sizes(self, outputs: str, shapes: Mapping[str, Shape], wrt: Iterable[str]) -> list[Statement]:
        """What comes before N and C are read off the outputs; `shapes` are those of the arguments."""
        statements: list[Statement] = []
        if self._with_outputs:
            given = {OUTPUTS: outputs} | {each: letter for each, letter in self._with_outputs.items() if each in wrt}
            for each, letter in given.items():
                statements.append(Assign.one(_shape_of(each).name, ShapeOf(Named(letter))))
            statements.append(Broadcast((outputs, *self._with_outputs.values())))
        if not self.extra_dimensions:
            return statements
        statements.append(Assign.one(ROWS_SHAPE.name, ShapeOf(self._classes_last(outputs))))
        statements += self._guard(outputs, shapes)
        statements.append(Assign.one(outputs, _rows(self._classes_last(outputs))))
        for name, shape in shapes.items():
            if name in self._to_outputs:
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
        shape = ShapeOf(Named(outputs))
        expanded = [Assign.one(name, Expanded(Named(name), shape)) for name in shapes if name in self._to_outputs]
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
            return [Assign.one("G", SummedTo(g, OUTPUTS_SHAPE))] if self._with_outputs else []
        if not contracted:
            return []
        inputs = Named("X")
        rows = Reshaped(inputs, RowsLike(ShapeOf(inputs)))
        kept: Statement = Assign((INPUTS_SHAPE.name, inputs.name), (ShapeOf(inputs), rows))
        if self.by_class or self._with_outputs:
            of_layer = Assign.one("G", Reshaped(g, RowsLike(ShapeOf(g))))
            return [Assign.one("G", self._restored(g, OUTPUTS)), of_layer, kept]
        return [kept]

    def result(self, wrt: str, node: Matrix, contracted: bool) -> Value:
        """A result, of the shape of its tensor."""
        is_g = isinstance(node, Array) and node.name == "G"
        if not self.extra_dimensions:
            return node if is_g else self._summed(node, wrt)
        if wrt == INPUTS:
            return Reshaped(node, INPUTS_SHAPE)
        if contracted and is_g:
            return Reshaped(node, WithRowsOf(INPUTS_SHAPE, "W"))
        return node if wrt in OF_LAYER else self._restored(node, wrt)

    @property
    def _to_outputs(self) -> list[str]:
        """The weights that are broadcast to the outputs."""
        return [letter for letter in self.broadcast if letter in weights()]

    @property
    def _with_outputs(self) -> dict[str, str]:
        """The letters of what is broadcast with the outputs, by what a gradient in each is called."""
        letters = [letter for letter in self.broadcast if letter not in weights()]
        return {TARGETS if letter == "Y" else name_of(letter): letter for letter in letters}

    def _classes_last(self, name: str) -> Value:
        return Moved(Named(name), 1, -1) if self.by_class else Named(name)

    def _restored(self, of: Value, wrt: str) -> Value:
        shaped = Reshaped(of, ROWS_SHAPE)
        return Moved(shaped, -1, 1) if self.by_class else self._summed(shaped, wrt)

    def _summed(self, of: Value, wrt: str) -> Value:
        """A gradient in what was broadcast, in its own shape."""
        of_outputs = bool(self._with_outputs) and wrt in (OUTPUTS, LOGITS)
        if of_outputs or wrt in self._with_outputs:
            return SummedTo(of, OUTPUTS_SHAPE if of_outputs else _shape_of(wrt))
        return of


def checked_shapes(shapes: Mapping[str, Shape], arguments: Iterable[str]) -> dict[str, Shape]:
    """The shapes of those arguments that have one to be checked, in the order in which the function takes them."""
    return {name: shapes[name] for name in in_order(arguments) if name in shapes and name not in NOT_CHECKED}


def _shape_of(wrt: str) -> Named:
    """The name of the shape that something has as it is given."""
    return Named(f"{wrt}_shape")


def _rows(of: Value) -> Value:
    """A matrix with a row for each sample and position."""
    return Reshaped(of, RowsLike(ROWS_SHAPE))
