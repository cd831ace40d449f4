"""The front door: torch objects in, explanation out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import torch
from torch import Tensor, nn

from .closed_form import bound_source, closed_form_latex, index_latex, source
from .derivation import Derivation
from .linear import OUTPUTS
from .losses import Loss
from .torch_bridge import autograd
from .torch_bridge.certify import Certificate, certify
from .torch_bridge.read import Setup, read
from .torch_bridge.run import call

SAMPLE_ROWS, SAMPLE_SEED = 5, 0


def explain(model: nn.Module | None, criterion: nn.Module, targets: str | None = None) -> Explanation:
    """Explain the gradients of `criterion(model(inputs), targets)`.

    `model` is a torch.nn.Linear, or None to explain the criterion alone, as a function of its outputs Z. The options
    are read off the objects now; the values of parameters at each call. Raises Unsupported for anything else, saying
    what is supported.
    """
    return Explanation(read(model, criterion, targets))


class Explanation:
    """The derivation, the closed form and the certificate of a loss's gradients. Made by `explain`.

    `wrt` is "weight" (W, of shape (C, D)), "bias" (b, (C,)), "inputs" (X, (N, D)) or "outputs" (Z, (N, C)); a gradient
    has the shape of its tensor.
    """

    def __init__(self, setup: Setup):
        self.setup = setup
        self._sources: dict[tuple[str, ...], str] = {}

    @property
    def loss(self) -> Loss:
        """The criterion as a formula."""
        return self.setup.loss

    def derivation(self, wrt: str) -> Derivation:
        """The derivation of ∂L/∂`wrt`, line by line, each line judged. Raises ValueError for what there is none of."""
        return self.setup.derivation(wrt)

    def latex(self, wrt: str, form: str = "matrix") -> str:
        """The closed form of ∂L/∂`wrt` as LaTeX, without dollars: form="matrix", in terms of G, or form="index"."""
        derivation = self.derivation(wrt)
        if form == "index":
            return index_latex(derivation)
        if form == "matrix":
            return closed_form_latex(derivation, self.derivation(OUTPUTS))
        raise ValueError(f"form={form!r} is unknown. Accepted: 'matrix', 'index'.")

    def code(self, *wrt: str, backend: str = "torch") -> str:
        """Readable Python of the closed form; backend="numpy" for numpy. Without `wrt`: every parameter's."""
        return source(*self._derivations(wrt or self.setup.parameters), backend)

    def gradients(self, inputs: Tensor, targets: Tensor, wrt: Sequence[str] | None = None) -> dict[str, Tensor]:
        """Numbers from the closed form: {"weight": …, "bias": …}, or those asked for by `wrt`.

        `inputs` is X, of shape (N, D); without a model it is Z, of shape (N, C). `targets` is (N, C) real numbers for
        MSELoss, (N,) class labels for CrossEntropyLoss. Raises ValueError when a shape or a dtype does not fit.
        """
        names = self.setup.check(self.setup.parameters if wrt is None else wrt)
        return self._closed_form(self.setup.arrays(inputs, targets), names)

    def certify(
        self,
        inputs: Tensor,
        targets: Tensor,
        wrt: Sequence[str] | None = None,
        exact: bool = False,
        seed: int | None = None,
    ) -> Certificate:
        """Compare the closed form with torch.autograd, entry by entry, within a bound that follows from the formula.

        `exact=True` compares both with the true value too, in exact rationals or 50 digits: a matter of seconds for a
        few dozen entries. `seed` is what the data came from, for the record; by default torch.initial_seed().
        """
        names = self.setup.check(self.setup.wrt if wrt is None else wrt)
        arrays = self.setup.arrays(inputs, targets)
        loss, expected = autograd.gradients(self.setup, inputs, targets, names)
        wide = {name: array.double() if array.is_floating_point() else array for name, array in arrays.items()}
        bounds = call(bound_source(*self._derivations(names)), "bounds", wide)
        found = self._closed_form(arrays, names)
        return certify(self.setup, found, expected, bounds, arrays, loss.item(), exact, seed)

    def _closed_form(self, arrays: dict[str, Tensor], wrt: tuple[str, ...]) -> dict[str, Tensor]:
        result = call(self._source(wrt), "gradients", arrays)
        return result if len(wrt) > 1 else {wrt[0]: result}

    def _source(self, wrt: tuple[str, ...]) -> str:
        """The code that computes the gradients, printed once: a training loop calls it at every step."""
        if wrt not in self._sources:
            self._sources[wrt] = self.code(*wrt)
        return self._sources[wrt]

    def _derivations(self, wrt: Sequence[str]) -> tuple[dict[str, Derivation], Derivation]:
        """What is asked for, and ∂L/∂Z, which all of it needs."""
        return {each: self.derivation(each) for each in self.setup.check(wrt)}, self.derivation(OUTPUTS)

    @cached_property
    def sample(self) -> Certificate:
        """A certificate on a small sample, seeded and said so, for showing the ledger without data."""
        inputs, targets = self.setup.random_data(SAMPLE_ROWS, torch.Generator().manual_seed(SAMPLE_SEED))
        return self.certify(inputs, targets, wrt=self.setup.parameters, seed=SAMPLE_SEED)

    def __str__(self) -> str:
        from .display import explanation_text

        return explanation_text(self, "en")

    def __repr__(self) -> str:
        return f"<Explanation of {self.setup}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> tuple[dict, dict]:
        from .display import explanation_bundle

        return explanation_bundle(self)
