"""What a printed function takes: lines that refuse other shapes, broadcast as torch does, and make matrices of arrays.

Without them numpy broadcasts what does not fit, wraps a negative label around, and computes another gradient. Rows are
samples and positions. With extra dimensions the classes stand at dimension 1 for CrossEntropyLoss and NLLLoss, at the
last for every other criterion and for the linear layer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sympy import Indexed, Sum, Symbol

from ..index_calculus.matrices.nodes import Array, Gather, Kept, Matrix, OneHot, Scale
from ..index_calculus.symbols import C, N, size_of
from ..linear import INPUTS, OUTPUTS
from ..losses.base import TARGETS
from ..losses.nll import LOGITS
from .emit import NAMES, Backend, Emitter

#: The shape of an array, as sizes of the formula.
Shape = tuple[object, ...]
#: The letters of arrays that must have a shape of their own, in the order of the formula.
CHECKED = ("b", "Y", "y", "w", "q", "v")
#: How many signs a line of its own may have.
LONGEST = 100
#: What is a gradient of the loss alone, and no contraction of G with another array.
OF_LOSS = (OUTPUTS, LOGITS, TARGETS)
#: Refuses a label that names no class: numpy would count a negative one from the end.
LABELS_GUARD = (
    "if ((y < 0) | (y >= C)).any():",
    '    raise ValueError(f"labels must lie between 0 and {C - 1}; given {y.min()} to {y.max()}")',
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

    def checked(
        self, emit: Emitter, body: Sequence[str], printed: Mapping[str, str], shapes: Mapping[str, Shape]
    ) -> tuple[list[str], dict[str, str]]:
        """The lines and the results of a function, with what makes sure of its arguments, whose shapes are given."""
        lines = [line.removeprefix("    ") for line in body]
        contracted = not all(wrt in OF_LOSS for wrt in printed)
        sizes = lines.index(f"N, C = {emit.like}.shape")
        if "y" in shapes and emit.backend.checks_labels:
            place = max(place for place, line in enumerate(lines) if place == sizes or line.startswith("y = "))
            lines[place + 1 : place + 1] = LABELS_GUARD
        before = self._before_sizes(emit.backend, emit.like, shapes, tuple(printed))
        after = self._after_sizes(emit.backend, emit.like, shapes)
        lines[sizes : sizes + 1] = [*before, lines[sizes], *after]
        if any(line.startswith("G = ") for line in lines):
            lines += self._after_gradient(emit.backend, contracted)
        results = {wrt: self._result(emit.backend, wrt, text, contracted) for wrt, text in printed.items()}
        return [f"    {line}" for line in lines], results

    def _before_sizes(
        self, backend: Backend, outputs: str, shapes: Mapping[str, Shape], wrt: Iterable[str]
    ) -> list[str]:
        """What comes before N and C are read off the outputs; `shapes` are those of the arguments."""
        lines = []
        if "Y" in self.broadcast:
            lines.append(f"outputs_shape = {outputs}.shape")
            lines += ["targets_shape = Y.shape"] if TARGETS in wrt else []
            lines.append(f"{outputs}, Y = {backend.broadcast.format(f'{outputs}, Y')}")
        if not self.extra_dimensions:
            return lines
        lines.append(f"shape = {self._moved(backend, outputs)}.shape")
        lines += self._guard(outputs, shapes)
        lines.append(f"{outputs} = {self._moved(backend, outputs)}.reshape(-1, shape[-1])")
        for name, shape in shapes.items():
            called = NAMES.get(name, name)
            if name in self.broadcast and name != "Y":
                lines.append(f"{called} = {backend.expanded.format(called, 'shape')}.reshape(-1, shape[-1])")
            elif shape == (N, C):
                lines.append(f"{called} = {self._moved(backend, called)}.reshape(-1, shape[-1])")
            elif shape == (N,):
                lines.append(f"{called} = {called}.reshape(-1)")
        return lines

    def _after_sizes(self, backend: Backend, outputs: str, shapes: Mapping[str, Shape]) -> list[str]:
        """What comes after."""
        if self.extra_dimensions:
            return []
        weights = [NAMES.get(name, name) for name in shapes if name in self.broadcast and name != "Y"]
        expanded = [f"{name} = {backend.expanded.format(name, f'{outputs}.shape')}" for name in weights]
        return [*self._guard(outputs, shapes), *expanded]

    def _guard(self, outputs: str, shapes: Mapping[str, Shape]) -> list[str]:
        """Refuses what has another shape: nothing that is compared here is broadcast by torch."""
        wanted = {(N, C): "(N, C)", (N,): "(N,)", (C,): "(C,)"}
        if self.extra_dimensions:
            wanted = {(N, C): f"{outputs}.shape", (N,): "shape[:-1]", (C,): "shape[-1:]"}
        compared = {
            NAMES.get(name, name): "W.shape[:1]" if name == "b" else wanted[shape]
            for name, shape in shapes.items()
            if name not in self.broadcast and shape in wanted
        }
        *first, last = compared or [""]
        if not first:
            alone = compared.get(last)
            refusal = f'raise ValueError(f"{last} must have the shape {{{alone}}}; given {{{last}.shape}}")'
            return [f"if {last}.shape != {alone}:", f"    {refusal}"] if last else []
        ours, theirs = f"({', '.join(f'{name}.shape' for name in compared)})", f"({', '.join(compared.values())})"
        together = [f"given, wanted = {ours}, {theirs}"]
        return [
            *(together if len(together[0]) < LONGEST else [f"given = {ours}", f"wanted = {theirs}"]),
            "if given != wanted:",
            f'    raise ValueError(f"{", ".join(first)} and {last} must have the shapes {{wanted}}; given {{given}}")',
        ]

    def _after_gradient(self, backend: Backend, contracted: bool) -> list[str]:
        """G as it was before broadcasting; `contracted` says that it is needed as a matrix of the layer's rows."""
        if not self.extra_dimensions:
            return [f"G = {backend.sum_to.format('G', 'outputs_shape')}"] if "Y" in self.broadcast else []
        if not contracted:
            return []
        lines = ["inputs_shape, X = X.shape, X.reshape(-1, X.shape[-1])"]
        if self.by_class or "Y" in self.broadcast:
            return [f"G = {self._restored(backend, 'G', 'outputs')}", "G = G.reshape(-1, G.shape[-1])", *lines]
        return lines

    def _result(self, backend: Backend, wrt: str, text: str, contracted: bool) -> str:
        """The expression of a result, of the shape of its tensor."""
        inside = text if text.isidentifier() else f"({text})"
        if not self.extra_dimensions:
            summed = wrt == TARGETS and "Y" in self.broadcast
            return backend.sum_to.format(inside, "targets_shape") if summed else text
        if wrt == INPUTS:
            return f"{inside}.reshape(inputs_shape)"
        if text == "G" and contracted:
            return "G.reshape(*inputs_shape[:-1], len(W))"
        return self._restored(backend, inside, wrt) if wrt in OF_LOSS else text

    def _moved(self, backend: Backend, name: str) -> str:
        return backend.moved.format(name, 1, -1) if self.by_class else name

    def _restored(self, backend: Backend, text: str, wrt: str) -> str:
        shaped = f"{text}.reshape(shape)"
        if self.by_class:
            return backend.moved.format(shaped, -1, 1)
        of = "targets_shape" if wrt == TARGETS else "outputs_shape"
        return backend.sum_to.format(shaped, of) if "Y" in self.broadcast else shaped


def shapes_of(nodes: Iterable[Matrix], assigned: set[str]) -> dict[str, Shape]:
    """The shape, in sizes of the formula, of each array that the nodes use and no line assigns, by its letter."""
    found: dict[str, Shape] = {}
    for node in nodes:
        match node:
            case Array(name, sizes):
                found[name] = sizes
            case OneHot(labels) | Kept(labels):
                found[labels] = (N,)
            case Gather(name, labels):
                found |= {name: (C,), labels: (N,)}
            case Scale(_, coefficient):
                for total in coefficient.atoms(Sum):
                    found |= {
                        each.base.label.name: tuple(map(size_of, each.indices))
                        for each in total.atoms(Indexed)
                        if all(isinstance(index, Symbol) for index in each.indices)
                    }
        found |= shapes_of(node.parts, assigned)
    return {name: found[name] for name in CHECKED if name in found and name not in assigned}
