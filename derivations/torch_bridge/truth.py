"""The truth: ∂loss/∂tensor from the loss's definition, in exact rationals, or with 50 digits where logs occur.

The floats of the tensors are taken at their exact values. Nothing of the derivation is used: the derivative is taken
by dual numbers of the definition itself.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import mpmath
import torch
from sympy import exp, log
from torch import Tensor

from ..index_calculus.evaluator import Evaluator
from ..index_calculus.expressions import Context, Partial
from ..index_calculus.judge import DIGITS
from ..index_calculus.symbols import C, D, L, N
from ..linear import TENSOR_OF, outputs
from .read import Setup

#: Digits shown of a value that has 50: as many as a float64 is sure of, and as a table's column holds.
SHOWN_DIGITS = 15
#: An entry's exact value: a Fraction, or an mpf with 50 digits.
Exact = Any


def evaluator(setup: Setup, arrays: Mapping[str, Tensor]) -> Evaluator:
    """Evaluates any index expression at the exact values of `arrays`."""
    definitions = dict(setup.loss.definitions)
    sizes = {N: len(arrays[setup.loss.target_name])}
    if setup.model is None:
        sizes[C] = arrays["Z"].shape[1]
    else:
        definitions["Z"] = outputs(setup.bias)
        sizes |= {C: setup.model.out_features, D: setup.model.in_features}
    shift = 0 if setup.loss.real_targets else 1  # formulas count classes from 1, torch from 0

    def value(name: str, at: tuple[int, ...]) -> Fraction:
        entry = arrays[name][tuple(place - 1 for place in at)].item()
        return Fraction(entry) + (shift if name == setup.loss.target_name else 0)

    transcendental = any(definition.right.has(exp, log) for definition in definitions.values())
    return Evaluator(sizes, Context(definitions), value, digits=DIGITS if transcendental else None)


def loss(setup: Setup, arrays: Mapping[str, Tensor]) -> Exact:
    """The loss's exact value."""
    return evaluator(setup, arrays)(L)


def gradient(setup: Setup, arrays: Mapping[str, Tensor], wrt: str, shape: torch.Size) -> dict[tuple[int, ...], Exact]:
    """Every entry of ∂loss/∂`wrt`, by its index counted from 0."""
    evaluate, tensor = evaluator(setup, arrays), TENSOR_OF[wrt]
    partial = Partial(L, tensor.entry)
    return {
        at: evaluate(partial, {index: place + 1 for index, place in zip(tensor.free, at, strict=True)})
        for at in itertools.product(*map(range, shape))
    }


def show(value: Exact) -> str:
    """A rational as a fraction, an mpf with its first digits."""
    return str(value) if isinstance(value, Fraction) else mpmath.nstr(value, SHOWN_DIGITS)


def distance(value: Exact, number: float) -> float:
    """|value − number|, rounded once."""
    with mpmath.workdps(DIGITS):
        exact_number = Fraction(number) if isinstance(value, Fraction) else mpmath.mpf(number)
        return float(abs(value - exact_number))
