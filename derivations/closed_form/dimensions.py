"""Lines of code that make matrices of arrays with more dimensions, and give the results their shapes again.

Rows are samples and positions. The classes stand at dimension 1 for CrossEntropyLoss and NLLLoss, at the last for
every other criterion and for the linear layer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..linear import INPUTS, OUTPUTS
from ..losses.base import TARGETS
from ..losses.nll import LOGITS

#: Arrays that are one for each entry, unless the classes have a dimension of their own.
BY_ENTRY = ("Y", "grad_output", "weight", "pos_weight")


@dataclass(frozen=True)
class Dimensions:
    """For one printed function; `by_class` says that the classes stand at dimension 1."""

    by_class: bool
    module: str

    def into_rows(self, outputs: str, given: Iterable[str]) -> list[str]:
        """The outputs and what is of their shape, as matrices, among the arguments `given`."""
        lines = [f"shape = {self._moved(outputs)}.shape", f"{outputs} = {self._moved(outputs)}.reshape(-1, shape[-1])"]
        for name in given:
            if name == "y" or (self.by_class and name == "grad_output"):
                lines.append(f"{name} = {name}.reshape(-1)")
            elif self.by_class and name == "Y":
                lines.append(f"{name} = {self._moved(name)}.reshape(-1, shape[-1])")
            elif not self.by_class and name in BY_ENTRY:
                lines.append(f"{name} = {self._expanded(name)}.reshape(-1, shape[-1])")
        return lines

    def before_contractions(self) -> list[str]:
        """G and X as matrices whose rows belong together: those of the linear layer."""
        lines = ["inputs_shape, X = X.shape, X.reshape(-1, X.shape[-1])"]
        if self.by_class:
            return [f"G = {self._restored('G')}", "G = G.reshape(-1, G.shape[-1])", *lines]
        return lines

    def result(self, wrt: str, text: str, contracted: bool) -> str:
        """The expression of a result, of the shape of its tensor; `contracted` says that G is in rows of the layer."""
        inside = text if text.isidentifier() else f"({text})"
        if wrt == INPUTS:
            return f"{inside}.reshape(inputs_shape)"
        if wrt in (OUTPUTS, LOGITS) and contracted and self.by_class:
            return f"{inside}.reshape(*inputs_shape[:-1], -1)"
        return self._restored(inside) if wrt in (OUTPUTS, LOGITS, TARGETS) else text

    def _moved(self, name: str) -> str:
        if not self.by_class:
            return name
        return f"{name}.movedim(1, -1)" if self.module == "torch" else f"np.moveaxis({name}, 1, -1)"

    def _expanded(self, name: str) -> str:
        return f"{name}.expand(shape)" if self.module == "torch" else f"np.broadcast_to({name}, shape)"

    def _restored(self, text: str) -> str:
        if not self.by_class:
            return f"{text}.reshape(shape)"
        shaped = f"{text}.reshape(shape)"
        return f"{shaped}.movedim(-1, 1)" if self.module == "torch" else f"np.moveaxis({shaped}, -1, 1)"
