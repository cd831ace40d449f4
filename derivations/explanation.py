"""The front door: torch objects in, explanation out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import torch
from torch import Tensor, nn

from .closed_form import bound_source, source
from .closed_form.emit import contraction
from .derivation import Derivation
from .index_calculus.latex import Latex, matrix_latex
from .linear import OUTPUTS, TENSOR_OF
from .losses.base import Loss, derive
from .torch_bridge import autograd
from .torch_bridge.certify import Certificate, certify
from .torch_bridge.read import Setup, read
from .torch_bridge.run import call


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

    @property
    def loss(self) -> Loss:
        """The criterion as a formula."""
        return self.setup.loss

    def derivation(self, wrt: str) -> Derivation:
        """The derivation of ∂L/∂`wrt`, line by line, each line judged. Raises ValueError for what there is none of."""
        self._check((wrt,))
        return derive(self.loss, wrt, bias=self.setup.bias or self.setup.model is None)

    def latex(self, wrt: str, form: str = "matrix") -> str:
        """The closed form of ∂L/∂`wrt` as LaTeX, without dollars: form="matrix", in terms of G, or form="index"."""
        derivation = self.derivation(wrt)
        print_index = Latex(derivation.targets, full_limits=False)
        if form == "index":
            return f"{print_index(derivation.left)} = {print_index(derivation.result)}"
        if form != "matrix":
            raise ValueError(f"form={form!r} is unknown. Accepted: 'matrix', 'index'.")
        of_outputs = self.derivation(OUTPUTS).matrix
        assert of_outputs is not None
        g = matrix_latex(of_outputs)
        left = rf"\frac{{\partial L}}{{\partial {TENSOR_OF[wrt].name}}}"
        if wrt == OUTPUTS:
            return f"{left} = {g}"
        return rf"{left} = {matrix_latex(contraction(derivation))},\quad G = {g}"

    def code(self, *wrt: str, backend: str = "torch") -> str:
        """Readable Python of the closed form; backend="numpy" for numpy. Without `wrt`: every parameter's."""
        return source(self._derivations(wrt or self.setup.parameters), self.derivation(OUTPUTS), backend)

    def gradients(self, inputs: Tensor, targets: Tensor, wrt: Sequence[str] | None = None) -> dict[str, Tensor]:
        """Numbers from the closed form: {"weight": …, "bias": …}, or those asked for by `wrt`.

        `inputs` is X, of shape (N, D); without a model it is Z, of shape (N, C). `targets` is (N, C) real numbers for
        MSELoss, (N,) class labels for CrossEntropyLoss. Raises ValueError when a shape or a dtype does not fit.
        """
        names = self._check(self.setup.parameters if wrt is None else wrt)
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
        names = self._check(self.setup.wrt if wrt is None else wrt)
        arrays = self.setup.arrays(inputs, targets)
        loss, expected = autograd.gradients(self.setup, inputs, targets, names)
        wide = {name: array.double() if array.is_floating_point() else array for name, array in arrays.items()}
        bounds = call(bound_source(self._derivations(names), self.derivation(OUTPUTS)), "bounds", wide)
        found = self._closed_form(arrays, names)
        return certify(self.setup, found, expected, bounds, arrays, loss.item(), exact, seed)

    def _closed_form(self, arrays: dict[str, Tensor], wrt: Sequence[str]) -> dict[str, Tensor]:
        text = source(self._derivations(wrt), self.derivation(OUTPUTS))
        result = call(text, "gradients", arrays)
        return result if len(wrt) > 1 else {wrt[0]: result}

    def _derivations(self, wrt: Sequence[str]) -> dict[str, Derivation]:
        return {each: self.derivation(each) for each in self._check(wrt)}

    def _check(self, wrt: Sequence[str]) -> tuple[str, ...]:
        names = (wrt,) if isinstance(wrt, str) else tuple(wrt)
        for each in names:
            if each not in self.setup.wrt:
                accepted = ", ".join(map(repr, self.setup.wrt))
                raise ValueError(f"wrt={each!r}: {self.setup} has no such gradient. Accepted: {accepted}.")
        return names

    @cached_property
    def sample(self) -> Certificate:
        """A certificate on a small sample, seeded and said so, for showing the ledger without data."""
        generator = torch.Generator().manual_seed(0)
        model = self.setup.model
        rows, columns = (5, 3) if model is None else (5, model.in_features)
        dtype = torch.float32 if model is None else model.weight.dtype
        inputs = torch.randn(rows, columns, generator=generator, dtype=dtype)
        classes = columns if model is None else model.out_features
        if self.loss.target.labels is None:
            targets = torch.randn(rows, classes, generator=generator, dtype=dtype)
        else:
            targets = torch.randint(classes, (rows,), generator=generator)
        return self.certify(inputs, targets, wrt=self.setup.parameters, seed=0)

    def __str__(self) -> str:
        return "\n\n".join(str(self.derivation(wrt)) for wrt in self.setup.in_order)

    def __repr__(self) -> str:
        return f"<Explanation of {self.setup}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> tuple[dict, dict]:
        from .display import explanation_bundle

        return explanation_bundle(self)
