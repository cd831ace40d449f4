"""Closed forms as printed code."""

from __future__ import annotations

from collections.abc import Mapping

from ..derivation import Derivation
from ..index_calculus.expressions import Definition
from .plan import contraction_function, gradient_function
from .statements import Function
from .taken import Taken
from .writers import backend_named, function_text


def source(
    derivations: Mapping[str, Derivation],
    of_outputs: Derivation,
    backend: str = "torch",
    model: Definition | None = None,
    taken: Taken | None = None,
) -> str:
    """A function `gradients` as text: it takes the arrays of the formula, returns a dict, or one array for one wish.

    `derivations` maps "weight", "bias", "inputs", "outputs", … to what is to be computed; `of_outputs` is ∂L/∂Z. With
    `model`, the definition of Z, the function takes X (N, D), W (C, D) and b (C,), whatever is to be computed, else Z
    (N, C). The others are Y (N, C), y (N,) integers, weight and pos_weight as torch takes them, grad_output (N,) or
    (N, C). `taken` makes sure of that, or has the function take what torch takes; without it the arrays must fit.
    Raises ValueError for an unknown backend.
    """
    writer = backend_named(backend)
    return printed(gradient_function(derivations, of_outputs, model, taken), writer.name)


def contraction_source(derivations: Mapping[str, Derivation], backend: str = "torch") -> str:
    """A function `gradients` of G: what is left to do once ∂L/∂Z is known."""
    return printed(contraction_function(derivations), backend)


def printed(function: Function, backend: str = "torch") -> str:
    """A function as text, in the language of a backend."""
    return function_text(function, backend_named(backend)(function.like, function.ignored))
