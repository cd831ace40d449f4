"""A derivation turned into numbers: readable code for its closed form, and how far that may round."""

from .bound import contracted, contraction_bound_source, loss_bound_source, outputs_bound_source
from .emit import BACKENDS
from .formula import closed_form_latex, contraction_latex, definitions_latex, index_latex
from .program import contraction_source, source
from .taken import OF_LOSS, Taken

__all__ = [
    "BACKENDS",
    "OF_LOSS",
    "Taken",
    "closed_form_latex",
    "contracted",
    "contraction_bound_source",
    "contraction_latex",
    "contraction_source",
    "definitions_latex",
    "index_latex",
    "loss_bound_source",
    "outputs_bound_source",
    "source",
]
