"""The front door: torch objects in, explanation out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from .closed_form import Taken, closed_form_latex, index_latex, source
from .curvature import hessian
from .derivation import Derivation
from .linear import outputs
from .looks import Shown
from .losses import NLL, Loss
from .losses.base import TARGETS
from .torch_bridge.accounts import autograd, evaluate
from .torch_bridge.batch.batch import Targets, named_operands, read_batch
from .torch_bridge.certificates.certificate import Certificate
from .torch_bridge.certificates.certify import certify
from .torch_bridge.certificates.overflow import overflowed
from .torch_bridge.setup.setup import IGNORED, Setup, read

SAMPLE_ROWS, SAMPLE_SEED = 5, 0


def explain(model: nn.Module | None, criterion: Callable[..., Any], targets: str | None = None) -> Explanation:
    """Explain the gradients of `criterion(model(inputs), targets)`.

    - `model`: a torch.nn.Linear, also in a Sequential with Identity, compiled or in DistributedDataParallel (then the
      gradient is that of one process); with NLLLoss a Sequential(Linear, LogSoftmax); or None, which explains the
      criterion alone, as a function of its outputs.
    - `criterion`: a loss of torch.nn, its function in torch.nn.functional, or a functools.partial of that; one of
      `derivations.nn`, which torch lacks; or an `Elementwise`, a loss of one's own, with the values of its parameters.
      A LinearCrossEntropyLoss holds the linear layer: explain(None, criterion); F.linear_cross_entropy takes the
      model's.
    - `targets`: what CrossEntropyLoss is given where no data say so, "indices" (the default) or "probabilities". Data
      decide as in torch, by their shape; where this says otherwise, they are refused.

    Which options are in use is read off the objects now, the values of options and parameters at each call. A model
    with hooks, or with a forward of its own, is run at each call, and refused unless it computes X Wᵀ + b. Raises
    Unsupported for anything else, saying what is supported.
    """
    return Explanation(read(model, criterion, targets, fused=True))


class Explanation(Shown):
    """The derivation, the closed form and the certificate of a loss's gradients. Made by `explain`.

    `wrt` names a tensor: "weight" (W, of shape (C, D)), "bias" (b, (C,)), "inputs" (X, (N, D)), "outputs" (Z, (N, C)),
    "targets" where they are real numbers, other arrays that the criterion takes by torch's names, as "var", "input2",
    "positive", and "logits" (Z before LogSoftmax, (N, C)). A gradient has the shape of its tensor. In a notebook, an
    explanation shows the ledger of a small sample and the derivations.
    """

    def __init__(self, setup: Setup):
        self.setup = setup

    @property
    def loss(self) -> Loss:
        """The criterion as a formula: what `derive`, `hessian` and `convexity` take."""
        return self.setup.loss

    def for_targets(self, targets: Any) -> Explanation:
        """The explanation of the loss of such targets: labels or probabilities, with the mask μ of ignored labels.

        It ignores labels of −100 unless it is told another `ignore_index`. Derivations and formulas show the loss of
        labels that all count, which is the one to read; with ignored ones they have the mask. What computes needs no
        telling: `gradients` and `certify` look at the targets, and the printed code has the mask always.
        """
        named = named_operands(self.loss, targets).get(TARGETS)
        return self if named is None else Explanation(self.setup.for_targets(torch.as_tensor(named)))

    def derivation(self, wrt: str) -> Derivation:
        """The derivation of ∂L/∂`wrt`, line by line, each line judged. Raises ValueError for what there is none of."""
        return self.setup.derivation(wrt)

    def latex(self, wrt: str, form: str = "matrix") -> str:
        """The closed form of ∂L/∂`wrt` as LaTeX, without dollars: form="matrix", in terms of G, or form="index".

        Raises ValueError for another form.
        """
        derivation = self.derivation(wrt)
        if form == "index":
            return index_latex(derivation)
        if form == "matrix":
            return closed_form_latex(derivation, self.derivation(self.setup.of_linear))
        raise ValueError(f"form={form!r} is unknown. Accepted: 'matrix', 'index'.")

    def code(self, *wrt: str | Iterable[str], backend: str = "torch", extra_dimensions: bool = False) -> str:
        """Readable Python of the closed form, for "torch" or "numpy". Without `wrt`: every parameter's.

        The function takes what the formula is made of, whatever the order of `wrt`, and returns a dict in that order,
        or one array for one wish. It takes matrices: X (N, D), targets (N, C) or (N,), weights and grad_output as torch
        does; with `extra_dimensions` what torch takes, (N, …, D) and (N, C, d1, …), and shapes what it returns. It
        broadcasts what torch broadcasts, leaves out labels that torch ignores, and raises ValueError where other
        shapes or labels would give another gradient.
        """
        if self.setup.positions:
            raise ValueError(
                f"{self.setup} gives logits at several positions, out_features={self.setup.positions}, and printed "
                "code does not. Ask for the loss's alone: explain(None, CrossEntropyLoss(...)).code()."
            )
        setup = self.setup.ignoring() if self.setup.may_ignore else self.setup
        asked: Any = wrt[0] if len(wrt) == 1 else wrt or setup.parameters
        names = setup.check(asked)
        taken = Taken(
            by_class=setup.loss.classes_second,
            extra_dimensions=extra_dimensions,
            broadcast=setup.loss.broadcast,
            ignored=IGNORED if self.setup.may_ignore else None,
        )
        derivations = {each: setup.derivation(each) for each in names}
        model = None if setup.model is None else outputs(setup.bias)
        return source(derivations, setup.derivation(setup.of_linear), backend, model, taken)

    def gradients(
        self,
        inputs: Tensor,
        targets: Targets,
        wrt: str | Iterable[str] | None = None,
        grad_output: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Numbers from the closed form: {"weight": …, "bias": …}, or those asked for by `wrt`, in that order.

        - `inputs`: X, of shape (N, D) or (…, D); without a model what the criterion is given, of any shape that torch
          takes.
        - `targets`: of the outputs' shape, or class labels. Where the criterion is called with several arrays after the
          outputs, a tuple of them in torch's order, as (targets, var) or (input2, targets).
        - `grad_output`: with reduction="none", the vector that backward receives, of the loss's shape; 1 for a loss of
          one number where nothing is given, as in torch.

        numpy arrays and lists of numbers take the model's dtype. Raises ValueError when a shape or a dtype does not
        fit, TypeError for what holds no numbers, and Unsupported where the model does not compute X Wᵀ + b.
        """
        batch = read_batch(self.setup, inputs, targets, grad_output)
        names = batch.check(batch.setup.parameters if wrt is None else wrt)
        return evaluate.gradients(batch, names)

    def certify(
        self,
        inputs: Tensor,
        targets: Targets,
        wrt: str | Iterable[str] | None = None,
        exact: bool = False,
        seed: int | None = None,
        grad_output: Tensor | None = None,
        entries: int | None = None,
    ) -> Certificate:
        """Compare the closed form with torch.autograd, entry by entry, within a bound that follows from the formula.

        - `inputs`, `targets`, `grad_output`: as for `gradients`.
        - `wrt`: which tensors; without it everything but the targets.
        - `exact`: compare both with the true value too, in exact rationals or 50 sure digits. That takes seconds for a
          few thousand entries.
        - `seed`: what the data came from, for the record; by default torch.initial_seed().
        - `entries`: compare a sample of about so many entries of each tensor, for large vocabularies: whole rows, drawn
          with `seed`. The verdict is then of those entries alone; the certificate says how many they are.

        The verdict, "agrees", "disagrees" or "cannot tell", does not raise: `bool(certificate)` is True for "agrees"
        alone, and `certificate.require()` raises for the others. Raises what `gradients` raises, and ValueError for
        `entries` that is no positive integer, or is given with `exact`; and where `exact` is asked of numbers that are
        not finite, of rows of the loss that are not the linear layer's, or of values too far apart for 50 digits.
        """
        batch = read_batch(self.setup, inputs, targets, grad_output)
        everything = [each for each in batch.setup.wrt if each != TARGETS]
        names = batch.check(everything if wrt is None else wrt)
        loss, expected = autograd.gradients(batch, names)
        found = evaluate.gradients(batch, names)
        lost = overflowed(batch, found, expected)
        return certify(batch, found, expected, loss.item(), exact, seed, entries=entries, lost=lost)

    def hessian(self, wrt: str = "weight") -> Derivation:
        """The derivation of the second derivative in "weight", "bias", "inputs" or "outputs".

        With LogSoftmax and NLLLoss it is that of cross-entropy, which the two are; NLLLoss alone is linear
        and has none. Raises ValueError for that, and for another `wrt`.
        """
        loss = self.loss
        if not isinstance(wrt, str):
            raise ValueError(
                f"wrt={wrt!r} is not the name of one tensor. Accepted: 'weight', 'bias', 'inputs', 'outputs'."
            )
        if isinstance(loss, NLL):
            if self.setup.model is None:
                raise ValueError(
                    "NLLLoss is linear in its outputs: its second derivative is 0. Explain it with a model."
                )
            loss = loss.as_cross_entropy
        return hessian(loss, wrt, bias=self.setup.has_bias)

    @cached_property
    def sample(self) -> Certificate:
        """A certificate on five random rows, with the seed it names: the ledger that is shown without data."""
        generator = torch.Generator().manual_seed(SAMPLE_SEED)
        inputs, targets = self.setup.random_data(SAMPLE_ROWS, generator)
        return self.certify(
            inputs,
            targets,
            wrt=self.setup.parameters,
            seed=SAMPLE_SEED,
            grad_output=self.setup.random_grad_output(inputs, targets, generator),
        )

    def __repr__(self) -> str:
        return f"<Explanation of {self.setup}>"
