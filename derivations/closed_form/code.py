"""Closed forms as printed code."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Expr

from ..derivation import Derivation
from ..index_calculus.expressions import Definition, names_in
from ..index_calculus.symbols import G
from .named_axes.nodes import Entry
from .named_axes.reading import program as named_axes_program
from .named_axes.writing import source as named_axes_source
from .names import names
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
    A loss that no matrix form writes is written over named axes, with arrays as its formula has them. Raises ValueError
    for an unknown backend, and for more dimensions than such a formula has.
    """
    writer = backend_named(backend)
    if of_outputs.matrix is None:
        return _over_named_axes(derivations, of_outputs, backend, model, taken)
    given = () if model else (of_outputs.left.variable.base.label.name,)
    return printed(gradient_function(derivations, of_outputs, model, taken, given), writer.name)


def _over_named_axes(
    derivations: Mapping[str, Derivation],
    of_outputs: Derivation,
    backend: str,
    model: Definition | None,
    taken: Taken | None,
) -> str:
    if taken is not None and taken.extra_dimensions:
        raise ValueError(
            f"{of_outputs.title.en}: its code is written over the indices of the formula and takes matrices. "
            "Leave out extra_dimensions."
        )
    results = {wrt: (_in_terms_of_g(each), each.targets) for wrt, each in derivations.items()}
    gradient = Definition(G[of_outputs.targets], of_outputs.result)
    context = of_outputs.context.extended(G=gradient, **({"Z": model} if model else {}))
    made = named_axes_program(results, context)
    variable = of_outputs.left.variable
    outputs = Entry(variable.base.label.name, tuple(index.name for index in variable.indices))
    return named_axes_source(made, backend, names(), None if model else outputs)


def _in_terms_of_g(derivation: Derivation) -> Expr:
    """The line before G's definition is inserted; of what has none, the last."""
    lines = [step.expr for step in derivation.steps if "G" in names_in(step.expr)]
    return lines[-1] if lines else derivation.result


def contraction_source(derivations: Mapping[str, Derivation], backend: str = "torch") -> str:
    """A function `gradients` of G: what is left to do once ∂L/∂Z is known."""
    return printed(contraction_function(derivations), backend)


def printed(function: Function, backend: str = "torch") -> str:
    """A function as text, in the language of a backend."""
    return function_text(function, backend_named(backend)(function.like, function.ignored))
